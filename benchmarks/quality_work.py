"""The work that comes to a simulated contact centre. Times are ms since the simulation began."""

import math
import random
from collections.abc import Iterator, Sequence

import msgspec

from duetime.router.ids import QueueId
from duetime.router.message import Channel
from duetime.router.targets import TargetRule

A_MINUTE_MS = 60_000
NORMAL = "normal"
FIRST_COME = (TargetRule(first_response_s=86_400),)
"""Targets with which the first to come is the first to be served."""

Profile = Sequence[tuple[float, float]]
"""Until which minute the arrivals have which rate per minute."""


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """One conversation: when it comes and how long its handling takes, whoever does it."""

    number: int
    at_ms: int
    handling_ms: int
    channel: Channel
    queue: QueueId
    priority: str = NORMAL
    patience_ms: int | None = None
    """The contact gives up after waiting this long."""


class Served(msgspec.Struct, frozen=True, kw_only=True):
    """What became of it."""

    work: Work
    waited_ms: int
    associate: str | None
    """None: nobody took it before the contact gave up."""


def arrivals(dice: random.Random, profile: Profile) -> Iterator[int]:
    """A Poisson process with piecewise constant rate."""
    minute = 0.0
    for until, rate in profile:
        at = minute
        while (at := at + dice.expovariate(rate)) < until:
            yield round(A_MINUTE_MS * at)
        minute = until


def lognormal_ms(dice: random.Random, mean_min: float, variation: float) -> int:
    """``variation``: standard deviation over mean."""
    spread = math.log(1 + variation**2)
    return max(1, round(A_MINUTE_MS * dice.lognormvariate(math.log(mean_min) - spread / 2, math.sqrt(spread))))


def exponential_ms(dice: random.Random, mean_min: float) -> int:
    return max(1, round(A_MINUTE_MS * dice.expovariate(1 / mean_min)))


def choose(dice: random.Random, shares: dict[Channel, float]) -> Channel:
    return dice.choices(list(shares), list(shares.values()))[0]
