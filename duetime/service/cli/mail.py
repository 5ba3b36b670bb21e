"""`duetime mail`: what Duetime understands of a mail, for whoever wonders."""

import asyncio
import json
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import click
import msgspec

from duetime.channels.email.limits import RAW_BYTES
from duetime.channels.email.mail import Machine, Mail
from duetime.router.errors import Unreadable
from duetime.service.cli.exits import EXIT_CODES, OK, REFUSED
from duetime.service.mail.readers import Readers

_CANNOT_OPEN: Final = "The file cannot be opened"


class AttachmentSeen(msgspec.Struct, frozen=True):
    name: str | None
    content_type: str
    inline: bool
    size_bytes: int


class Inspected(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the output. Ids without angle brackets; null or empty where there is nothing."""

    file: str
    from_addr: str | None = None
    from_name: str | None = None
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    reply_to: tuple[str, ...] = ()
    subject: str | None = None
    message_id: str | None = None
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    date: int | None = None
    text: str | None = None
    reply_text: str | None = None
    html: str | None = None
    attachments: tuple[AttachmentSeen, ...] = ()
    machine: Machine = Machine.NONE
    failed_address: str | None = None
    authenticated: bool = False
    answerable: bool = False
    quarantine: str | None = None
    cut: tuple[str, ...] = ()
    error: str | None = None


@click.group(epilog=EXIT_CODES)
def mail() -> None:
    """See what Duetime understands of mails.

    \b
    Example:
      duetime mail inspect letter.eml
    """


@mail.command(epilog=EXIT_CODES)
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@click.option(
    "--authserv-id",
    "authserv_ids",
    multiple=True,
    metavar="NAME",
    help="A mail server of yours, whose Authentication-Results are believed. May be repeated.",
)
def inspect(files: Sequence[str], authserv_ids: Sequence[str]) -> int:
    """Print what is understood of each mail in FILE…, one JSON object a line, in their order; - is stdin.

    A mail that cannot be read says why in "error". The exit code is 1 when a file cannot be opened. Nothing needs to
    run, and nothing is changed.

    \b
    Examples:
      duetime mail inspect letter.eml | jq .
      duetime mail inspect mails/*.eml | jq -r 'select(.machine == "bounce") | .failed_address'
    """
    return asyncio.run(_inspect(files, authserv_ids))


async def _inspect(files: Sequence[str], authserv_ids: Sequence[str]) -> int:
    count = max(1, min(len(files), os.cpu_count() or 1))
    code = OK
    async with Readers(count=count, authserv_ids=authserv_ids) as readers:
        for batch in _batches(files, 4 * count):
            for inspected in await asyncio.gather(*(_inspect_file(readers, file) for file in batch)):
                click.echo(_line(inspected))
                if inspected.error is not None and inspected.error.startswith(_CANNOT_OPEN):
                    code = REFUSED
    return code


def _batches(files: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(files), size):
        yield files[start : start + size]


def _line(inspected: Inspected) -> str:
    """JSON in ASCII, so that no terminal obeys what a stranger wrote, and any encoding of stdout can hold it."""
    return json.dumps(msgspec.to_builtins(inspected)).replace("\x7f", "\\u007f")


async def _inspect_file(readers: Readers, file: str) -> Inspected:
    try:
        raw = await asyncio.to_thread(_read_file, file)
    except OSError as error:
        return Inspected(file=file, error=f"{_CANNOT_OPEN}: {error.strerror}.")
    try:
        return _seen(file, await readers.read(raw))
    except Unreadable as error:
        return Inspected(file=file, error=str(error))


def _read_file(file: str) -> bytes:
    """The file, or as much of it as says that it is too long."""
    if file == "-":
        return sys.stdin.buffer.read(RAW_BYTES + 1)
    with Path(file).open("rb") as opened:
        return opened.read(RAW_BYTES + 1)


def _seen(file: str, mail: Mail) -> Inspected:
    return Inspected(
        file=file,
        from_addr=mail.from_addr,
        from_name=mail.from_name,
        to=mail.to,
        cc=mail.cc,
        reply_to=mail.reply_to,
        subject=mail.subject,
        message_id=mail.message_id,
        in_reply_to=mail.in_reply_to[0] if mail.in_reply_to else None,
        references=mail.references,
        date=mail.date,
        text=mail.text,
        reply_text=mail.reply_text,
        html=mail.html,
        attachments=tuple(
            AttachmentSeen(attachment.name, attachment.content_type, attachment.inline, len(attachment.content))
            for attachment in mail.attachments
        ),
        machine=mail.machine,
        failed_address=mail.failed_address,
        authenticated=mail.authenticated,
        answerable=mail.answerable,
        quarantine=mail.quarantine,
        cut=mail.cut,
    )
