"""A small post office: a real world, real readers, a folder for files; mails are written by the standard library."""

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

import msgspec

from duetime.channels.email.tokens import ReplyTokens
from duetime.config.email_settings import Email, EmailEndpoint
from duetime.config.settings import Attachments
from duetime.queues.positions import Position
from duetime.queues.records import Conversation
from duetime.router.ids import ConversationId, EndpointId
from duetime.router.message import Message
from duetime.service.attachments import AttachmentStore, open_store
from duetime.service.mail.origin import Origins
from duetime.service.mail.post_room import PostRoom
from duetime.service.mail.readers import Readers
from duetime.service.mail.taking import Partial
from tests.clock import VirtualClock
from tests.queues.conftest import DOCUMENT
from tests.world import World, open_world

SUPPORT = EndpointId("support")
SALES = EndpointId("sales")
OURS = "mx.ours.example"
EMAIL = Email(
    endpoints={
        "support": EmailEndpoint(address="support@ours.example", aliases=("help@ours.example",)),
        "sales": EmailEndpoint(address="sales@ours.example"),
    },
    authserv_ids=(OURS,),
)


class Office:
    def __init__(self, world: World, room: PostRoom, tokens: ReplyTokens, files: AttachmentStore) -> None:
        self.world = world
        self.room = room
        self.tokens = tokens
        self.files = files
        self._uids = itertools.count(1)

    async def take(self, raw: bytes | Partial, endpoint: EndpointId = SUPPORT) -> Position:
        self.world.clock.advance(1)
        position = Position(f"{endpoint}/INBOX", 7, next(self._uids))
        await self.room.take(endpoint, raw, position)
        return position

    async def newest(self) -> Conversation:
        """The conversation that opened last."""
        return (await self.conversations())[0]

    async def conversations(self) -> list[Conversation]:
        return (await self.world.store.views.conversations()).conversations

    async def history(self, conversation: ConversationId) -> list[Message]:
        return await self.world.store.views.messages(conversation)


@asynccontextmanager
async def open_office(
    redis_url: str,
    workspace: str,
    clock: VirtualClock,
    folder: Path,
    email: Email = EMAIL,
    routing: str = DOCUMENT,
    read_timeout_s: float = 5,
) -> AsyncIterator[Office]:
    async with (
        open_world(redis_url, workspace, clock, routing) as world,
        Readers(count=1, authserv_ids=email.authserv_ids, timeout_s=read_timeout_s) as readers,
    ):
        tokens = ReplyTokens(await world.store.secrets.get("reply-tokens"))
        files = open_store(Attachments(), folder)
        addresses = [address for one in email.endpoints.values() for address in (one.address, *one.aliases)]
        room = PostRoom(
            email=email,
            text_chars=64_000,
            store=world.store,
            readers=readers,
            files=files,
            origins=Origins(world.store, tokens, addresses),
            intake=world.intake,
        )
        yield Office(world, room, tokens, files)


def a_mail(
    text: str = "Where is my order?",
    *,
    who: str = "Kim <kim@customer.example>",
    to: str = "support@ours.example",
    subject: str = "Order 4711",
    verified: bool = True,
    message_id: str | None = "<1@customer.example>",
    **headers: Any,
) -> EmailMessage:
    """``headers`` have ``_`` for ``-``."""
    mail = EmailMessage(policy=SMTP)
    domain = who.rpartition("@")[2].strip(">")
    if verified:
        mail["Authentication-Results"] = f"{OURS}; dmarc=pass header.from={domain}"
    mail["From"], mail["To"], mail["Subject"] = who, to, subject
    if message_id:
        mail["Message-ID"] = message_id
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail


def with_settings(**changes: Any) -> Email:
    return msgspec.structs.replace(EMAIL, **changes)
