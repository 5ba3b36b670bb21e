"""How often one party may do something: rates kept in the memory of this daemon, forgotten when it stops.

The rate is a token bucket in the form of the generic cell rate algorithm: per key one number, the moment at
which the bucket would be full again. Memory is bounded however many keys a hostile client invents.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Self

from duetime.config.settings import Limits
from duetime.router.errors import TooMany

KEYS_MAX: Final = 50_000
"""Keys remembered at once per rate, about 8 MB; beyond that the oldest are forgiven."""


class RateLimit:
    """At most ``burst`` at once and ``per_s`` a second for every key. ``what`` completes the sentence "Too
    many ...".

    ``now_s`` is a clock that never goes back.
    """

    def __init__(self, what: str, *, per_s: float, burst: float, now_s: Callable[[], float] = time.monotonic) -> None:
        self._what = what
        self._interval_s = 1 / per_s
        self._burst_s = burst / per_s
        self._now_s = now_s
        self._full_at_s: dict[str, float] = {}
        self._older: dict[str, float] = {}
        self._turned_at_s = now_s()

    def take(self, key: str, cost: float = 1) -> None:
        """Count one more for ``key``. Raises TooMany, and counts nothing, when it has had its share."""
        now_s = self._now_s()
        if now_s - self._turned_at_s > self._burst_s or len(self._full_at_s) >= KEYS_MAX:
            # Buckets that nobody touched for the time in which any bucket fills up are full, so dropping them
            # after that time loses nothing, and no sweep over all keys is ever needed.
            self._older, self._full_at_s = self._full_at_s, {}
            self._turned_at_s = now_s
        known_s = self._full_at_s.get(key) or self._older.get(key) or now_s
        full_at_s = max(known_s, now_s) + cost * self._interval_s
        wait_s = full_at_s - now_s - self._burst_s
        if wait_s > 1e-9:
            raise TooMany(f"Too many {self._what}. Try again in {math.ceil(wait_s)} s.", math.ceil(wait_s))
        self._full_at_s[key] = full_at_s


@dataclass(frozen=True)
class RateLimits:
    """The rates of one daemon. The comments say what the keys are."""

    requests: RateLimit  # token id
    wrong_tokens: RateLimit  # client address
    desk_requests: RateLimit  # desk connection
    chat_sessions: RateLimit  # client address
    chat_messages: RateLimit  # chat session

    @classmethod
    def from_settings(cls, limits: Limits, now_s: Callable[[], float] = time.monotonic) -> Self:
        def per_s(what: str, count: int) -> RateLimit:
            return RateLimit(what, per_s=count, burst=2 * count, now_s=now_s)

        def per_minute(what: str, count: int) -> RateLimit:
            return RateLimit(what, per_s=count / 60, burst=count, now_s=now_s)

        return cls(
            requests=per_s("requests with this token", limits.requests_per_s_per_token),
            wrong_tokens=per_minute("requests with a wrong token", limits.logins_per_minute_per_ip),
            desk_requests=per_s("requests on this connection", limits.desk_requests_per_s),
            chat_sessions=per_minute("new chats from this address", limits.chat_sessions_per_minute_per_ip),
            chat_messages=per_minute("messages", limits.chat_messages_per_minute),
        )
