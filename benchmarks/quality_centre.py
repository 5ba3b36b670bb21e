"""A simulated contact centre on the real scripts and a real server, under a virtual clock.

Time jumps from event to event: somebody writes, somebody is done, a contact gives up, a timer of the product is due.
Each is the call that a daemon would make, and who got what is read from the journal, as desks do. What is simulated
is only the people: associates are there all day, begin at once what they are given, and close it when it is done.
"""

import asyncio
import heapq
import itertools
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

from benchmarks.quality_work import Served, Work
from duetime.queues.connection import Pipeline
from duetime.queues.conversations import IntakeIds, Opening, Standing
from duetime.queues.journal import START as FIRST
from duetime.queues.keys import key
from duetime.queues.policy import base_class, queue_place
from duetime.queues.scripts import read_scripts
from duetime.queues.store import Store
from duetime.router.associate import Presence
from duetime.router.events import EventType
from duetime.router.ids import AssociateId, ContactId, ConversationId, EndpointId, MessageId
from duetime.router.message import Author, InboundMessage, Message, Sender
from duetime.router.routing import Routing
from duetime.service.embedded import EmbeddedServer
from duetime.service.promises import opening_fields, returning
from duetime.service.silence import Silence
from duetime.service.timekeeper import Timekeeper

STARTS_AT = 1_800_000_000_000
A_YEAR_MS = 365 * 86_400_000
JOURNAL_MAX = 500
TOGETHER = 8
"""Centres simulated side by side, each in a workspace of its own, so that the server is never idle."""

Do = Callable[[], Awaitable[None]]


class Order(Protocol):
    """An order of service that the product does not have, as ranks from outside."""

    def arrived(self, work: Work) -> int:
        """The rank to wait at, in ms."""

    def started(self, work: Work) -> None: ...


class Centre:
    """One simulation. ``keeps_time``: targets are watched, and met by an answer, which only matters where being late
    changes the order."""

    def __init__(
        self,
        pipeline: Pipeline,
        workspace: str,
        routing: Routing,
        *,
        order: Order | None = None,
        keeps_time: bool = False,
    ) -> None:
        self.now = STARTS_AT
        self.store = Store(pipeline, pipeline, workspace, lambda: self.now)
        self._call = pipeline.call
        self._routing = routing
        self._order = order
        self._keeps_time = keeps_time
        self._timekeeper = Timekeeper(self.store, lambda: routing, Silence(self.store, lambda: routing, {}))
        self._journal = key(self.store.root, "journal")
        self._cursor = FIRST
        self._timer_at: float | None = None
        self._numbers = itertools.count()
        self._events: list[tuple[int, int, Do]] = []
        self._works: dict[str, Work] = {}
        self._served: dict[int, Served] = {}
        self._answers: list[Coroutine[Any, Any, Any]] = []

    async def set_up(self) -> None:
        """Everybody is there. A script that is not loaded yet would be called twice, and be heard before it has run."""
        await asyncio.gather(*(self._call("SCRIPT", "LOAD", script.text) for script in read_scripts().values()))
        await self.store.configs.apply("", self._routing, current=0, who="benchmark", why="set up")
        await self._call("HSET", key(self.store.root, "params"), "journal_max", JOURNAL_MAX)
        people = self._routing.associates.values()
        await asyncio.gather(*(self.store.associates.put(self.now, profile, version=0) for profile in people))
        await self.store.topology.compile(self._routing)
        for profile in people:
            await self.store.associates.set_presence(
                self.now,
                profile.id,
                wanted=Presence.AVAILABLE,
                lease_until=STARTS_AT + A_YEAR_MS,
                reason="benchmark",
            )

    async def weigh_rings_only(self) -> None:
        """From now on those who can take little else are not preferred: the pools' weights without flexibility."""
        for name in await self._call("SMEMBERS", key(self.store.root, "classes")):
            pools = key(self.store.root, "pools", name)
            for pool in await self._call("ZRANGE", pools, 0, -1):
                await self._call("ZADD", pools, 0, pool)

    async def run(self, works: Iterable[Work]) -> list[Served]:
        """Everything that comes, until the last is done; in the order in which it came."""
        for work in works:
            self._works[f"cv{work.number}"] = work
            self._at(work.at_ms, lambda work=work: self._arrive(work))  # type: ignore[misc]
        while self._events:
            at, _, do = heapq.heappop(self._events)
            await self._pass_time(STARTS_AT + at)
            self.now = STARTS_AT + at
            await do()
        return [self._served[number] for number in sorted(self._served)]

    def _at(self, ms: int, do: Do) -> None:
        heapq.heappush(self._events, (ms, next(self._numbers), do))

    async def _arrive(self, work: Work) -> None:
        if work.patience_ms is not None:
            self._at(work.at_ms + work.patience_ms, lambda: self._give_up(work))
        await self._do(self._take_in(work))

    async def _finish(self, work: Work, associate: AssociateId) -> None:
        conversation = ConversationId(f"cv{work.number}")
        await self._do(self.store.conversations.close(self.now, conversation, associate=associate))

    async def _give_up(self, work: Work) -> None:
        if work.number in self._served:
            return
        self._served[work.number] = Served(work=work, waited_ms=work.patience_ms or 0, associate=None)
        await self._do(self.store.conversations.close(self.now, ConversationId(f"cv{work.number}")))

    async def _take_in(self, work: Work) -> None:
        now, number = self.now, work.number
        message = InboundMessage(
            channel=work.channel,
            endpoint=EndpointId("e"),
            external_id=str(number),
            sender=Sender(str(number)),
            text="",
        )
        base = base_class(work.queue, work.channel, {})
        place = queue_place(self._routing, base, work.priority, now)
        standing = Standing(queue=work.queue, channel=work.channel, priority=work.priority)
        fresh = place.fields | opening_fields(self._routing, work.queue, standing, now)
        fresh |= {"channel": work.channel.value, "endpoint": message.endpoint, "address": message.sender.address}
        if self._order is not None:
            fresh |= {"due_first": self._order.arrived(work)}
        ids = IntakeIds(ContactId(f"ct{number}"), ConversationId(f"cv{number}"), MessageId(f"ms{number}"))
        await self.store.conversations.take_in(
            now,
            message,
            ids=ids,
            message=Message(id=ids.message, at=now, author=Author.CONTACT, text=""),
            fingerprint="-",
            reopen_within_s=0,
            returning=returning(self._routing, standing, now),
            opening=Opening(base=base, about=b"{}", fields=fresh),
        )

    async def _do(self, *calls: Coroutine[Any, Any, Any]) -> None:
        """Calls, after the answers that are still to be sent, and hears what came of them: one round trip."""
        answers, self._answers = self._answers, []
        await asyncio.gather(*answers, *calls, self._hear())

    async def _hear(self) -> None:
        """New events, and when the next timer is due."""
        asked = [self._call("XRANGE", self._journal, f"({self._cursor}", "+")]
        if self._keeps_time:
            asked.append(self._call("ZRANGE", key(self.store.root, "timers"), 0, 0, "WITHSCORES"))
        rows, *timers = await asyncio.gather(*asked)
        for cursor, flat in rows:
            self._cursor = cursor
            if flat[1] == EventType.CONVERSATION_ASSIGNED:
                fields = dict(zip(flat[::2], flat[1::2], strict=True))
                self._start(self._works[fields["c"]], AssociateId(fields["a"]), int(fields["at"]) - STARTS_AT)
        if timers:
            self._timer_at = float(timers[0][1]) if timers[0] else None

    def _start(self, work: Work, associate: AssociateId, at: int) -> None:
        self._served[work.number] = Served(work=work, waited_ms=at - work.at_ms, associate=associate)
        self._plan_end(work, associate, at)
        if self._order is not None:
            self._order.started(work)
        if self._keeps_time:
            answer = Message(id=MessageId(f"an{work.number}"), at=self.now, author=Author.ASSOCIATE, text="")
            conversation = ConversationId(f"cv{work.number}")
            self._answers.append(self.store.conversations.send(self.now, conversation, associate, answer, None))

    def _plan_end(self, work: Work, associate: AssociateId, at: int) -> None:
        self._at(at + work.handling_ms, lambda: self._finish(work, associate))

    async def _pass_time(self, until: int) -> None:
        """What is due on the way is carried out at its moment."""
        if not self._keeps_time:
            return
        if self._answers and self._timer_at is not None and self._timer_at <= until:
            await self._do()
        while self._timer_at is not None and self._timer_at <= until:
            self.now = max(self.now, int(self._timer_at))
            while await self._timekeeper.tick() == 0:
                pass
            await self._do()


@asynccontextmanager
async def open_server() -> AsyncIterator[Pipeline]:
    """A server of its own that keeps nothing on disk."""
    with tempfile.TemporaryDirectory(prefix="duetime-quality-") as folder:
        server = EmbeddedServer(Path(folder) / "data", fsync="no")
        pipeline = await Pipeline(await server.start(), silence_s=600).open()
        try:
            await pipeline.call("CONFIG", "SET", "appendonly", "no")
            yield pipeline
        finally:
            await pipeline.close()
            await server.stop()


async def run_all(pipeline: Pipeline, runs: Sequence[Callable[[str], Awaitable[Any]]]) -> list[Any]:
    """Runs simulations, `TOGETHER` at a time, each given the name of a workspace; then the server is empty again."""
    results: list[Any] = []
    for start in range(0, len(runs), TOGETHER):
        some = runs[start : start + TOGETHER]
        results += await asyncio.gather(*(run(f"centre-{number}") for number, run in enumerate(some)))
        await pipeline.call("FLUSHALL", "ASYNC")
    return results
