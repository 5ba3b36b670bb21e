"""The frames of the associates' socket, ``/v1/desk``."""

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from duetime.queues.records import Associate, Conversation
from duetime.router.associate import Presence
from duetime.router.events import Event
from duetime.router.ids import AssociateId, ConversationId, QueueId
from duetime.router.message import TEXT_LIMIT, Author, Message
from duetime.service.attachments import FILES_MOST, SentFile
from duetime.service.sockets.frames import (
    ClientFrame,
    ConversationRef,
    FrameId,
    MessageNumber,
    ServerFrame,
)

Cursor = Annotated[str, Meta(pattern=r"^[0-9]{1,16}-[0-9]{1,16}(?![\s\S])", description="a cursor of the journal")]
Text = Annotated[str, Meta(min_length=1, max_length=TEXT_LIMIT)]
ClientId = Annotated[str, Meta(min_length=1, max_length=64)]
Label = Annotated[str, Meta(min_length=1, max_length=200)]
AssociateRef = Annotated[AssociateId, Meta(min_length=1, max_length=40)]
QueueRef = Annotated[QueueId, Meta(min_length=1, max_length=40)]
PriorityName = Annotated[str, Meta(min_length=1, max_length=40)]
Version = Annotated[int, Meta(ge=0, le=2**53)]
EpochMs = Annotated[int, Meta(ge=0, le=2**53)]


class Hello(ClientFrame, frozen=True):
    """The first frame: who connects, and up to where they know everything."""

    ticket: Annotated[str, Meta(min_length=1, max_length=200)]
    """From ``POST /v1/desk/tickets``; good once, for a few seconds."""
    cursor: Cursor | None = None
    """The cursor of the last frame that carried one; None asks for a snapshot."""


class Request(ClientFrame, frozen=True):
    """A frame that is answered by a `Result` with the same ``id``."""

    id: FrameId


class SetPresence(Request, frozen=True):
    presence: Presence
    associate: AssociateRef | None = None
    """Whose; a supervisor may name somebody else. None: the caller's."""


class AcceptOffer(Request, frozen=True):
    conversation: ConversationRef
    offer: Annotated[int, Meta(ge=1)]


class DeclineOffer(Request, frozen=True):
    conversation: ConversationRef
    offer: Annotated[int, Meta(ge=1)]
    reason: Label | None = None


class Reply(Request, frozen=True):
    """A message to the contact."""

    conversation: ConversationRef
    text: Text
    client_id: ClientId | None = None
    """What the client calls this reply: sent again, for example after a reconnect, it is the same reply."""
    files: Annotated[tuple[SentFile, ...], Meta(max_length=FILES_MOST)] = ()
    """What ``POST /v1/conversations/{conversation}/attachments`` gave."""


class AddNote(Request, frozen=True):
    """A note that associates see and the contact does not."""

    conversation: ConversationRef
    text: Text
    client_id: ClientId | None = None


class Park(Request, frozen=True):
    conversation: ConversationRef
    wake_at: EpochMs | None = None
    """When it comes back; None: when the contact writes."""
    version: Version | None = None


class Wake(Request, frozen=True):
    conversation: ConversationRef
    version: Version | None = None


class Close(Request, frozen=True):
    conversation: ConversationRef
    disposition: Label | None = None
    version: Version | None = None


class FinishWrapUp(Request, frozen=True):
    conversation: ConversationRef
    disposition: Label | None = None


class Transfer(Request, frozen=True):
    """To a queue or to an associate, with a briefing for whoever gets it."""

    conversation: ConversationRef
    queue: QueueRef | None = None
    associate: AssociateRef | None = None
    briefing: Text | None = None
    version: Version | None = None


class SetPriority(Request, frozen=True):
    """Another priority, with its place in the line and its due times."""

    conversation: ConversationRef
    priority: PriorityName
    version: Version | None = None


class Merge(Request, frozen=True):
    """The conversation stands for another one as well: both are one matter of one person."""

    conversation: ConversationRef
    other: ConversationRef
    version: Version | None = None


class Split(Request, frozen=True):
    """Undoes a merge: the other one goes on for itself, where it was."""

    conversation: ConversationRef
    other: ConversationRef


class Assign(Request, frozen=True):
    """Take a conversation by hand, or give it to somebody."""

    conversation: ConversationRef
    associate: AssociateRef | None = None
    """None: the caller."""
    override: bool = False
    """Beyond the associate's capacity, on the record; supervisors only."""
    version: Version | None = None


class History(Request, frozen=True):
    """The conversation as it stands, and its messages with numbers above ``after``."""

    conversation: ConversationRef
    after: MessageNumber = 0
    limit: Annotated[int, Meta(ge=1, le=200)] = 100


class Ping(Request, frozen=True):
    """Is the daemon there? Answered with the cursor up to which this connection has been told everything."""


class Typing(ClientFrame, frozen=True):
    """The associate writes. Not answered; shown to the visitor and to the associate's other desks."""

    conversation: ConversationRef


DeskRequest = (
    SetPresence
    | AcceptOffer
    | DeclineOffer
    | Reply
    | AddNote
    | Park
    | Wake
    | Close
    | FinishWrapUp
    | Transfer
    | SetPriority
    | Assign
    | Merge
    | Split
    | History
)
DeskFrame = DeskRequest | Ping | Typing

hello_decoder: Final = msgspec.json.Decoder(Hello)
frame_decoder: Final = msgspec.json.Decoder(DeskFrame)


class DeskConversation(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation with messages of it, oldest first: in a snapshot the newest ones."""

    conversation: Conversation
    messages: list[Message]


class Snapshot(ServerFrame, frozen=True):
    """Everything this desk shows, as of ``cursor``; every later event follows."""

    cursor: str
    associate: Associate | None
    """None on a supervisor's connection that answers no conversations itself."""
    conversations: list[DeskConversation]


class Resumed(ServerFrame, frozen=True):
    """The daemon goes on after the cursor of the hello: what was missed follows, then what happens."""

    cursor: str


class EventFrame(ServerFrame, frozen=True, tag="event"):
    """Something happened."""

    cursor: str
    event: Event


class Typed(ServerFrame, frozen=True, tag="typing", omit_defaults=True):
    """Somebody writes in a conversation; it holds for about five seconds."""

    conversation: ConversationId
    author: Author
    associate: AssociateId | None = None
    """Who, when it is an associate."""


class Pong(msgspec.Struct, frozen=True):
    """The data of the result of a `Ping`."""

    cursor: str
