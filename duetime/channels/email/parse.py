"""The bytes of a mail to a `Mail`. Fails for no bytes but those that are too many; meant for a process under limits
all the same (`service/mail/readers.py`), since a library below may be made to work hard."""

import hashlib
from typing import Final, NamedTuple

from duetime.channels.email.addresses import Mailbox, read_addresses
from duetime.channels.email.authentication import is_authenticated
from duetime.channels.email.body import Contents, read_contents
from duetime.channels.email.bounce import find_failed_address, is_delayed, status_text
from duetime.channels.email.headers import Headers
from duetime.channels.email.html_safe import safe_html
from duetime.channels.email.html_text import html_to_text
from duetime.channels.email.ids import read_date, read_id, read_ids
from duetime.channels.email.limits import RAW_BYTES, SUBJECT_CHARS, Cuts
from duetime.channels.email.machine import may_answer, recognise, take_evidence
from duetime.channels.email.machine_words import DELAYED
from duetime.channels.email.mail import Machine, Mail
from duetime.channels.email.parts import Part, read_parts
from duetime.channels.email.reply import trim_reply
from duetime.router.errors import Unreadable

TOO_LONG: Final = f"The mail is longer than {RAW_BYTES // 1_000_000} MB."


def parse_mail(raw: bytes, *, authserv_ids: frozenset[str] = frozenset()) -> Mail:
    """What the mail says. ``authserv_ids`` name our own servers, whose Authentication-Results are believed.

    Raises Unreadable for one that is longer than `RAW_BYTES`.
    """
    if len(raw) > RAW_BYTES:
        raise Unreadable(TOO_LONG)
    raw = _with_line_feeds(raw.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n"))
    cuts = Cuts()
    root = read_parts(raw, cuts)
    headers = root.headers
    sender, sole, quarantine = _read_from(headers)
    contents = read_contents(raw, root, cuts)
    text = _whole_text(contents)
    html = safe_html("\n<hr>\n".join(contents.htmls), cuts) if contents.htmls else None
    subject = headers.words("subject")[:SUBJECT_CHARS]
    machine = recognise(take_evidence(root, sender, subject, text))
    failed_address, delayed = _read_bounce(raw, root, subject, text) if machine is Machine.BOUNCE else (None, False)
    return Mail(
        from_addr=sender.addr if sender else None,
        from_name=sender.name if sender else None,
        reply_to=_addresses(headers, "reply-to", cuts),
        to=_addresses(headers, "to", cuts),
        cc=_addresses(headers, "cc", cuts),
        subject=subject,
        message_id=read_id(headers.text("message-id")),
        in_reply_to=read_ids(headers.text("in-reply-to")),
        references=read_ids(headers.text("references"), cuts),
        date=read_date(headers),
        text=text,
        html=html or None,
        reply_text=trim_reply(text),
        attachments=contents.attachments,
        machine=machine,
        failed_address=failed_address,
        delayed=delayed,
        authenticated=sender is not None and sole and is_authenticated(headers, sender.addr, authserv_ids),
        answerable=may_answer(machine, sender, headers),
        list_id=headers.words("list-id") or None,
        body_hash=_hash(raw, root),
        quarantine=quarantine,
        cut=cuts.sentences(),
    )


def _with_line_feeds(raw: bytes) -> bytes:
    """A mail of a program that ends its lines with CR alone. One LF anywhere, and a CR within a line is no line end:
    nothing in a header can become a header of its own."""
    return raw if b"\n" in raw else raw.replace(b"\r", b"\n")


class _From(NamedTuple):
    sender: Mailbox | None = None
    sole: bool = False
    missing: str | None = None
    """The sentence why there is no sender."""


def _read_from(headers: Headers) -> _From:
    """Who wrote it. Reply-To and Sender never take From's place; of several authors the first is the sender, but
    nobody vouches for them then."""
    count = len(headers.every("from"))
    if count == 0:
        return _From(missing="The mail has no From.")
    if count > 1:
        return _From(missing=f"The mail has {count} From headers; which of them is true cannot be known.")
    addresses = read_addresses(headers.text("from"))
    if addresses.group:
        return _From(missing="The mail's From names a group, not a sender.")
    if addresses.broken or not addresses.mailboxes:
        return _From(missing="The mail's From holds no address that can be read.")
    return _From(addresses.mailboxes[0], len(addresses.mailboxes) == 1)


def _addresses(headers: Headers, name: str, cuts: Cuts) -> tuple[str, ...]:
    found = read_addresses(headers.text(name), cuts).mailboxes if name in headers else ()
    return tuple(dict.fromkeys(mailbox.addr for mailbox in found))


def _whole_text(contents: Contents) -> str:
    texts = [text.strip("\n") for text in contents.texts if text.strip()]
    if texts:
        return "\n\n".join(texts)
    return "\n\n".join(html_to_text(html) for html in contents.htmls)


def _read_bounce(raw: bytes, root: Part, subject: str, text: str) -> tuple[str | None, bool]:
    headers = root.headers
    status = status_text(raw, root)
    sender = read_addresses(headers.text("from")).mailboxes
    own = frozenset(mailbox.addr for mailbox in sender) | frozenset(_addresses(headers, "to", Cuts()))
    failed = find_failed_address(status, headers.text("x-failed-recipients"), text, own)
    delayed = is_delayed(status)
    if delayed is None:
        delayed = DELAYED.search(f"{subject}\n{text[:2000]}".lower()) is not None
    return failed, delayed


def _hash(raw: bytes, root: Part) -> str:
    digest = hashlib.sha256(b"\n".join(root.headers.every("from")))
    digest.update(b"\n\n")
    digest.update(raw[root.start :])
    return digest.hexdigest()
