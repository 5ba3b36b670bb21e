"""The feed: one reader of the journal per daemon, handing every event to whoever is interested, in order."""

from collections.abc import Callable, Sequence

import structlog

from duetime.queues.journal import Entry, Journal
from duetime.router.events import Event

log = structlog.get_logger(__name__)

OnEvents = Callable[[Sequence[Event]], None]


class Feed:
    def __init__(self, journal: Journal, on_wake: Callable[[int], None]) -> None:
        """``on_wake`` is told the earliest timer (epoch ms) that an event's transition set."""
        self._journal = journal
        self._on_wake = on_wake
        self._subscribers: dict[object, OnEvents] = {}
        self.cursor = "0-0"
        """Of the last event handed out."""

    def subscribe(self, on_events: OnEvents) -> Callable[[], None]:
        """``on_events`` is called with every batch after `cursor`, and must not block. Gives what ends it."""
        ticket = object()
        self._subscribers[ticket] = on_events

        def unsubscribe() -> None:
            self._subscribers.pop(ticket, None)

        return unsubscribe

    async def start(self) -> None:
        """From here on no event is missed."""
        self.cursor = await self._journal.last_cursor()

    async def run(self) -> None:
        async for entries in self._journal.follow(self.cursor):
            self._hand_out(entries)

    def _hand_out(self, entries: list[Entry]) -> None:
        events = [entry.event for entry in entries]
        self.cursor = events[-1].cursor
        for entry in entries:
            if entry.wake_at is not None:
                self._on_wake(entry.wake_at)
        for on_events in list(self._subscribers.values()):
            try:
                on_events(events)
            except Exception:
                # One reader's fault must not stop the others, nor the feed.
                log.exception("a reader of the feed failed", events=len(events))
