"""The events of the journal: everything that happened, in order, in the past tense.

Desks, chat sessions, webhooks, reports and wallboards read these and nothing else. ``docs/frames.md`` lists what each
one carries.
"""

from enum import StrEnum
from typing import Any

import msgspec

from duetime.router.ids import AssociateId, ContactId, ConversationId, QueueId


class EventType(StrEnum):
    CONVERSATION_OPENED = "ConversationOpened"
    CONVERSATION_REOPENED = "ConversationReopened"
    CONVERSATION_QUEUED = "ConversationQueued"
    """It entered a line and waits: class, rank, step and why."""
    CONVERSATION_ASSIGNED = "ConversationAssigned"
    """An associate has it without an offer: auto-accept, taken or assigned by hand, woken."""
    CONVERSATION_TRANSFERRED = "ConversationTransferred"
    CONVERSATION_PARKED = "ConversationParked"
    CONVERSATION_WOKEN = "ConversationWoken"
    CONVERSATION_UNASSIGNED = "ConversationUnassigned"
    """Taken from an associate who left or did not answer."""
    CONVERSATION_CLOSED = "ConversationClosed"
    CONVERSATION_ERASED = "ConversationErased"
    """There is nothing of it any more; an admin wanted it so."""
    WRAP_UP_STARTED = "WrapUpStarted"
    CONVERSATION_MERGED = "ConversationMerged"
    """It stands for another one from now on."""
    CONVERSATION_SPLIT = "ConversationSplit"
    """It no longer stands for another one."""
    CONVERSATION_CHANGED = "ConversationChanged"
    """Its priority or its due times are others."""
    TARGET_AT_RISK = "TargetAtRisk"
    TARGET_BREACHED = "TargetBreached"
    OFFER_MADE = "OfferMade"
    OFFER_ACCEPTED = "OfferAccepted"
    OFFER_DECLINED = "OfferDeclined"
    OFFER_EXPIRED = "OfferExpired"
    OFFER_RESCINDED = "OfferRescinded"
    MESSAGE_RECEIVED = "MessageReceived"
    MESSAGE_SENT = "MessageSent"
    NOTE_ADDED = "NoteAdded"
    MARKS_MOVED = "MarksMoved"
    """Delivered or read up to a message number."""
    DELIVERY_CHANGED = "DeliveryChanged"
    """How far a message of ours got on its way to the contact."""
    OPTED_OUT = "OptedOut"
    """A contact wants no more messages from one of our numbers."""
    OPTED_IN = "OptedIn"
    """They may be written to again."""
    PRESENCE_CHANGED = "PresenceChanged"
    ASSOCIATE_CHANGED = "AssociateChanged"
    CONTACT_CHANGED = "ContactChanged"
    CONTACTS_MERGED = "ContactsMerged"
    """Two contacts are one person."""
    CONTACTS_PARTED = "ContactsParted"
    """They are two again."""
    CONFIG_APPLIED = "ConfigApplied"
    TOKEN_REVOKED = "TokenRevoked"  # noqa: S105


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One entry of the journal. ``cursor`` orders all events of a workspace; ``number`` those of a conversation."""

    cursor: str
    type: str
    at: int
    conversation: ConversationId | None = None
    number: int | None = None
    associate: AssociateId | None = None
    """Who holds, is offered, or just lost the conversation: the desk that shows it."""
    contact: ContactId | None = None
    queue: QueueId | None = None
    data: dict[str, Any] = {}
