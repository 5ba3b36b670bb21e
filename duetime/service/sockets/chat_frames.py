"""The frames of the visitors' socket, ``/v1/chat``."""

from enum import StrEnum
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from duetime.config.fields import Language, Slug
from duetime.router.ids import ConversationId
from duetime.router.message import TEXT_LIMIT, Author
from duetime.service.attachments import FILES_MOST, SentFile
from duetime.service.sockets.frames import ClientFrame, FrameId, MessageNumber, ServerFrame

PAGE_CHARS: Final = 2000
VisitorName = Annotated[str, Meta(pattern=r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]{1,80}(?![\s\S])")]
Email = Annotated[str, Meta(min_length=1, max_length=320)]


class Hello(ClientFrame, frozen=True):
    """The first frame: who is there, and what they have seen."""

    endpoint: Slug
    resume_token: Annotated[str, Meta(max_length=100)] | None = None
    """From an earlier `Welcome`; None begins a new session."""
    conversation: Annotated[str, Meta(max_length=40)] | None = None
    """What the earlier welcome or state named, to which ``after`` belongs."""
    after: MessageNumber = 0
    """The number of the last message seen."""
    name: VisitorName | None = None
    """What the visitor calls themself."""
    language: Language | None = None
    identity: Annotated[str, Meta(max_length=4000)] | None = None
    """Who they are, signed by the site: a JWT, or ``<user id>:<HMAC>``."""
    form: Annotated[dict[Slug, Annotated[str, Meta(max_length=1000)]], Meta(max_length=10)] | None = None
    """What they answered to the endpoint's form, by the names of its fields."""
    page: Annotated[str, Meta(pattern=r"^https?://[^\s\x00-\x1f\x7f]+(?![\s\S])", max_length=PAGE_CHARS)] | None = None
    """The URL of the page on which they chat."""


class SendMessage(ClientFrame, frozen=True, tag="message"):
    """A message to whoever answers. The result comes when it is stored for good: ``number`` in
    ``conversation``."""

    id: FrameId
    """Names the message, too: the same id again, for example after a reconnect, is the same message."""
    text: Annotated[str, Meta(max_length=TEXT_LIMIT)]
    """Empty only beside files."""
    files: Annotated[tuple[SentFile, ...], Meta(max_length=FILES_MOST)] = ()
    """What sending them up gave."""


class Transcript(ClientFrame, frozen=True):
    """Send what was said in this conversation to this address."""

    id: FrameId
    email: Email


class LeaveMessage(ClientFrame, frozen=True):
    """A message to be answered by email. Nothing of it is shown in the chat."""

    id: FrameId
    """Names the message, too: the same id again is the same message."""
    email: Email
    text: Annotated[str, Meta(max_length=TEXT_LIMIT)]
    name: VisitorName | None = None


class Typing(ClientFrame, frozen=True):
    """The visitor writes. Not answered."""


class Delivered(ClientFrame, frozen=True):
    """Messages up to this number have reached the client. Not answered."""

    number: MessageNumber


class Read(ClientFrame, frozen=True):
    """The visitor has seen the messages up to this number. Not answered."""

    number: MessageNumber


class Ping(ClientFrame, frozen=True):
    """Is the daemon there?"""

    id: FrameId


ChatRequest = SendMessage | Transcript | LeaveMessage | Ping
"""What is answered by a result."""
ChatFrame = ChatRequest | Typing | Delivered | Read

hello_decoder: Final = msgspec.json.Decoder(Hello)
frame_decoder: Final = msgspec.json.Decoder(ChatFrame)


class Standing(StrEnum):
    """How a conversation stands, as far as it concerns the visitor."""

    WAITING = "waiting"
    """Nobody has it yet; ``position`` says how many answers from now it is theirs: 1 is next."""
    ASSIGNED = "assigned"
    """``associate`` answers."""
    CLOSED = "closed"
    """It is over. Another message reopens it or begins a new one."""


class ChatState(ServerFrame, frozen=True, tag="state", omit_defaults=True):
    """How the visitor's conversation stands; sent when it has changed."""

    conversation: ConversationId
    state: Standing
    position: int | None = None
    expected_wait_s: int | None = None
    """Four of five are answered within this, rounded up; not there while it is not known."""
    associate: str | None = None
    """The name of whoever answers."""


class ChatFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a message, with links that begin at this server's address and end after a while."""

    name: str
    content_type: str
    size_bytes: int
    link: str
    """Saves it."""
    image: str | None
    """Shows it on the page that embeds the chat, if it is a picture: drawn anew."""


class ChatMessage(ServerFrame, frozen=True, tag="message", omit_defaults=True):
    """A message of the conversation, the visitor's own included. Numbers grow, but not always by one."""

    conversation: ConversationId
    number: int
    at: int
    author: Author
    text: str
    name: str | None = None
    client_id: str | None = None
    """What this visitor's client called it."""
    files: tuple[ChatFile, ...] = ()


class Welcome(ServerFrame, frozen=True):
    """The answer to the hello."""

    resume_token: str
    """Keep it: it is what makes the visitor the same person next time."""
    resumed: bool
    """False: this is a new session, although another one may have been asked for."""
    identified: bool
    """The site signed who the visitor is."""
    contact_name: str | None
    """What the visitor is called, as far as they or the site said so."""
    endpoint_name: str
    conversation: ChatState | None
    """The newest conversation of this session; None: nothing was said yet."""
    messages: list[ChatMessage]
    """Those after the one seen, or the newest `RECENT_MESSAGES`; oldest first. More may follow as frames."""


class Sent(msgspec.Struct, frozen=True):
    """The data of the result of a message: where it is stored."""

    conversation: ConversationId
    number: int


class Typed(ServerFrame, frozen=True, tag="typing"):
    """Whoever answers is writing; it holds for about five seconds."""
