"""Reads of what waits and of who is there, for estimates and explanations: heads, counts and slices, never everything.

What grows with the workspace is read in slices, so that neither the server nor the event loop is held up.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Iterable, Sequence
from itertools import islice
from typing import Any

import msgspec

from duetime.queues import decode
from duetime.queues.connection import Pipeline
from duetime.queues.keys import Root, key
from duetime.queues.records import Associate
from duetime.router.associate import Presence
from duetime.router.ids import AssociateId, ClassId, ConversationId, PoolId, QueueId
from duetime.router.message import Channel
from duetime.router.route import lane

BATCH = 250
RING = 2**49
LANES = [lane(channel, urgent=urgent) for channel in Channel for urgent in (False, True)]

_CREW_FIELDS = ["presence", "pool", "load", "capacity", "kept_for"]
_CREW_FIELDS += [f"{what}:{channel}" for what in ("n", "limit") for channel in Channel]


class Edges(msgspec.Struct, frozen=True):
    """The graph: who may take what."""

    version: str
    pools: dict[ClassId, dict[PoolId, int]]
    """For a class the pools that may take it, with their rings."""
    served: dict[PoolId, list[ClassId]]


class Crew(msgspec.Struct, frozen=True):
    """The available associates of one pool, added up."""

    people: int
    room: dict[str, int]
    """For a lane how many of them could take one more now."""
    held: dict[Channel, dict[Channel, int]]
    """For a channel what those hold who have not reached their limit for it: what frees their units."""
    at_limit: dict[Channel, int]
    """For a channel how many of its conversations those hold who have reached their limit for it: only the end of one
    of these lets them take another."""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What only an explanation asks of a conversation. Times are epoch ms."""

    rank: int | None
    """None when it does not wait."""
    step_until: int | None
    """When its route goes on."""
    kept_by: AssociateId | None
    """For whom what frees next is kept for it."""
    late: bool
    """It goes behind those that can still be in time."""
    rule: str | None
    """The triage rule by which it was opened; None for the default queue."""
    why: str | None
    """JSON of the last decision."""
    cooling: dict[AssociateId, int]
    """Who is not asked again until when."""


class Lines:
    def __init__(self, pipeline: Pipeline, root: Root) -> None:
        self._call = pipeline.call
        self._root = root
        self._edges = Edges("", {}, {})

    async def edges(self) -> Edges:
        """The graph as it stands; read anew only when it has changed."""
        version = str(await self._call("HGET", key(self._root, "topology"), "version"))
        if version != self._edges.version:
            pools: dict[ClassId, dict[PoolId, int]] = {}
            served: dict[PoolId, list[ClassId]] = {}
            names = await self._call("SMEMBERS", key(self._root, "classes"))
            async for name, flat in self._each("pools", names, 0, -1, "WITHSCORES"):
                pools[ClassId(name)] = {PoolId(pool): weight // RING for pool, weight in _pairs(flat)}
                for pool in flat[::2]:
                    served.setdefault(PoolId(pool), []).append(ClassId(name))
            self._edges = Edges(version, pools, served)
        return self._edges

    async def heads(self) -> dict[ClassId, int]:
        """Every class in which something waits, with the lowest rank there."""
        heads = (self._call("ZRANGE", key(self._root, "lines", name), 0, -1, "WITHSCORES") for name in LANES)
        rows = await self._all(heads)
        return {ClassId(line): rank for flat in rows for line, rank in _pairs(flat)}

    async def before(self, lines: Sequence[ClassId], rank: int) -> dict[ClassId, int]:
        """How many wait in each of these lines before a rank."""
        counts: dict[ClassId, int] = {}
        for batch in _batches(lines):
            found = await self._all(self._call("ZCOUNT", self._line(name), "-inf", f"({rank}") for name in batch)
            counts.update(zip(batch, found, strict=True))
        return counts

    async def lengths(self, lines: Sequence[ClassId]) -> dict[ClassId, int]:
        found = await self._all(self._call("ZCARD", self._line(name)) for name in lines)
        return dict(zip(lines, found, strict=True))

    async def places(self, places: Sequence[tuple[ClassId, int, int]]) -> list[list[tuple[ConversationId, int]]]:
        """For each line, first and last place (from 0): the conversations there, with their ranks."""
        rows: list[list[tuple[ConversationId, int]]] = []
        for batch in _batches(places):
            found = await self._all(
                self._call("ZRANGE", self._line(line), first, last, "WITHSCORES") for line, first, last in batch
            )
            rows += [[(ConversationId(name), rank) for name, rank in _pairs(flat)] for flat in found]
        return rows

    async def due(self, conversations: Sequence[ConversationId]) -> dict[ConversationId, int]:
        """When these are due, epoch ms."""
        dues: dict[ConversationId, int] = {}
        for batch in _batches(conversations):
            found = await self._all(self._call("HGET", key(self._root, "conv", name), "due_at") for name in batch)
            dues.update((name, int(float(at))) for name, at in zip(batch, found, strict=True) if at)
        return dues

    async def available(self, pools: Iterable[PoolId]) -> int:
        """How many associates of these pools are available, with room or not."""
        return sum(await self._all(self._call("SCARD", key(self._root, "present", pool)) for pool in pools))

    async def standing(self, conversation: ConversationId, queue: QueueId) -> Standing:
        record, rank, about, why, cooling = await asyncio.gather(
            self._call("HMGET", key(self._root, "conv", conversation), "step_until", "kept_by", "late"),
            self._call("ZSCORE", key(self._root, "queue", queue), conversation),
            self._call("GET", key(self._root, "about", conversation)),
            self._call("GET", key(self._root, "why", conversation)),
            self._call("ZRANGE", key(self._root, "cool", conversation), 0, -1, "WITHSCORES"),
        )
        step_until, kept_by, late = record
        return Standing(
            rank=None if rank is None else int(float(rank)),
            step_until=int(float(step_until)) if step_until else None,
            kept_by=AssociateId(kept_by) if kept_by else None,
            late=bool(late),
            rule=msgspec.json.decode(about, type=decode.About).rule if about else None,
            why=why,
            cooling={AssociateId(who): until for who, until in _pairs(cooling)},
        )

    async def people(self) -> AsyncIterator[Associate]:
        """Everybody, by id."""
        for batch in _batches(sorted(await self._call("SMEMBERS", key(self._root, "associates")))):
            records = self._all(self._call("HGETALL", key(self._root, "associate", name)) for name in batch)
            profiles = self._all(self._call("GET", key(self._root, "profile", name)) for name in batch)
            for record, profile in zip(await records, await profiles, strict=True):
                if record and profile:
                    yield decode.associate(record, profile)

    async def crews(self, costs: dict[Channel, int], reserved: int) -> dict[PoolId, Crew]:
        """Who is available, by pool. ``costs``: units by channel; ``reserved``: of everybody, for urgent lanes."""
        crews: dict[PoolId, Crew] = {}
        for batch in _batches(sorted(await self._call("SMEMBERS", key(self._root, "associates")))):
            rows = await self._all(
                self._call("HMGET", key(self._root, "associate", name), *_CREW_FIELDS) for name in batch
            )
            for presence, pool, *rest in rows:
                if pool and presence == Presence.AVAILABLE:
                    crews[PoolId(pool)] = _joined_by(crews.get(PoolId(pool)), rest, costs, reserved)
        return crews

    def _line(self, name: ClassId) -> str:
        return key(self._root, "line", name)

    async def _each(self, kind: str, names: Iterable[str], *args: str | int) -> AsyncIterator[tuple[str, list[Any]]]:
        for batch in _batches(list(names)):
            replies = await self._all(self._call("ZRANGE", key(self._root, kind, name), *args) for name in batch)
            for name, reply in zip(batch, replies, strict=True):
                yield name, reply

    @staticmethod
    async def _all(calls: Iterable[Awaitable[Any]]) -> list[Any]:
        return list(await asyncio.gather(*calls))


def _joined_by(crew: Crew | None, fields: list[str | None], costs: dict[Channel, int], reserved: int) -> Crew:
    """The crew with one more available associate, whose fields are those of `_CREW_FIELDS` from the load on."""
    load, capacity, kept, *counts = fields
    free = int(capacity or 0) - int(load or 0)
    n = {channel: int(count or 0) for channel, count in zip(Channel, counts[: len(Channel)], strict=True)}
    limits = {channel: int(limit or 0) for channel, limit in zip(Channel, counts[len(Channel) :], strict=True)}
    grown = crew or Crew(0, {}, {}, {})
    room, held, at_limit = grown.room, grown.held, grown.at_limit
    for channel, limit in limits.items():
        if limit == 0:
            continue
        if n[channel] >= limit:
            at_limit[channel] = at_limit.get(channel, 0) + n[channel]
            continue
        mine = held.setdefault(channel, {})
        for other, count in n.items():
            mine[other] = mine.get(other, 0) + count
        for urgent in (False, True):
            if not kept and costs[channel] <= free - (0 if urgent else reserved):
                name = lane(channel, urgent=urgent)
                room[name] = room.get(name, 0) + 1
    return Crew(grown.people + 1, room, held, at_limit)


def _pairs(flat: list[Any]) -> list[tuple[str, int]]:
    return [(str(name), int(float(score))) for name, score in zip(flat[::2], flat[1::2], strict=True)]


def _batches(items: Sequence[Any]) -> Iterable[Sequence[Any]]:
    left = iter(items)
    while batch := list(islice(left, BATCH)):
        yield batch
