"""The ``chat`` channel: what a visitor types becomes an `InboundMessage`.

A visitor is their session: its id is their address, and whoever holds the session's resume token is them. What else
they say is theirs to choose, so it becomes attributes with names of their own, ``page``, ``email``, ``phone`` and
``form.…``, which triage rules may believe as far as they like. Only a session whose user the site has signed is
`verified`.
"""

import re
from typing import Final

from duetime.router.errors import Invalid, TooLarge
from duetime.router.ids import EndpointId, SessionId, is_id
from duetime.router.message import Attachment, Channel, InboundMessage, Sender

TEXT_CHARS: Final = 4000
SUBJECT_CHARS: Final = 100
"""Of the first line of a message that was left, as its subject."""

_CLIENT_ID = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def to_inbound(
    *,
    endpoint: EndpointId,
    sender: Sender,
    client_id: str,
    text: str,
    attachments: tuple[Attachment, ...] = (),
    language: str | None = None,
    attributes: dict[str, str] | None = None,
) -> InboundMessage:
    """The message that a visitor sends; ``sender.address`` is their session. ``client_id`` is what their client calls
    it: the same id is the same message.

    Control characters other than tab and line end are dropped. Raises Invalid, TooLarge.
    """
    text = checked_text(text, or_files=bool(attachments))
    return InboundMessage(
        channel=Channel.CHAT,
        endpoint=endpoint,
        external_id=external_id(SessionId(sender.address), client_id),
        sender=sender,
        text=text,
        attachments=attachments,
        language=language,
        attributes=attributes or {},
    )


def left_message(
    *,
    session: SessionId,
    endpoint: EndpointId,
    client_id: str,
    address: str,
    is_proven: bool,
    name: str | None,
    text: str,
    language: str | None,
    attributes: dict[str, str],
) -> InboundMessage:
    """A message that a visitor leaves to be answered by email: it is like a mail from ``address`` to the email
    ``endpoint``, and opens nobody's history unless the address is proven. Raises Invalid, TooLarge."""
    text = checked_text(text)
    return InboundMessage(
        channel=Channel.EMAIL,
        endpoint=endpoint,
        external_id=external_id(session, client_id),
        sender=Sender(address, name, verified=is_proven, doubted=not is_proven),
        text=text,
        subject=text.strip().splitlines()[0][:SUBJECT_CHARS],
        language=language,
        attributes={**attributes, "form": "after hours"},
    )


def checked_text(text: str, *, or_files: bool = False) -> str:
    """The text as it is kept. Raises Invalid when it is empty and there are no files in its place, TooLarge."""
    if len(text) > TEXT_CHARS:
        raise TooLarge(f"A chat message has at most {TEXT_CHARS} characters.")
    text = _CONTROLS.sub("", text.replace("\r\n", "\n"))
    if not text.strip() and not or_files:
        raise Invalid("The message is empty.")
    return text


def external_id(session: SessionId, client_id: str) -> str:
    """What a message of this session is called. Raises Invalid."""
    if not _CLIENT_ID.fullmatch(client_id):
        raise Invalid("The id of a message is 1 to 64 letters, digits, '_', '.' or '-'.")
    return f"{session}:{client_id}"


def session_of(external_id: str | None) -> tuple[SessionId, str] | None:
    """The session that sent a message of this external id, and its client's id for it; None if no visitor
    did."""
    session, _, client_id = (external_id or "").partition(":")
    return (SessionId(session), client_id) if client_id and is_id("se", session) else None
