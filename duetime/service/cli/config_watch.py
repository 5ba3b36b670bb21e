"""`duetime config apply --watch`: a file that is applied whenever it changes, as a deployment does."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

import click
from yarl import URL

from duetime.config.parse import read
from duetime.config.problems import ConfigProblems
from duetime.queues.configs import VersionNote
from duetime.router.errors import Forbidden, Stale, Unauthenticated
from duetime.service.changes import Applied
from duetime.service.cli.client import Client, connected
from duetime.service.cli.exits import Refused, Unreachable
from duetime.service.cli.terminal import clean
from duetime.service.http.config import ApplyIn

Reply = TypeVar("Reply")

LOOK_EVERY_S: Final = 0.5
RETRY_EVERY_S: Final = 2.0
PATIENCE_S: Final = 120
"""A comparison looks at all that waits, which takes about ten seconds for 100,000."""


class Look(NamedTuple):
    """What tells that a file was written again. Another inode: it was replaced, as editors and checkouts do."""

    modified_ns: int
    inode: int
    size: int


async def watch_file(url: URL, token: str, file: Path, comment: str) -> None:
    """Applies the file now and whenever it changes, until it is cancelled. Raises Refused when the token is no good,
    and Unreachable when there is no daemon at the beginning."""
    async with connected(url, token, timeout_s=PATIENCE_S) as client:
        base = (await client.get("/v1/config", VersionNote)).version
        _say(f"Watching {file}, from version {base} on. Ctrl-C ends it.")
        async for text in _texts(file):
            base = await _apply(client, file, text, comment, base)


async def _texts(file: Path) -> AsyncIterator[str]:
    """The file's text, now and after every change, once it is not being written any more."""
    known: Look | None = None
    said = ""
    while True:
        look = await asyncio.to_thread(_look, file)
        if look != known:
            await asyncio.sleep(LOOK_EVERY_S)
            if look != await asyncio.to_thread(_look, file):
                continue
            known = look
            try:
                yield await asyncio.to_thread(read, file, str(file))
                said = ""
            except ConfigProblems as problems:
                if str(problems) != said:
                    said = str(problems)
                    _say(said)
        await asyncio.sleep(LOOK_EVERY_S)


def _look(file: Path) -> Look | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return Look(found.st_mtime_ns, found.st_ino, found.st_size)


async def _apply(client: Client, file: Path, text: str, comment: str, base: int) -> int:
    """Applies a text made after version ``base``, and gives the version to go on from."""
    body = ApplyIn(document=text, comment=comment or f"from the file {file.name}")
    headers = {"If-Match": f'"{base}"'}
    try:
        applied = await _insist(lambda: client.call("PUT", "/v1/config", Applied, body=body, headers=headers))
    except Refused as refused:
        if refused.code in (Forbidden.code, Unauthenticated.code):
            raise
        _say(f"Not applied. {refused.message}")
        if refused.code != Stale.code:
            return base
        _say("Save the file again to apply it over that version.")
        return (await _insist(lambda: client.get("/v1/config", VersionNote))).version
    _tell(applied, base)
    return applied.version


async def _insist(call: Callable[[], Awaitable[Reply]]) -> Reply:
    """Repeats a call until the daemon can be reached."""
    told = False
    while True:
        try:
            return await call()
        except Unreachable as error:
            if not told:
                _say(f"{error.message} Trying again.")
            told = True
            await asyncio.sleep(RETRY_EVERY_S)


def _tell(applied: Applied, base: int) -> None:
    if applied.version == base:
        _say(f"It is what version {base} says already.")
        return
    _say(f"Version {applied.version} is in force.")
    for change in applied.changes:
        click.echo(clean(f"  {change.sentence}"))
    for problem in applied.warnings:
        click.echo(clean(f"  {problem}"))


def _say(sentence: str) -> None:
    click.echo(f"{datetime.now().astimezone():%H:%M:%S} {clean(sentence)}")
