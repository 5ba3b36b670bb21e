"""Where the mails go that the tests read: a list, whose positions are kept in Redis as the post room keeps them."""

import asyncio
import contextlib
import itertools
import time
from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

from duetime.config.email_settings import EmailEndpoint, Imap
from duetime.queues.leases import Leases
from duetime.queues.positions import Position, Positions
from duetime.router.ids import EndpointId
from duetime.service.mail.mailbox import MailboxState, Pace
from duetime.service.mail.mailboxes import Mailboxes
from duetime.service.mail.taking import Partial
from tests.service.mail.dovecot import PASSWORD

HASTE = Pace(idle_s=30, first_pause_s=0.02, refused_pause_s=0.02, longest_pause_s=0.2, lease_s=1.5)
MAIL_BYTES = 25 * 1024 * 1024
_numbers = itertools.count(1)


def now_ms() -> int:
    return int(time.time() * 1000)


def mail(subject: str, *, message_id: bool = True, text: str = "Hello.\n") -> bytes:
    made = EmailMessage()
    made["From"] = "Maria <maria@example.org>"
    made["To"] = "support@example.com"
    made["Subject"] = subject
    if message_id:
        made["Message-ID"] = f"<{next(_numbers)}.{time.time_ns()}@example.org>"
    made.set_content(text)
    return made.as_bytes()


class MailDesk:
    """What the mailboxes of a test gave, and how they are read."""

    def __init__(self, positions: Positions, leases: Leases) -> None:
        self.positions = positions
        self.leases = leases
        self._tasks: dict[Mailboxes, asyncio.Task[None]] = {}
        self.taken: list[tuple[bytes | Partial, Position]] = []
        self.doubled = 0
        self.trouble: Callable[[bytes | Partial], Exception | None] = lambda _: None
        """Gives what goes wrong with a mail after it was kept, as when the answer of Redis is lost."""

    async def take(self, endpoint: EndpointId, raw: bytes | Partial, position: Position | None) -> None:
        assert position is not None
        if (raw, position) in self.taken:
            self.doubled += 1
        else:
            self.taken.append((raw, position))
        if trouble := self.trouble(raw):
            raise trouble
        await self.positions.advance(now_ms(), position)

    def read(self, port: int, user: str, *, who: str = "daemon", pace: Pace = HASTE, **more: Any) -> Mailboxes:
        """Starts to read a mailbox, without TLS unless told otherwise."""
        usual = {"tls": False, "password": PASSWORD, "start": "all", "poll_s": 1, "timeout_s": 10}
        given: dict[str, Any] = usual | more
        settings = Imap(host=given.pop("host", "127.0.0.1"), port=port, user=user, **given)
        return self.start({"support": EmailEndpoint(address="support@example.com", imap=settings)}, who, pace)

    def start(self, endpoints: dict[str, EmailEndpoint], who: str = "daemon", pace: Pace = HASTE) -> Mailboxes:
        mailboxes = Mailboxes(
            endpoints,
            positions=self.positions,
            leases=self.leases,
            owner=who,
            take=self.take,
            clock=now_ms,
            mail_bytes=MAIL_BYTES,
            pace=pace,
        )
        self._tasks[mailboxes] = asyncio.create_task(mailboxes.run())
        return mailboxes

    async def stop(self, *which: Mailboxes) -> None:
        tasks = [self._tasks.pop(mailboxes) for mailboxes in which or list(self._tasks)]
        for task in tasks:
            task.cancel()
        for task in tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task

    @property
    def subjects(self) -> list[str]:
        """Of all mails, in the order in which they were taken first."""
        heads = [raw if isinstance(raw, bytes) else raw.head for raw, _ in self.taken]
        lines = [line for head in heads for line in head.splitlines() if line.startswith(b"Subject: ")]
        return [line.removeprefix(b"Subject: ").decode() for line in lines]


def only(mailboxes: Mailboxes) -> MailboxState:
    (state,) = mailboxes.states()
    return state
