"""What chats without a socket send and get: ``POST /v1/chat/poll`` and ``POST /v1/chat/send``."""

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from duetime.config.fields import Slug
from duetime.service.sockets.chat_frames import ChatFrame, ChatState, Hello, Welcome

POLL_MOST_S: Final = 25
"""Proxies often end what is silent for 30 seconds."""


class Poll(Hello, frozen=True, tag="hello"):
    """What takes the place of the socket where there is none: a hello, answered by what there is to show since, at
    once or when there is something."""

    state: ChatState | None = None
    """How the conversation stands, as the client was told last."""
    wait_s: Annotated[int, Meta(ge=0, le=POLL_MOST_S)] = 0
    """How long the answer may take when there is nothing new; 0 asks for a welcome."""


class Polled(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a poll."""

    welcome: Welcome | None
    """For a new session, and where it was asked for."""
    frames: list[msgspec.Raw]
    """What the socket would have sent, in its order."""


class Batch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Frames of a visitor who has no socket."""

    endpoint: Slug
    resume_token: Annotated[str, Meta(max_length=100)]
    frames: Annotated[list[ChatFrame], Meta(min_length=1, max_length=20)]


class Results(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a batch."""

    results: list[msgspec.Raw]
    """Of those frames that have an id, in their order."""
