"""A small Duetime without a daemon: the real scripts on the real server, under a virtual clock."""

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from obstore.store import MemoryStore

from duetime.config.build import load_routing
from duetime.config.settings import Attachments
from duetime.queues.connection import Pipeline
from duetime.queues.records import Accepted, Associate, Conversation
from duetime.queues.store import Store
from duetime.router.associate import Presence, Profile
from duetime.router.ids import AssociateId, ConversationId, EndpointId
from duetime.router.message import Channel, InboundMessage, Sender
from duetime.router.routing import Routing
from duetime.service.access import Actor, Role
from duetime.service.attachments import AttachmentStore
from duetime.service.configuration import Configuration
from duetime.service.desk import Desk
from duetime.service.feed import Feed
from duetime.service.intake import Intake
from duetime.service.silence import MailWay, Silence
from duetime.service.staff import Staff
from duetime.service.timekeeper import Timekeeper
from tests.clock import VirtualClock

A_DAY_S = 86_400


class World:
    """Holds the parts, and says in one word what tests do all the time."""

    def __init__(self, store: Store, clock: VirtualClock, routing: Routing) -> None:
        self.store = store
        self.clock = clock
        self.routing = routing
        self.intake = Intake(store, lambda: self.routing)
        self.files = AttachmentStore(MemoryStore(), Attachments(file_bytes=1_000_000))
        self.ways: dict[EndpointId, MailWay] = {}
        self.silence = Silence(store, lambda: self.routing, self.ways)
        self.desk = Desk(store, lambda: self.routing, self.files, self.silence)
        self.staff = Staff(store, lambda: self.routing, reconnect_grace_s=20)
        self.timekeeper = Timekeeper(store, lambda: self.routing, self.silence)
        self.feed = Feed(store.journal, self.timekeeper.expect)
        self._configuration = Configuration(store)
        self._numbers = itertools.count(1)

    async def set_up(self, text: str) -> None:
        await self.store.configs.apply(text, self.routing, current=0, who="test", why="set up")
        for profile in self.routing.associates.values():
            await self.store.associates.put(self.clock(), profile, version=0)
        await self.store.topology.compile(self.routing)

    async def apply(self, text: str) -> None:
        """Another configuration comes into force."""
        current = await self.store.configs.current()
        version = current.version if current else 0
        await self.store.configs.apply(text, load_routing(text), current=version, who="test", why="apply")
        await self.adopt()

    async def adopt(self) -> None:
        """What a daemon does when it hears of a new configuration."""
        await self._configuration.adopt()
        await self._configuration.catch_up()
        self.routing = self._configuration.routing()

    async def come(self, *names: str) -> None:
        """These associates become available, for a day."""
        for name in names:
            await self.be(name, Presence.AVAILABLE)

    async def be(self, name: str, presence: Presence) -> None:
        await self.staff.set_presence(supervisor(), AssociateId(name), presence, lease_s=A_DAY_S)

    async def leave(self, name: str) -> None:
        """Nobody vouches for the associate any more."""
        await self.store.associates.set_presence(
            self.clock(), AssociateId(name), lease_until=0, reason="connection_lost"
        )

    def message(
        self,
        text: str = "hello",
        *,
        who: str | None = None,
        channel: Channel = Channel.API,
        external_id: str | None = None,
        endpoint: str = "default",
        verified: bool = False,
        language: str | None = None,
        conversation: str | None = None,
        attributes: dict[str, str] | None = None,
    ) -> InboundMessage:
        """What a contact writes: a new one unless named, and something new unless it has an id."""
        number = next(self._numbers)
        return InboundMessage(
            channel=channel,
            endpoint=EndpointId(endpoint),
            external_id=external_id or f"m{number}",
            sender=Sender(who or f"contact-{number}", verified=verified),
            text=text,
            language=language,
            conversation=ConversationId(conversation) if conversation else None,
            attributes=attributes or {},
        )

    async def write(self, text: str = "hello", **details: Any) -> Accepted:
        """A contact writes a `message`."""
        return await self.intake.receive(self.message(text, **details))

    async def see(self, conversation: ConversationId) -> Conversation:
        return await self.store.views.conversation(conversation)

    async def person(self, name: str) -> Associate:
        return await self.store.views.associate(AssociateId(name))

    async def holds(self, name: str) -> list[ConversationId]:
        """What the associate is offered, has, or had parked; by due time."""
        return [found.id for found in (await self.store.views.desk_snapshot(AssociateId(name))).conversations]

    async def accept(self, conversation: ConversationId) -> Conversation:
        """Whoever is offered it accepts."""
        found = await self.see(conversation)
        assert found.associate is not None
        return await self.desk.accept_offer(associate(found.associate), conversation, found.offer)

    async def pass_time(self, seconds: float) -> None:
        """Lets time pass with everything that falls due on the way carried out at its moment."""
        until = self.clock() + round(1000 * seconds)
        while True:
            delay_s = await self.timekeeper.tick()
            if delay_s == 0:
                continue
            if self.clock() + 1000 * delay_s > until:
                break
            self.clock.advance(delay_s)
        self.clock.now_ms = until


def associate(name: str) -> Actor:
    return Actor(role=Role.ASSOCIATE, token_id="tk_test", associate=AssociateId(name))


def admin() -> Actor:
    return Actor(role=Role.ADMIN, token_id="tk_test")


def supervisor() -> Actor:
    return Actor(role=Role.SUPERVISOR, token_id="tk_test")


def profile_of(routing: Routing, name: str) -> Profile:
    return routing.associates[AssociateId(name)]


@asynccontextmanager
async def open_world(redis_url: str, workspace: str, clock: VirtualClock, document: str) -> AsyncIterator[World]:
    routing = load_routing(document)
    pipeline, tail = await Pipeline(redis_url).open(), await Pipeline(redis_url).open()
    world = World(Store(pipeline, tail, workspace, clock), clock, routing)
    try:
        await world.set_up(document)
        yield world
    finally:
        await world.store.close()
