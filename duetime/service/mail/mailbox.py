"""One folder of a mailbox, read by one daemon at a time for as long as it is told to."""

import asyncio
import contextlib
import random
from dataclasses import dataclass
from typing import Final, Protocol

import msgspec
import structlog

from duetime.queues.connection import ServerLost
from duetime.router.errors import NotReady
from duetime.router.ids import EndpointId
from duetime.service.mail.imap import Imap4, MailboxRefused
from duetime.service.mail.imap_wire import MailboxLost
from duetime.service.mail.oauth import AccessTokens
from duetime.service.mail.reading import Folder, Reading

REDIS_AWAY: Final = "Redis is away, so mails stay where they are."

log = structlog.get_logger(__name__)


class Lease(Protocol):
    """The right to read a folder, which one daemon has at a time."""

    async def hold(self) -> bool:
        """Takes it, or goes on holding it, for `Pace.lease_s`; False while somebody else has it. Raises ServerLost."""
        ...

    async def release(self) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How long things take, in seconds."""

    idle_s: float = 120
    """A server that tells of new mail by itself (IDLE) is asked all the same after this time, so that one that fell
    silent is noticed."""
    first_pause_s: float = 1
    """Before the second attempt to connect; it doubles with each."""
    refused_pause_s: float = 30
    """The least pause after a server refused: servers lock out who tries a wrong password often."""
    longest_pause_s: float = 300
    lease_s: float = 15
    """A daemon that died is replaced after this time."""


class MailboxState(msgspec.Struct, frozen=True):
    """How a folder is doing, for people."""

    endpoint: EndpointId
    folder: str
    ours: bool
    """This daemon reads it; otherwise another one does."""
    connected: bool
    since: int
    """When it was connected or lost, in epoch ms."""
    last_mail_at: int | None
    """When this daemon took a mail from it, in epoch ms."""
    problem: str | None
    """Why it is not read, or why mails are not put away, as a sentence."""


class Mailbox:
    def __init__(
        self, folder: Folder, lease: Lease, tokens: AccessTokens | None = None, pace: Pace | None = None
    ) -> None:
        self._folder = folder
        self._lease = lease
        self._tokens = tokens
        self._pace = pace or Pace()
        self._reading: Reading | None = None
        self._ours = False
        self._since = folder.clock()
        self._last_mail_at: int | None = None
        self._problem: str | None = None
        self._failures = 0

    def state(self) -> MailboxState:
        return MailboxState(
            endpoint=self._folder.endpoint,
            folder=self._folder.name,
            ours=self._ours,
            connected=self._reading is not None,
            since=self._since,
            last_mail_at=self._last_mail_at,
            problem=self._problem or (self._reading.problem if self._reading else None),
        )

    async def run(self) -> None:
        """Reads the folder whenever no other daemon does, until it is cancelled."""
        while True:
            try:
                if await self._lease.hold():
                    await self._read_while_held()
                    continue
                self._problem = None
            except ServerLost:
                self._problem = REDIS_AWAY
            await asyncio.sleep(self._pace.lease_s / 5)

    async def _read_while_held(self) -> None:
        self._ours = True
        reading = asyncio.create_task(self._read_on())
        keeping = asyncio.create_task(self._keep_lease())
        try:
            await asyncio.wait({reading, keeping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            reading.cancel()
            keeping.cancel()
            await asyncio.gather(reading, keeping, return_exceptions=True)
            self._ours = False
            with contextlib.suppress(ServerLost):  # then it runs out by itself
                await self._lease.release()

    async def _keep_lease(self) -> None:
        """Returns when another daemon may read the folder."""
        loop = asyncio.get_running_loop()
        until_s = loop.time() + self._pace.lease_s
        while loop.time() < until_s:
            await asyncio.sleep(self._pace.lease_s / 3)
            asked_s = loop.time()
            with contextlib.suppress(ServerLost, TimeoutError):
                async with asyncio.timeout_at(until_s):
                    if not await self._lease.hold():
                        return
                until_s = asked_s + self._pace.lease_s

    async def _read_on(self) -> None:
        while True:
            least_s = 0.0
            try:
                await self._read_once()
            except MailboxLost as error:
                self._fail(str(error))
            except MailboxRefused as error:
                least_s = self._pace.refused_pause_s
                self._fail(str(error))
            except (ServerLost, NotReady):
                self._fail(REDIS_AWAY)
            except Exception as error:
                log.exception("reading a mailbox failed", endpoint=self._folder.endpoint, folder=self._folder.name)
                self._fail(f"A mail could not be taken ({type(error).__name__}); the daemon's log says more.")
            await asyncio.sleep(self._pause_s(least_s))

    async def _read_once(self) -> None:
        """Reads over one connection until that ends."""
        connection = await Imap4.connect(self._folder.settings, self._tokens)
        try:
            reading = Reading(self._folder, connection, idle_s=self._pace.idle_s, on_mail=self._note_mail)
            await reading.open()
            self._reading, self._since, self._problem = reading, self._folder.clock(), None
            await reading.run()
        finally:
            connection.close()
            if self._reading is not None:
                if self._folder.clock() - self._since > self._pace.longest_pause_s * 1000:
                    self._failures = 0  # it went well
                self._reading, self._since = None, self._folder.clock()

    def _note_mail(self) -> None:
        self._last_mail_at = self._folder.clock()
        self._failures = 0

    def _fail(self, problem: str) -> None:
        if problem != self._problem:
            log.warning(
                "a mailbox is not read", endpoint=self._folder.endpoint, folder=self._folder.name, problem=problem
            )
        self._problem = problem

    def _pause_s(self, least_s: float) -> float:
        """Doubles from one failure to the next, and is never the same for two mailboxes of one server."""
        self._failures += 1
        pause_s = min(self._pace.first_pause_s * 2.0 ** min(self._failures - 1, 20), self._pace.longest_pause_s)
        return max(pause_s, least_s) * random.uniform(0.5, 1)  # noqa: S311 - spreads load, guards nothing
