"""A workspace of a given size on a server of its own, driven through the product's own calls."""

import asyncio
import os
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from benchmarks.cloning import clone, find_templates
from benchmarks.processes import OTHER_CPU, SERVER_CPU, pin
from benchmarks.shape import A_DAY_S, Shape, profiles_of, routing_of, skilled_classes
from duetime.queues.connection import Pipeline
from duetime.queues.keys import key
from duetime.queues.records import Accepted
from duetime.queues.store import Store
from duetime.router.associate import Presence, Profile
from duetime.router.ids import AssociateId, ConversationId, EndpointId, QueueId
from duetime.router.message import Channel, InboundMessage, Sender
from duetime.service.embedded import EmbeddedServer
from duetime.service.intake import Intake

T = TypeVar("T")
A = TypeVar("A")
AT_ONCE = 200
AN_HOUR_S = 3600
TEXT = (
    "Hello, my order 4711 has not arrived yet and I would like to know where it is. Could you please check the"
    " delivery for me? Thank you!"
)


async def each(things: Sequence[A], call: Callable[[A], Awaitable[T]]) -> list[T]:
    """Calls with every thing, `AT_ONCE` under way at a time; the results in order."""
    results: list[T] = []
    for start in range(0, len(things), AT_ONCE):
        results += await asyncio.gather(*(call(thing) for thing in things[start : start + AT_ONCE]))
    return results


class Clock:
    """The real time and an offset, so that measurements need not wait for anything."""

    def __init__(self) -> None:
        self.offset_s = 0

    def __call__(self) -> int:
        return time.time_ns() // 1_000_000 + 1000 * self.offset_s


class ServerTime:
    """Server time of the scripts called since `reset`, as the server counts it itself."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._call = pipeline.call

    async def reset(self) -> None:
        await self._call("CONFIG", "RESETSTAT")

    async def us_per_call(self) -> float:
        info = await self._call("INFO", "commandstats")
        line = next(row for row in info.splitlines() if row.startswith("cmdstat_evalsha:"))
        fields = dict(part.split("=") for part in line.partition(":")[2].split(","))
        return int(fields["usec"]) / int(fields["calls"])


class World:
    def __init__(self, shape: Shape, store: Store, pipeline: Pipeline, clock: Clock, url: str) -> None:
        self.shape = shape
        self.url = url
        self.store = store
        self.clock = clock
        self.call = pipeline.call
        self.server_time = ServerTime(pipeline)
        self.routing = routing_of(shape)
        self._intake = Intake(store, lambda: self.routing)
        self._written = 0

    async def set_up(self) -> None:
        """Everybody is available, has one email, which is all they may have of those, and room for the rest; the
        backlog waits for them on the email channel."""
        await self.store.configs.apply("", self.routing, current=0, who="benchmark", why="set up")
        profiles = list(profiles_of(self.shape))
        await each(profiles, self._add)
        await self.store.topology.compile(self.routing, skilled_classes(self.shape))
        self.clock.offset_s = -AN_HOUR_S
        await self._fill_lines()
        await each(profiles, self._come)
        await self._accept_all(profile.id for profile in profiles)
        await self._exhaust()
        self.clock.offset_s = 0
        await self._rest()

    async def write(self, channel: Channel, queue: int, address: str | None = None) -> Accepted:
        """A contact (a new one unless named) writes to a queue."""
        self._written += 1
        message = InboundMessage(
            channel=channel,
            endpoint=EndpointId(f"q{queue % self.shape.queues}"),
            external_id=f"m{self._written}",
            sender=Sender(address or f"contact-{self._written}"),
            text=TEXT,
            language="de" if self._written % 2 and skilled_classes(self.shape) else None,
        )
        return await self._intake.receive(message)

    async def accept(self, conversation: ConversationId) -> None:
        """Whoever is offered it accepts."""
        found = await self.store.views.conversation(conversation)
        if found.associate is not None:
            await self.store.conversations.accept_offer(self.clock(), conversation, found.associate, found.offer)

    async def held(self, associate: AssociateId) -> list[ConversationId]:
        return list(await self.call("ZRANGE", key(self.store.root, "held", associate), 0, -1))

    async def waiting(self) -> int:
        return sum(await each(list(self.routing.queues), self._waiting_in))

    async def pools(self) -> int:
        """How many pools may take anything."""
        standing = await self.store.topology.read()
        return sum(bool(edges) for edges in standing.weights.values())

    async def _add(self, profile: Profile) -> None:
        await self.store.associates.put(self.clock(), profile, version=0)

    async def _come(self, profile: Profile) -> None:
        await self.store.associates.set_presence(
            self.clock(),
            profile.id,
            wanted=Presence.AVAILABLE,
            lease_until=self.clock() + 1000 * A_DAY_S,
            reason="benchmark",
        )

    async def _waiting_in(self, queue: QueueId) -> int:
        return int(await self.call("ZCARD", key(self.store.root, "queue", queue)))

    async def _fill_lines(self) -> None:
        """The backlog, and an email for everybody to take when they come."""
        ids = []
        for queue in range(self.shape.queues):
            address = f"template{queue}_{0:012}"
            accepted = await self.write(Channel.EMAIL, queue, address)
            ids.append([accepted.conversation, accepted.contact, accepted.message, address])
        await self.call("CONFIG", "SET", "appendonly", "no")  # until all is there, or it is written over and over
        templates = await find_templates(self.call, self.store.root, ids, 1000 * AN_HOUR_S)
        missing = self.shape.waiting + self.shape.associates - len(ids)
        await clone(self.call, self.store.root, templates, missing)
        await self.call("CONFIG", "SET", "appendonly", "yes")

    async def _accept_all(self, associates: Iterable[AssociateId]) -> None:
        held = await each(list(associates), self.held)
        await each([conversation for conversations in held for conversation in conversations], self.accept)

    async def _exhaust(self) -> None:
        """Emails for those who found none: to every queue until one waits there."""
        queues = list(range(self.shape.queues))
        while True:
            waiting = await each([QueueId(f"q{queue}") for queue in queues], self._waiting_in)
            queues = [queue for queue, length in zip(queues, waiting, strict=True) if not length]
            if not queues:
                return
            accepted = await each(queues * 5, lambda queue: self.write(Channel.EMAIL, queue))
            await each([one.conversation for one in accepted], self.accept)

    async def _rest(self) -> None:
        """Waits until the server has no work of its own left, and lets it begin none: rewriting its append-only file
        beside a measurement would be measured with it."""
        await self.call("CONFIG", "SET", "auto-aof-rewrite-percentage", 0)
        while True:
            state = await self.call("INFO", "persistence")
            if "aof_rewrite_in_progress:0" in state and "aof_rewrite_scheduled:0" in state:
                return
            await asyncio.sleep(0.2)


@asynccontextmanager
async def open_world(shape: Shape) -> AsyncIterator[World]:
    """On a server of its own, set up and ready to be measured."""
    with tempfile.TemporaryDirectory(prefix="duetime-bench-") as folder:
        data = Path(folder) / "data"
        server = EmbeddedServer(data)
        url = await server.start()
        pin(int((data / "server.pid").read_text()), SERVER_CPU)
        pin(os.getpid(), OTHER_CPU)
        pipeline, tail = await Pipeline(url, silence_s=600).open(), await Pipeline(url).open()
        clock = Clock()
        store = Store(pipeline, tail, "bench", clock)
        try:
            world = World(shape, store, pipeline, clock, url)
            await world.set_up()
            yield world
        finally:
            await store.close()
            await server.stop()
