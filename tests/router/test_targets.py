"""What is promised to whom, and when it is due, without any clock but the argument."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetime.router.calendar import HOUR, MINUTE, BusinessTime, Calendar, Period
from duetime.router.message import Channel
from duetime.router.targets import NEVER, Clocks, Due, DueTimes, Promise, TargetRule, due_times, promise, rest

ALWAYS = BusinessTime(Calendar())
DAYTIME = BusinessTime(Calendar(periods=tuple(Period(day, 9 * 60, 17 * 60) for day in range(5))))
PROMISE = Promise(first_ms=HOUR, next_ms=HOUR // 2, resolution_ms=8 * HOUR, at_risk_ms=10 * MINUTE)
MONDAY = 1_795_424_400_000
"""Nine in the morning, UTC."""

moments = st.integers(MONDAY, MONDAY + 14 * 24 * HOUR)


def clocks(*, waiting: int | None = MONDAY, answered: bool = False, runs: int | None = MONDAY, used: int = 0) -> Clocks:
    return Clocks(waiting_since=waiting, answered_once=answered, resolution_since=runs, resolution_used_ms=used)


def rule(first: int, channel: Channel | None = None, priority: str | None = None) -> TargetRule:
    return TargetRule(channel=channel, priority=priority, first_response_s=first)


@pytest.mark.parametrize(
    ("channel", "priority", "first_s"),
    [(Channel.EMAIL, "normal", 4), (Channel.CHAT, "normal", 3), (Channel.EMAIL, "gold", 2), (Channel.CHAT, "gold", 1)],
)
def test_the_most_specific_rule_decides_and_priority_is_more_specific_than_channel(
    channel: Channel, priority: str, first_s: int
) -> None:
    rules = [rule(4), rule(3, Channel.CHAT), rule(2, None, "gold"), rule(1, Channel.CHAT, "gold")]
    for ordered in (rules, rules[::-1]):
        assert promise(ordered, channel, priority, 0).first_ms == 1000 * first_s


def test_each_target_is_decided_for_itself() -> None:
    rules = [
        TargetRule(first_response_s=60, resolution_s=600, at_risk_s=5),
        TargetRule(priority="gold", next_response_s=30),
    ]
    promised = promise(rules, Channel.SMS, "gold", 10)
    assert promised == Promise(first_ms=60_000, next_ms=30_000, resolution_ms=600_000, at_risk_ms=5000)
    assert promise([], Channel.SMS, "gold", 10) == Promise(
        first_ms=None, next_ms=None, resolution_ms=None, at_risk_ms=10_000
    )


def test_of_equally_specific_rules_the_first_decides() -> None:
    assert promise([rule(1), rule(2)], Channel.SMS, "normal", 0).first_ms == 1000


def test_before_the_first_answer_the_first_response_runs_and_after_it_the_next() -> None:
    first = due_times(PROMISE, clocks(runs=None), ALWAYS)
    later = due_times(PROMISE, clocks(runs=None, answered=True), ALWAYS)
    assert first == DueTimes(first=Due(MONDAY + HOUR, MONDAY + 50 * MINUTE))
    assert later == DueTimes(next=Due(MONDAY + HOUR // 2, MONDAY + 20 * MINUTE))


def test_a_next_response_that_nothing_is_promised_for_is_as_urgent_as_a_first_one() -> None:
    promised = Promise(first_ms=HOUR, next_ms=None, resolution_ms=None, at_risk_ms=0)
    found = due_times(promised, clocks(answered=True), ALWAYS)
    assert found == DueTimes(next=Due(MONDAY + HOUR, MONDAY + HOUR))


def test_when_nobody_waits_and_the_resolution_rests_nothing_is_due() -> None:
    assert due_times(PROMISE, clocks(waiting=None, runs=None), ALWAYS).due_at == NEVER


def test_a_resolution_that_was_used_up_is_due_at_once() -> None:
    found = due_times(PROMISE, clocks(used=9 * HOUR), ALWAYS).resolution
    assert found is not None
    assert found.at == MONDAY


@given(moments, st.integers(0, 3 * 24 * HOUR), st.integers(0, 3 * 24 * HOUR))
def test_a_rest_puts_off_the_resolution_by_the_business_time_that_it_lasts(start: int, ran: int, rested: int) -> None:
    running = clocks(waiting=None, runs=start)
    stopped = rest(running, start + ran, DAYTIME)
    assert stopped.resolution_since is None
    assert rest(stopped, start + ran + 1, DAYTIME) == stopped
    left = PROMISE.resolution_ms or 0
    left -= DAYTIME.between(start, start + ran)
    resumed = clocks(waiting=None, runs=start + ran + rested, used=stopped.resolution_used_ms)
    found = due_times(PROMISE, resumed, DAYTIME).resolution
    assert found is not None
    assert found.at == DAYTIME.add(start + ran + rested, left)


@given(moments, st.integers(1, 40 * HOUR), st.integers(1, 40 * HOUR))
def test_at_risk_is_so_much_business_time_before_it_is_due(start: int, span: int, lead: int) -> None:
    promised = Promise(first_ms=span, next_ms=None, resolution_ms=None, at_risk_ms=lead)
    found = due_times(promised, clocks(waiting=start, runs=None), DAYTIME).first
    assert found is not None
    assert found.risk_at <= found.at
    assert DAYTIME.between(found.risk_at, found.at) == lead
    assert DAYTIME.is_open(found.risk_at)


@given(st.none() | moments, st.booleans(), st.none() | moments, st.integers(0, 9 * HOUR))
def test_the_due_time_is_the_earliest_of_all(waiting: int | None, answered: bool, runs: int | None, used: int) -> None:
    found = due_times(PROMISE, clocks(waiting=waiting, answered=answered, runs=runs, used=used), DAYTIME)
    dues = [due.at for due in (found.first, found.next, found.resolution) if due is not None]
    assert found.due_at == min(dues, default=NEVER)
    assert found.first is None or found.next is None
