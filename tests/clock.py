"""A clock that moves only when a test says so."""

from dataclasses import dataclass


@dataclass
class VirtualClock:
    """Callable like a clock: `clock()` is now in epoch ms, `clock.advance(1.5)` lets 1.5 s pass."""

    now_ms: int = 1_700_000_000_000

    def __call__(self) -> int:
        return self.now_ms

    def advance(self, seconds: float) -> int:
        """Returns the new time in epoch ms."""
        if seconds < 0:
            raise ValueError("time does not go back")
        self.now_ms += round(seconds * 1000)
        return self.now_ms
