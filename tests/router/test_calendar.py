"""Business time against a reference that looks at every minute, and the clocks that other systems get wrong."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duetime.router.calendar import DAY, HOUR, MINUTE, BusinessTime, Calendar, NeverOpen, Period, public_holidays

ZONES = (
    "UTC", "Europe/Berlin", "America/New_York", "America/St_Johns", "Asia/Kolkata", "Asia/Kathmandu",
    "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca", "America/Sao_Paulo", "Asia/Beirut", "Pacific/Chatham",
)  # fmt: skip


def at(zone: str, *parts: int, fold: int = 0) -> int:
    """Epoch ms of a wall-clock time."""
    return int(datetime(*parts, tzinfo=ZoneInfo(zone), fold=fold).timestamp() * 1000)  # type: ignore[arg-type,misc]


def weekly(*hours: tuple[int, int], days: range = range(5), zone: str = "UTC", **more: object) -> BusinessTime:
    periods = tuple(Period(day, 60 * start, 60 * end) for day in days for start, end in hours)
    return BusinessTime(Calendar(zone=zone, periods=periods, **more))  # type: ignore[arg-type]


def counts(calendar: Calendar, minute_at: int) -> bool:
    """Whether the minute that starts then is business time: the rule itself, read off the wall clock."""
    wall = datetime.fromtimestamp(minute_at // 1000, UTC).astimezone(ZoneInfo(calendar.zone))
    if any(first <= wall.date() <= last for first, last in calendar.closures):
        return False
    if calendar.country and wall.date() in public_holidays(calendar.country, calendar.region, wall.year):
        return False
    minute = 60 * wall.hour + wall.minute
    return any(p.weekday == wall.weekday() and p.start_minute <= minute < p.end_minute for p in calendar.periods)


minutes = st.integers(0, 1440)
periods = st.builds(lambda day, pair: Period(day, *sorted(pair)), st.integers(0, 6), st.tuples(minutes, minutes))
calendars = st.builds(
    lambda zone, some, closed, country: Calendar(
        zone=zone, periods=tuple(some), closures=tuple((day, day) for day in closed), country=country
    ),
    st.sampled_from(ZONES),
    st.lists(periods, min_size=1, max_size=6),
    st.lists(st.dates(date(2025, 1, 1), date(2026, 12, 31)), max_size=3),
    st.sampled_from([None, "DE", "US"]),
)
#  Days around changes of the clock are the interesting ones, so half of all starts lie near one.
changes = [
    at("Europe/Berlin", 2026, 3, 29), at("Europe/Berlin", 2026, 10, 25), at("America/New_York", 2026, 3, 8),
    at("America/New_York", 2025, 11, 2), at("Australia/Lord_Howe", 2026, 4, 5), at("Asia/Beirut", 2026, 3, 29),
]  # fmt: skip
starts = st.one_of(
    st.integers(at("UTC", 2025, 1, 2) // MINUTE, at("UTC", 2026, 12, 1) // MINUTE),
    st.builds(lambda near, off: near // MINUTE + off, st.sampled_from(changes), st.integers(-2000, 2000)),
).map(lambda minute: minute * MINUTE)


@settings(max_examples=150)
@given(calendars, starts, st.integers(1, 3 * 1440))
def test_between_counts_every_minute_once(calendar: Calendar, start: int, length: int) -> None:
    expected = sum(counts(calendar, start + n * MINUTE) for n in range(length))
    assert BusinessTime(calendar).between(start, start + length * MINUTE) == expected * MINUTE


@settings(max_examples=150)
@given(calendars, starts, st.integers(1, 600))
def test_what_is_due_is_due_at_the_first_instant_by_which_the_time_has_passed(
    calendar: Calendar, start: int, span_minutes: int
) -> None:
    business = BusinessTime(calendar)
    try:
        due = business.add(start, span_minutes * MINUTE)
    except NeverOpen:
        assert not any(p.start_minute < p.end_minute for p in calendar.periods)
        return
    assert business.between(start, due) == span_minutes * MINUTE
    assert business.between(start, due - 1) < span_minutes * MINUTE


@given(calendars, starts)
def test_it_is_open_exactly_in_the_minutes_that_count(calendar: Calendar, start: int) -> None:
    business = BusinessTime(calendar)
    assert [business.is_open(start + n * MINUTE) for n in range(60)] == [
        counts(calendar, start + n * MINUTE) for n in range(60)
    ]


def test_spring_forward_takes_an_hour_out_of_the_night_shift() -> None:
    night = weekly((0, 6), days=range(7), zone="Europe/Berlin")
    midnight = at("Europe/Berlin", 2026, 3, 29)
    assert night.between(midnight, midnight + 12 * HOUR) == 5 * HOUR
    assert night.add(midnight, 5 * HOUR) == at("Europe/Berlin", 2026, 3, 29, 6)


def test_fall_back_gives_the_night_shift_an_hour_more() -> None:
    night = weekly((0, 6), days=range(7), zone="Europe/Berlin")
    midnight = at("Europe/Berlin", 2026, 10, 25)
    assert night.between(midnight, midnight + 12 * HOUR) == 7 * HOUR


def test_the_lunch_break_does_not_count() -> None:
    office = weekly((9, 12), (13, 17))
    assert office.add(at("UTC", 2026, 11, 18, 11, 30), HOUR) == at("UTC", 2026, 11, 18, 13, 30)


def test_an_always_open_day_is_not_closed_for_a_minute_at_midnight() -> None:
    every_day = weekly((0, 24), days=range(7))
    monday = at("UTC", 2026, 11, 16)
    assert every_day.between(monday, monday + 7 * DAY) == 7 * DAY
    assert every_day.is_open(monday + DAY - 1)


def test_a_message_at_night_is_due_after_the_opening_not_at_midnight() -> None:
    office = weekly((9, 17))
    assert office.add(at("UTC", 2026, 11, 17, 23), HOUR) == at("UTC", 2026, 11, 18, 10)


def test_a_target_that_ends_with_the_day_is_due_then_and_not_next_morning() -> None:
    office = weekly((9, 17))
    assert office.add(at("UTC", 2026, 11, 18, 16, 30), 30 * MINUTE) == at("UTC", 2026, 11, 18, 17)


def test_the_weekend_public_holidays_and_own_closures_do_not_count() -> None:
    office = weekly((9, 17), zone="Europe/Berlin", country="DE", closures=((date(2026, 12, 28), date(2026, 12, 30)),))
    start = at("Europe/Berlin", 2026, 12, 24, 16)
    #  25 is a holiday, 26 and 27 a weekend, 28 to 30 closed, 31 is open, 1 January is a holiday, 2 and 3 a weekend.
    assert office.add(start, 2 * HOUR) == at("Europe/Berlin", 2026, 12, 31, 10)
    assert office.add(start, 10 * HOUR) == at("Europe/Berlin", 2027, 1, 4, 10)


def test_a_regional_holiday_counts_only_in_its_region() -> None:
    start, end = at("Europe/Berlin", 2026, 3, 8), at("Europe/Berlin", 2026, 3, 9) + 5 * DAY
    assert date(2027, 3, 8) in public_holidays("DE", "BE", 2027)
    assert date(2027, 3, 8) not in public_holidays("DE", "BY", 2027)
    assert weekly((9, 17), zone="Europe/Berlin", country="DE", region="BY").between(start, end) == 5 * 8 * HOUR


def test_a_year_of_work_on_an_hour_a_week_has_its_due_time_at_once() -> None:
    sparse = weekly((9, 10), days=range(1))
    start = at("UTC", 2026, 1, 5)
    due = sparse.add(start, 2000 * HOUR)
    assert datetime.fromtimestamp(due / 1000, UTC) == datetime(2026, 1, 5, 10, tzinfo=UTC) + timedelta(weeks=1999)


def test_a_calendar_that_never_opens_says_so() -> None:
    with pytest.raises(NeverOpen):
        weekly((9, 9)).add(0, 1)


def test_without_periods_all_time_counts() -> None:
    always = BusinessTime(Calendar())
    assert always.add(5, 7) == 12
    assert always.between(5, 12) == 7
    assert always.is_open(0)
