"""Values of a routing configuration as people say them."""

from collections.abc import Iterable, Mapping
from typing import Any

from duetime.config.calendars import DAYS
from duetime.config.problems import shown
from duetime.router.calendar import Calendar
from duetime.router.route import During, Step
from duetime.router.triage import When

_UNITS = ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def duration(seconds: int) -> str:
    """Exactly, with as few units as that takes: ``90 s``, ``30 min``, ``1 h 30 min``, ``-10 min``."""
    if abs(seconds) < 120:
        return f"{seconds} s"
    parts = []
    left = abs(seconds)
    for size, unit in _UNITS:
        if left >= size:
            parts.append(f"{left // size} {unit}")
            left %= size
    return ("-" if seconds < 0 else "") + " ".join(parts)


def yes_no(value: bool) -> str:
    return "yes" if value else "no"


def joined(names: Iterable[str], none: str) -> str:
    return ", ".join(sorted(names)) or none


def levels(skills: Mapping[Any, int]) -> str:
    """``german 3, refunds 1``, or ``none``."""
    return ", ".join(f"{skill} {level}" for skill, level in sorted(skills.items())) or "none"


def step_words(step: Step) -> str:
    """What a step of a route does, and when: ``after 30 s: refunds 1 is enough, also tech``."""
    parts = [f"{skill} {level} is enough" for skill, level in sorted(step.relax.items())]
    parts += [f"without {skill}" for skill in sorted(step.drop)]
    parts += [f"also {team}" for team in sorted(step.add_teams)]
    if step.overflow_to:
        parts.append(f"overflow to {step.overflow_to}")
    if step.boost_s:
        parts.append(f"boost {duration(step.boost_s)}")
    if step.during is not During.ALWAYS:
        parts.append(f"only while {step.during}")
    return f"after {duration(step.after_s)}: {', '.join(parts) or 'nothing changes'}"


def when_words(when: When) -> str:
    """The conditions of a rule."""
    parts = [
        *([f"channel {when.channel}"] if when.channel else []),
        *([f"endpoint {when.endpoint}"] if when.endpoint else []),
        *([f"language {when.language}"] if when.language else []),
        *(f"{shown(name)} is {shown(value)}" for name, value in sorted(when.attributes.items())),
        *(f"the contact's {shown(name)} is {shown(value)}" for name, value in sorted(when.contact.items())),
    ]
    if when.text_contains:
        parts.append(f"the text contains {' or '.join(map(shown, when.text_contains))}")
    return ", ".join(parts) or "always"


def hours_words(calendar: Calendar, weekday: int) -> str:
    """``09:00-12:00, 13:00-17:00``, or ``closed``, or ``open`` all day."""
    spans = sorted((p.start_minute, p.end_minute) for p in calendar.periods if p.weekday == weekday)
    if not calendar.periods or spans == [(0, 1440)]:
        return "open"
    return ", ".join(f"{_time(start)}-{_time(end)}" for start, end in spans) or "closed"


def day_name(weekday: int) -> str:
    return DAYS[weekday]


def _time(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
