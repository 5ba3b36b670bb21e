"""Calendars as people write them: weekly hours, public holidays and own closures."""

from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from typing import Annotated
from zoneinfo import available_timezones

import holidays
import msgspec
from msgspec import Meta

from duetime.router.calendar import Calendar, Period

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = rf"(?:{'|'.join(DAYS)})"
_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIME = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_END = r"(?![\s\S])"
_ALL_DAY = "00:00-24:00"


@cache
def time_zones() -> frozenset[str]:
    return frozenset(available_timezones())


@cache
def regions() -> Mapping[str, list[str]]:
    """Country → its regions, of all countries whose public holidays are known."""
    return holidays.list_supported_countries(include_aliases=False)


def read_days(text: str) -> list[int]:
    """``"fri-sun"`` → [4, 5, 6]; a range may pass the end of the week."""
    first, last = (DAYS.index(day) for day in (text.split("-") * 2)[:2])
    return [day % 7 for day in range(first, first + (last - first) % 7 + 1)]


def read_hours(text: str) -> tuple[int, int]:
    """``"09:00-12:30"`` → minutes of the day. Raises ValueError if they do not end after they start."""
    start, end = (60 * int(time[:2]) + int(time[3:]) for time in text.split("-"))
    if start >= end:
        raise ValueError(text)
    return start, end


def read_closure(text: str) -> tuple[date, date]:
    """One day or ``from..to``. Raises ValueError for a day that there is not, or if it ends before it starts."""
    first, _, last = text.partition("..")
    start, end = date.fromisoformat(first), date.fromisoformat(last or first)
    if start > end:
        raise ValueError(text)
    return start, end


Days = Annotated[
    str,
    Meta(pattern=rf"^{_DAY}(?:-{_DAY})?{_END}", description='a day such as "mon", or several such as "mon-fri"'),
]
Hours = Annotated[
    str,
    Meta(
        pattern=rf"^{_TIME}-(?:{_TIME}|24:00){_END}",
        description='a time of day such as "09:00-17:30", which ends after it starts, at "24:00" the latest',
        extra={"reads": read_hours},
    ),
]
Closure = Annotated[
    str,
    Meta(
        pattern=rf"^{_DATE}(?:\.\.{_DATE})?{_END}",
        description='a day such as "2026-12-24", or a first and a last one such as "2026-12-27..2026-12-31"',
        extra={"reads": read_closure},
    ),
]
Zone = Annotated[str, Meta(extra={"among": time_zones, "kind": "time zone"})]
Country = Annotated[str, Meta(extra={"among": regions, "kind": "country with known public holidays"})]


class CalendarSection(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When people work: the business time of the queues that name it."""

    zone: Zone = "UTC"
    """The time zone of the hours and days, such as "Europe/Berlin"."""
    hours: dict[Days, Annotated[tuple[Hours, ...], Meta(max_length=24)]] = {}
    """Open on these days at these times; none named: around the clock."""
    country: Country | None = None
    """Closed on the public holidays of this country, by its two-letter code."""
    region: str | None = None
    """And on those of this region of it, such as "BE"."""
    closures: Annotated[tuple[Closure, ...], Meta(max_length=1000)] = ()
    """Closed on these days too."""


def build_calendar(section: CalendarSection) -> Calendar:
    rests = section.country is not None or bool(section.closures)
    hours = section.hours or ({"mon-sun": (_ALL_DAY,)} if rests else {})
    return Calendar(
        zone=section.zone,
        periods=tuple(_periods(hours)),
        country=section.country,
        region=section.region,
        closures=tuple(map(read_closure, section.closures)),
    )


def _periods(hours: Mapping[str, tuple[str, ...]]) -> Iterator[Period]:
    for days, times in hours.items():
        for weekday in read_days(days):
            for text in times:
                yield Period(weekday, *read_hours(text))
