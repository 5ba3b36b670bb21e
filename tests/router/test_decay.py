"""Averages that forget."""

import math

import pytest

from duetime.router.decay import DecayedMean, DecayedRate

START = 1_700_000_000_000


def test_a_mean_knows_nothing_before_the_first_value() -> None:
    assert DecayedMean(60).value is None


def test_values_of_one_moment_count_alike() -> None:
    mean = DecayedMean(60)
    for value in (1, 2, 6):
        mean.add(value, START)
    assert (mean.value, mean.weight) == (3, 3)


def test_an_old_value_counts_less() -> None:
    mean = DecayedMean(60)
    mean.add(0, START)
    mean.add(10, START + 60_000)
    assert mean.value == pytest.approx(10 / (1 + math.exp(-1)))


def test_what_comes_out_of_order_is_taken_as_it_comes() -> None:
    mean = DecayedMean(60)
    mean.add(1, START + 60_000)
    mean.add(3, START)
    assert mean.value == 2


def test_a_steady_stream_has_its_rate_however_long_it_was_seen() -> None:
    rate = DecayedRate(900, START)
    for second in range(1, 7201):
        if second % 10 == 0:
            rate.add(START + 1000 * second)
        if second in (600, 1800, 7200):
            assert rate.per_s(START + 1000 * second) == pytest.approx(0.1, rel=0.05)


def test_one_event_in_the_first_second_is_not_one_a_second() -> None:
    rate = DecayedRate(900, START)
    rate.add(START + 500)
    assert rate.per_s(START + 1000) < 0.02


def test_a_stream_that_ends_is_forgotten() -> None:
    rate = DecayedRate(900, START)
    for second in range(900):
        rate.add(START + 1000 * second)
    assert rate.per_s(START + 10_000_000) < 0.001
