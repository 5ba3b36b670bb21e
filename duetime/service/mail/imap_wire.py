"""The wire to an IMAP server: aioimaplib's protocol, with an end to every wait.

aioimaplib 2.0.3 leaves commands waiting for ever when the connection is lost, when a greeting is a refusal, when a
login is answered with a challenge, and when about 1,000 lines come at once, which exhausts the stack. Here all of that
ends as `MailboxLost`, and a wire that has failed once stays failed: after a timeout replies may be paired wrongly.
"""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import Final, TypeVar

from aioimaplib.aioimaplib import AioImapException, Command, IMAP4ClientProtocol

T = TypeVar("T")

LINES_AT_ONCE: Final = 200
"""So many lines are handed to aioimaplib at a time: it goes one call deeper with each."""
PATIENCE: Final = 20
"""An answer that keeps coming may take this many times as long as one may be awaited."""
NOT_UNDERSTOOD: Final = "The server answered in a way that is not understood."
_EXISTS: Final = re.compile(rb"(?:\* )?[0-9]+ EXISTS")

# It writes what it reads to its log, and mails are nobody's business.
logging.getLogger("aioimaplib").setLevel(logging.CRITICAL)


class MailboxLost(Exception):
    """The connection is lost, or was never made: a new one may do. Says why, in a sentence."""


class Wire(IMAP4ClientProtocol):
    # aioimaplib only says that these are None at first.
    transport: asyncio.Transport | None  # type: ignore[assignment]
    current_command: Command | None  # type: ignore[assignment]
    pending_sync_command: Command | None  # type: ignore[assignment]

    def __init__(self, answer_s: float) -> None:
        """``answer_s``: a server that is silent for longer while it owes an answer is lost."""
        super().__init__(asyncio.get_running_loop())
        self._answer_s = answer_s
        self._limit: asyncio.Timeout | None = None
        self._latest_s = 0.0
        self._why_lost: str | None = None
        self.told = asyncio.Event()
        """Set when the server tells of mail."""
        self.greeted = asyncio.Event()
        """Set when it can be talked to. aioimaplib's own way to wait for that cannot be given up: it waits on for a
        lock that the silent greeting holds."""

    def data_received(self, data: bytes) -> None:
        self._extend()
        try:
            while data:
                command = self.current_command
                if command is not None and command.wait_literal_data():
                    # The rest of a mail. aioimaplib would write all of it out for its log, kept or not.
                    data = command.append_literal_data(data)
                else:
                    end = _lines_end(data)
                    super().data_received(data[:end])
                    data = data[end:]
        except Exception:  # whatever aioimaplib makes of what it does not expect
            self.fail(NOT_UNDERSTOOD)

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        self.fail("The server closed the connection.")

    async def welcome(self, command: bytes) -> None:
        try:
            await super().welcome(command)
            self.greeted.set()
        except (AioImapException, LookupError, UnicodeDecodeError):
            self.fail(f"The server greeted with: {shown(command)}")

    def fail(self, why: str) -> None:
        """Ends the connection, and whatever waits for an answer."""
        if self._why_lost is None:
            self._why_lost = why
        if self.transport is not None:
            self.transport.abort()
        for task in self.tasks:
            task.cancel()
        if self._limit is not None and not self._limit.expired():
            self._limit.reschedule(asyncio.get_running_loop().time())

    def close(self) -> None:
        self.fail("The connection was closed.")

    async def answer(self, call: Awaitable[T]) -> T:
        """What the server answers. Raises MailboxLost."""
        try:
            async with self._limited(self._answer_s, latest_s=PATIENCE * self._answer_s):
                return await call
        except TimeoutError as error:
            self.fail(f"The server did not answer within {self._answer_s:g} s.")
            raise self._lost() from error
        except AioImapException as error:
            self.fail(NOT_UNDERSTOOD)
            raise self._lost() from error
        except BaseException:
            self.fail("A command was given up.")
            raise

    async def quiet(self, wait_s: float) -> bool:
        """Waits for the server to tell of mail; True when it told of none for so long. Raises MailboxLost."""
        try:
            async with self._limited(wait_s, latest_s=wait_s):
                await self.told.wait()
        except TimeoutError as error:
            if self._why_lost is not None:
                raise self._lost() from error
            return True
        return False

    @asynccontextmanager
    async def _limited(self, within_s: float, latest_s: float) -> AsyncIterator[None]:
        """Raises TimeoutError after this time, later while something comes in, and at once when the wire fails."""
        async with asyncio.timeout(within_s) as limit:
            self._limit, self._latest_s = limit, asyncio.get_running_loop().time() + latest_s
            try:
                if self._why_lost is not None:
                    self.fail(self._why_lost)
                yield
            finally:
                self._limit = None

    def _lost(self) -> MailboxLost:
        return MailboxLost(self._why_lost or "There is no connection.")

    def _extend(self) -> None:
        """While an answer keeps coming, such as a large mail over a slow line, it is not late."""
        if self._limit is None or self._limit.expired():
            return
        until_s = min(asyncio.get_running_loop().time() + self._answer_s, self._latest_s)
        when_s = self._limit.when()
        if when_s is not None and until_s > when_s:
            self._limit.reschedule(until_s)

    def _untagged_response(self, line: bytes) -> Command:
        if _EXISTS.fullmatch(line):
            self.told.set()
        return super()._untagged_response(line)

    async def wait_for_idle_response(self) -> None:
        await self._idle_event.wait()

    def _continuation(self, line: bytes) -> None:
        command = self.pending_sync_command
        if command is not None and command.name == "AUTHENTICATE" and self.transport is not None:
            # The server says why it refuses, and goes on to refuse when that is acknowledged.
            self.transport.write(b"\r\n")
        else:
            super()._continuation(line)


def _lines_end(data: bytes) -> int:
    """Of what aioimaplib can be given at once."""
    end = 0
    for _ in range(LINES_AT_ONCE):
        if (found := data.find(b"\r\n", end)) < 0:
            return len(data)
        end = found + 2
    return end


def shown(line: bytes | bytearray) -> str:
    """What a server said, fit for a sentence."""
    text = bytes(line[:200]).decode(errors="replace")
    return "".join(char if char.isprintable() else " " for char in text).strip()
