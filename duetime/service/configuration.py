"""The routing configuration in force: taken from Redis, where all daemons share it, and followed when it changes."""

import asyncio
from collections.abc import Iterable
from pathlib import Path

import structlog

from duetime.config.build import load_routing
from duetime.config.parse import read
from duetime.config.settings import EXAMPLE_ROUTING
from duetime.queues.store import Store
from duetime.router.errors import Refusal, Stale
from duetime.router.events import Event, EventType
from duetime.router.routing import Routing
from duetime.service import moves
from duetime.service.adoption import bring_in_step
from duetime.service.language import warm_up

log = structlog.get_logger(__name__)


class Configuration:
    def __init__(self, store: Store, file: Path) -> None:
        self._store = store
        self._file = file
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
        """Loads what is in force. A workspace without a configuration gets the file's; so does one whose operator
        named a file of their own that has changed. Raises ConfigProblems when that file is wrong."""
        current = await self._store.configs.current()
        what = f"the routing configuration {self._file}, which routing.file names"
        text = read(self._file, what)
        own = self._file != EXAMPLE_ROUTING
        if current is None or (own and text != current.document):
            before = load_routing(current.document, current.version) if current else None
            await self._apply(text, load_routing(text, what=what), before)
        await self._load()
        await self._store.topology.compile(self.routing())
        await self.rehome()
        # What is open is brought in step behind the start, which must not take longer the more there is.
        self._applied.set()

    async def follow(self) -> None:
        """Loads every version that any daemon applies, from now on, and brings the graph in step with it: so the last
        word on the graph is that of the newest version, even if a daemon compiled an older one meanwhile."""
        while True:
            await self._applied.wait()
            self._applied.clear()
            try:
                await self.adopt()
            except BaseException:
                self._applied.set()
                raise

    async def adopt(self) -> None:
        """Makes the newest version the one in force here, and brings the graph and what is open in step with it."""
        await self._load()
        routing = self.routing()
        if routing.languages:
            await warm_up()
        await self._store.topology.compile(routing)
        await self.rehome()
        promises = _promises(routing)
        if promises != self._in_step_with:
            await bring_in_step(self._store, routing)
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

    async def _apply(self, text: str, routing: Routing, before: Routing | None) -> None:
        """The document is stored last: a daemon that dies before that does all of it again when it starts."""
        known = {found.profile.id for found in await self._store.views.all_associates()}
        for profile in routing.associates.values():
            introduced = before.associates.get(profile.id) if before else None
            # What was changed live stays, unless the document now says something new of this associate.
            if profile.id not in known or (before and profile != introduced):
                await self._store.associates.put(self._store.clock(), profile, version=None)
        try:
            version = await self._store.configs.apply(
                text,
                routing,
                current=before.version if before else 0,
                who="settings",
                why=f"from the file {self._file.name}",
            )
        except Stale:
            # Another daemon that starts at the same moment was first.
            return
        log.info("routing configuration applied", version=version, file=str(self._file))

    async def _load(self) -> None:
        current = await self._store.configs.current()
        if current is not None:
            self._routing = load_routing(current.document, current.version)
            log.info("routing configuration in force", version=current.version)


def _promises(routing: Routing) -> object:
    """Everything on which the due times and boosts of what is open depend."""
    queues = {
        queue.id: (queue.targets, queue.at_risk_s, queue.calendar, queue.steps) for queue in routing.queues.values()
    }
    return queues, routing.calendars, routing.priorities, routing.reserve
