"""What a visitor may see of their conversation: how it stands and its messages, and never a note."""

import asyncio
from collections.abc import Mapping, Set
from typing import Final

import msgspec

from duetime.channels.chat import session_of
from duetime.queues.records import Conversation
from duetime.queues.store import Store
from duetime.router.conversation import State
from duetime.router.errors import NotFound
from duetime.router.ids import AssociateId, ConversationId, SessionId
from duetime.router.message import Channel, Message
from duetime.service.estimates import Estimate, Estimates
from duetime.service.sockets.chat_frames import ChatMessage, ChatState, Standing

PAGE: Final = 100
RECENT_MESSAGES: Final = 200
"""How far back a client sees that has seen nothing yet."""

ROUND_TO_S: Final = ((60, 10), (600, 60), (3600, 300))

STANDING: Final = {
    State.WAITING: Standing.WAITING,
    State.OFFERED: Standing.WAITING,
    State.ASSIGNED: Standing.ASSIGNED,
    State.PARKED: Standing.ASSIGNED,
    State.WRAP_UP: Standing.CLOSED,
    State.CLOSED: Standing.CLOSED,
}


ANSWERED: Final = frozenset({State.ASSIGNED, State.PARKED})


class ChatView(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation as its visitor sees it."""

    state: ChatState
    holder: AssociateId | None
    """Who answers, for hints to them."""
    messages: list[ChatMessage]
    read_to: int
    """The number of the last message that was looked at, seen or not."""
    more: bool
    """There are later messages."""


def visible(
    message: Message, conversation: ConversationId, session: SessionId, names: Mapping[AssociateId, str]
) -> ChatMessage | None:
    """The message as this visitor sees it, with the names of associates; None for what only associates
    see."""
    if not message.kind.is_seen_by_contact:
        return None
    sent_by = session_of(message.external_id)
    return ChatMessage(
        conversation=conversation,
        number=message.number,
        at=message.at,
        author=message.author,
        text=message.text,
        name=names.get(message.associate) if message.associate else message.name,
        client_id=sent_by[1] if sent_by is not None and sent_by[0] == session else None,
    )


def is_theirs(conversation: Conversation, session: SessionId) -> bool:
    """Whether the conversation is this session's. An external id that looks like the session's proves
    nothing."""
    return conversation.channel is Channel.CHAT and conversation.address == session


async def newest_conversation(store: Store, session: SessionId) -> ConversationId | None:
    """The session's newest conversation, open or closed."""
    contact = await store.contacts.by_address(Channel.CHAT.value, session)
    if contact is None:
        return None
    page = await store.views.conversations(contact=contact.id, channel=Channel.CHAT, limit=1)
    return page.conversations[0].id if page.conversations else None


async def look(
    store: Store, estimates: Estimates, session: SessionId, conversation_id: ConversationId, after: int | None
) -> ChatView | None:
    """The conversation and a page of its messages after that number; None: the newest. None if it is not this
    session's. Raises ServerLost."""
    try:
        conversation = await store.views.conversation(conversation_id)
    except NotFound:
        return None
    if not is_theirs(conversation, session):
        return None
    start = max(0, conversation.messages - RECENT_MESSAGES) if after is None else after
    messages = await store.views.messages(conversation_id, after=start, limit=PAGE)
    holder = conversation.associate if conversation.state in ANSWERED else None
    names = await _names(store, {holder, *(message.associate for message in messages)})
    shown = (visible(message, conversation_id, session, names) for message in messages)
    standing = STANDING[conversation.state]
    return ChatView(
        state=ChatState(
            conversation=conversation_id,
            state=standing,
            position=await store.views.position(conversation_id) if standing is Standing.WAITING else None,
            expected_wait_s=rounded_up(await estimates.roughly(conversation)),
            associate=names.get(holder) if holder else None,
        ),
        holder=holder,
        messages=[message for message in shown if message is not None],
        read_to=start + len(messages),
        more=len(messages) == PAGE,
    )


def rounded_up(estimate: Estimate | None) -> int | None:
    """To 10 s, 1 min or 5 min: a visitor is not told of every second."""
    if estimate is None or estimate.within_s is None:
        return None
    unit = next((unit for most, unit in ROUND_TO_S if estimate.within_s <= most), ROUND_TO_S[-1][1])
    return unit * max(1, -(-estimate.within_s // unit))


async def _names(store: Store, associates: Set[AssociateId | None]) -> dict[AssociateId, str]:
    async def name_of(associate: AssociateId) -> tuple[AssociateId, str]:
        try:
            return associate, (await store.views.associate(associate)).profile.name
        except NotFound:
            return associate, ""

    return dict(await asyncio.gather(*(name_of(associate) for associate in associates if associate)))
