"""Keeping the class-pool graph in Redis in step with the configuration and the associates.

A compilation reads what stands in Redis, works out what should, and applies the difference in slices, each of which
is one script call and leaves a graph that is right for everybody whom it touched. Two daemons that compile at once
notice it by the version and start over from what the other one left, so both end at the same graph.
"""

import asyncio
import itertools
import math
from collections.abc import Callable, Iterable, Iterator

import msgspec

from duetime.queues import decode
from duetime.queues.connection import Pipeline
from duetime.queues.keys import Root, key
from duetime.queues.policy import base_class, classes_of, is_standing
from duetime.queues.scripts import Scripts
from duetime.router.associate import Profile
from duetime.router.graph import Edges, Graph, compile_graph, settle
from duetime.router.ids import AssociateId, ClassId, ConversationId, PoolId
from duetime.router.message import Channel
from duetime.router.route import WaitingClass, lane, parse_class
from duetime.router.routing import Routing

RING, FLEXIBILITY = 2**49, 2**33
SLICE_MOVES, SLICE_EDGES = 200, 2_000
ATTEMPTS = 20

Weights = dict[ClassId, int]


class Slice(msgspec.Struct, kw_only=True):
    """One call of ``topology_apply``."""

    classes: list[ClassId] = []
    gone_classes: list[ClassId] = []
    pools: dict[PoolId, Weights] = {}
    moves: list[tuple[AssociateId, PoolId]] = []
    gone_pools: list[PoolId] = []
    next_pool: int = 1
    clean: int | None = None


class Standing(msgspec.Struct, frozen=True):
    """What stands in Redis."""

    version: str
    dirty: int
    next_pool: int
    classes: set[ClassId]
    weights: dict[PoolId, Weights]
    members: dict[AssociateId, PoolId]
    profiles: list[Profile]

    @property
    def graph(self) -> Graph:
        edges: dict[PoolId, Edges] = {
            pool: {name: weight // RING for name, weight in weights.items()} for pool, weights in self.weights.items()
        }
        return Graph(edges, self.members)


class TopologyContended(Exception):
    """Other daemons changed the graph again and again while this one compiled."""


class Topology:
    def __init__(self, pipeline: Pipeline, scripts: Scripts, root: Root, clock: Callable[[], int]) -> None:
        self._call = pipeline.call
        self._scripts = scripts
        self._root = root
        self._clock = clock
        self._compiling = asyncio.Lock()

    async def compile(self, routing: Routing, also: Iterable[WaitingClass] = ()) -> None:
        """Brings the graph in step, with these classes in it. Waiting conversations that somebody may take by it
        are matched."""
        also = list(also)
        async with self._compiling:
            for _ in range(ATTEMPTS):
                if await self._apply(routing, also):
                    return
        raise TopologyContended

    async def is_dirty(self) -> bool:
        """Whether associates changed since the last compilation; so after a daemon died in between."""
        dirty, clean = await self._call("HMGET", key(self._root, "topology"), "dirty", "clean")
        return bool(dirty != clean)

    async def has(self, waiting: WaitingClass) -> bool:
        """Whether the class is in the graph."""
        return bool(await self._call("SISMEMBER", key(self._root, "classes"), waiting.id))

    async def serves(self, waiting: WaitingClass) -> bool:
        """Whether some associate, present or not, may take what waits in the class."""
        return bool(await self._call("EXISTS", key(self._root, "pools", waiting.id)))

    async def stranded(self, routing: Routing) -> list[ConversationId]:
        """What waits in lines whose queue or step the configuration no longer has: nobody would ever take it."""
        found: list[ConversationId] = []
        for name in await self._lines():
            if not is_standing(routing, parse_class(name)):
                found += await self._call("ZRANGE", key(self._root, "line", name), 0, -1)
        return found

    async def read(self) -> Standing:
        """The graph as it stands."""
        head, names, associates = await asyncio.gather(
            self._call("HGETALL", key(self._root, "topology")),
            self._call("SMEMBERS", key(self._root, "classes")),
            self._call("SMEMBERS", key(self._root, "associates")),
        )
        fields = decode.pairs(head)
        weights: dict[PoolId, Weights] = {}
        edges = await asyncio.gather(
            *(self._call("ZRANGE", key(self._root, "pools", name), 0, -1, "WITHSCORES") for name in names)
        )
        for name, flat in zip(names, edges, strict=True):
            for pool, weight in zip(flat[::2], flat[1::2], strict=True):
                weights.setdefault(pool, {})[name] = int(float(weight))
        pools = await asyncio.gather(
            *(self._call("HMGET", key(self._root, "associate", name), "pool", "version") for name in associates)
        )
        texts = await asyncio.gather(*(self._call("GET", key(self._root, "profile", name)) for name in associates))
        decoder = msgspec.json.Decoder(Profile)
        members = {name: pool for name, (pool, _) in zip(associates, pools, strict=True) if pool}
        for pool in members.values():
            weights.setdefault(pool, {})
        return Standing(
            fields.get("version", "0"),
            int(fields.get("dirty", 0)),
            int(fields.get("next_pool", 1)),
            set(names),
            weights,
            members,
            [decoder.decode(text) for text in texts if text],
        )

    async def _lines(self) -> set[ClassId]:
        """The classes in which something waits."""
        rows = await asyncio.gather(
            *(
                self._call("ZRANGE", key(self._root, "lines", lane(channel, urgent=urgent)), 0, -1)
                for channel in Channel
                for urgent in (False, True)
            )
        )
        return {name for names in rows for name in names}

    async def _apply(self, routing: Routing, also: list[WaitingClass]) -> bool:
        standing = await self.read()
        classes, gone = _classes(standing.classes, routing, also)
        version = standing.version
        for part in plan_slices(standing, classes, gone, routing):
            change = msgspec.json.encode(part).decode()
            reply = await self._scripts.call("topology_apply", self._clock(), version, change)
            if reply[0] == "stale":
                return False
            version = str(reply[1])
        return True


def _classes(
    standing: set[ClassId], routing: Routing, also: Iterable[WaitingClass]
) -> tuple[list[WaitingClass], list[ClassId]]:
    """The classes that belong in the graph, and those there that no longer mean anything."""
    wanted: dict[ClassId, WaitingClass] = {}
    sides = (False,) if routing.reserve is None else (False, True)
    for queue, channel, urgent in itertools.product(routing.queues, Channel, sides):
        for waiting in classes_of(routing, base_class(queue, channel, {}, urgent=urgent)):
            wanted[waiting.id] = waiting
    known = {name: parse_class(name) for name in standing}
    wanted |= {name: waiting for name, waiting in known.items() if is_standing(routing, waiting)}
    gone = sorted(name for name in standing if name not in wanted)
    for base in also:
        for waiting in classes_of(routing, base):
            wanted[waiting.id] = waiting
    return [wanted[name] for name in sorted(wanted)], gone


def _weigh(edges: Edges) -> Weights:
    """Ring first; of associates with an equal share of load the pool that can take the least else, so that those
    who can take anything stay free for what only they can take."""
    flexibility = min(255, round(28 * math.log2(1 + len(edges))))
    return {name: ring * RING + flexibility * FLEXIBILITY for name, ring in edges.items()}


def plan_slices(
    standing: Standing, classes: list[WaitingClass], gone: list[ClassId], routing: Routing
) -> Iterator[Slice]:
    """The difference, in an order in which nobody is ever eligible for what neither the old nor the new graph gives
    them: new pools, moves, changed edges, what is gone."""
    reserved = routing.reserve.units if routing.reserve else 0
    groups = compile_graph(standing.profiles, classes, routing.queues, routing.channels, reserved)
    target = settle(standing.graph, groups, standing.next_pool)
    weights = {pool: _weigh(edges) for pool, edges in target.pools.items()}
    numbers = [int(pool[1:]) + 1 for pool in weights]
    next_pool = max([standing.next_pool, *numbers])
    names = {waiting.id for waiting in classes}
    fresh = {pool: new for pool, new in weights.items() if pool not in standing.weights}
    changed = {pool: new for pool, new in weights.items() if pool in standing.weights and standing.weights[pool] != new}
    moves = [(who, pool) for who, pool in target.members.items() if standing.members.get(who) != pool]
    gone_pools = [pool for pool in standing.weights if pool not in weights]
    new_classes = sorted(names - standing.classes)

    for pools in _by_edges(fresh):
        yield Slice(pools=pools, next_pool=next_pool)
    for start in range(0, len(moves), SLICE_MOVES):
        yield Slice(moves=moves[start : start + SLICE_MOVES], next_pool=next_pool)
    for pools in _by_edges(changed):
        yield Slice(pools=pools, next_pool=next_pool)
    yield Slice(
        classes=new_classes,
        gone_classes=gone,
        gone_pools=gone_pools,
        next_pool=next_pool,
        clean=standing.dirty,
    )


def _by_edges(pools: dict[PoolId, Weights]) -> Iterator[dict[PoolId, Weights]]:
    part: dict[PoolId, Weights] = {}
    edges = 0
    for pool, weights in pools.items():
        part[pool] = weights
        edges += len(weights)
        if edges >= SLICE_EDGES:
            yield part
            part, edges = {}, 0
    if part:
        yield part
