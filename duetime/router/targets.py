"""Response-time targets: what was promised, which clocks run, and when each target is due.

Three targets stand side by side, and none hides another:

- *first response* runs from the message that opened the conversation until an associate's first answer;
- *next response* runs from a later message that needs an answer until an associate answers it;
- *resolution* runs from the opening until the close, and rests while the conversation is parked for the contact.

The earliest one that is not met is the conversation's due time. All of it is a function of what happened (`Clocks`) and
what is promised (`Promise`), so a transfer, a change of priority or of a calendar only asks for it again.
"""

from collections.abc import Iterable
from enum import StrEnum

import msgspec

from duetime.router.calendar import BusinessTime
from duetime.router.message import Channel

NEVER = 4_102_444_800_000
"""The due time of what owes nobody an answer: the year 2100."""


class Target(StrEnum):
    FIRST = "first"
    NEXT = "next"
    RESOLUTION = "resolution"


class TargetRule(msgspec.Struct, frozen=True, kw_only=True):
    """What a queue promises, for all its conversations or for those of a channel, a priority, or both."""

    channel: Channel | None = None
    priority: str | None = None
    first_response_s: int | None = None
    next_response_s: int | None = None
    resolution_s: int | None = None
    at_risk_s: int | None = None

    def fits(self, channel: Channel, priority: str) -> bool:
        return self.channel in (None, channel) and self.priority in (None, priority)

    @property
    def specificity(self) -> int:
        return 2 * (self.priority is not None) + (self.channel is not None)


class Promise(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for one conversation, in ms of business time; None: nothing is promised."""

    first_ms: int | None
    next_ms: int | None
    resolution_ms: int | None
    at_risk_ms: int


class Clocks(msgspec.Struct, frozen=True, kw_only=True):
    """What happened, as far as targets are concerned. Epoch ms."""

    waiting_since: int | None
    """The message that needs an answer came then; None when nobody waits for one."""
    answered_once: bool
    resolution_since: int | None
    """The resolution clock runs since then; None while it rests."""
    resolution_used_ms: int = 0
    """What it had run before."""


class Due(msgspec.Struct, frozen=True):
    """When one target is due, and from when on it is at risk: never, if both are the same. Epoch ms."""

    at: int
    risk_at: int


class DueTimes(msgspec.Struct, frozen=True, kw_only=True):
    """When each target that is not met is due."""

    first: Due | None = None
    next: Due | None = None
    resolution: Due | None = None

    @property
    def due_at(self) -> int:
        return min((due.at for due in (self.first, self.next, self.resolution) if due is not None), default=NEVER)


def promise(rules: Iterable[TargetRule], channel: Channel, priority: str, at_risk_s: int) -> Promise:
    """For each target what the most specific rule that names it says; of equally specific ones the first. A rule for a
    priority is more specific than one for a channel. ``at_risk_s`` holds where no rule says otherwise."""
    fitting = sorted((rule for rule in rules if rule.fits(channel, priority)), key=lambda rule: -rule.specificity)

    def said(name: str) -> int | None:
        return next((value for rule in fitting if (value := getattr(rule, name)) is not None), None)

    def in_ms(seconds: int | None) -> int | None:
        return None if seconds is None else 1000 * seconds

    at_risk = said("at_risk_s")
    return Promise(
        first_ms=in_ms(said("first_response_s")),
        next_ms=in_ms(said("next_response_s")),
        resolution_ms=in_ms(said("resolution_s")),
        at_risk_ms=1000 * (at_risk_s if at_risk is None else at_risk),
    )


def due_times(promised: Promise, clocks: Clocks, business: BusinessTime) -> DueTimes:
    """When each target that runs is due. A next response that nothing is promised for is as urgent as a first one."""

    def due(since: int | None, span: int | None, used: int = 0) -> Due | None:
        if since is None or span is None:
            return None
        at = business.add(since, span - used)
        return Due(at, business.subtract(at, promised.at_risk_ms))

    later_ms = promised.first_ms if promised.next_ms is None else promised.next_ms
    return DueTimes(
        first=None if clocks.answered_once else due(clocks.waiting_since, promised.first_ms),
        next=due(clocks.waiting_since, later_ms) if clocks.answered_once else None,
        resolution=due(clocks.resolution_since, promised.resolution_ms, clocks.resolution_used_ms),
    )


def rest(clocks: Clocks, now: int, business: BusinessTime) -> Clocks:
    """The resolution clock stops: the contact has the next word. What it has run is kept."""
    if clocks.resolution_since is None:
        return clocks
    used = clocks.resolution_used_ms + business.between(clocks.resolution_since, now)
    return msgspec.structs.replace(clocks, resolution_since=None, resolution_used_ms=used)
