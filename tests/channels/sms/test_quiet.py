"""Quiet hours are those of the clock at the recipient's, over midnight and when clocks change."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetime.channels.sms.quiet import quiet_until
from duetime.config.sms_settings import read_quiet_hours

NIGHT = read_quiet_hours("21:00-08:00")
NOON = read_quiet_hours("12:00-13:30")
BERLIN, NEW_YORK, SYDNEY_MOBILE, TOLL_FREE = "+4930901820", "+12125550100", "+61412345678", "+18005550100"


def ms(text: str, zone: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)


def local(at_ms: int | None, zone: str) -> str | None:
    return None if at_ms is None else datetime.fromtimestamp(at_ms / 1000, ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("at", "until"),
    [
        ("2026-06-01T20:59:59", None),
        ("2026-06-01T21:00", "2026-06-02 08:00"),
        ("2026-06-01T23:59", "2026-06-02 08:00"),
        ("2026-06-02T00:00", "2026-06-02 08:00"),
        ("2026-06-02T07:59:59", "2026-06-02 08:00"),
        ("2026-06-02T08:00", None),
        ("2026-12-31T22:00", "2027-01-01 08:00"),
        ("2026-03-28T22:00", "2026-03-29 08:00"),  # clocks are put forward in this night, and back in the next one
        ("2026-10-24T22:00", "2026-10-25 08:00"),
    ],
)
def test_a_night_lasts_until_morning(at: str, until: str | None) -> None:
    assert local(quiet_until(BERLIN, NIGHT, ms(at, "Europe/Berlin")), "Europe/Berlin") == until


@pytest.mark.parametrize(
    ("at", "until"),
    [("2026-06-01T11:59", None), ("2026-06-01T12:00", "2026-06-01 13:30"), ("2026-06-01T13:30", None)],
)
def test_hours_within_a_day_are_quiet_too(at: str, until: str | None) -> None:
    assert local(quiet_until(BERLIN, NOON, ms(at, "Europe/Berlin")), "Europe/Berlin") == until


def test_the_hours_are_those_of_the_recipient_and_not_ours() -> None:
    at = ms("2026-06-01T09:00", "Europe/Berlin")
    assert quiet_until(BERLIN, NIGHT, at) is None
    assert local(quiet_until(NEW_YORK, NIGHT, at), "America/New_York") == "2026-06-01 08:00"


def test_hours_that_end_while_clocks_are_put_forward_end_with_the_hour_that_is_left_out() -> None:
    hours = read_quiet_hours("21:00-02:30")
    at = ms("2026-03-29T01:00", "Europe/Berlin")
    assert local(quiet_until(BERLIN, hours, at), "Europe/Berlin") == "2026-03-29 03:00"


def test_hours_that_end_while_clocks_are_put_back_are_quiet_again_when_the_clock_says_so() -> None:
    hours = read_quiet_hours("21:00-02:30")
    assert quiet_until(BERLIN, hours, ms("2026-10-25T01:00", "Europe/Berlin")) == ms(
        "2026-10-25T02:30", "Europe/Berlin"
    )
    again = int(datetime(2026, 10, 25, 1, 10, tzinfo=UTC).timestamp() * 1000)  # 02:10 for the second time
    assert quiet_until(BERLIN, hours, again) == int(datetime(2026, 10, 25, 1, 30, tzinfo=UTC).timestamp() * 1000)


def test_a_number_that_may_be_in_several_zones_waits_for_all_of_them() -> None:
    at = ms("2026-06-01T08:30", "Australia/Sydney")
    until = quiet_until(SYDNEY_MOBILE, NIGHT, at)
    assert local(until, "Indian/Cocos") == "2026-06-01 08:00"
    assert quiet_until(SYDNEY_MOBILE, NIGHT, until or 0) is None


def test_a_number_that_may_be_anywhere_waits_for_half_of_them() -> None:
    ends = {quiet_until(TOLL_FREE, NIGHT, ms(f"2026-06-01T{hour:02}:00", "America/Chicago")) for hour in range(24)}
    assert None in ends  # at noon it may be sent
    assert len(ends) > 1  # at night it may not


def test_even_hours_that_leave_a_minute_end() -> None:
    hours = read_quiet_hours("12:01-12:00")
    at = ms("2026-06-01T12:01", "UTC")
    assert at < (quiet_until(TOLL_FREE, hours, at) or 0) < at + 86_400_000


def test_where_nothing_is_known_of_a_number_the_hours_are_those_of_utc() -> None:
    assert local(quiet_until("+87012345678901", NIGHT, ms("2026-06-01T22:00", "UTC")), "UTC") == "2026-06-02 08:00"
    assert quiet_until("Example", NIGHT, ms("2026-06-01T12:00", "UTC")) is None


NUMBERS = st.sampled_from([BERLIN, NEW_YORK, SYDNEY_MOBILE, TOLL_FREE, "+5511912345678", "+9779812345678", "Example"])
TIMES = st.times().map(lambda at: at.replace(second=0, microsecond=0))


@given(NUMBERS, TIMES, TIMES, st.integers(0, 2**41))
def test_the_end_is_after_now_and_quiet_no_more(number: str, start: time, end: time, now_ms: int) -> None:
    if start == end:
        return
    until = quiet_until(number, (start, end), now_ms)
    assert until is None or now_ms < until <= now_ms + 3 * 86_400_000
    assert until is None or quiet_until(number, (start, end), until) is None
