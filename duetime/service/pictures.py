"""Who is there and what waits, as of a moment ago: taken when somebody asks, and kept for a while."""

import asyncio
from collections.abc import Callable
from typing import Final

import msgspec

from duetime.queues.store import Store
from duetime.router.routing import Routing
from duetime.service.backlog import Backlog, read_backlog
from duetime.service.experience import Experience
from duetime.service.outlook import Outlook

FRESH_MS: Final = 1_000
"""A picture of who is there holds for this long, and at least `REST` times as long as it took to take."""
REST: Final = 20


class Picture(msgspec.Struct, frozen=True):
    """What was seen at one moment, and holds for a while."""

    outlook: Outlook
    backlog: Backlog
    rest_ms: int
    """So long no other picture is taken, because this one cost so much."""


class Pictures:
    def __init__(self, store: Store, routing: Callable[[], Routing], experience: Experience) -> None:
        self._store = store
        self._routing = routing
        self._experience = experience
        self._looking = asyncio.Lock()
        self._picture: Picture | None = None

    async def latest(self, *, fresh: bool = False) -> Picture:
        """Who is there and what waits, as of a moment ago; with ``fresh`` as of now, if something has changed."""
        async with self._looking:
            now = self._store.clock()
            if self._picture is None or not await self._holds(self._picture, now, fresh=fresh):
                self._experience.surprised = False
                started_s = asyncio.get_running_loop().time()
                outlook, backlog = await self._look(now)
                took_s = asyncio.get_running_loop().time() - started_s
                self._picture = Picture(outlook, backlog, round(REST * 1000 * took_s))
            return self._picture

    async def _holds(self, picture: Picture, now: int, *, fresh: bool) -> bool:
        if fresh and (self._experience.surprised or await self._store.lines.edges() is not picture.outlook.edges):
            return False
        holds_ms = picture.rest_ms if self._experience.surprised else max(FRESH_MS, picture.rest_ms)
        return 0 <= now - picture.outlook.now < holds_ms

    async def _look(self, now: int) -> tuple[Outlook, Backlog]:
        routing, lines = self._routing(), self._store.lines
        costs = {channel: rules.cost_units for channel, rules in routing.channels.items()}
        reserved = routing.reserve.units if routing.reserve else 0
        crews, edges = await lines.crews(costs, reserved), await lines.edges()
        learned = self._experience.learned
        outlook = Outlook(routing=routing, edges=edges, crews=crews, learned=learned, now=now)
        return outlook, await read_backlog(lines)
