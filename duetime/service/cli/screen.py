"""Lines in, lines out: a prompt with live information under it in a terminal, plain lines in a pipe.

Everything that is said passes `clean`, so nobody's message can command the terminal.
"""

import asyncio
import contextlib
import os
import sys
import threading
from collections.abc import AsyncIterator, Callable
from typing import Final, Protocol

import click
from prompt_toolkit import PromptSession, print_formatted_text
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.patch_stdout import patch_stdout

from duetime.service.cli.terminal import clean

LINE_LIMIT_BYTES: Final = 1_000_000
"""A longer line in a pipe is cut, so that a stray file cannot fill the memory."""
_REFRESH_S: Final = 1.0
_CHUNKS_AHEAD: Final = 16


class Screen(Protocol):
    """Where a desk or a visitor reads and writes."""

    interactive: bool

    def say(self, text: str, style: str = "") -> None:
        """Print cleaned text. ``style`` is a prompt_toolkit style such as ``bold`` or ``ansired``."""
        ...

    def complain(self, text: str) -> None:
        """Say that something was not done."""
        ...

    def lines(self) -> AsyncIterator[str]:
        """What is typed, line by line, until the end of the input."""
        ...


class Terminal:
    """A prompt at the bottom; ``footer`` gives the lines under it, asked again every second."""

    interactive = True

    def __init__(self, footer: Callable[[], str]) -> None:
        self._footer = footer

    def say(self, text: str, style: str = "") -> None:
        print_formatted_text(FormattedText([(style, clean(text))]))

    def complain(self, text: str) -> None:
        self.say(text, "ansired")

    async def lines(self) -> AsyncIterator[str]:
        session: PromptSession[str] = PromptSession(
            "> ", bottom_toolbar=lambda: clean(self._footer()), refresh_interval=_REFRESH_S
        )
        with patch_stdout():
            while True:
                try:
                    yield await session.prompt_async()
                except EOFError:
                    return


class Pipe:
    """Standard input and output as they are."""

    interactive = False

    def say(self, text: str, style: str = "") -> None:
        click.echo(clean(text))

    def complain(self, text: str) -> None:
        click.echo(clean(text), err=True)

    async def lines(self) -> AsyncIterator[str]:
        loop = asyncio.get_running_loop()
        chunks: asyncio.Queue[bytes] = asyncio.Queue()
        room = threading.Semaphore(_CHUNKS_AHEAD)

        def read() -> None:
            # A thread of our own, on the bare descriptor: a regular file cannot be polled, and neither an
            # executor nor a buffered reader lets the process end while one waits for input that never comes.
            with contextlib.suppress(RuntimeError):  # the loop has ended
                chunk = b"."
                while chunk:
                    room.acquire()
                    chunk = os.read(sys.stdin.fileno(), 65_536)
                    loop.call_soon_threadsafe(chunks.put_nowait, chunk)

        threading.Thread(target=read, daemon=True).start()
        rest = b""
        while chunk := await chunks.get():
            room.release()
            *whole, rest = (rest + chunk).split(b"\n")
            rest = rest[:LINE_LIMIT_BYTES]
            for line in whole:
                yield line[:LINE_LIMIT_BYTES].decode(errors="replace")
        if rest:
            yield rest.decode(errors="replace")


def open_screen(footer: Callable[[], str]) -> Screen:
    """A terminal when both ends are one, else a pipe."""
    return Terminal(footer) if sys.stdin.isatty() and sys.stdout.isatty() else Pipe()
