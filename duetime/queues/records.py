"""What is read back from Redis, as typed records. Times are epoch milliseconds."""

import msgspec

from duetime.router.associate import Presence, Profile
from duetime.router.conversation import ParkReason, State
from duetime.router.ids import AssociateId, ClassId, ContactId, ConversationId, EndpointId, QueueId, SessionId
from duetime.router.message import Channel, Destination, Message
from duetime.router.targets import Target


class Conversation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One conversation as it stands."""

    id: ConversationId
    state: State
    version: int
    """Counts changes of state, holder, queue and line; a party that acts on an older one is refused as stale."""
    queue: QueueId
    step: int
    line: ClassId
    """The class (or personal line) in which it waits or last waited."""
    unplaced: bool = False
    """A script put it on its route; whether the calendar is open, on which its steps depend, is still to be seen."""
    base: ClassId
    """The class of the first step of its queue's route."""
    channel: Channel
    endpoint: EndpointId
    contact: ContactId
    contact_name: str | None = None
    address: str
    doubted: bool = False
    """The address may be somebody else's."""
    moved_to: Destination | None = None
    """Where the contact wrote last, if that is not where it began."""
    merged_into: ConversationId | None = None
    """The conversation that stands for this one."""
    merged: list[ConversationId] = []
    """Those for which this one stands."""
    chats: dict[SessionId, int] = {}
    """Chat sessions that have joined it, and after which message: what was said before is not theirs."""
    priority: str
    subject: str | None = None
    language: str | None = None
    attributes: dict[str, str] = {}
    associate: AssociateId | None = None
    """Who is offered it, holds it, or held it last while it is parked."""
    last_associate: AssociateId | None = None
    """Who had it before: preferred when it comes back."""
    opened_at: int
    arrived_at: int
    due_at: int
    """The earliest of the targets that are not met; `router.targets.NEVER` when nothing is owed."""
    due_first: int | None = None
    due_next: int | None = None
    due_resolution: int | None = None
    risk_first: int | None = None
    """From then on the target is at risk."""
    risk_next: int | None = None
    risk_resolution: int | None = None
    at_risk: list[Target] = []
    breached: list[Target] = []
    """Of the targets that are not met."""
    urgent: bool = False
    """It may use the capacity that is reserved."""
    boost: int = 0
    """By how many ms it goes before its due time, for its priority and its step."""
    raised: int = 0
    """And by how many more, because a target was at risk or breached."""
    events: int = 0
    """How many events the journal has of it: whoever acts on what they read is refused if there are more by now."""
    pending: list[str] = []
    """What is still to be done about targets, as ``risk:first`` or ``breach:resolution``."""
    first_answered_at: int | None = None
    resolution_since: int | None = None
    resolution_used_ms: int = 0
    paused_at: int | None = None
    """The resolution clock rests since then."""
    answered: bool = False
    """The last word is ours: nobody waits for an answer."""
    messages: int = 0
    last_message_at: int = 0
    delivered: int = 0
    """The number of the last message that reached the contact's client, and ``read`` the last one read there."""
    read: int = 0
    offer: int = 0
    """How many offers were made; the number of the open one while it is offered."""
    offer_expires_at: int | None = None
    park_reason: ParkReason | None = None
    wake_at: int | None = None
    wrap_up_until: int | None = None
    reassign_at: int | None = None
    """Its associate is offline: if they are not back by then, somebody else answers."""
    closed_at: int | None = None
    disposition: str | None = None
    override: bool = False
    """Assigned beyond the associate's capacity by a person's decision."""
    follows: ConversationId | None = None
    """The closed conversation that this one continues."""

    @property
    def destination(self) -> Destination:
        """Where answers go: to where the contact wrote last."""
        return self.moved_to or Destination(channel=self.channel, endpoint=self.endpoint, address=self.address)


class Associate(msgspec.Struct, frozen=True, kw_only=True):
    """One associate as they stand: profile, presence and load."""

    profile: Profile
    presence: Presence
    wanted: Presence
    """What the person chose; ``presence`` is offline while no desk and no lease carries it."""
    load_units: int
    counts: dict[Channel, int]
    over_units: int
    """How much of the load is beyond the capacity by a recorded decision."""
    missed_offers: int
    pool: str | None
    kept_for: ConversationId | None
    """The conversation for which what frees next is kept."""
    last_assigned_at: int


class QueueFigures(msgspec.Struct, frozen=True, kw_only=True):
    """One queue at a glance."""

    queue: QueueId
    waiting: int
    oldest_arrived_at: int | None
    next_due_at: int | None
    """The due time of the conversation to be served next."""
    routable_associates: int
    """Associates who could take a conversation of this queue at its first step now, on the channel for which most
    of them have room."""


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an inbound message."""

    conversation: ConversationId
    contact: ContactId
    message: str
    number: int
    duplicate: bool
    opened: bool


class DeskSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a desk shows, as of ``cursor``: every later event changes it."""

    cursor: str
    associate: Associate
    conversations: list[Conversation]
    """Offered, assigned, in wrap-up or parked with this associate; ordered by due time."""
    histories: dict[ConversationId, list[Message]]
    """The newest messages of each of them, oldest first."""


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """One page of conversations; ``cursor`` continues after it, None at the end."""

    conversations: list[Conversation]
    cursor: str | None


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    id: ContactId
    name: str | None
    addresses: list[str]
    """``channel:address`` each."""
    proven: list[str]
    """Those of them that the channel, or a site of ours, has proven to be theirs."""
    doubted: bool
    """The address may be somebody else's: nothing proved who wrote from it."""
    attributes: dict[str, str]
    created_at: int
    version: int
    merged_into: ContactId | None = None
    """The contact who turned out to be the same person."""
