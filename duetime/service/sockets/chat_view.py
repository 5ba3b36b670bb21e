"""What a visitor may see of their conversation: how it stands and its messages, and never a note."""

import asyncio
from collections.abc import Mapping, Set
from typing import Final

import msgspec

from duetime.channels.chat import session_of
from duetime.queues.chat_sessions import ChatSession
from duetime.queues.records import Conversation
from duetime.queues.store import Store
from duetime.router.conversation import State
from duetime.router.errors import NotFound
from duetime.router.ids import AssociateId, ConversationId, SessionId
from duetime.router.message import Channel, Message
from duetime.service.chat.shown_files import shown_files
from duetime.service.estimates import Estimate, Estimates
from duetime.service.links import LinkSigner
from duetime.service.sockets.chat_frames import ChatFile, ChatMessage, ChatState, Standing

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
    message: Message,
    conversation: ConversationId,
    session: SessionId,
    names: Mapping[AssociateId, str],
    files: tuple[ChatFile, ...] = (),
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
        files=files,
    )


async def theirs_after(store: Store, conversation: Conversation, session: ChatSession) -> int | None:
    """After which message the conversation is this session's to read; None: it is not at all. One that began elsewhere
    is theirs from when they joined it, and the whole of it only if their site has proven who they are. An external id
    that looks like the session's proves nothing."""
    if conversation.channel is Channel.CHAT and conversation.address == session.id:
        return 0
    joined = conversation.chats.get(session.id)
    if session.identity is None:
        return joined
    contact = await store.contacts.by_address(Channel.CHAT.value, session.id)
    return 0 if contact is not None and contact.id == conversation.contact else joined


async def newest_conversation(store: Store, session: ChatSession) -> ConversationId | None:
    """The newest conversation of this session, open or closed."""
    contact = await store.contacts.by_address(Channel.CHAT.value, session.id)
    if contact is None:
        return None
    newest = await store.views.newest_on(contact.id, session.endpoint)
    found = await store.views.find([newest]) if newest else []
    if not found or await theirs_after(store, found[0], session) is None:
        # Another visitor turned out to be the same person, and wrote later: this one's browser shows what was its own.
        found = (await store.views.conversations(contact=contact.id, channel=Channel.CHAT, limit=20)).conversations
        found = [one for one in found if one.address == session.id][:1]
    return found[0].id if found else None


async def look(
    store: Store,
    estimates: Estimates,
    links: LinkSigner,
    session: ChatSession,
    conversation_id: ConversationId,
    after: int | None,
) -> ChatView | None:
    """The conversation, or the one that stands for it, and a page of its messages after that number; None: the newest.
    None if it is not this session's. Raises ServerLost."""
    try:
        conversation = await store.views.standing(conversation_id)
    except NotFound:
        return None
    begins = await theirs_after(store, conversation, session)
    if begins is None:
        return None
    if conversation.id != conversation_id or after is None:
        after = conversation.messages - RECENT_MESSAGES
    conversation_id, start = conversation.id, max(begins, after)
    messages = await store.views.messages(conversation_id, after=start, limit=PAGE)
    holder = conversation.associate if conversation.state in ANSWERED else None
    names = await _names(store, {holder, *(message.associate for message in messages)})
    now = store.clock()
    shown = (
        visible(message, conversation_id, session.id, names, shown_files(links, message.attachments, now))
        for message in messages
    )
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
