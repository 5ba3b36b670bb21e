"""Estimates compared with what happened, and what follows from that for the next ones."""

import math
from typing import Final

import msgspec

from duetime.router.decay import DecayedMean
from duetime.router.events import Event, EventType
from duetime.router.ids import ConversationId, QueueId
from duetime.router.waiting import SHARE

PROMISES_MOST: Final = 5_000
LASTS_S: Final = 21_600.0
"""What happened six hours ago counts a third of what happens now: waits that overlap fare alike, so many are needed."""
GAIN: Final = 0.02
FACTOR_MOST: Final = 4.0

_TAKEN: Final = frozenset({EventType.OFFER_MADE, EventType.CONVERSATION_ASSIGNED})
_OTHERWISE: Final = frozenset(
    {EventType.CONVERSATION_CLOSED, EventType.CONVERSATION_PARKED, EventType.CONVERSATION_TRANSFERRED}
)


class _Promise(msgspec.Struct, frozen=True):
    queue: QueueId
    at: int
    within_ms: int


class _Queue:
    def __init__(self) -> None:
        self.kept = DecayedMean(LASTS_S)
        self.log_factor = 0.0


class Calibration:
    """Holds what was estimated when a conversation began to wait, until it is taken. The factor by which a queue's
    estimates are multiplied moves up when one was too short, and a quarter as much down when one was kept: it comes to
    rest where four of five are kept."""

    def __init__(self) -> None:
        self._promises: dict[ConversationId, _Promise] = {}
        self._queues: dict[QueueId, _Queue] = {}

    def promise(self, conversation: ConversationId, queue: QueueId, at: int, within_s: float) -> None:
        """The estimate told at that moment (epoch ms). Beyond `PROMISES_MOST` that are open it is not followed."""
        if len(self._promises) < PROMISES_MOST:
            self._promises[conversation] = _Promise(queue, at, math.ceil(1000 * within_s))

    def take(self, event: Event) -> None:
        if event.conversation is None:
            return
        if event.type in _TAKEN:
            promise = self._promises.pop(event.conversation, None)
            if promise is not None:
                self._learn(promise, event.at, kept=event.at - promise.at <= promise.within_ms)
        elif event.type in _OTHERWISE:
            promise = self._promises.pop(event.conversation, None)
            # Who gave up after the promised time was not served within it; before, nothing is known.
            if promise is not None and event.at - promise.at > promise.within_ms:
                self._learn(promise, event.at, kept=False)

    def factor(self, queue: QueueId) -> float:
        """What an estimate for this queue is to be multiplied with."""
        found = self._queues.get(queue)
        return math.exp(found.log_factor) if found else 1.0

    def shares(self) -> dict[QueueId, float]:
        """The share of waits that were no longer than estimated, of late, for the queues of which one is known."""
        return {queue: found.kept.value for queue, found in self._queues.items() if found.kept.value is not None}

    def _learn(self, promise: _Promise, at: int, *, kept: bool) -> None:
        found = self._queues.setdefault(promise.queue, _Queue())
        found.kept.add(1.0 if kept else 0.0, at)
        found.log_factor += GAIN * (SHARE - 1 if kept else SHARE)
        most = math.log(FACTOR_MOST)
        found.log_factor = max(-most, min(most, found.log_factor))
