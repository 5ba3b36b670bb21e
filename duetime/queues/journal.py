"""Reading the journal: the ordered truth of a workspace, which every desk, chat session and report follows."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import msgspec

from duetime.queues.connection import Pipeline, ServerLost
from duetime.queues.keys import Root, key
from duetime.router.events import Event
from duetime.router.ids import AssociateId, ContactId, ConversationId, QueueId

BLOCK_MS = 5_000
PAUSE_S = 0.1
BATCH = 500
FORGET_BATCH = 200
"""Every request of others waits until so many events were read."""
START = "0-0"

_decode_data = msgspec.json.Decoder(dict[str, Any]).decode


class CursorTooOld(Exception):
    """The journal no longer reaches back to that cursor: take a new snapshot."""


class Entry(msgspec.Struct, frozen=True):
    """One event, and the earliest timer that its transition set (epoch ms)."""

    event: Event
    wake_at: int | None


def cursor_key(cursor: str) -> tuple[int, int]:
    """For comparing cursors. Raises ValueError for what is not one."""
    ms, _, sequence = cursor.partition("-")
    return int(ms), int(sequence or 0)


def decode(cursor: str, flat: list[str]) -> Entry:
    """One stream entry as the event it is."""
    fields = dict(zip(flat[::2], flat[1::2], strict=True))
    number, wake_at = fields.get("n"), fields.get("w")
    event = Event(
        cursor=cursor,
        type=fields["t"],
        at=int(fields["at"]),
        conversation=ConversationId(fields["c"]) if "c" in fields else None,
        number=int(number) if number else None,
        associate=AssociateId(fields["a"]) if "a" in fields else None,
        contact=ContactId(fields["k"]) if "k" in fields else None,
        queue=QueueId(fields["q"]) if "q" in fields else None,
        data=_decode_data(fields["d"]),
    )
    return Entry(event, int(float(wake_at)) if wake_at else None)


class Journal:
    """``tail`` is a connection of its own, because following blocks it."""

    def __init__(self, pipeline: Pipeline, tail: Pipeline, root: Root, clock: Callable[[], int]) -> None:
        self._pipeline = pipeline
        self._tail = tail
        self._clock = clock
        self._key = key(root, "journal")

    async def last_cursor(self) -> str:
        newest = await self._pipeline.call("XREVRANGE", self._key, "+", "-", "COUNT", 1)
        return str(newest[0][0]) if newest else START

    async def between(self, after: str, until: str | None = None, limit: int = 1000) -> list[Event]:
        """Events after a cursor, oldest first. Raises CursorTooOld when some of them were trimmed, ValueError when
        ``after`` is not a cursor."""
        cursor_key(after)
        oldest, rows = await asyncio.gather(
            self._pipeline.call("XRANGE", self._key, "-", "+", "COUNT", 1),
            self._pipeline.call("XRANGE", self._key, f"({after}", until or "+", "COUNT", limit),
        )
        trimmed = oldest and after != START and cursor_key(after) < cursor_key(oldest[0][0])
        if trimmed or (not oldest and after != START):
            raise CursorTooOld(after)
        return [decode(row[0], row[1]).event for row in rows]

    async def follow(self, after: str) -> AsyncIterator[list[Entry]]:
        """Batches of entries after a cursor, for ever; a lost server is waited for."""
        while True:
            try:
                reply = await self._tail.call("XREAD", "COUNT", BATCH, "BLOCK", BLOCK_MS, "STREAMS", self._key, after)
            except ServerLost:
                await asyncio.sleep(PAUSE_S)  # one that is unable, not away, says so at once
                continue
            if reply:
                rows = reply[0][1]
                yield [decode(row[0], row[1]) for row in rows]
                after = rows[-1][0]

    async def forget(self, conversation: ConversationId) -> None:
        """Takes out what it tells of a conversation, oldest first, so that at no moment something is missing from the
        middle."""
        after = "-"
        while rows := await self._pipeline.call("XRANGE", self._key, after, "+", "COUNT", FORGET_BATCH):
            about = [row[0] for row in rows if conversation in row[1]]
            if about:
                await self._pipeline.call("XDEL", self._key, *about)
            after = f"({rows[-1][0]}"

    async def append(self, event_type: str, data: dict[str, Any]) -> None:
        """An event that concerns no conversation and changes no other key, such as a revoked token."""
        text = msgspec.json.encode(data)
        await self._pipeline.call("XADD", self._key, "*", "t", event_type, "at", self._clock(), "d", text)
