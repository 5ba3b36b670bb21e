"""What goes in and out of every channel. A channel adapter turns bytes into an `InboundMessage` and an
`OutboundMessage` into bytes; everything between them is the same for all channels."""

from enum import StrEnum

import msgspec

from duetime.router.ids import AssociateId, ConversationId, EndpointId, MessageId, QueueId

TEXT_LIMIT = 64_000
"""The longest text of one message, in characters."""


class Channel(StrEnum):
    API = "api"
    CHAT = "chat"
    EMAIL = "email"
    SMS = "sms"

    @property
    def is_delivered(self) -> bool:
        """We bring our messages to the contact; on the other channels their client fetches them."""
        return self in (Channel.EMAIL, Channel.SMS)


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
    NOTICE = "notice"
    """Seen by the contact, and no answer: an acknowledgement."""
    TRANSCRIPT = "transcript"
    """The conversation so far, sent by mail to who asked for it; its own text only says so."""

    @property
    def is_seen_by_contact(self) -> bool:
        return self in (Kind.MESSAGE, Kind.NOTICE)


class DeliveryState(StrEnum):
    """How far a message of ours got. It only ever moves on."""

    QUEUED = "queued"
    SENT = "sent"
    """The next server or the provider has it."""
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    """Given up, or returned; a person can send it again."""


class Attachment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A file of a message."""

    key: str
    """Where it lies in the attachment store."""
    name: str
    content_type: str
    size_bytes: int
    content_id: str | None = None
    """By which the HTML of the message shows it."""


class Join(StrEnum):
    """Which conversation a message may join."""

    ANY = "any"
    """The one that it names, else another one of the contact's."""
    OPEN = "open"
    """The one that it names while that is open. It is about something else: once that is closed, another one opens that
    follows it."""
    NONE = "none"
    """One of its own: it refers to something of ours that is not proven."""


class Sender(msgspec.Struct, frozen=True):
    """Who wrote it, as the channel knows them."""

    address: str
    """The address on the channel: an email, an E.164 number, a chat identity."""
    name: str | None = None
    verified: bool = False
    """The channel proved that the address is theirs (signed chat identity, aligned DMARC, a provider's number)."""
    doubted: bool = False
    """The address may be somebody else's, as in a mail: it stands for a contact of its own, and opens nobody's
    history."""


class Destination(msgspec.Struct, frozen=True, kw_only=True):
    """Where a message of ours goes."""

    channel: Channel
    endpoint: EndpointId
    """Which of our addresses sends it."""
    address: str


class InboundMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One message from a contact, as every channel adapter gives it."""

    channel: Channel
    endpoint: EndpointId
    """Which of our addresses it came to."""
    external_id: str
    """What the channel calls this message; the same id on the same endpoint is the same message."""
    sender: Sender
    text: str
    reference: str | None = None
    """What the other side calls this message where something refers to it: a mail's Message-ID."""
    subject: str | None = None
    language: str | None = None
    reply: str | None = None
    """The text without what it quotes, as far as that could be told."""
    html: str | None = None
    """Where the message as HTML lies in the attachment store."""
    raw: str | None = None
    """Where it lies there as it came, for as long as the settings keep that."""
    attachments: tuple[Attachment, ...] = ()
    conversation: ConversationId | None = None
    """The conversation that its reference names, when the reference is proven."""
    is_participant: bool = False
    """Only the contact of that conversation can have its reference, so they wrote it, whatever their address."""
    remark: str | None = None
    """What associates should know of it, in sentences: a file that was not kept, a part that never came."""
    shared: bool = False
    """The same message may come to several endpoints of ours, and is one all the same."""
    join: Join = Join.ANY
    attributes: dict[str, str] = {}


class OutboundMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One message to a contact, for the adapter of the endpoint to send."""

    id: MessageId
    conversation: ConversationId
    channel: Channel
    endpoint: EndpointId
    queue: QueueId
    number: int
    """Its place in the conversation, from 1."""
    at: int
    to: str
    to_name: str | None = None
    text: str
    kind: Kind = Kind.MESSAGE
    subject: str | None = None
    associate: AssociateId | None = None
    """Who wrote it; None: the system, or somebody who supervises."""
    heard_at: int | None = None
    """When the contact wrote last before it, if that was lately."""
    references: tuple[str, ...] = ()
    """What the channel calls the messages before it, oldest first."""
    attachments: tuple[Attachment, ...] = ()


class Message(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One entry of a conversation's history, as it is stored and shown. ``number`` counts from 1 in its
    conversation and is given by the order in which Redis took them."""

    id: MessageId
    at: int
    author: Author
    text: str
    kind: Kind = Kind.MESSAGE
    reply: str | None = None
    """The text without what it quotes; a hint for display."""
    html: str | None = None
    """Where the message as HTML lies in the attachment store."""
    raw: str | None = None
    """Where it lies there as it came, for as long as the settings keep that."""
    attachments: tuple[Attachment, ...] = ()
    name: str | None = None
    associate: AssociateId | None = None
    external_id: str | None = None
    reference: str | None = None
    """What the other side calls it where something refers to it: a mail's Message-ID."""
    remark: str | None = None
    """What associates should know of it, in sentences: a file that was not kept, a part that never came."""
    number: int = 0
