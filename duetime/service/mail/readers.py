"""Reads mails in processes of their own, so that a hostile one costs a process and never the event loop."""

import asyncio
import sys
from collections.abc import Iterable
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

import msgspec
import structlog

from duetime.channels.email.limits import RAW_BYTES
from duetime.channels.email.mail import Mail
from duetime.channels.email.parse import TOO_LONG
from duetime.router.errors import Unreadable
from duetime.service.mail.reader_process import LENGTH, NotUnderstood, Result

READ_TIMEOUT_S: Final = 5.0
"""The longest that one mail may take; then its process is killed."""
START_TIMEOUT_S: Final = 30.0
_PIECE_BYTES: Final = 256 * 1024
"""What is handed over at once, so that the event loop stands still for none of it."""
_ENDED: Final = (asyncio.IncompleteReadError, ConnectionError)

log = structlog.get_logger(__name__)


class NoReader(Exception):
    """No process that reads mails could be started. The mail may be read later."""


class Readers:
    """A pool of processes that read mails, for any number of callers; ``async with`` starts and ends it.

    ``authserv_ids`` as in `parse_mail`. ``timeout_s`` is for one mail, from the moment that a process has it.
    """

    def __init__(self, *, count: int = 2, authserv_ids: Iterable[str] = (), timeout_s: float = READ_TIMEOUT_S) -> None:
        servers = sorted(name.lower() for name in authserv_ids)
        self._readers = [_Reader(servers, timeout_s) for _ in range(count)]
        self._free: asyncio.Queue[_Reader] = asyncio.Queue()

    async def __aenter__(self) -> Self:
        for reader in self._readers:
            self._free.put_nowait(reader)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # What is being read is read to its end: a mail must not seem unreadable because the daemon stops.
        for _ in self._readers:
            await (await self._free.get()).stop()

    async def read(self, raw: bytes) -> Mail:
        """What the mail says.

        Raises Unreadable with the reason: it is too long, took too long, needed too much memory, or twice ended the
        process that read it. Reading it again will not help. Raises NoReader when no process can be started.
        """
        if len(raw) > RAW_BYTES:
            raise Unreadable(TOO_LONG)
        reader = await self._free.get()
        try:
            return await reader.read(raw)
        finally:
            self._free.put_nowait(reader)


class _Reader:
    """One process at a time, started when there is a mail for it, and again after its end."""

    def __init__(self, servers: list[str], timeout_s: float) -> None:
        self._servers = servers
        self._timeout_s = timeout_s
        self._process: asyncio.subprocess.Process | None = None

    async def read(self, raw: bytes) -> Mail:
        try:
            answer = await self._answer(raw)
        except _ENDED:
            # Somebody else may have ended it, the kernel for want of memory say.
            log.warning("mail_reader_ended")
            try:
                answer = await self._answer(raw)
            except _ENDED:
                raise Unreadable("The process that read the mail ended over it, twice.") from None
        result: Result = _decoder.decode(answer)
        if isinstance(result, NotUnderstood):
            raise Unreadable(result.reason)
        return result.mail

    async def _answer(self, raw: bytes) -> bytearray:
        try:
            process = await self._started()
            try:
                async with asyncio.timeout(self._timeout_s):
                    return await _exchange(process, raw)
            except TimeoutError:
                log.warning("mail_reader_killed", timeout_s=self._timeout_s)
                raise Unreadable(f"Reading the mail took longer than {self._timeout_s:g} s.") from None
        except BaseException:
            # Half a frame is on its way, or half an answer: the next mail needs a process that knows of neither.
            await self.stop()
            raise

    async def _started(self) -> asyncio.subprocess.Process:
        if self._process is None or self._process.returncode is not None:
            command = (sys.executable, "-m", "duetime.service.mail.reader_process", *self._servers)
            try:
                # Importing takes a while on a busy machine, which is not the first mail's fault.
                async with asyncio.timeout(START_TIMEOUT_S):
                    pipe = asyncio.subprocess.PIPE
                    self._process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe)
                    await _exchange(self._process, b"")
            except (*_ENDED, OSError) as error:
                raise NoReader(f"No process that reads mails could be started: {error!r}") from error
        return self._process

    async def stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(ProcessLookupError):
            process.kill()
        if process.stdin is not None:
            process.stdin.close()
        await process.wait()


async def _exchange(process: asyncio.subprocess.Process, raw: bytes) -> bytearray:
    """Hands a mail over and waits for the answer, in pieces."""
    if process.stdin is None or process.stdout is None:
        raise ValueError("The process has no pipes.")
    process.stdin.write(LENGTH.pack(len(raw)))
    for start in range(0, len(raw), _PIECE_BYTES):
        process.stdin.write(raw[start : start + _PIECE_BYTES])
        await process.stdin.drain()
    (length,) = LENGTH.unpack(await process.stdout.readexactly(LENGTH.size))
    answer = bytearray()
    while missing := length - len(answer):
        answer += await process.stdout.readexactly(min(missing, _PIECE_BYTES))
    return answer


_decoder: Final = msgspec.msgpack.Decoder(Result)
