"""What goes in and out of every channel. A channel adapter turns bytes into an `InboundMessage` and an
`OutboundMessage` into bytes; everything between them is the same for all channels."""

from enum import StrEnum

import msgspec

from duetime.router.ids import AssociateId, ConversationId, EndpointId, MessageId

TEXT_LIMIT = 64_000
"""The longest text of one message, in characters."""


class Channel(StrEnum):
    API = "api"
    CHAT = "chat"
    EMAIL = "email"
    SMS = "sms"


class Author(StrEnum):
    CONTACT = "contact"
    ASSOCIATE = "associate"
    SYSTEM = "system"


class Kind(StrEnum):
    MESSAGE = "message"
    """Seen by the contact."""
    NOTE = "note"
    """Seen by associates only."""
    BRIEFING = "briefing"
    """A note that hands a conversation over."""


class Sender(msgspec.Struct, frozen=True):
    """Who wrote it, as the channel knows them."""

    address: str
    """The address on the channel: an email, an E.164 number, a chat identity."""
    name: str | None = None
    verified: bool = False
    """The channel proved that the address is theirs (signed chat identity, aligned DMARC, a provider's number)."""


class InboundMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One message from a contact, as every channel adapter gives it."""

    channel: Channel
    endpoint: EndpointId
    """Which of our addresses it came to."""
    external_id: str
    """What the channel calls this message; the same id on the same endpoint is the same message."""
    sender: Sender
    text: str
    subject: str | None = None
    language: str | None = None
    conversation: ConversationId | None = None
    """The conversation that its reference names, when the reference is proven."""
    attributes: dict[str, str] = {}


class OutboundMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One message to a contact, for the adapter of the endpoint to send."""

    id: MessageId
    conversation: ConversationId
    channel: Channel
    endpoint: EndpointId
    to: str
    text: str
    subject: str | None = None


class Message(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One entry of a conversation's history, as it is stored and shown. ``number`` counts from 1 in its
    conversation and is given by the order in which Redis took them."""

    id: MessageId
    at: int
    author: Author
    text: str
    kind: Kind = Kind.MESSAGE
    name: str | None = None
    associate: AssociateId | None = None
    external_id: str | None = None
    number: int = 0
