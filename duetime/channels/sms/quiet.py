"""Quiet hours: until when a message waits so that it wakes nobody."""

from collections.abc import Collection, Iterator
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from duetime.channels.sms.numbers import zones_of

MINUTE_S: Final = 60
DAYS: Final = 3
"""So far ahead an end is looked for: quiet hours end every day."""

QuietHours = tuple[time, time]
"""From and to, by the local clock; they may pass midnight."""


def quiet_until(number: str, hours: QuietHours, now_ms: int) -> int | None:
    """When the quiet hours end at this number (epoch ms), or None outside them.

    A number that may be in several time zones waits until it is quiet in none of them; where there is no such moment,
    as for numbers that are free of charge all over a continent, until it is quiet in half of them at most, or
    else not in all. Where nothing is known of its place, the hours are those of UTC.
    """
    zones = [zone for name in zones_of(number) or ("UTC",) if (zone := _zone(name))] or [ZoneInfo("UTC")]
    now_s = now_ms // 1000
    if not any(_is_quiet(now_s, zone, hours) for zone in zones):
        return None
    moments = sorted({now_s, *(end for zone in zones for end in _ends(now_s, zone, hours[1]))})
    for most in (0, len(zones) // 2, len(zones) - 1):
        moment = _first_quieter(moments, zones, hours, most)
        if moment is not None:
            return None if moment == now_s else moment * 1000
    return None


def _first_quieter(moments: Collection[int], zones: Collection[ZoneInfo], hours: QuietHours, most: int) -> int | None:
    """The first of these moments at which it is quiet in so many zones at most."""
    return next((s for s in moments if sum(_is_quiet(s, zone, hours) for zone in zones) <= most), None)


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except ZoneInfoNotFoundError:
        return None


def _is_quiet(at_s: int, zone: ZoneInfo, hours: QuietHours) -> bool:
    start, end = hours
    clock = datetime.fromtimestamp(at_s, zone).time()
    return start <= clock < end if start < end else clock >= start or clock < end


def _ends(now_s: int, zone: ZoneInfo, end: time) -> Iterator[int]:
    """When the quiet hours may end from now on. A clock that is put back shows their end twice. One that is put
    forward may pass over it: then they end at some minute between."""
    today = datetime.fromtimestamp(now_s, zone).date()
    for day in (today + timedelta(days=days) for days in range(DAYS)):
        local = datetime.combine(day, end, zone)
        one, other = sorted(int(local.replace(fold=fold).timestamp()) for fold in (0, 1))
        passed_over = one != other and datetime.fromtimestamp(one, zone).time() != end
        between = range(one, other, MINUTE_S) if passed_over else (one,)
        yield from (moment for moment in (*between, other) if moment > now_s)
