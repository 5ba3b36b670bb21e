"""The routing configuration in force: taken from Redis, where all daemons share it, and followed when it changes."""

import asyncio
from collections.abc import Iterable

import structlog

from duetime.queues.store import Store
from duetime.router.errors import Refusal
from duetime.router.events import Event, EventType
from duetime.router.routing import Routing
from duetime.service import moves
from duetime.service.adoption import bring_in_step
from duetime.service.introduction import Introduction
from duetime.service.language import warm_up
from duetime.service.preparation import load

REMEDY = "correct it in a file and name that (routing.file, DUETIME_ROUTING_FILE)"

log = structlog.get_logger(__name__)


class Configuration:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._introduction = Introduction(store)
        self._adopting = asyncio.Lock()
        self._routing: Routing | None = None
        self._in_step_with: object = None
        """The promises with which what is open was last brought in step; not known when the daemon starts."""
        self._applied = asyncio.Event()

    def routing(self) -> Routing:
        """The version in force."""
        if self._routing is None:
            raise RuntimeError("the routing configuration is used before it was loaded")
        return self._routing

    async def start(self) -> None:
        """Loads what is in force, which there must be."""
        await self.adopt()
        # What is open is brought in step behind the start, which must not take longer the more there is.
        self._applied.set()

    async def follow(self) -> None:
        """Adopts every version that any daemon applies, from now on: so the last word on the graph is that of the
        newest version, even if a daemon compiled an older one meanwhile."""
        while True:
            await self._applied.wait()
            self._applied.clear()
            try:
                await self.adopt()
                await self.catch_up()
            except BaseException:
                self._applied.set()
                raise

    async def adopt(self) -> None:
        """Makes the newest version the one in force here: its associates, the graph, and what would be stranded."""
        async with self._adopting:
            await self._load()
            routing = self.routing()
            if routing.languages:
                await warm_up()
            await self._introduction.complete(routing)
            await self._store.topology.compile(routing)
            await self.rehome()

    async def catch_up(self) -> None:
        """Brings what is open in step with the version in force, which takes longer the more there is."""
        promises = _promises(self.routing())
        if promises != self._in_step_with:
            await bring_in_step(self._store, self.routing())
            self._in_step_with = promises

    def on_events(self, events: Iterable[Event]) -> None:
        if any(event.type == EventType.CONFIG_APPLIED for event in events):
            self._applied.set()

    async def rehome(self) -> None:
        """Moves what waits in a queue or step that the configuration no longer has to one that it has."""
        routing = self.routing()
        for name in await self._store.topology.stranded(routing):
            try:
                found = await self._store.views.conversation(name)
                base = moves.base_of(routing, found)
                await moves.to_queue(self._store, routing, found, base, "rerouted", version=found.version)
            except Refusal:
                log.info("a stranded conversation moved on by itself", conversation=name)

    async def sweep(self) -> None:
        """Repairs what a daemon that died between two steps left: a graph older than its associates, and lines that
        nobody serves any more."""
        if await self._store.topology.is_dirty():
            await self._store.topology.compile(self.routing())
        await self.rehome()

    async def _load(self) -> None:
        current = await self._store.configs.current()
        if current is None or (self._routing is not None and self._routing.version == current.version):
            return
        what = f"version {current.version} of the routing configuration, which is in force: {REMEDY}"
        now = self._store.clock()
        self._routing = await load(current.document, version=current.version, what=what, now_ms=now)
        log.info("routing configuration in force", version=current.version)


def _promises(routing: Routing) -> object:
    """Everything on which the due times and boosts of what is open depend."""
    queues = {
        queue.id: (queue.targets, queue.at_risk_s, queue.calendar, queue.steps) for queue in routing.queues.values()
    }
    return queues, routing.calendars, routing.priorities, routing.reserve
