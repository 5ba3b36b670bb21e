"""A workspace of a given size on a server of its own, driven through the product's own calls."""

import asyncio
import hashlib
import os
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from benchmarks.shape import A_DAY_S, Shape, profiles_of, routing_of, skilled_classes
from duetime.queues.connection import Pipeline
from duetime.queues.keys import key
from duetime.queues.policy import base_class, policy_fields
from duetime.queues.records import Accepted
from duetime.queues.store import Store
from duetime.router.associate import Presence, Profile
from duetime.router.ids import EndpointId, QueueId
from duetime.router.message import Channel, InboundMessage, Sender
from duetime.service.embedded import EmbeddedServer
from duetime.service.intake import Intake

T = TypeVar("T")
A = TypeVar("A")
AT_ONCE = 200
FILL_SLICE = 1_000
SERVER_CPU = 0
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


def now_ms() -> int:
    return time.time_ns() // 1_000_000


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
    def __init__(self, shape: Shape, store: Store, pipeline: Pipeline) -> None:
        self.shape = shape
        self.store = store
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
        await each(profiles, self._come)
        await self._fill_emails()
        waiting = sum(await each(list(self.routing.queues), self._waiting_in))
        await self._fill_lines(self.shape.waiting - waiting)
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

    async def accept(self, conversation: Any) -> None:
        """Whoever is offered it accepts."""
        found = await self.store.views.conversation(conversation)
        if found.associate is not None:
            await self.store.conversations.accept_offer(now_ms(), conversation, found.associate, found.offer)

    async def pools(self) -> int:
        standing = await self.store.topology.read()
        return sum(bool(edges) for edges in standing.weights.values())

    async def _add(self, profile: Profile) -> None:
        await self.store.associates.put(now_ms(), profile, version=0)

    async def _come(self, profile: Profile) -> None:
        await self.store.associates.set_presence(
            now_ms(),
            profile.id,
            wanted=Presence.AVAILABLE,
            lease_until=now_ms() + 1000 * A_DAY_S,
            reason="benchmark",
        )

    async def _waiting_in(self, queue: QueueId) -> int:
        return int(await self.call("ZCARD", key(self.store.root, "queue", queue)))

    async def _fill_emails(self) -> None:
        open_queues = list(range(self.shape.queues))
        while open_queues:
            queues = [queue for queue in open_queues for _ in range(20)]
            accepted = await each(queues, lambda queue: self.write(Channel.EMAIL, queue))
            await each([one.conversation for one in accepted], self.accept)
            waiting = await each([QueueId(f"q{queue}") for queue in open_queues], self._waiting_in)
            open_queues = [queue for queue, length in zip(open_queues, waiting, strict=True) if not length]

    async def _fill_lines(self, missing: int) -> None:
        folder = resources.files("duetime.queues") / "lua" / "include"
        includes = [(folder / f"{name}.lua").read_text() for name in ("base", "journal", "capacity", "line")]
        own = (resources.files("benchmarks") / "waiting_put.lua").read_text()
        script = "\n".join([*includes, own])
        digest = await self.call("SCRIPT", "LOAD", script)
        policies = []
        for queue in self.routing.queues:
            fields: dict[str, Any] = dict(
                policy_fields(self.routing, base_class(queue, Channel.EMAIL, {}), "normal")
            )
            policies.append(fields | {"channel": Channel.EMAIL, "endpoint": queue})
        about = '{"contact_name":"Somebody"}'
        message = msgspec.json.encode({"id": "ms_" + "0" * 20, "at": now_ms(), "author": "contact", "text": TEXT})
        packed = msgspec.json.encode(policies).decode()
        for first in range(0, missing, FILL_SLICE):
            count = min(FILL_SLICE, missing - first)
            await self.call(
                "EVALSHA", digest, 1, self.store.root, now_ms(), first, count, about, message.decode(), packed
            )


    async def _rest(self) -> None:
        """Waits until the server has no work of its own left, and lets it begin none: rewriting its append-only file
        beside a measurement would be measured with it."""
        await self.call("CONFIG", "SET", "auto-aof-rewrite-percentage", 0)
        while "aof_rewrite_in_progress:1" in await self.call("INFO", "persistence"):
            await asyncio.sleep(0.2)


@asynccontextmanager
async def open_world(shape: Shape) -> AsyncIterator[World]:
    with tempfile.TemporaryDirectory(prefix="duetime-bench-") as folder:
        server = EmbeddedServer(Path(folder) / "data", fsync="everysec")
        url = await server.start()
        pid = int((Path(folder) / "data" / "server.pid").read_text())
        os.sched_setaffinity(pid, {SERVER_CPU})
        pipeline, tail = await Pipeline(url, silence_s=600).open(), await Pipeline(url).open()
        store = Store(pipeline, tail, "bench", now_ms)
        try:
            world = World(shape, store, pipeline)
            await world.set_up()
            yield world
        finally:
            await store.close()
            await server.stop()


def digest_of(text: str) -> str:
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
