"""Server time of one routing decision, over the backlog, the number of associates and the number of classes.

A star around the centre: 100 classes, 50 pools, 10,000 associates and 10,000 conversations waiting; along each axis
one size changes. Every shape has a server of its own; the rounds visit them in turn.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from enum import StrEnum
from pathlib import Path
from statistics import median
from typing import TypeVar

import msgspec

from benchmarks.figures import Figures, spread
from benchmarks.floor_scripts import FloorScripts
from benchmarks.floors import find_floors
from benchmarks.report import Section, Table
from benchmarks.shape import Shape
from benchmarks.world import World, each, open_world
from duetime.queues.records import Conversation
from duetime.router.ids import AssociateId, ConversationId
from duetime.router.message import Channel

CENTRE = Shape()
AXES: dict[str, list[Shape]] = {
    "waiting": [msgspec.structs.replace(CENTRE, waiting=size) for size in (100, 10_000, 100_000, 1_000_000)],
    "associates": [msgspec.structs.replace(CENTRE, associates=size) for size in (10, 100, 1_000, 10_000)],
    "classes": [msgspec.structs.replace(CENTRE, classes=size) for size in (5, 20, 100, 500)],
}
BATCH = 50
CYCLES = 8
"""Batches of every decision in one round."""
COOLDOWN_S = 61

A = TypeVar("A")
T = TypeVar("T")


class Decision(StrEnum):
    OPEN_AND_MATCH = "a new conversation is matched at once"
    RETURN = "an offer is declined and made to somebody else"
    ACCEPT = "an offer is accepted"
    KNOWN = "a message of an assigned conversation"
    CLOSE = "a conversation is closed, nothing waits"
    ENTER_LINE = "a new conversation enters a line"
    CLOSE_AND_FILL = "a conversation is closed, the lowest rank is taken"


FLOORS = {
    Decision.OPEN_AND_MATCH: "assign",
    Decision.ENTER_LINE: "assign",
    Decision.CLOSE_AND_FILL: "release",
}
"""The reference scripts that do the unavoidable part of the same."""
Cell = tuple[Shape, str]


async def measure(rounds: int) -> Section:
    shapes = list(dict.fromkeys(shape for axis in AXES.values() for shape in axis))
    figures = Figures[Cell, float]()
    floors = find_floors()
    async with AsyncExitStack() as stack:
        worlds = [await stack.enter_async_context(open_world(shape)) for shape in shapes]
        scripts = [await FloorScripts.load(world, floors) for world in worlds] if floors else []
        for _ in range(rounds):
            for place, world in enumerate(worlds):
                for decision, us in (await _round(world)).items():
                    figures.add((world.shape, decision), us)
                for name, us in (await scripts[place].measure()).items() if floors else ():
                    figures.add((world.shape, name), us)
    tables = [_centre_table(figures, floors), *(_axis_table(figures, *axis) for axis in AXES.items())]
    return Section(name="decisions", tables=tables, notes=[] if floors else ["Without the floor programs: no ratios."])


async def _round(world: World) -> dict[str, float]:
    """µs per call of each decision: the median of the batches, so that a batch which was interrupted counts little."""
    batches: dict[str, list[float]] = {}
    for _ in range(CYCLES):
        for decision, us in (await _Cycle(world).run()).items():
            batches.setdefault(decision, []).append(us)
    return {decision: median(all_us) for decision, all_us in batches.items()}


class _Cycle:
    """One batch of each decision, after which everything is as it was."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._calls = world.store.conversations
        self._us: dict[str, float] = {}

    async def run(self) -> dict[str, float]:
        world, calls, clock = self._world, self._calls, self._world.clock
        accepted = await self._batch(Decision.OPEN_AND_MATCH, range(BATCH), lambda n: world.write(Channel.API, n))
        ids = [one.conversation for one in accepted]
        await self._batch(Decision.RETURN, await self._see(ids), self._decline)
        await self._batch(Decision.ACCEPT, await self._see(ids), self._accept)
        found = await self._see(ids)
        await self._batch(Decision.KNOWN, found, lambda one: world.write(Channel.API, int(one.queue[1:]), one.address))
        await self._batch(Decision.CLOSE, found, lambda one: calls.close(clock(), one.id, associate=one.associate))
        few = min(BATCH, world.shape.associates)
        await self._batch(Decision.ENTER_LINE, range(few), lambda n: world.write(Channel.EMAIL, n))
        people = [AssociateId(f"a{number}") for number in range(few)]
        emails = [held[0] for held in await each(people, world.held) if held]
        await self._batch(Decision.CLOSE_AND_FILL, emails, lambda one: calls.close(clock(), one))
        await each([one for held in await each(people, world.held) for one in held], world.accept)
        clock.offset_s += COOLDOWN_S
        return self._us

    async def _batch(self, decision: Decision, things: Sequence[A], call: Callable[[A], Awaitable[T]]) -> list[T]:
        await self._world.server_time.reset()
        results = await each(things, call)
        self._us[decision] = await self._world.server_time.us_per_call()
        return results

    async def _see(self, ids: list[ConversationId]) -> list[Conversation]:
        return await each(ids, self._world.store.views.conversation)

    async def _decline(self, offered: Conversation) -> None:
        assert offered.associate is not None
        await self._calls.decline_offer(self._world.clock(), offered.id, offered.associate, offered.offer, None)

    async def _accept(self, offered: Conversation) -> None:
        assert offered.associate is not None
        await self._calls.accept_offer(self._world.clock(), offered.id, offered.associate, offered.offer)


def _us(value: float) -> float:
    return value


def _centre_table(figures: Figures[Cell, float], floors: Path | None) -> Table:
    rows = []
    for decision in Decision:
        floor = FLOORS.get(decision)
        ratio = f"{figures.ratio((CENTRE, decision), (CENTRE, floor), _us):.1f}" if floors and floor else ""
        rows.append([decision.value, spread(figures.values((CENTRE, decision), _us)), ratio])
    return Table(
        title="Server time per decision, µs, at 100 classes × 50 pools × 10,000 associates × 10,000 waiting",
        columns=["decision", "median [least..most] of the rounds", "× reference script"],
        rows=rows,
    )


def _axis_table(figures: Figures[Cell, float], axis: str, shapes: list[Shape]) -> Table:
    rows = []
    for decision in Decision:
        cells = [f"{figures.median((shape, decision), _us):,.0f}" for shape in shapes]
        growth = figures.ratio((shapes[-1], decision), (shapes[0], decision), _us)
        rows.append([decision.value, *cells, f"{growth:.2f}"])
    sizes = [f"{getattr(shape, axis):,}" for shape in shapes]
    return Table(
        title=f"Server time per decision, µs, by the number of {axis}",
        columns=["decision", *sizes, "most ÷ least"],
        rows=rows,
    )
