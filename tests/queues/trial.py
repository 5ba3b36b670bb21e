"""A workspace under trial: commands are carried out on it, and after each one everything that must hold is checked."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import chain

from structlog.testing import capture_logs
from structlog.typing import EventDict

from duetime.config.build import load_routing
from duetime.queues.connection import Pipeline
from duetime.queues.store import Store
from duetime.router.errors import Refusal
from duetime.router.events import Event
from tests.clock import VirtualClock
from tests.queues import model
from tests.queues.commands import Command, Scene
from tests.queues.documents import FIRST
from tests.queues.ledger import Ledger
from tests.queues.picture import Picture, examine_picture, take_picture
from tests.world import World

START = 1_750_000_000_000
"""After the year from which the time of the last assignment counts."""


class Trial:
    """``worlds`` are the daemons; all of them serve the same workspace under the same clock."""

    def __init__(self, worlds: Sequence[World], clock: VirtualClock, logs: list[EventDict]) -> None:
        self.worlds = worlds
        self.clock = clock
        self.picture: Picture
        self._ledger = Ledger()
        self._history = model.History()
        self._events: list[Event] = []
        self._logs = logs
        self.refused: list[str] = []
        """The codes of all refusals so far."""

    async def start(self) -> None:
        await self.worlds[0].set_up(FIRST)
        for world in self.worlds:
            await world.adopt()
        self.picture = await self._look()

    async def do(self, command: Command) -> None:
        """One command, after which everything is checked."""
        self.clock.now_ms += 1
        await self._try(command, self.worlds[0])
        await self._verify(command.may_exceed, check_order=command.is_one_transition)

    async def prepare(self, commands: Sequence[Command]) -> None:
        """Some commands, after all of which everything is checked."""
        for command in commands:
            self.clock.now_ms += 1
            await self._try(command, self.worlds[0])
        await self._verify(check_order=False)

    async def do_at_once(self, commands: Sequence[Command]) -> None:
        """Many commands in the same moment, by all daemons; then what follows from them settles, and is checked."""
        self.clock.now_ms += 1
        duties = [world.timekeeper.tick() for world in self.worlds]
        daemons = [self.worlds[i % len(self.worlds)] for i in range(len(commands))]
        await asyncio.gather(*map(self._try, commands, daemons), *duties)
        for world in self.worlds:
            await world.adopt()
        await asyncio.gather(*(self._settle(world) for world in self.worlds))
        may_exceed = frozenset[str]().union(*(command.may_exceed for command in commands))
        await self._verify(may_exceed, check_order=False)

    async def pass_time(self, seconds: float) -> None:
        """Lets time pass; everything is checked after each timer."""
        until = self.clock() + round(1000 * seconds)
        while True:
            delay_s = await self.worlds[0].timekeeper.tick()
            if delay_s == 0:
                await self._verify(check_order=True)
            elif self.clock() + 1000 * delay_s > until:
                break
            else:
                self.clock.advance(delay_s)
        self.clock.now_ms = until
        await self._verify(check_order=True)

    async def oversleep(self, seconds: float) -> None:
        """No daemon runs for so long; then everything that fell due meanwhile is carried out."""
        self.clock.advance(seconds)
        await self._settle(self.worlds[0])
        await self._verify(check_order=False)

    async def _settle(self, world: World) -> None:
        while await world.timekeeper.tick() == 0:
            pass

    async def _try(self, command: Command, world: World) -> None:
        try:
            await command.run(Scene(world, self.picture, self._ledger))
        except Refusal as refusal:
            self.refused.append(refusal.code)

    async def _look(self) -> Picture:
        store = self.worlds[0].store
        return await take_picture(store, self._events[-1].cursor if self._events else "0-0")

    async def _verify(self, may_exceed: frozenset[str] = frozenset(), *, check_order: bool) -> None:
        before, after, routing = self.picture, await self._look(), self.worlds[0].routing
        self._events += after.events
        check_order = check_order and before.rests and after.rests
        findings = await examine_picture(after, self._events)
        problems = chain(
            (finding.sentence for finding in findings if after.rests or finding.code != "unmatched"),
            self._history.follow(after.events),
            self._history.compare(after),
            self._ledger.compare(after),
            model.check_places(after),
            model.check_capacity(before, after, may_exceed),
            model.check_matched(after, routing) if after.rests else (),
            model.check_order(after, routing) if check_order else (),
            model.check_fitting(before, after, routing) if check_order else (),
            (str(entry) for entry in self._logs if entry["log_level"] in ("error", "critical")),
        )
        self.picture = after
        found = list(problems)
        assert not found, "\n".join(found)


@asynccontextmanager
async def open_trial(redis_url: str, daemons: int = 1) -> AsyncIterator[Trial]:
    """In a workspace of its own, of which nothing is left afterwards."""
    clock = VirtualClock(START)
    workspace = f"trial-{uuid.uuid4().hex[:12]}"
    async with AsyncExitStack() as stack:
        worlds = []
        for _ in range(daemons):
            pipeline = await Pipeline(redis_url).open()
            store = Store(pipeline, pipeline, workspace, clock)
            stack.push_async_callback(store.close)
            worlds.append(World(store, clock, load_routing(FIRST)))
        stack.push_async_callback(_clear, worlds[0].store)
        trial = Trial(worlds, clock, stack.enter_context(capture_logs()))
        await trial.start()
        yield trial


async def _clear(store: Store) -> None:
    names = await store.pipeline.call("KEYS", store.root + ":*")
    await store.pipeline.call("UNLINK", *names)
