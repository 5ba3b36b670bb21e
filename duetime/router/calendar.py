"""Business time: which instants count, and when a span of it is over.

An instant counts if its wall-clock time in the calendar's zone lies in one of the weekly periods and its local date is
neither a public holiday nor an own closure. That is the whole rule: an hour that daylight saving repeats counts twice,
one that it skips does not exist. All instants are epoch milliseconds, all spans milliseconds.
"""

from bisect import bisect_right
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import holidays
import msgspec

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
_EPOCH = date(1970, 1, 1)
_BLOCK_DAYS = 128
_HORIZON_DAYS = 200 * 366
"""What is not due within two centuries is never due."""

Span = tuple[int, int]


class Period(msgspec.Struct, frozen=True):
    """Open on one weekday (Monday is 0) from a minute of the day up to, not with, another; 1440 is midnight."""

    weekday: int
    start_minute: int
    end_minute: int


class Calendar(msgspec.Struct, frozen=True, kw_only=True):
    """When a team works. Without periods it is always open."""

    zone: str = "UTC"
    periods: tuple[Period, ...] = ()
    country: str | None = None
    """ISO 3166-1 code whose public holidays are closed, and the region in it (ISO 3166-2, without the country)."""
    region: str | None = None
    closures: tuple[tuple[date, date], ...] = ()
    """Own closed days, from and to (both closed)."""


class NeverOpen(ValueError):
    """The calendar has no time in which anything could be due."""


@lru_cache(maxsize=1024)
def public_holidays(country: str, region: str | None, year: int) -> frozenset[date]:
    """Raises NotImplementedError for a country or region that is not known."""
    return frozenset(holidays.country_holidays(country, subdiv=region, years=year, observed=True))


class BusinessTime:
    """Arithmetic in one calendar. What was worked out for a day is remembered."""

    def __init__(self, calendar: Calendar) -> None:
        self.calendar = calendar
        self._zone = ZoneInfo(calendar.zone)
        self._always = not calendar.periods
        self._weekly = any(period.start_minute < period.end_minute for period in calendar.periods)
        self._days: dict[int, list[Span]] = {}
        self._blocks: dict[int, int] = {}

    def is_open(self, at: int) -> bool:
        return self._always or any(start <= at < end for start, end in self._open_on(at // DAY))

    def next_open(self, at: int) -> int:
        """``at`` itself if it is open then, else the next opening. Raises NeverOpen."""
        return at if self.is_open(at) else self.add(at, 1) - 1

    def next_closed(self, at: int) -> int | None:
        """``at`` itself if it is closed then, else the end of the opening; None when it never closes."""
        if self._always:
            return None
        for day in range(at // DAY, at // DAY + _HORIZON_DAYS):
            for opens, closes in self._open_on(day):
                if opens <= at < closes:
                    at = closes
                elif opens > at:
                    return at
            if at < (day + 1) * DAY:
                return at
        return None

    def add(self, start: int, span: int) -> int:
        """The first instant by which ``span`` of business time has passed since ``start``. Raises NeverOpen."""
        if self._always or span <= 0:
            return start + max(0, span)
        left = span
        day = start // DAY
        while self._weekly and day * DAY < start + _HORIZON_DAYS * DAY:
            if day % _BLOCK_DAYS == 0 and day * DAY >= start and left > self._block(day // _BLOCK_DAYS):
                left -= self._block(day // _BLOCK_DAYS)
                day += _BLOCK_DAYS
                continue
            for opens, closes in self._open_on(day):
                opens = max(opens, start)
                if left <= closes - opens:
                    return opens + left
                left -= max(0, closes - opens)
            day += 1
        raise NeverOpen(f"The calendar of {self.calendar.zone} never opens after {start}.")

    def subtract(self, end: int, span: int) -> int:
        """The last instant from which on ``span`` of business time passes until ``end``. Raises NeverOpen."""
        if self._always or span <= 0:
            return end - max(0, span)
        left = span
        day = (end - 1) // DAY
        while self._weekly and day * DAY > end - _HORIZON_DAYS * DAY:
            for opens, closes in reversed(self._open_on(day)):
                closes = min(closes, end)
                if left <= closes - opens:
                    return closes - left
                left -= max(0, closes - opens)
            day -= 1
        raise NeverOpen(f"The calendar of {self.calendar.zone} never opens before {end}.")

    def between(self, start: int, end: int) -> int:
        """How much business time lies between two instants; 0 if ``end`` is not after ``start``."""
        if self._always or end <= start:
            return max(0, end - start)
        total = 0
        day = start // DAY
        while day * DAY < end:
            if day % _BLOCK_DAYS == 0 and day * DAY >= start and (day + _BLOCK_DAYS) * DAY <= end:
                total += self._block(day // _BLOCK_DAYS)
                day += _BLOCK_DAYS
                continue
            total += sum(max(0, min(end, closes) - max(start, opens)) for opens, closes in self._open_on(day))
            day += 1
        return total

    def _block(self, number: int) -> int:
        """The business time of a block of days."""
        if number not in self._blocks:
            first = number * _BLOCK_DAYS
            days = (self._open_on(day) for day in range(first, first + _BLOCK_DAYS))
            self._blocks[number] = sum(end - start for spans in days for start, end in spans)
        return self._blocks[number]

    def _open_on(self, day: int) -> list[Span]:
        """The open spans of a day of UTC, in order."""
        if day not in self._days:
            spans = []
            for start, end, offset in self._offsets(day * DAY):
                spans += self._open_in(start, end, offset)
            self._days[day] = spans
        return self._days[day]

    def _open_in(self, start: int, end: int, offset: int) -> list[Span]:
        """The open spans between two instants between which wall-clock time is UTC plus ``offset``."""
        spans = []
        for local_day in range((start + offset) // DAY, (end + offset - 1) // DAY + 1):
            today = _EPOCH + timedelta(days=local_day)
            if self._is_closed(today):
                continue
            midnight = local_day * DAY - offset
            for period in self.calendar.periods:
                if period.weekday == today.weekday():
                    opens = max(start, midnight + period.start_minute * MINUTE)
                    closes = min(end, midnight + period.end_minute * MINUTE)
                    if opens < closes:
                        spans.append((opens, closes))
        return _joined(sorted(spans))

    def _offsets(self, start: int) -> list[tuple[int, int, int]]:
        """The day from ``start`` on, cut where the zone's offset changes."""
        cuts = [start]
        for hour in range(24) if self._offset(start) != self._offset(start + DAY) else ():
            at = start + hour * HOUR
            if self._offset(at) != self._offset(at + HOUR):
                cuts.append(self._change(at, at + HOUR))
        edges = [*cuts, start + DAY]
        return [(a, b, self._offset(a)) for a, b in pairwise(edges) if a < b]

    def _change(self, before: int, after: int) -> int:
        """The instant between two at which the offset changes, to the second."""
        old = self._offset(before)
        seconds = range(before // 1000, after // 1000 + 1)
        return 1000 * seconds[bisect_right(seconds, False, key=lambda second: self._offset(second * 1000) != old)]

    def _offset(self, at: int) -> int:
        moment = datetime.fromtimestamp(at // 1000, UTC).astimezone(self._zone)
        return int((moment.utcoffset() or timedelta()).total_seconds()) * 1000

    def _is_closed(self, day: date) -> bool:
        if any(first <= day <= last for first, last in self.calendar.closures):
            return True
        country = self.calendar.country
        return country is not None and day in public_holidays(country, self.calendar.region, day.year)


def _joined(spans: list[Span]) -> list[Span]:
    """Sorted spans without overlaps, so that no instant counts twice."""
    joined: list[Span] = []
    for start, end in spans:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
