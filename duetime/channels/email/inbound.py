"""A mail as the message that intake takes."""

import hashlib
from typing import Final

from duetime.channels.email.mail import Machine, Mail
from duetime.channels.email.parse import parse_mail
from duetime.router.ids import EndpointId
from duetime.router.message import TEXT_LIMIT, Channel, InboundMessage, Sender

UNKNOWN_SENDER: Final = "unknown"
"""The address of a mail that does not name exactly one sender; no address looks like it."""
_SUBJECT_CHARS: Final = 200
_NAME_CHARS: Final = 200
_ATTRIBUTE_CHARS: Final = 1000


def read_mail(
    raw: bytes, *, endpoint: EndpointId, position: str, authserv_ids: frozenset[str] = frozenset()
) -> InboundMessage:
    """The message in ``raw``. Reading the same bytes again gives the same ``external_id``.

    ``position`` says where the mail lies (mailbox, UIDVALIDITY, UID) and stands in for a missing Message-ID.
    ``authserv_ids`` as in `parse_mail`. Raises Unreadable.
    """
    return to_inbound(parse_mail(raw, authserv_ids=authserv_ids), endpoint=endpoint, position=position)


def to_inbound(mail: Mail, *, endpoint: EndpointId, position: str) -> InboundMessage:
    """The mail as intake takes it. Without a sender it comes from `UNKNOWN_SENDER`, unverified, and the attribute
    ``quarantine`` says why."""
    return InboundMessage(
        channel=Channel.EMAIL,
        endpoint=endpoint,
        external_id=external_id(mail, position),
        sender=Sender(
            mail.from_addr or UNKNOWN_SENDER,
            mail.from_name[:_NAME_CHARS] if mail.from_name else None,
            mail.authenticated,
        ),
        text=_text(mail),
        subject=mail.subject[:_SUBJECT_CHARS] or None,
        remark=" ".join(mail.cut) or None,
        attributes=_attributes(mail),
    )


def external_id(mail: Mail, position: str) -> str:
    """What makes the mail this mail in its mailbox: its Message-ID and a hash of its body and From.

    The Message-ID alone would let whoever sends it first suppress somebody's mail, and some programs use one twice.
    """
    named = f"{mail.message_id or position}\n{mail.body_hash}"
    return f"mail-{hashlib.sha256(named.encode('utf-8', 'surrogatepass')).hexdigest()}"


def _text(mail: Mail) -> str:
    if not mail.text.strip():
        names = ", ".join(attachment.name or attachment.content_type for attachment in mail.attachments)
        return f"(The mail has no text, but attachments: {names})"[:TEXT_LIMIT] if names else "(The mail has no text.)"
    if len(mail.text) <= TEXT_LIMIT:
        return mail.text
    told = f"\n\n(The mail goes on; it has {len(mail.text):,} characters.)"
    return mail.text[: TEXT_LIMIT - len(told)] + told


def _attributes(mail: Mail) -> dict[str, str]:
    """Facts for triage and associates; only those that there are."""
    facts = {
        "to": ", ".join(mail.to),
        "cc": ", ".join(mail.cc),
        "reply_to": ", ".join(mail.reply_to),
        "list_id": mail.list_id,
        "machine": None if mail.machine is Machine.NONE else mail.machine.value,
        "failed_address": mail.failed_address,
        "quarantine": mail.quarantine,
    }
    return {name: fact[:_ATTRIBUTE_CHARS] for name, fact in facts.items() if fact}
