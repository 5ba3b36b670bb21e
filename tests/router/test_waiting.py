"""Waiting times: the closed forms, what must hold of them, and simulations in which four of five are kept."""

import heapq
import math
import random
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetime.router.waiting import SHARE, Overtaking, Wait, wait_for

needs = st.floats(0.1, 500)
rates = st.floats(0.001, 10)
shares = st.floats(0.05, 0.95)
times = st.floats(0, 100_000)
parts = st.lists(st.builds(Overtaking, st.floats(0.0001, 5), st.floats(0, 20_000)), max_size=5)
waits = st.builds(wait_for, needs, rates, parts)
CLOSE = 1 + 1e-6


@pytest.mark.parametrize(
    ("need", "share", "quantile"),
    # Of Erlang distributions with scale 1, from tables of the chi-squared distribution.
    [(1, 0.8, 1.6094), (2, 0.8, 2.9943), (5, 0.8, 6.7210), (10, 0.8, 12.5188), (1, 0.5, 0.6931), (5, 0.95, 9.1535)],
)
def test_the_quantiles_are_those_of_erlang_s_distribution(need: int, share: float, quantile: float) -> None:
    assert wait_for(need, 1.0).quantile_s(share) == pytest.approx(quantile, rel=0.02)


def test_the_time_scales_with_the_rate() -> None:
    assert wait_for(3, 0.01).quantile_s(SHARE) == pytest.approx(100 * wait_for(3, 1.0).quantile_s(SHARE))


def test_what_overtakes_all_the_time_slows_it_down_by_its_rate() -> None:
    assert wait_for(3, 1.0, [Overtaking(0.5, math.inf)]).mean_s == pytest.approx(6.0)


def test_what_overtakes_for_a_while_only_adds_what_comes_in_that_while() -> None:
    assert wait_for(3, 1.0, [Overtaking(0.5, 2.0)]).mean_s == pytest.approx(4.0)


def test_more_may_come_for_a_while_than_is_done_and_it_still_ends() -> None:
    assert wait_for(1, 1.0, [Overtaking(2.0, 10.0)]).mean_s == pytest.approx(21.0)


@given(waits, shares, shares)
def test_a_larger_share_takes_longer(wait: Wait, one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert wait.quantile_s(low) <= wait.quantile_s(high) * CLOSE


@given(needs, needs, rates, parts)
def test_the_more_is_ahead_the_longer(one: float, other: float, rate: float, overtaking: list[Overtaking]) -> None:
    low, high = sorted((one, other))
    assert wait_for(low, rate, overtaking).mean_s <= wait_for(high, rate, overtaking).mean_s * CLOSE


@given(needs, needs, rates)
def test_the_more_is_ahead_the_later_is_told(one: float, other: float, rate: float) -> None:
    low, high = sorted((one, other))
    assert wait_for(low, rate).quantile_s(SHARE) <= wait_for(high, rate).quantile_s(SHARE) * CLOSE


@given(needs, rates, rates, parts)
def test_the_more_is_done_the_shorter(need: float, one: float, other: float, overtaking: list[Overtaking]) -> None:
    low, high = sorted((one, other))
    assert wait_for(need, high, overtaking).mean_s <= wait_for(need, low, overtaking).mean_s * CLOSE


@given(needs, rates, parts, st.builds(Overtaking, st.floats(0.0001, 5), st.floats(0, 20_000)))
def test_whatever_overtakes_makes_it_longer(
    need: float, rate: float, overtaking: list[Overtaking], more: Overtaking
) -> None:
    assert wait_for(need, rate, overtaking).mean_s <= wait_for(need, rate, [*overtaking, more]).mean_s * CLOSE


@given(waits, times, times)
def test_a_longer_time_is_exceeded_less_often_and_by_less(wait: Wait, one: float, other: float) -> None:
    early, late = sorted((one, other))
    assert 0 <= wait.exceeds(late) <= wait.exceeds(early) * CLOSE <= CLOSE
    assert wait.lateness_s(0) == pytest.approx(wait.mean_s)
    assert wait.lateness_s(late) >= -1e-6


@given(waits, shares)
def test_the_quantile_is_exceeded_by_the_rest(wait: Wait, share: float) -> None:
    told = wait.quantile_s(share)
    if told > 0:
        assert wait.exceeds(told) == pytest.approx(1 - share, abs=1e-6)


@given(waits, times)
def test_it_is_never_over_before_it_can_be(wait: Wait, start: float) -> None:
    held = Wait(wait.mean_s, wait.shape, start)
    assert held.quantile_s(0.1) >= start
    assert held.exceeds(start - 1) == 1.0
    assert held.lateness_s(start - 1) >= min(1.0, start) - 1e-6


def test_the_lateness_is_that_of_an_exponential_distribution() -> None:
    wait = wait_for(1, 0.1)
    assert [wait.lateness_s(t) for t in (0, 10, 20)] == pytest.approx([10, 10 / math.e, 10 / math.e**2], rel=0.06)


def simulate(
    servers: int, rate: float, handling: float, leads: list[tuple[float, float]], count: int, seed: int
) -> Iterator[tuple[int, bool]]:
    """Work of several classes (share of the arrivals, how far ahead it is due), served by earliest due first: of every
    conversation that had to wait its class, and whether the time that was estimated at its arrival was kept."""
    dice = random.Random(seed)
    now = 0.0
    ends: list[float] = []
    line: list[tuple[float, float, float, int]] = []
    coming = [(share * rate, lead) for share, lead in leads]
    for _ in range(count):
        now += dice.expovariate(rate)
        while ends and ends[0] <= now:
            end = heapq.heappop(ends)
            if line:
                _, arrived, told, kind = heapq.heappop(line)
                heapq.heappush(ends, end + dice.expovariate(1 / handling))
                yield kind, end - arrived <= told
        kind = dice.choices(range(len(leads)), [share for share, _ in leads])[0]
        if len(ends) < servers:
            heapq.heappush(ends, now + dice.expovariate(1 / handling))
            continue
        rank = now + leads[kind][1]
        ahead = sum(1 for other in line if other[0] < rank)
        overtaking = [Overtaking(of, rank - now - lead) for of, lead in coming if rank - lead > now]
        told = wait_for(ahead + 1, servers / handling, overtaking).quantile_s(SHARE)
        heapq.heappush(line, (rank, now, told, kind))


def kept(seen: list[tuple[int, bool]], kind: int) -> float:
    outcomes = [outcome for other, outcome in seen if other == kind]
    assert len(outcomes) > 500
    return sum(outcomes) / len(outcomes)


@pytest.mark.parametrize(("servers", "load"), [(1, 0.7), (4, 0.9), (12, 0.95), (30, 0.97)])
def test_four_of_five_wait_no_longer_than_told(servers: int, load: float) -> None:
    seen = list(simulate(servers, servers * load / 600, 600, [(1.0, 60)], 20_000, seed=servers))
    assert kept(seen, 0) == pytest.approx(SHARE, abs=0.05)


@pytest.mark.parametrize("load", [0.85, 0.95, 1.02])
def test_so_do_those_whom_more_urgent_work_overtakes(load: float) -> None:
    """Chat, SMS and email, with the shares and targets of a real mix."""
    mix = [(0.45, 60.0), (0.25, 600.0), (0.30, 14_400.0)]
    seen = list(simulate(12, 12 * load / 600, 600, mix, 20_000, seed=7))
    assert [kept(seen, kind) for kind in range(3)] == pytest.approx([SHARE] * 3, abs=0.05)
