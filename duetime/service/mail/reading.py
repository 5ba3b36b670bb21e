"""Reading one folder over one connection: every mail above the watermark, in order, while the connection holds.

The watermark is (UIDVALIDITY, UID) of the last mail that was taken, kept in the same step as the mail itself. Look for
mails above it; read them; if there are none, wait until the server tells of one, and look again. So nothing depends on
what the server tells, only on what it has.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Final
from urllib.parse import quote

import structlog

from duetime.config.email_settings import Imap
from duetime.queues.positions import Beginning, Position, Positions
from duetime.router.ids import EndpointId
from duetime.service.mail.imap import AT_ONCE, FetchRefused, Imap4, Listed, MailboxRefused, Opened
from duetime.service.mail.taking import Partial, Take

LOOK_BACK_MS: Final = 80 * 24 * 3600 * 1000
"""How far back a folder is read again whose mails were numbered anew: less than mails are remembered as taken."""
REFUSALS_MOST: Final = 5
"""A mail that its server did not give so often is passed over, and somebody is told: it must not hold up the others."""
WINDOW: Final = 50_000
"""So many UIDs are searched at once among what was there before: an answer is one line."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Folder:
    """A folder that is read, and what that takes."""

    endpoint: EndpointId
    name: str
    settings: Imap
    mail_bytes: int
    """A larger mail is taken as `Partial`."""
    positions: Positions
    take: Take
    clock: Callable[[], int]
    refusals: Counter[int] = field(default_factory=Counter)
    """How often the server did not give a mail, by UID."""

    @property
    def id(self) -> str:
        """The name under which its position is kept."""
        return f"{self.endpoint}/{quote(self.name, safe='')}"


class Reading:
    def __init__(self, folder: Folder, connection: Imap4, *, idle_s: float, on_mail: Callable[[], None]) -> None:
        """``idle_s``: how long the server is trusted to tell of new mail before it is asked."""
        self._folder = folder
        self._connection = connection
        self._idle_s = idle_s
        self._on_mail = on_mail
        self._generation = 0
        self._number = 0
        self._beginning = Beginning(since=0, below=0)
        self._owed: list[int] = []
        self.problem: str | None = None
        """Why mails that were taken are not where they should go, as a sentence."""

    async def open(self) -> None:
        """Opens the folder, and finds where to go on in it."""
        folder, opened = self._folder, await self._connection.open(self._folder.name)
        self._generation = opened.generation
        position = await folder.positions.position(folder.id)
        if position is None:
            number = opened.next_uid - 1 if folder.settings.start == "now" else 0
            await self._begin(opened, number, _first_since(folder.settings.start, folder.clock()))
        elif position.generation != opened.generation:
            known = await folder.positions.beginning(folder.id)
            log.warning("the mails of a folder are numbered anew", endpoint=folder.endpoint, folder=folder.name)
            await self._begin(opened, 0, max(known.since, folder.clock() - LOOK_BACK_MS))
        else:
            self._number = position.number
            self._beginning = await folder.positions.beginning(folder.id)
            await self._resume()

    async def run(self) -> None:
        """Goes on until the connection is lost. Raises what ends it: MailboxLost, or what ``take`` raises."""
        while True:
            for uid in self._take_owed():
                await self._put_away(uid)
            if uids := await self._search():
                await self._read(uids)
            elif self._connection.can_idle:
                await self._connection.idle(self._idle_s)
            else:
                await self._connection.wait(self._folder.settings.poll_s)

    async def _begin(self, opened: Opened, number: int, since: int) -> None:
        self._number = number
        self._beginning = Beginning(since=since, below=opened.next_uid)
        await self._folder.positions.begin(self._folder.clock(), self._position(number), self._beginning)

    async def _resume(self) -> None:
        """Whoever took the last mail may have died before putting it away. Only the last: they go one by one."""
        settings = self._folder.settings
        none_yet = settings.start == "now" and self._number == self._beginning.below - 1
        if settings.after != "leave" and self._number and not none_yet:
            listed = await self._connection.describe([self._number])
            self._owed = [mail.uid for mail in listed if self._counts(mail)]

    async def _search(self) -> list[int]:
        """What is above the watermark."""
        below, since = self._beginning.below, self._beginning.since
        while self._number + 1 < below:
            high = min(self._number + WINDOW, below - 1)
            if found := await self._connection.search(self._number + 1, high, _day_before(since)):
                return found
            self._number = high
        return await self._connection.search(self._number + 1)

    async def _read(self, uids: list[int]) -> None:
        for start in range(0, len(uids), AT_ONCE):
            batch = uids[start : start + AT_ONCE]
            for mail in await self._describe(batch):
                if self._counts(mail):
                    await self._take(mail)
            if self._number < batch[-1]:  # it does not count, or was deleted meanwhile
                self._number = batch[-1]
                await self._folder.positions.advance(self._folder.clock(), self._position(self._number))

    def _counts(self, mail: Listed) -> bool:
        return mail.uid >= self._beginning.below or mail.received_at >= self._beginning.since

    async def _take(self, mail: Listed) -> None:
        raw = await self._content(mail)
        if raw is None:
            return
        await self._folder.take(self._folder.endpoint, raw, self._position(mail.uid))
        self._number = mail.uid
        self._on_mail()
        await self._put_away(mail.uid)

    async def _content(self, mail: Listed) -> bytes | Partial | None:
        limit = self._folder.mail_bytes
        try:
            if mail.size <= limit:
                # Some servers only guess the size that they tell.
                raw = await self._connection.fetch(mail.uid, limit + 1)
                if raw is None or len(raw) <= limit:
                    return raw
            head = await self._connection.fetch_head(mail.uid)
        except FetchRefused as error:
            if not self._is_given_up(mail.uid):
                raise
            return Partial(b"", f"its server does not give it: {error.said}")
        told = f"it has {mail.size:,} bytes, and at most {limit:,} are read (email.mail_bytes)"
        return None if head is None else Partial(head, told)

    async def _describe(self, uids: list[int]) -> list[Listed]:
        """A server that refuses to describe many is asked for each of them: one that it cannot read is no reason to
        leave the others."""
        try:
            return await self._connection.describe(uids)
        except FetchRefused:
            if len(uids) > 1:
                return [mail for uid in uids for mail in await self._describe([uid])]
            if not self._is_given_up(uids[0]):
                raise
            return [Listed(uids[0], 0, self._folder.clock())]

    def _is_given_up(self, uid: int) -> bool:
        """Counts one more refusal of this mail, and says whether it is to be passed over."""
        self._folder.refusals[uid] += 1
        return self._folder.refusals[uid] >= REFUSALS_MOST

    async def _put_away(self, uid: int) -> None:
        """Does with a mail that was taken what the settings say. It was taken, so failing here loses nothing."""
        settings = self._folder.settings
        try:
            if settings.after == "flag":
                await self._connection.mark_read(uid)
            elif settings.after == "move" and settings.move_to:
                await self._connection.move(uid, settings.move_to)
        except MailboxRefused as error:
            self._owed.append(uid)
            self.problem = str(error)
        else:
            if not self._owed:
                self.problem = None

    def _take_owed(self) -> list[int]:
        owed, self._owed = self._owed, []
        return owed

    def _position(self, number: int) -> Position:
        return Position(self._folder.id, self._generation, number)


def _first_since(start: str, now: int) -> int:
    """From when mails count in a mailbox that was never read, in epoch ms."""
    if start == "now":
        return now - now % 1000  # servers count in seconds
    if start == "all":
        return 0
    return round(datetime.combine(date.fromisoformat(start), datetime.min.time(), UTC).timestamp() * 1000)


def _day_before(at: int) -> date | None:
    """A server searches by the days of its own time zone."""
    return (datetime.fromtimestamp(at / 1000, UTC) - timedelta(days=1)).date() if at else None
