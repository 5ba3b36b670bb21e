"""A running daemon on a workspace of the test's own, and clients for its sockets."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from duetime.config.settings import (
    Chat,
    ChatEndpoint,
    Data,
    Desk,
    Http,
    Limits,
    Redis,
    RoutingSource,
    Settings,
)
from duetime.router.ids import AssociateId, EndpointId
from duetime.router.message import Channel, InboundMessage, Sender
from duetime.queues.records import Accepted
from duetime.service.access import Role, as_actor, new_token
from duetime.service.daemon import Daemon, start_daemon
from tests.service.sockets.clients import DeskClient, Sockets

ROUTING = """
default_queue = "general"

[channels.api]
cost_units = 1
[channels.chat]
cost_units = 1

[associates.ana]
name = "Ana Ruiz"
capacity_units = 6
[associates.ben]
name = "Ben Ode"
capacity_units = 6

[queues.general]
name = "General"
[queues.later]
name = "Later"
wrap_up_s = 60
"""

SHOP = "https://shop.example"
CONSOLE = "https://console.example"


class Office:
    """A daemon, its sockets, and what tests do with them all the time."""

    def __init__(self, daemon: Daemon, sockets: Sockets) -> None:
        self.daemon = daemon
        self.parts = daemon.parts
        self.sockets = sockets
        self._messages = 0

    async def token_of(self, name: str | None, role: Role = Role.ASSOCIATE) -> str:
        """The id of a new token."""
        _, record = new_token(
            role,
            now=self.parts.store.clock(),
            expires_at=None,
            associate=AssociateId(name) if name else None,
        )
        await self.parts.store.tokens.create(record)
        return record.id

    async def ticket(self, token_id: str) -> str:
        record = await self.parts.store.tokens.get(token_id)
        assert record is not None
        return (await self.parts.tickets.issue(as_actor(record))).ticket

    async def desk(
        self,
        name: str | None,
        *,
        role: Role = Role.ASSOCIATE,
        cursor: str | None = None,
        presence: str | None = None,
    ) -> DeskClient:
        """A desk that has its first state."""
        ticket = await self.ticket(await self.token_of(name, role))
        desk = await self.sockets.desk(ticket, cursor=cursor)
        await desk.frame("snapshot" if cursor is None else "resumed")
        if presence is not None:
            await desk.do("set_presence", presence=presence)
        return desk

    async def write(self, text: str = "hello", who: str = "contact-1") -> Accepted:
        """A contact writes over the API channel."""
        self._messages += 1
        return await self.parts.intake.receive(
            InboundMessage(
                channel=Channel.API,
                endpoint=EndpointId("default"),
                external_id=f"m{self._messages}",
                sender=Sender(who),
                text=text,
            )
        )


@pytest.fixture
def limits() -> Limits:
    return Limits()


@pytest.fixture
def desk_settings() -> Desk:
    return Desk()


@pytest.fixture
async def office(
    redis_url: str, workspace: str, tmp_path: Path, limits: Limits, desk_settings: Desk
) -> AsyncIterator[Office]:
    routing = tmp_path / "routing.toml"
    routing.write_text(ROUTING)
    settings = Settings(
        workspace=workspace,
        http=Http(port=0, allowed_origins=(CONSOLE,)),
        redis=Redis(url=redis_url),
        data=Data(dir=tmp_path),
        routing=RoutingSource(file=routing),
        limits=limits,
        desk=desk_settings,
        chat=Chat(endpoints={"web": ChatEndpoint(allowed_origins=(SHOP,)), "help": ChatEndpoint()}),
    )
    async with AsyncExitStack() as stack:
        daemon = await start_daemon(settings, stack)
        async with Sockets.opened(daemon.url) as sockets:
            yield Office(daemon, sockets)
        daemon.parts.stopping.set()
