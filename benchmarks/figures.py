"""Figures of several rounds: medians with their spread, and ratios taken round by round."""

import statistics
from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Figures(Generic[K, V]):
    """What every round measured, by what was measured. The rounds of one run are comparable, those of two runs on a
    shared machine are not: therefore the ratios."""

    def __init__(self) -> None:
        self._rounds: defaultdict[K, list[V]] = defaultdict(list)

    def add(self, key: K, value: V) -> None:
        self._rounds[key].append(value)

    def __contains__(self, key: K) -> bool:
        return key in self._rounds

    def values(self, key: K, of: Callable[[V], float]) -> list[float]:
        return [of(value) for value in self._rounds[key]]

    def median(self, key: K, of: Callable[[V], float]) -> float:
        return statistics.median(self.values(key, of))

    def ratio(self, key: K, floor: K, of: Callable[[V], float]) -> float:
        """The median of the ratios of the same round."""
        pairs = zip(self.values(key, of), self.values(floor, of), strict=True)
        return statistics.median(one / other for one, other in pairs)


def spread(values: Sequence[float], digits: int = 0) -> str:
    """``median [least..most]``."""
    least, middle, most = min(values), statistics.median(values), max(values)
    return f"{middle:,.{digits}f} [{least:,.{digits}f}..{most:,.{digits}f}]"
