"""The ``chat`` channel: what a visitor types becomes an `InboundMessage`.

A visitor is their session: its id is their address, and whoever holds the session's resume token is them.
Nothing else about them is proven, so the name is theirs to choose, and they set no attributes: triage rules
believe those.
"""

import re
from typing import Final

from duetime.router.errors import Invalid, TooLarge
from duetime.router.ids import EndpointId, SessionId, is_id
from duetime.router.message import Channel, InboundMessage, Sender

TEXT_CHARS: Final = 4000

_CLIENT_ID = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def to_inbound(
    *,
    session: SessionId,
    endpoint: EndpointId,
    client_id: str,
    text: str,
    name: str | None = None,
    language: str | None = None,
) -> InboundMessage:
    """The message that a visitor sends. ``client_id`` is what their client calls it: the same id is the same
    message.

    Control characters other than tab and line end are dropped. Raises Invalid, TooLarge.
    """
    if not _CLIENT_ID.fullmatch(client_id):
        raise Invalid("The id of a message is 1 to 64 letters, digits, '_', '.' or '-'.")
    if len(text) > TEXT_CHARS:
        raise TooLarge(f"A chat message has at most {TEXT_CHARS} characters.")
    text = _CONTROLS.sub("", text.replace("\r\n", "\n"))
    if not text.strip():
        raise Invalid("The message is empty.")
    return InboundMessage(
        channel=Channel.CHAT,
        endpoint=endpoint,
        external_id=f"{session}:{client_id}",
        sender=Sender(session, name),
        text=text,
        language=language,
    )


def session_of(external_id: str | None) -> tuple[SessionId, str] | None:
    """The session that sent a message of this external id, and its client's id for it; None if no visitor
    did."""
    session, _, client_id = (external_id or "").partition(":")
    return (SessionId(session), client_id) if client_id and is_id("se", session) else None
