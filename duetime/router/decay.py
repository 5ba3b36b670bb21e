"""Averages that forget: what happened ``lasting_s`` ago counts 1/e of what happens now. Times are epoch ms."""

import math

_OBSERVED_MIN_S = 60.0
"""A rate seen for a shorter time counts as seen for that long: one arrival in the first second is not one a second."""


class DecayedMean:
    """The mean of values, the recent ones above all."""

    def __init__(self, lasting_s: float) -> None:
        self._lasting_ms = 1000 * lasting_s
        self._sum = 0.0
        self._weight = 0.0
        self._at = 0

    def add(self, value: float, at: int) -> None:
        kept = math.exp(-max(0, at - self._at) / self._lasting_ms)
        self._sum = kept * self._sum + value
        self._weight = kept * self._weight + 1
        self._at = max(self._at, at)

    @property
    def value(self) -> float | None:
        """None before the first."""
        return self._sum / self._weight if self._weight else None

    @property
    def weight(self) -> float:
        """How many values it stands for, as of the last one."""
        return self._weight


class DecayedRate:
    """How often something happens."""

    def __init__(self, lasting_s: float, since: int) -> None:
        """``since``: from when on all that happens is seen."""
        self._lasting_s = lasting_s
        self._since = since
        self._count = 0.0
        self._at = since

    def add(self, at: int) -> None:
        self._count = self._left(at) + 1
        self._at = max(self._at, at)

    def per_s(self, now: int) -> float:
        seen_s = max(_OBSERVED_MIN_S, (now - self._since) / 1000)
        return self._left(now) / (self._lasting_s * -math.expm1(-seen_s / self._lasting_s))

    def _left(self, at: int) -> float:
        return self._count * math.exp(-max(0, at - self._at) / (1000 * self._lasting_s))
