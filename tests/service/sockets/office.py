"""A running daemon on a workspace of the test's own, and what tests of its sockets do with it all the
time."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from duetime.config.chat_settings import Chat, ChatEndpoint
from duetime.config.email_settings import Email
from duetime.config.settings import (
    Data,
    Desk,
    Http,
    Limits,
    Redis,
    RoutingSource,
    Settings,
)
from duetime.queues.records import Accepted
from duetime.router.events import Event
from duetime.router.ids import AssociateId, ConversationId, EndpointId
from duetime.router.message import Channel, InboundMessage, Sender
from duetime.service.access import Role, as_actor, new_token
from duetime.service.daemon import Daemon, start_daemon
from tests.service.sockets.clients import ChatClient, DeskClient, Frame, Sockets
from tests.waiting import wait_until

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

    async def accept(self, desk: DeskClient, conversation: str) -> None:
        """The desk accepts the newest offer of this conversation, once there is one."""

        def newest() -> Frame | None:
            offers = [e for e in desk.events if e["type"] == "OfferMade" and e["conversation"] == conversation]
            return offers[-1] if len(offers) > desk.accepted[conversation] else None

        offer = await wait_until(newest, what=f"an offer of {conversation}")
        await desk.do("accept_offer", conversation=conversation, offer=offer["data"]["offer"])
        desk.accepted[conversation] += 1

    async def talk(self, desk: DeskClient, visitor: ChatClient, text: str = "hello") -> ConversationId:
        """The visitor writes, and the desk accepts."""
        sent = await visitor.do("message", id="first", text=text)
        await self.accept(desk, sent["conversation"])
        await visitor.state(state="assigned")
        return ConversationId(sent["conversation"])

    async def journal(self) -> list[Event]:
        """Every event so far."""
        return await self.parts.store.journal.between("0-0")


def settings_for(
    redis_url: str,
    workspace: str,
    folder: Path,
    *,
    limits: Limits | None = None,
    desk: Desk | None = None,
    chat: Chat | None = None,
    email: Email | None = None,
) -> Settings:
    routing = folder / "routing.toml"
    routing.write_text(ROUTING)
    return Settings(
        workspace=workspace,
        http=Http(port=0, allowed_origins=(CONSOLE,)),
        redis=Redis(url=redis_url),
        data=Data(dir=folder),
        routing=RoutingSource(file=routing),
        limits=limits or Limits(),
        desk=desk or Desk(),
        chat=chat or Chat(endpoints={"web": ChatEndpoint(allowed_origins=(SHOP,)), "help": ChatEndpoint()}),
        email=email or Email(),
    )


@asynccontextmanager
async def open_office(settings: Settings) -> AsyncIterator[Office]:
    """A daemon with these settings, which ends like one that is asked to stop."""
    async with AsyncExitStack() as stack:
        daemon = await start_daemon(settings, stack)
        async with Sockets.opened(daemon.url) as sockets:
            yield Office(daemon, sockets)
        daemon.parts.stopping.set()
