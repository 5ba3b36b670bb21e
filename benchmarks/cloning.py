"""Many waiting conversations, copied on the server from one that the product itself put there.

What belongs to a conversation is found, not known: every key that has one of its ids in its name, and every sorted set
in which one of them stands. So a copy is what intake would have left, whatever the schema.
"""

from collections.abc import Awaitable, Callable, Sequence
from importlib import resources
from typing import Any

import msgspec

from duetime.queues.timers import TimerKind

SLICE = 500
Call = Callable[..., Awaitable[Any]]


class Template(msgspec.Struct, kw_only=True):
    """What `clone.lua` takes: the ids of one conversation, and what stands under them."""

    ids: list[str]
    """Each of letters, digits and underscores, and at least 12 characters long."""
    spread_ms: int
    strings: list[tuple[str, str]] = []
    lists: list[tuple[str, str]] = []
    """Lists of one element."""
    hashes: list[tuple[str, list[str]]] = []
    zsets: list[tuple[str, str, str]] = []
    """Key, member, score."""


async def find_keys(call: Call, root: str, *, kind: str | None = None) -> list[str]:
    """Every key of a workspace, or every one of a kind such as zset."""
    only = ["TYPE", kind] if kind else []
    cursor, found = "0", set[str]()
    while True:
        cursor, batch = await call("SCAN", cursor, "MATCH", f"{root}:*", "COUNT", 1000, *only)
        found.update(batch)
        if cursor == "0":
            return sorted(found)


async def find_templates(call: Call, root: str, conversations: Sequence[list[str]], spread_ms: int) -> list[Template]:
    """``conversations``: the ids by which each of them is known. Keys that expire are left out."""
    templates = [Template(ids=ids, spread_ms=spread_ms) for ids in conversations]
    owners = {id_: template for template in templates for id_ in template.ids}
    members = [member for id_ in owners for member in (id_, *(f"{kind.value}:{id_}" for kind in TimerKind))]

    def owner_of(key: str) -> Template | None:
        return next((owners[part] for part in key.split(":") if part in owners), None)

    for key in await find_keys(call, root):
        if (owner := owner_of(key)) is not None:
            await _take_key(call, owner, key)
    for key in await find_keys(call, root, kind="zset"):
        if owner_of(key) is None:
            for member, score in zip(members, await call("ZMSCORE", key, *members), strict=True):
                if score is not None:
                    owners[member.rpartition(":")[2]].zsets.append((key, member, score))
    return templates


async def clone(call: Call, root: str, templates: Sequence[Template], count: int) -> None:
    """``count`` copies, of every template in turn."""
    digest = await call("SCRIPT", "LOAD", (resources.files("benchmarks") / "clone.lua").read_text())
    packed = [msgspec.json.encode(template) for template in templates]
    size = max(1, min(SLICE, count // len(templates)))
    for turn, first in enumerate(range(0, count, size)):
        many = min(size, count - first)
        await call("EVALSHA", digest, 1, root, first, many, packed[turn % len(packed)])


async def _take_key(call: Call, template: Template, key: str) -> None:
    if await call("TTL", key) >= 0:
        return
    kind = await call("TYPE", key)
    if kind == "string":
        template.strings.append((key, await call("GET", key)))
    elif kind == "list":
        template.lists.append((key, (await call("LRANGE", key, 0, -1))[0]))
    elif kind == "hash":
        template.hashes.append((key, await call("HGETALL", key)))
    else:
        flat = await call("ZRANGE", key, 0, -1, "WITHSCORES")
        template.zsets += [(key, member, score) for member, score in zip(flat[::2], flat[1::2], strict=True)]
