"""Estimates that turn out wrong change the next ones, and are shown."""

import pytest

from duetime.router.events import Event, EventType
from duetime.router.ids import ConversationId, QueueId
from duetime.service.calibration import FACTOR_MOST, PROMISES_MOST, Calibration

GENERAL = QueueId("general")
START = 1_700_000_000_000


def conversation(number: int) -> ConversationId:
    return ConversationId(f"cv_{number}")


def happened(kind: EventType, number: int, after_s: float) -> Event:
    return Event(cursor="1-1", type=kind, at=START + round(1000 * after_s), conversation=conversation(number))


def outcome(calibration: Calibration, number: int, told_s: float, took_s: float) -> None:
    calibration.promise(conversation(number), GENERAL, START, told_s)
    calibration.take(happened(EventType.CONVERSATION_ASSIGNED, number, took_s))


def test_nothing_is_shown_before_anything_happened() -> None:
    calibration = Calibration()
    assert calibration.shares() == {}
    assert calibration.factor(GENERAL) == 1


def test_the_share_counts_those_that_were_taken_in_the_time_that_was_told() -> None:
    calibration = Calibration()
    for number, took_s in enumerate((10, 60, 60.001, 300)):
        outcome(calibration, number, 60, took_s)
    assert calibration.shares() == {GENERAL: pytest.approx(0.5, abs=0.01)}


def test_an_offer_counts_and_only_the_first_one() -> None:
    calibration = Calibration()
    calibration.promise(conversation(1), GENERAL, START, 60)
    calibration.take(happened(EventType.OFFER_MADE, 1, 50))
    calibration.take(happened(EventType.OFFER_MADE, 1, 500))
    assert calibration.shares() == {GENERAL: 1.0}


@pytest.mark.parametrize(("closed_after_s", "shares"), [(50, {}), (70, {GENERAL: 0.0})])
def test_who_gives_up_counts_only_after_the_time_that_was_told(
    closed_after_s: float, shares: dict[QueueId, float]
) -> None:
    calibration = Calibration()
    calibration.promise(conversation(1), GENERAL, START, 60)
    calibration.take(happened(EventType.CONVERSATION_CLOSED, 1, closed_after_s))
    assert calibration.shares() == shares


def test_the_factor_settles_where_four_of_five_are_kept() -> None:
    """Every wait takes between 20 and 39 s where 10 s are estimated: four of five take less than 36 s."""
    calibration = Calibration()
    for number in range(5_000):
        outcome(calibration, number, 10 * calibration.factor(GENERAL), 10 * (2 + number * 7 % 20 / 10))
    assert calibration.factor(GENERAL) == pytest.approx(3.6, abs=0.3)
    assert calibration.shares()[GENERAL] == pytest.approx(0.8, abs=0.05)


def test_the_factor_has_bounds() -> None:
    calibration = Calibration()
    for number in range(2_000):
        outcome(calibration, number, 1, 1_000_000)
    assert calibration.factor(GENERAL) == pytest.approx(FACTOR_MOST)


def test_no_more_is_followed_than_fits() -> None:
    calibration = Calibration()
    for number in range(PROMISES_MOST + 1):
        calibration.promise(conversation(number), GENERAL, START, 60)
    calibration.take(happened(EventType.CONVERSATION_ASSIGNED, PROMISES_MOST, 1))
    assert calibration.shares() == {}
