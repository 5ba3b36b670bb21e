"""Composing: a message of ours becomes the bytes of a mail. Pure: the same message gives the same bytes, so a mail
that is sent again is the same mail."""

from base64 import b64encode
from binascii import b2a_qp
from collections.abc import Mapping
from hashlib import sha256
from typing import Final

import msgspec

from duetime.channels.email.compose_headers import (
    CRLF,
    address_header,
    checked_address,
    date_header,
    header_lines,
    reply_subject,
    text_header,
    thread_headers,
    wire_address,
)
from duetime.channels.email.compose_text import as_html, tidy_text
from duetime.channels.email.tokens import ReplyTokens
from duetime.router.message import Attachment, Kind, OutboundMessage

_LINE: Final = 76
"""Characters of base 64 in a line (RFC 2045)."""

Headers = list[tuple[str, str]]


class Ours(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a mail of ours comes from."""

    address: str
    name: str
    plus_addressing: bool = True
    """Whether replies may be asked for at ``address`` with a token in it."""
    signature: str | None = None
    """Stands below the text, its places filled."""


class Composed(msgspec.Struct, frozen=True, kw_only=True):
    """A mail, ready to be sent."""

    raw: bytes
    """Lines end in CRLF and have at most 998 bytes; 7 bit, unless an address needs SMTPUTF8."""
    message_id: str
    """Without angle brackets."""
    sender: str
    """Of the envelope; empty for a notice, so that nothing answers it."""
    recipient: str
    """Of the envelope."""


def compose(
    message: OutboundMessage, ours: Ours, tokens: ReplyTokens, contents: Mapping[str, bytes] | None = None
) -> Composed:
    """The mail of a message. ``contents`` are the bytes of its attachments by their keys.

    Raises Invalid when the address it goes to is none; KeyError when contents lack an attachment. Takes a second for
    25 MB: call it in a thread.
    """
    to = checked_address(message.to)
    domain = wire_address(ours.address).rpartition("@")[2]
    message_id = tokens.message_id(message.conversation, message.number, message.to, domain)
    reply_to = tokens.reply_address(ours.address, message.conversation, message.to)
    notice = message.kind is Kind.NOTICE
    headers: Headers = [
        ("Date", date_header(message.at)),
        ("From", address_header("From", ours.name, ours.address)),
        ("To", address_header("To", message.to_name, to)),
        *([("Reply-To", wire_address(reply_to))] if ours.plus_addressing else []),
        ("Subject", text_header("Subject", reply_subject(message.subject, ours.name))),
        ("Message-ID", f"<{message_id}>"),
        *thread_headers(message.references),
        *([("Auto-Submitted", "auto-replied"), ("X-Auto-Response-Suppress", "All")] if notice else []),
        ("MIME-Version", "1.0"),
    ]
    body = _body(message, ours.signature, contents or {})
    return Composed(
        raw=header_lines(headers) + body,
        message_id=message_id,
        sender="" if notice else wire_address(ours.address),
        recipient=wire_address(to),
    )


def _body(message: OutboundMessage, signature: str | None, contents: Mapping[str, bytes]) -> bytes:
    text = tidy_text(message.text)
    below = tidy_text(signature) if signature else ""
    plain = f"{text}\n\n-- \n{below}\n" if below else f"{text}\n"
    # "=_" never occurs in quoted-printable or base 64, so no boundary made with it does in what it separates.
    mark = sha256(message.id.encode()).hexdigest()[:24]
    shown = _multipart("alternative", f"=_a{mark}", [_text("plain", plain), _text("html", as_html(text, below))])
    if not message.attachments:
        return shown
    files = [_file(attachment, contents[attachment.key]) for attachment in message.attachments]
    return _multipart("mixed", f"=_m{mark}", [shown, *files])


def _multipart(kind: str, boundary: str, parts: list[bytes]) -> bytes:
    """A part made of parts, with its headers."""
    headers = header_lines([("Content-Type", f'multipart/{kind}; boundary="{boundary}"')])
    between = f"--{boundary}".encode() + CRLF
    end = f"--{boundary}--".encode() + CRLF
    return headers + CRLF + b"".join(between + part + CRLF for part in parts) + end


def _text(kind: str, text: str) -> bytes:
    headers: Headers = [
        ("Content-Type", f"text/{kind}; charset=utf-8"),
        ("Content-Transfer-Encoding", "quoted-printable"),
    ]
    return header_lines(headers) + CRLF + b2a_qp(text.encode()).replace(b"\n", CRLF)


def _file(attachment: Attachment, content: bytes) -> bytes:
    name = text_header("", attachment.name, parameter="filename")
    # A mail in a mail may not be in base 64 (RFC 2046), so it goes as a file like any other.
    nested = attachment.content_type.startswith(("message/", "multipart/"))
    headers: Headers = [
        ("Content-Type", "application/octet-stream" if nested else attachment.content_type),
        ("Content-Transfer-Encoding", "base64"),
        ("Content-Disposition", f"attachment; {name}"),
    ]
    encoded = b64encode(content)
    lines = [encoded[start : start + _LINE] for start in range(0, len(encoded), _LINE)]
    return header_lines(headers) + CRLF + CRLF.join([*lines, b""])
