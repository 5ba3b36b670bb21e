"""Conversations: find them, read them, write in them. Whose conversation it is, is checked by the desk."""

from typing import Annotated, Final

from msgspec import Meta

from duetime.config.fields import Slug
from duetime.queues.records import Conversation, Page
from duetime.router.conversation import State
from duetime.router.errors import (
    Conflict,
    ConversationClosed,
    NotFound,
    OptedOut,
    RefusedType,
)
from duetime.router.ids import AssociateId, ContactId, QueueId
from duetime.router.message import Channel, Message
from duetime.service.access import Scope
from duetime.service.attachments import FILES_MOST, SentFile
from duetime.service.http.fields import ClientId, Cursor, Limit, Number, ShortText, Text
from duetime.service.http.route import EVERYONE, AnyRoute, Call, Input, Nothing, Route


class Filters(Input, frozen=True, kw_only=True):
    state: State | None = None
    queue: Slug | None = None
    associate: Slug | None = None
    contact: ShortText | None = None
    channel: Channel | None = None
    cursor: Cursor | None = None
    limit: Limit = 50


class After(Input, frozen=True, kw_only=True):
    after: Number = 0
    """The number of the last message that you have."""
    limit: Limit = 100


class Writing(Input, frozen=True, kw_only=True):
    text: Text
    client_id: ClientId | None = None


class Replying(Writing, frozen=True, kw_only=True):
    files: Annotated[tuple[SentFile, ...], Meta(max_length=FILES_MOST)] = ()
    """What `POST /v1/conversations/{conversation}/attachments` gave."""


async def list_conversations(call: Call[Filters]) -> Page:
    wanted = call.input
    return await call.parts.desk.list_conversations(
        call.actor,
        state=wanted.state,
        queue=QueueId(wanted.queue) if wanted.queue else None,
        associate=AssociateId(wanted.associate) if wanted.associate else None,
        contact=ContactId(wanted.contact) if wanted.contact else None,
        channel=wanted.channel,
        cursor=wanted.cursor,
        limit=wanted.limit,
    )


async def get_conversation(call: Call[Nothing]) -> Conversation:
    return await call.parts.desk.view(call.actor, call.conversation)


async def list_messages(call: Call[After]) -> list[Message]:
    after, limit = call.input.after, call.input.limit
    return await call.parts.desk.history(call.actor, call.conversation, after=after, limit=limit)


async def reply(call: Call[Replying]) -> Message:
    said = call.input
    return await call.parts.desk.reply(call.actor, call.conversation, said.text, said.client_id, said.files)


async def add_note(call: Call[Writing]) -> Message:
    text, client_id = call.input.text, call.input.client_id
    return await call.parts.desk.add_note(call.actor, call.conversation, text, client_id)


def version_of(conversation: Conversation) -> int:
    return conversation.version


ONE: Final = "/v1/conversations/{conversation}"

ROUTES: Final[tuple[AnyRoute, ...]] = (
    Route(
        method="GET",
        path="/v1/conversations",
        handler=list_conversations,
        takes=Filters,
        gives=Page,
        summary="Conversations, newest first. An associate sees their own and what they may take.",
        roles=EVERYONE,
        scope=Scope.CONVERSATIONS_READ,
    ),
    Route(
        method="GET",
        path=ONE,
        handler=get_conversation,
        takes=Nothing,
        gives=Conversation,
        summary="One conversation as it stands.",
        roles=EVERYONE,
        scope=Scope.CONVERSATIONS_READ,
        refuses=(NotFound,),
        etag=version_of,
    ),
    Route(
        method="GET",
        path=f"{ONE}/messages",
        handler=list_messages,
        takes=After,
        gives=list[Message],
        summary="Its messages after a number, in order. Integrations see no notes: their numbers have gaps.",
        roles=EVERYONE,
        scope=Scope.CONVERSATIONS_READ,
        refuses=(NotFound,),
    ),
    Route(
        method="POST",
        path=f"{ONE}/reply",
        handler=reply,
        takes=Replying,
        gives=Message,
        status=201,
        summary="Answer the contact.",
        roles=EVERYONE,
        scope=Scope.CONVERSATIONS_WRITE,
        refuses=(NotFound, ConversationClosed, Conflict, OptedOut, RefusedType),
    ),
    Route(
        method="POST",
        path=f"{ONE}/notes",
        handler=add_note,
        takes=Writing,
        gives=Message,
        status=201,
        summary="Leave a note that only associates see.",
        roles=EVERYONE,
        scope=Scope.CONVERSATIONS_WRITE,
        refuses=(NotFound,),
    ),
)
