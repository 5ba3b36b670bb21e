"""What the frames of both sockets have in common: one JSON object each, with a ``type``.

A request carries an ``id`` and is answered by a ``result`` with the same id. ``docs/frames.md`` describes
every frame of `desk_frames` and `chat_frames`.
"""

import re
from typing import Annotated, Any, Final, TypeVar

import msgspec
from msgspec import UNSET, Meta, UnsetType

from duetime.router.errors import Refusal
from duetime.router.ids import ConversationId

FrameId = Annotated[str, Meta(min_length=1, max_length=64)]
ConversationRef = Annotated[
    ConversationId,
    Meta(pattern=r"^cv_[0-9a-hjkmnp-tv-z]{20}(?![\s\S])", description="the id of a conversation"),
]
MessageNumber = Annotated[int, Meta(ge=0, le=2**53)]

CLOSE_BROKEN: Final = 1011
"""A fault of the daemon, which its log tells of: connect again, with the cursor."""
CLOSE_GOING: Final = 1012
"""The daemon restarts: connect again, with the cursor."""
CLOSE_RULES: Final = 1008
"""No hello in time, or one malformed frame after the other."""
CLOSE_LATER: Final = 1013
"""Something behind the daemon is away: connect again a little later."""
CLOSE_UNKNOWN: Final = 4001
"""The ticket, token or endpoint is not, or no longer, good for this."""
CLOSE_SLOW: Final = 4008
"""The client reads too slowly: connect again, with the cursor."""
CLOSE_MANY: Final = 4029
"""Too many connections of the same party."""


def frame_type(class_name: str) -> str:
    """``AcceptOffer`` is ``accept_offer`` on the wire."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", class_name).lower()


class ClientFrame(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type", tag=frame_type
):
    """A frame from a client."""


class ServerFrame(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag=frame_type):
    """A frame from the daemon."""


class Result(ServerFrame, frozen=True):
    """The answer to the request with this ``id``: ``data`` if it was carried out, else ``error``."""

    id: str
    ok: bool
    data: Any = UNSET
    error: dict[str, Any] | UnsetType = UNSET
    """``code``, ``title``, ``detail``, and facts such as ``retry_after_s``."""


class Error(ServerFrame, frozen=True):
    """Something was wrong that belongs to no request: a malformed frame, a refused hello."""

    error: dict[str, Any]


class Goodbye(ServerFrame, frozen=True):
    """The daemon is about to close the connection."""

    reason: str


class Malformed(Exception):
    """A frame that is none of those the socket takes. ``id`` is its request id, where one can be read."""

    def __init__(self, detail: str, id_: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.id = id_


class _Envelope(msgspec.Struct):
    id: FrameId | None = None


_Frame = TypeVar("_Frame")
_envelopes: Final = msgspec.json.Decoder(_Envelope)
_encoder: Final = msgspec.json.Encoder()
encode: Final = _encoder.encode


def decode(decoder: msgspec.json.Decoder[_Frame], raw: str) -> _Frame:
    """The frame in a text message. Raises Malformed."""
    try:
        return decoder.decode(raw)
    except msgspec.ValidationError as error:
        raise Malformed(f"{error}.", _id_of(raw)) from None
    except (ValueError, RecursionError) as error:
        raise Malformed(f"This is not JSON: {error}.") from None


def _id_of(raw: str) -> str | None:
    try:
        return _envelopes.decode(raw).id
    except (ValueError, RecursionError):
        return None


def framed(text: bytes) -> bytes:
    """A text message as a server sends it: one frame of RFC 6455, without a mask."""
    size = len(text)
    if size < 126:
        return b"\x81%c%b" % (size, text)
    if size < 1 << 16:
        return b"\x81\x7e%b%b" % (size.to_bytes(2, "big"), text)
    return b"\x81\x7f%b%b" % (size.to_bytes(8, "big"), text)


def done(id_: str, data: object) -> bytes:
    return encode(Result(id=id_, ok=True, data=data))


def refused(id_: str | None, refusal: Refusal) -> bytes:
    """A refusal as the answer to request ``id_``, or on its own."""
    error = {"code": refusal.code, "title": refusal.title, "detail": refusal.detail, **refusal.about}
    return encode(Error(error=error) if id_ is None else Result(id=id_, ok=False, error=error))
