"""Boosts are bounded, and so is how long anything can be passed over."""

from hypothesis import given
from hypothesis import strategies as st

from duetime.router.due_time import BOOST_MAX_S, boost_ms, rank, starvation_bound_s

BOOSTS = st.integers(-(10**6), 10**6)
DUE = st.integers(1, 10**6)
MOMENTS = st.integers(0, 2**42)


@given(BOOSTS, BOOSTS)
def test_boosts_add_up_within_their_bound(priority_s: int, step_s: int) -> None:
    boost = boost_ms(priority_s, step_s)
    assert abs(boost) <= 1000 * BOOST_MAX_S
    if abs(priority_s + step_s) <= BOOST_MAX_S:
        assert boost == 1000 * (priority_s + step_s)


def test_who_is_due_earlier_goes_first_and_a_boost_goes_before_its_due_time() -> None:
    assert rank(1000, 0) < rank(2000, 0)
    assert rank(2000, boost_ms(1, 1)) < rank(1000, 0)
    assert rank(1000, boost_ms(-5, 0)) > rank(2000, 0)


@given(MOMENTS, st.data(), DUE, BOOSTS, BOOSTS, BOOSTS, BOOSTS)
def test_after_the_starvation_bound_no_later_arrival_goes_before_what_waits(
    arrived_at: int, data: st.DataObject, longest_due_s: int, p1: int, s1: int, p2: int, s2: int
) -> None:
    waiting_due_s = data.draw(st.integers(1, longest_due_s))
    later_due_s = data.draw(st.integers(1, longest_due_s))
    later_at = arrived_at + 1000 * starvation_bound_s(longest_due_s) + data.draw(st.integers(0, 10**9))
    waiting = rank(arrived_at + 1000 * waiting_due_s, boost_ms(p1, s1))
    later = rank(later_at + 1000 * later_due_s, boost_ms(p2, s2))
    assert waiting < later


def test_the_starvation_bound_is_no_larger_than_it_must_be() -> None:
    longest_due_s = 3600
    waiting = rank(1000 * longest_due_s, boost_ms(-BOOST_MAX_S, 0))
    later_at = 1000 * (starvation_bound_s(longest_due_s) - 2)
    assert rank(later_at + 1000, boost_ms(BOOST_MAX_S, 0)) < waiting
