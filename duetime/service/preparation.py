"""From a document to its routing beside the event loop: a large one takes seconds, and so do its first holidays."""

import asyncio
import gc
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from duetime.config.build import WHAT, load_routing
from duetime.config.check import check_routing, load_and_check
from duetime.config.problems import Problem
from duetime.router.calendar import public_holidays
from duetime.router.routing import Routing

HOLIDAY_YEARS = 3
"""This year and the next two: what most due times ask for."""


async def load(text: str, *, version: int = 0, what: str = WHAT, now_ms: int) -> Routing:
    """Raises ConfigProblems."""

    def work() -> Routing:
        with _without_collections():
            return _warm(load_routing(text, version, what), now_ms)

    return await asyncio.to_thread(work)


async def load_with_warnings(text: str, *, now_ms: int) -> tuple[Routing, list[Problem]]:
    """Raises ConfigProblems."""

    def work() -> tuple[Routing, list[Problem]]:
        with _without_collections():
            routing, warnings = load_and_check(text)
            return _warm(routing, now_ms), warnings

    return await asyncio.to_thread(work)


async def problems_of(text: str) -> list[Problem]:
    """All of them, errors and warnings."""

    def work() -> list[Problem]:
        with _without_collections():
            return check_routing(text)

    return await asyncio.to_thread(work)


@contextmanager
def _without_collections() -> Iterator[None]:
    """A collection of garbage stops all threads, for long while a document's many new objects are young; and what a
    document leaves behind holds no cycles."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _warm(routing: Routing, now_ms: int) -> Routing:
    """The holidays of a country and year are worked out once, and remembered."""
    year = datetime.fromtimestamp(now_ms / 1000, UTC).year
    for calendar in routing.calendars.values():
        for following in range(year, year + HOLIDAY_YEARS) if calendar.country else ():
            public_holidays(calendar.country or "", calendar.region, following)
    return routing
