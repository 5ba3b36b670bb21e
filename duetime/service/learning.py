"""What the journal teaches: how often work of each class comes, how urgent it is, and how long an associate has it."""

from typing import Final

import msgspec

from duetime.router.decay import DecayedMean, DecayedRate
from duetime.router.events import Event, EventType
from duetime.router.ids import ClassId, ConversationId, QueueId
from duetime.router.message import Channel

ARRIVALS_LAST_S: Final = 900.0
HANDLING_LASTS_S: Final = 14_400.0
ENOUGH: Final = 3.0
"""So many conversations must have been handled before their mean says anything."""

_ENTERS: Final = frozenset(
    {
        EventType.CONVERSATION_OPENED,
        EventType.CONVERSATION_REOPENED,
        EventType.CONVERSATION_WOKEN,
        EventType.CONVERSATION_TRANSFERRED,
        EventType.CONVERSATION_UNASSIGNED,
    }
)
"""After these a conversation needs somebody; where it then goes is said by another event of the same moment."""
_BINDS: Final = frozenset({EventType.OFFER_MADE, EventType.CONVERSATION_ASSIGNED})
_HANDLED: Final = frozenset(
    {EventType.CONVERSATION_CLOSED, EventType.CONVERSATION_PARKED, EventType.CONVERSATION_TRANSFERRED}
)
"""These end an associate's work on a conversation, and give its units back."""
_NOT_HANDLED: Final = frozenset(
    {
        EventType.OFFER_DECLINED,
        EventType.OFFER_EXPIRED,
        EventType.OFFER_RESCINDED,
        EventType.CONVERSATION_UNASSIGNED,
    }
)


class Arrivals(msgspec.Struct, frozen=True):
    """What comes to one class."""

    line: ClassId
    rate_per_s: float
    lead_ms: float
    """How far its rank lies ahead of its arrival, on average."""


class _Held(msgspec.Struct, frozen=True):
    since: int
    queue: QueueId
    channel: Channel


class _Class:
    def __init__(self, since: int) -> None:
        self.rate = DecayedRate(ARRIVALS_LAST_S, since)
        self.lead_ms = DecayedMean(ARRIVALS_LAST_S)


class Learning:
    """Fed with every event, in order. ``since``: when that begins (epoch ms)."""

    def __init__(self, since: int) -> None:
        self._since = since
        self._classes: dict[ClassId, _Class] = {}
        self._handling: dict[tuple[QueueId, Channel], DecayedMean] = {}
        self._by_channel = {channel: DecayedMean(HANDLING_LASTS_S) for channel in Channel}
        self._held: dict[ConversationId, _Held] = {}
        self._entering: set[ConversationId] = set()
        self._at = 0

    def take(self, event: Event) -> None:
        name = event.conversation
        if name is None:
            return
        if event.at != self._at:
            self._entering.clear()
            self._at = event.at
        if event.type in _HANDLED:
            self._handled(name, event.at)
        elif event.type in _NOT_HANDLED:
            self._held.pop(name, None)
        if event.type in _ENTERS:
            self._entering.add(name)
        elif event.type == EventType.CONVERSATION_QUEUED:
            self._arrived(name, event.at, event.data["line"], event.data["rank"])
        elif event.type in _BINDS:
            why = event.data["why"]
            self._arrived(name, event.at, why["line"], why["rank"])
            if event.queue is not None:
                self._held[name] = _Held(event.at, event.queue, Channel(event.data["channel"]))

    def arrivals(self, now: int) -> list[Arrivals]:
        """For every class to which something came lately."""
        return [
            Arrivals(line, rate, seen.lead_ms.value or 0.0)
            for line, seen in self._classes.items()
            if (rate := seen.rate.per_s(now)) > 0
        ]

    def handling_s(self, queue: QueueId, channel: Channel) -> float | None:
        """How long an associate has a conversation of this queue on this channel: offer, work and wrap-up. What is not
        known of the queue is taken from the channel; None when that is not known either."""
        own = self._handling.get((queue, channel))
        return _known(own) or self.channel_handling_s(channel)

    def channel_handling_s(self, channel: Channel) -> float | None:
        """The same of the whole channel; what is not known of it is taken from all channels together."""
        return _known(self._by_channel[channel]) or _known(*self._by_channel.values())

    def _arrived(self, name: ConversationId, at: int, line: str, rank: int) -> None:
        if name not in self._entering:
            return
        self._entering.discard(name)
        if line.startswith("@"):
            return
        seen = self._classes.setdefault(ClassId(line), _Class(self._since))
        seen.rate.add(at)
        seen.lead_ms.add(rank - at, at)

    def _handled(self, name: ConversationId, at: int) -> None:
        held = self._held.pop(name, None)
        if held is None:
            return
        took_s = max(0, at - held.since) / 1000
        mean = self._handling.setdefault((held.queue, held.channel), DecayedMean(HANDLING_LASTS_S))
        mean.add(took_s, at)
        self._by_channel[held.channel].add(took_s, at)


def _known(*means: DecayedMean | None) -> float | None:
    """The mean over all of these, once there is enough behind it."""
    found = [(mean.weight, mean.value) for mean in means if mean is not None and mean.value is not None]
    weight = sum(part for part, _ in found)
    return sum(part * value for part, value in found) / weight if weight >= ENOUGH else None
