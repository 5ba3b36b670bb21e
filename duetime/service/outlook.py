"""What can be expected, as of one moment: from who is there, what they hold, and what the journal taught.

All of it is arithmetic over what was read before; `estimates` and `forecast` read.

The unit of work is the capacity unit. Those who may take a conversation free so many a second; before its turn they
spend them on what ranks before it, as far as that is theirs to take, and on what will come and rank before it.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cached_property

import msgspec

from duetime.queues.lines import Crew, Edges
from duetime.router.ids import ClassId, PoolId
from duetime.router.message import Channel
from duetime.router.route import WaitingClass, lane, parse_class
from duetime.router.routing import Routing
from duetime.router.waiting import NO_WAIT, Overtaking, Wait, wait_for
from duetime.service.learning import Arrivals, Learning


class Unknown(StrEnum):
    """Why nothing can be said."""

    NOBODY_EVER = "nobody_ever"
    """Nobody could ever take it as things are."""
    NOBODY_THERE = "nobody_there"
    """Nobody who may take it is available."""
    TOO_LITTLE_SEEN = "too_little_seen"
    """Too few conversations have ended to know how long one takes."""


class _Pace(msgspec.Struct, frozen=True):
    """What a pool, or several, gets done that gives room on one channel."""

    ends_per_s: float = 0.0
    units_per_s: float = 0.0
    shared_units_per_s: float = 0.0
    """Of these the units that other channels compete for; the rest is within the channel's limit."""

    def plus(self, other: "_Pace") -> "_Pace":
        return _Pace(
            self.ends_per_s + other.ends_per_s,
            self.units_per_s + other.units_per_s,
            self.shared_units_per_s + other.shared_units_per_s,
        )


class Outlook:
    def __init__(
        self, *, routing: Routing, edges: Edges, crews: Mapping[PoolId, Crew], learned: Learning, now: int
    ) -> None:
        self.edges = edges
        self.now = now
        self._routing = routing
        self._crews = crews
        self._learned = learned
        self._paces: dict[tuple[PoolId, Channel], _Pace] = {}
        self._claims: dict[tuple[ClassId, ClassId], float] = {}
        self._comings: dict[ClassId, list[tuple[float, float]]] = {}
        self._parsed: dict[ClassId, WaitingClass] = {}

    def competing(self, line: ClassId) -> set[ClassId]:
        """The classes, its own among them, that somebody serves who serves this one."""
        return {other for pool in self._pools(line) for other in self.edges.served[pool]}

    def has_room(self, line: ClassId) -> bool:
        """Whether somebody could take a conversation of this class at once."""
        waiting = self.parse(line)
        name = lane(waiting.channel, urgent=waiting.urgent)
        return any(self._crews[pool].room.get(name, 0) > 0 for pool in self._pools(line))

    def people(self, line: ClassId) -> int:
        """How many are available who may take this class."""
        return sum(self._crews[pool].people for pool in self._pools(line))

    def wait(self, line: ClassId, rank: float, ahead: Mapping[ClassId, float]) -> Wait | Unknown:
        """How long a conversation of this class and rank (epoch ms) waits from now on. ``ahead``: how many wait before
        it, by class."""
        if not self.edges.pools.get(line):
            return Unknown.NOBODY_EVER
        pools = self._pools(line)
        if not pools:
            return Unknown.NOBODY_THERE
        channel = self.parse(line).channel
        pace = self._pace(pools, channel)
        if not pace.ends_per_s:
            return NO_WAIT if self.has_room(line) else Unknown.TOO_LITTLE_SEEN
        units_per_end = pace.units_per_s / pace.ends_per_s
        work = float(self._cost(channel))
        for other, count in ahead.items():
            if count:
                work += count * self._claim(line, other)
        overtaking = (
            Overtaking(units_per_s / units_per_end, (rank - lead_ms - self.now) / 1000)
            for units_per_s, lead_ms in self._coming(line)
            if rank - lead_ms > self.now
        )
        return wait_for(work / units_per_end, pace.ends_per_s, overtaking)

    def parse(self, line: ClassId) -> WaitingClass:
        if line not in self._parsed:
            self._parsed[line] = parse_class(line)
        return self._parsed[line]

    @cached_property
    def lead_ms(self) -> dict[ClassId, float]:
        """How far the rank of what comes to a class lies ahead of its arrival."""
        return {arrivals.line: arrivals.lead_ms for arrivals in self._arrivals}

    @cached_property
    def _arrivals(self) -> list[Arrivals]:
        return [arrivals for arrivals in self._learned.arrivals(self.now) if arrivals.line in self.edges.pools]

    def _pools(self, line: ClassId) -> list[PoolId]:
        """Those that may take this class and in which somebody is available."""
        return [pool for pool in self.edges.pools.get(line, {}) if pool in self._crews]

    def _cost(self, channel: Channel) -> int:
        return self._routing.channels[channel].cost_units

    def _coming(self, line: ClassId) -> list[tuple[float, float]]:
        """The units a second that will be asked of what is freed for this class, each with the lead of its ranks."""
        if line not in self._comings:
            claims = ((self._claim(line, arrivals.line), arrivals) for arrivals in self._arrivals)
            self._comings[line] = [(units * come.rate_per_s, come.lead_ms) for units, come in claims if units]
        return self._comings[line]

    def _claim(self, line: ClassId, other: ClassId) -> float:
        """The units that one conversation of another class takes from what is freed for this one: as much of it as is
        likely to fall to those who serve both, and not to others who may take it."""
        if (line, other) not in self._claims:
            self._claims[line, other] = self._claim_of(line, other)
        return self._claims[line, other]

    def _claim_of(self, line: ClassId, other: ClassId) -> float:
        channel, theirs = self.parse(line).channel, self.parse(other).channel
        pools, eligible = self._pools(line), self._pools(other)
        whole = self._pace(eligible, theirs).units_per_s
        if not whole:
            return 0.0
        common = self._pace(set(pools).intersection(eligible), theirs).units_per_s
        pace = self._pace(pools, channel)
        contested = 1.0 if theirs is channel else pace.shared_units_per_s / pace.units_per_s
        return self._cost(theirs) * contested * common / whole

    def _pace(self, pools: Iterable[PoolId], channel: Channel) -> _Pace:
        total = _Pace()
        for pool in pools:
            if (pool, channel) not in self._paces:
                self._paces[pool, channel] = self._pace_of(pool, channel)
            total = total.plus(self._paces[pool, channel])
        return total

    def _pace_of(self, pool: PoolId, channel: Channel) -> _Pace:
        crew = self._crews[pool]
        shared = self._ended(pool, crew.held.get(channel, {}))
        within = self._ended(pool, {channel: crew.at_limit.get(channel, 0)})
        return _Pace(shared[0] + within[0], shared[1] + within[1], shared[1])

    def _ended(self, pool: PoolId, held: Mapping[Channel, int]) -> tuple[float, float]:
        """How many of what the pool holds end in a second, and their units."""
        ends = units = 0.0
        for channel, count in held.items():
            handling_s = self._handling_s(pool, channel) if count else None
            if handling_s:
                ends += count / handling_s
                units += count * self._cost(channel) / handling_s
        return ends, units

    def _handling_s(self, pool: PoolId, channel: Channel) -> float | None:
        """How long the pool has a conversation on this channel: the mean over what comes to it."""
        total = weight = 0.0
        for arrivals in self._by_pool.get(pool, {}).get(channel, ()):
            handling_s = self._learned.handling_s(self.parse(arrivals.line).queue, channel)
            if handling_s is not None:
                total += arrivals.rate_per_s * handling_s
                weight += arrivals.rate_per_s
        return total / weight if weight else self._learned.channel_handling_s(channel)

    @cached_property
    def _by_pool(self) -> dict[PoolId, dict[Channel, list[Arrivals]]]:
        found: dict[PoolId, dict[Channel, list[Arrivals]]] = {}
        for arrivals in self._arrivals:
            for pool in self.edges.pools[arrivals.line]:
                found.setdefault(pool, {}).setdefault(self.parse(arrivals.line).channel, []).append(arrivals)
        return found
