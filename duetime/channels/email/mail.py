"""What was understood of a mail."""

from enum import StrEnum

import msgspec


class Machine(StrEnum):
    """Whether a program wrote the mail, and why."""

    NONE = "none"
    BOUNCE = "bounce"
    """A mail of ours, or under our name, did not arrive."""
    AUTO_REPLY = "auto_reply"
    """An answer without a person, such as an out-of-office notice."""
    AUTO = "auto"
    """Made by a program without being an answer, such as a reminder."""
    LIST = "list"
    """Sent to the members of a list."""
    FEEDBACK_REPORT = "feedback_report"
    """A provider tells that a recipient called a mail spam."""


class Attachment(msgspec.Struct, frozen=True):
    """A file of a mail. ``name`` is the sender's label for people and may look like a path: never open one by it."""

    name: str | None
    content_type: str
    content_id: str | None
    """What ``cid:`` links in the HTML mean, without the brackets."""
    inline: bool
    """Shown within the text rather than beside it."""
    content: bytes


class Mail(msgspec.Struct, frozen=True, kw_only=True):
    """One mail. Ids are without angle brackets, addresses in lower case, texts with ``\\n`` as line end."""

    from_addr: str | None
    """None when the mail does not name exactly one sender: see ``quarantine``."""
    from_name: str | None
    reply_to: tuple[str, ...]
    to: tuple[str, ...]
    cc: tuple[str, ...]
    subject: str
    message_id: str | None
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    date: int | None
    """When the sender says to have written it, epoch ms."""
    text: str
    """The whole text; of a mail in HTML only, what it shows."""
    html: str | None
    """Sanitised. Remote images have their address in ``data-remote-src``, so that showing it asks nobody."""
    reply_text: str
    """The text without what it quotes and without signature: a hint for display."""
    attachments: tuple[Attachment, ...]
    machine: Machine
    failed_address: str | None
    """Of a bounce: whom the mail did not reach."""
    delayed: bool
    """Of a bounce: the server is still trying."""
    authenticated: bool
    """Our own server vouches for the domain of ``from_addr`` (aligned DMARC pass)."""
    answerable: bool
    """Nothing in the mail forbids an automatic answer (RFC 3834)."""
    list_id: str | None
    body_hash: str
    """SHA-256 of body and From, in hex: mails of one Message-ID that differ here are two mails."""
    quarantine: str | None
    """A sentence why the mail has no sender."""
    cut: tuple[str, ...]
    """Sentences about what was not read because it went beyond a limit."""
