"""Conversations and events as a daemon gives them, for tests of the desk."""

import itertools
from typing import Any

from duetime.queues.records import Associate, Conversation
from duetime.router.associate import Presence, Profile
from duetime.router.conversation import State
from duetime.router.events import Event, EventType
from duetime.router.ids import AssociateId, ClassId, ContactId, ConversationId, EndpointId, MessageId, QueueId
from duetime.router.message import Author, Channel, Kind, Message

NOW = 1_700_000_000_000
ANA, BEN = AssociateId("ana"), AssociateId("ben")
CV = ConversationId("cv_00000000000000000001")
OTHER = ConversationId("cv_00000000000000000002")
_cursors = (f"{NOW}-{n}" for n in itertools.count())


def associate(presence: Presence = Presence.AVAILABLE) -> Associate:
    return Associate(
        profile=Profile(id=ANA, name="Ana Ruiz", capacity_units=6),
        presence=presence,
        wanted=presence,
        load_units=0,
        counts={},
        over_units=0,
        missed_offers=0,
        pool=None,
        kept_for=None,
        last_assigned_at=0,
    )


def conversation(state: State = State.ASSIGNED, *, version: int = 1, **fields: Any) -> Conversation:
    standing: dict[str, Any] = {
        "id": CV,
        "queue": QueueId("general"),
        "step": 0,
        "line": ClassId("general/0/chat/"),
        "base": ClassId("general/0/chat/"),
        "channel": Channel.CHAT,
        "endpoint": EndpointId("web"),
        "contact": ContactId("ct_00000000000000000001"),
        "contact_name": "Maria",
        "address": "se_00000000000000000001",
        "priority": "normal",
        "associate": ANA,
        "opened_at": NOW,
        "arrived_at": NOW,
        "due_at": NOW + 60_000,
    }
    return Conversation(state=state, version=version, **(standing | fields))


def offered(offer: int = 1, *, version: int = 1, **fields: Any) -> Conversation:
    expires_at = NOW + 30_000
    return conversation(State.OFFERED, version=version, offer=offer, offer_expires_at=expires_at, **fields)


def message(number: int, text: str = "Hello", author: Author = Author.CONTACT, kind: Kind = Kind.MESSAGE) -> Message:
    return Message(id=MessageId(f"ms_{number}"), at=NOW, author=author, text=text, kind=kind, number=number)


def event(
    type_: EventType, *, of: ConversationId | None = CV, associate: AssociateId | None = ANA, **data: Any
) -> Event:
    return Event(cursor=next(_cursors), type=type_, at=NOW, conversation=of, associate=associate, data=data)


def offer_made(offer: int = 1, *, version: int, of: ConversationId = CV, to: AssociateId = ANA) -> Event:
    return event(
        EventType.OFFER_MADE,
        of=of,
        associate=to,
        offer=offer,
        version=version,
        due_at=NOW + 60_000,
        expires_at=NOW + 30_000,
        why={"waited_ms": 5000, "step": 1, "queue": "general", "load": 2, "capacity": 6},
    )


def message_event(
    number: int, text: str = "Hello", author: Author = Author.CONTACT, kind: Kind = Kind.MESSAGE
) -> Event:
    type_ = EventType.MESSAGE_RECEIVED if author is Author.CONTACT else EventType.MESSAGE_SENT
    type_ = EventType.NOTE_ADDED if kind is Kind.NOTE else type_
    stored = {"id": f"ms_{number}", "at": NOW, "author": author.value, "text": text, "kind": kind.value}
    return event(type_, number=number, message=stored)
