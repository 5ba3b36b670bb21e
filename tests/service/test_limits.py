"""Rates: token buckets under a clock of the test's own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetime.config.settings import Limits
from duetime.router.errors import TooMany
from duetime.service import limits
from duetime.service.limits import RateLimit, RateLimits


class Seconds:
    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


def granted(limit: RateLimit, key: str, tries: int) -> int:
    count = 0
    for _ in range(tries):
        try:
            limit.take(key)
        except TooMany:
            break
        count += 1
    return count


def test_a_burst_is_granted_at_once_and_no_more(seconds: Seconds) -> None:
    limit = RateLimit("tries", per_s=1, burst=5, now_s=seconds)
    assert granted(limit, "ana", 10) == 5


def test_the_share_comes_back_with_time(seconds: Seconds) -> None:
    limit = RateLimit("tries", per_s=2, burst=4, now_s=seconds)
    granted(limit, "ana", 10)
    seconds.now_s += 1
    assert granted(limit, "ana", 10) == 2
    seconds.now_s += 1000
    assert granted(limit, "ana", 10) == 4


def test_the_refusal_says_when_to_try_again_and_then_it_works(seconds: Seconds) -> None:
    limit = RateLimit("tries", per_s=0.1, burst=1, now_s=seconds)
    limit.take("ana")
    with pytest.raises(TooMany, match=r"Too many tries\. Try again in 10 s\.") as refused:
        limit.take("ana")
    seconds.now_s += refused.value.retry_after_s
    limit.take("ana")
    assert refused.value.retry_after_s == 10


def test_keys_do_not_touch_each_other(seconds: Seconds) -> None:
    limit = RateLimit("tries", per_s=1, burst=2, now_s=seconds)
    assert granted(limit, "ana", 5) == 2
    assert granted(limit, "ben", 5) == 2


def test_what_costs_more_takes_more(seconds: Seconds) -> None:
    limit = RateLimit("tries", per_s=1, burst=5, now_s=seconds)
    limit.take("ana", 4)
    with pytest.raises(TooMany):
        limit.take("ana", 2)
    limit.take("ana", 1)


def test_a_refused_try_costs_nothing(seconds: Seconds) -> None:
    limit = RateLimit("tries", per_s=1, burst=1, now_s=seconds)
    limit.take("ana")
    for _ in range(50):
        with pytest.raises(TooMany):
            limit.take("ana")
    seconds.now_s += 1
    limit.take("ana")


def test_memory_is_bounded_however_many_keys_come(seconds: Seconds, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "KEYS_MAX", 100)
    limit = RateLimit("tries", per_s=1, burst=1, now_s=seconds)
    for number in range(10_000):
        limit.take(f"stranger-{number}")
    assert len(limit._full_at_s) + len(limit._older) <= 200


@given(
    pauses_s=st.lists(st.floats(0, 3, allow_nan=False), min_size=1, max_size=200),
    per_s=st.sampled_from([0.5, 1, 7]),
    burst=st.sampled_from([1, 2, 9]),
)
def test_nobody_ever_gets_more_than_the_burst_and_the_rate(pauses_s: list[float], per_s: float, burst: int) -> None:
    seconds = Seconds()
    limit = RateLimit("tries", per_s=per_s, burst=burst, now_s=seconds)
    times_s: list[float] = []
    for pause_s in pauses_s:
        seconds.now_s += pause_s
        if granted(limit, "ana", 1):
            times_s.append(seconds.now_s)
    for first in range(len(times_s)):
        for last in range(first, len(times_s)):
            span_s = times_s[last] - times_s[first]
            assert last - first + 1 <= burst + per_s * span_s + 1e-6


def test_the_settings_make_every_rate(seconds: Seconds) -> None:
    rates = RateLimits.from_settings(Limits(requests_per_s_per_token=3, chat_messages_per_minute=4), now_s=seconds)
    assert granted(rates.requests, "tk_1", 100) == 6
    assert granted(rates.chat_messages, "se_1", 100) == 4
    seconds.now_s += 15
    assert granted(rates.chat_messages, "se_1", 100) == 1
