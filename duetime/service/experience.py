"""What the daemon has learned from the journal: from the newest part of it when it starts, then from every event."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import structlog

from duetime.queues.connection import Busy, ServerLost
from duetime.queues.journal import START, CursorTooOld, Journal
from duetime.router.events import Event, EventType
from duetime.router.ids import ConversationId
from duetime.service.calibration import Calibration
from duetime.service.feed import Feed
from duetime.service.learning import Learning

LEARN_FROM_MS: Final = 2 * 3600 * 1000
SLICE: Final = 250
SAMPLES: Final = 20
"""So many of the conversations that begin to wait are followed at a time, however many there are."""

_BEGINS: Final = frozenset({"new", "woken", "reopened", "transferred", "unassigned"})
"""The reasons of a `ConversationQueued` by which somebody begins to wait."""
_SURPRISES: Final = frozenset({EventType.PRESENCE_CHANGED, EventType.ASSOCIATE_CHANGED, EventType.CONFIG_APPLIED})

log = structlog.get_logger(__name__)


class Experience:
    """Subscribe `on_events` before the feed starts, then run `learn` once the feed runs."""

    def __init__(self, journal: Journal, feed: Feed, clock: Callable[[], int]) -> None:
        self._journal = journal
        self._feed = feed
        self._clock = clock
        self._held_back: list[Event] | None = []
        self._beginning: deque[ConversationId] = deque(maxlen=SAMPLES)
        self._begun = asyncio.Event()
        self.learned = Learning(clock())
        self.calibration = Calibration()
        self.surprised = False
        """Somebody came or went, or the rules changed, since it was last set to False."""

    def on_events(self, events: Sequence[Event]) -> None:
        if self._held_back is not None:
            self._held_back += events
            return
        for event in events:
            self._take(event)

    async def learn(self) -> None:
        """Goes through the newest part of the journal, in slices, up to where the feed's events begin."""
        if self._held_back is None:
            return
        since = self._clock() - LEARN_FROM_MS
        until = f"({self._held_back[0].cursor}" if self._held_back else self._feed.cursor
        try:
            events = await self._journal.between(f"{since}-0", until, limit=SLICE)
        except CursorTooOld:
            events = await self._journal.between(START, until, limit=SLICE)
            since = events[0].at if events else self._clock()
        self.learned = Learning(since)
        seen = 0
        while events:
            for event in events:
                self.learned.take(event)
            seen += len(events)
            try:
                events = await self._journal.between(events[-1].cursor, until, limit=SLICE)
            except CursorTooOld:  # it was trimmed while it was read
                break
        log.info("learned from the journal", events=seen)
        held_back, self._held_back = self._held_back, None
        for event in held_back:
            self._take(event)

    async def follow(self, promised: Callable[[ConversationId], Awaitable[None]]) -> None:
        """Calls ``promised`` for conversations that have just begun to wait; a sample of them when they are many."""
        while True:
            await self._begun.wait()
            self._begun.clear()
            while self._beginning:
                try:
                    await promised(self._beginning.popleft())
                except (ServerLost, Busy):
                    self._beginning.clear()

    def _take(self, event: Event) -> None:
        self.learned.take(event)
        self.calibration.take(event)
        self.surprised = self.surprised or event.type in _SURPRISES
        if event.type == EventType.CONVERSATION_QUEUED and event.data["reason"] in _BEGINS and event.conversation:
            self._beginning.append(event.conversation)
            self._begun.set()
