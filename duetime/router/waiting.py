"""How long a conversation will wait: the distribution of the time until its turn, and what is read off it.

Those who may take a conversation end ``rate_per_s`` others a second. Its turn comes with the ``need``-th of these ends:
one for each conversation before it and one for itself, and one more for each later arrival that will rank before it.
The ends come at random moments, so the time is a gamma distribution (Erlang's, when nothing overtakes), and its
quantiles are those of Wilson and Hilferty (1931): the cube root of a gamma variable is nearly normal.
"""

import math
from collections.abc import Iterable
from statistics import NormalDist

import msgspec

SHARE = 0.8
"""Four of five: the quantile that is told."""

_SHAPE_MIN = 0.5
"""Below that the distribution says nothing any more but that it is wide."""
_NORMAL = NormalDist()


class Overtaking(msgspec.Struct, frozen=True):
    """Arrivals that will rank before a conversation which waits: so many a second, of those within ``for_s``."""

    rate_per_s: float
    for_s: float


class Wait(msgspec.Struct, frozen=True):
    """The time until a conversation's turn: gamma distributed, but never less than ``not_before_s``."""

    mean_s: float
    shape: float
    not_before_s: float = 0.0

    def quantile_s(self, share: float) -> float:
        """With the probability ``share`` (between 0 and 1) the wait is over by then."""
        return max(self.not_before_s, self.mean_s * _relative_quantile(self.shape, _NORMAL.inv_cdf(share)))

    def exceeds(self, after_s: float) -> float:
        """The probability that the wait is longer than that."""
        return 1.0 if after_s < self.not_before_s else self._above(after_s, self.shape)

    def lateness_s(self, after_s: float) -> float:
        """By how much the wait is longer than that, on average over all that it may be; shorter counts as nothing."""
        after_s = max(0.0, after_s)
        beyond = self.mean_s * self._above(after_s, self.shape + 1) - after_s * self._above(after_s, self.shape)
        return max(0.0, beyond, self.not_before_s - after_s)

    def _above(self, after_s: float, shape: float) -> float:
        """The probability that a gamma variable of this shape and of our scale is larger."""
        if after_s <= 0 or self.mean_s <= 0:
            return 1.0 if self.mean_s > max(0.0, after_s) else 0.0
        ratio = after_s * self.shape / (self.mean_s * shape)
        return 1 - _NORMAL.cdf((math.cbrt(ratio) - 1 + 1 / (9 * shape)) * 3 * math.sqrt(shape))


NO_WAIT = Wait(0.0, 1.0)


def wait_for(need: float, rate_per_s: float, overtaking: Iterable[Overtaking] = ()) -> Wait:
    """The wait until ``need`` more ends than overtaking arrivals have come. ``need`` and ``rate_per_s`` are positive,
    but need not be whole: work that takes twice the units is two."""
    ends = sorted((part for part in overtaking if part.for_s > 0 and part.rate_per_s > 0), key=lambda part: part.for_s)
    arriving = sum(part.rate_per_s for part in ends)
    at_s = done = 0.0
    for part in ends:
        ahead_by = (rate_per_s - arriving) * (part.for_s - at_s)
        if done + ahead_by >= need:
            break
        done += ahead_by
        at_s = part.for_s
        arriving -= part.rate_per_s
    speed = rate_per_s - max(0.0, arriving)
    mean_s = at_s + (need - done) / speed
    # So many ends and arrivals come until then, each a random step; the walk's drift at its end turns steps into time.
    steps = 2 * rate_per_s * mean_s - need
    return Wait(mean_s, max(_SHAPE_MIN, (mean_s * speed) ** 2 / steps))


def _relative_quantile(shape: float, z: float) -> float:
    """The quantile over the mean."""
    spread: float = max(0.0, 1 - 1 / (9 * shape) + z / (3 * math.sqrt(shape)))
    return spread**3
