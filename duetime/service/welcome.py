"""The first start: tokens for whoever tries Duetime, and what to type next.

The tokens are kept in ``tokens.json`` of the data directory, readable by its owner alone, where the command line on
the same machine finds them. Whoever can read that directory can read all conversations anyway.
"""

import os
from pathlib import Path

import msgspec

from duetime.queues.store import Store
from duetime.queues.tokens import TokenRecord
from duetime.router.ids import AssociateId
from duetime.service.access import Role, Scope, new_token


class LocalTokens(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in ``tokens.json``."""

    admin: str
    integration: str
    associates: dict[AssociateId, str] = {}


def tokens_file(data_dir: Path) -> Path:
    return data_dir / "tokens.json"


async def make_local_tokens(store: Store, data_dir: Path) -> LocalTokens | None:
    """The tokens of a workspace's first start, or those that an earlier start left here; None when there are tokens,
    but not here. Raises OSError when the file cannot be written."""
    if await store.tokens.list():
        return read_local_tokens(data_dir)
    records: list[TokenRecord] = []

    def make(role: Role, associate: AssociateId | None = None) -> str:
        scopes = tuple(Scope) if role is Role.INTEGRATION else ()
        text, record = new_token(
            role, now=store.clock(), expires_at=None, associate=associate, scopes=scopes, label="first start"
        )
        records.append(record)
        return text

    tokens = LocalTokens(
        associates={
            found.profile.id: make(Role.ASSOCIATE, found.profile.id) for found in await store.views.all_associates()
        },
        integration=make(Role.INTEGRATION),
        admin=make(Role.ADMIN),
    )
    # The file first: a daemon that dies in between makes new ones when it starts.
    _write_private(tokens_file(data_dir), msgspec.json.format(msgspec.json.encode(tokens)))
    await store.tokens.create(*records)
    return tokens


def read_local_tokens(data_dir: Path) -> LocalTokens | None:
    """What an earlier first start left; None when there is nothing that can be read."""
    try:
        return msgspec.json.decode(tokens_file(data_dir).read_bytes(), type=LocalTokens)
    except (OSError, msgspec.DecodeError):
        return None


def _write_private(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)


def welcome(url: str, tokens: LocalTokens | None) -> str:
    """What the daemon prints when it is up: ready-made commands for the first five minutes."""
    lines = [f"Duetime is up at {url}   (API: {url}/docs)", f"A shop that embeds its widget: {url}/demo", ""]
    if tokens is None:
        return "\n".join([*lines, "Tokens: duetime token list"])
    somebody = next(iter(tokens.associates), "ana")
    run = ".venv/bin/duetime" if Path(".venv/bin/duetime").exists() else "duetime"
    where = "" if url.endswith(":8080") else f" --url {url}"
    commands = (
        (f"desk --as {somebody}", "answer as an associate"),
        ("chat", "write as a visitor"),
        ('send "Do you ship to Norway?" --wait', "write as an integration"),
        ("status", "queues and associates"),
    )
    width = max(len(command) for command, _ in commands)
    return "\n".join(
        [
            *lines,
            "Try it, each in a terminal of its own:",
            *(f"  {run}{where} {command:<{width}}  # {what}" for command, what in commands),
            "",
            "Or over HTTP:",
            f"  curl -s {url}/v1/messages -H 'Authorization: Bearer {tokens.integration}' \\",
            "    -H 'Content-Type: application/json' \\",
            """    -d '{"sender": {"address": "maria"}, "text": "Do you ship to Norway?"}'""",
            "",
            f"Admin token: {tokens.admin}",
        ]
    )
