"""Calendars as people write them."""

from datetime import date

import pytest

from duetime.config.build import load_routing
from duetime.config.check import check_routing
from duetime.router.calendar import BusinessTime, Calendar, Period
from duetime.router.ids import CalendarId

BASE = """\
default_queue = "general"
[queues.general]
name = "General"
calendar = "office"
[associates.ana]
name = "Ana"
[calendars.office]
"""


def office(text: str) -> Calendar:
    return load_routing(BASE + text).calendars[CalendarId("office")]


def told(text: str) -> list[str]:
    return [str(problem) for problem in check_routing(BASE + text)]


def test_a_calendar_has_several_periods_a_day_holidays_and_closures() -> None:
    calendar = office("""
        zone = "Europe/Berlin"
        hours = { mon-tue = ["09:00-12:30", "13:15-18:00"], fri = ["20:00-24:00"] }
        country = "DE"
        region = "BE"
        closures = ["2026-12-24", "2026-12-27..2026-12-31"]
    """)
    assert calendar == Calendar(
        zone="Europe/Berlin",
        periods=(
            Period(0, 540, 750),
            Period(0, 795, 1080),
            Period(1, 540, 750),
            Period(1, 795, 1080),
            Period(4, 1200, 1440),
        ),
        country="DE",
        region="BE",
        closures=((date(2026, 12, 24), date(2026, 12, 24)), (date(2026, 12, 27), date(2026, 12, 31))),
    )


def test_a_range_of_days_may_pass_the_end_of_the_week() -> None:
    calendar = office('hours = { fri-mon = ["10:00-11:00"] }')
    assert [period.weekday for period in calendar.periods] == [4, 5, 6, 0]


def test_without_anything_it_is_open_around_the_clock() -> None:
    assert office("") == Calendar()


def test_without_hours_it_is_closed_on_holidays_and_closures_only() -> None:
    business = BusinessTime(office('closures = ["2026-03-04"]'))
    assert not business.is_open(1_772_582_400_000)  # 2026-03-04
    assert business.is_open(1_772_668_800_000)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            'zone = "Europe/Brlin"',
            'line 8: calendars.office.zone: there is no time zone "Europe/Brlin" (did you mean "Europe/Berlin"?)',
        ),
        (
            'country = "de"',
            'line 8: calendars.office.country: there is no country with known public holidays "de" '
            '(did you mean "DE"?)',
        ),
        ('region = "BE"', "line 8: calendars.office.region: needs the country beside it"),
        (
            'country = "DE"\nregion = "BX"',
            'line 9: calendars.office.region: there is no region "BX" with public holidays of its own',
        ),
        (
            "hours = { mon = [] }",
            "line 8: calendars.office.hours: is never open; without hours it is open around the clock",
        ),
        (
            'hours = { mon-fri = ["09:00-17:00"], fri = ["09:00-13:00"] }',
            "line 8: calendars.office.hours.fri: fri is in mon-fri too: name each day once",
        ),
        (
            'hours = { mo = ["09:00-17:00"] }',
            'line 8: calendars.office.hours.mo: "mo" is not a day such as "mon", or several such as "mon-fri"',
        ),
        *(
            (
                f'hours = {{ mon = ["{hours}"] }}',
                f'line 8: calendars.office.hours.mon[0]: "{hours}" is not a time of day such as "09:00-17:30", '
                'which ends after it starts, at "24:00" the latest',
            )
            for hours in ("9:00-17:00", "17:00-09:00", "09:00-09:00", "09:00-24:01", "24:00-24:00", "09:60-10:00")
        ),
        *(
            (
                f'closures = ["{days}"]',
                f'line 8: calendars.office.closures[0]: "{days}" is not a day such as "2026-12-24", '
                'or a first and a last one such as "2026-12-27..2026-12-31"',
            )
            for days in ("24.12.2026", "2026-02-29", "2026-12-31..2026-12-27", "2026-12-24..", "0000-01-01")
        ),
        (
            'closures = ["2026-01-01..2026-08-01", "2026-08-02..2027-02-01"]',
            "line 8: calendars.office.closures: is closed for more than a year from 2026-01-01 on: "
            "nothing could be due",
        ),
    ],
)
def test_what_is_wrong_with_a_calendar_is_told(text: str, problem: str) -> None:
    assert told(text) == [problem]


def test_a_calendar_that_no_queue_goes_by_is_a_warning() -> None:
    assert told("[calendars.other]") == ["line 8: warning: calendars.other: no queue goes by this calendar"]
