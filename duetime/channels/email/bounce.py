"""Whom a mail of ours did not reach, as the bounce tells it."""

import re
from collections.abc import Iterator
from typing import Final

from duetime.channels.email.addresses import clean_address, read_addresses
from duetime.channels.email.body import decode_transfer
from duetime.channels.email.charsets import decode_text
from duetime.channels.email.machine_words import DAEMON
from duetime.channels.email.parts import Part

STATUS_TYPES: Final = ("message/delivery-status", "message/global-delivery-status")
_TEXT_CHARS: Final = 20_000
_STATUS_BYTES: Final = 65_536
_RECIPIENT: Final = re.compile(
    r"^[ \t]*(original|final)-recipient:[ \t]*(?:[\w-]{1,20}[ \t]*;)?[ \t]*<?([^\s<>;]{3,320})",
    re.IGNORECASE | re.MULTILINE,
)
_ACTION: Final = re.compile(r"^[ \t]*action:[ \t]*([a-z]{1,20})", re.IGNORECASE | re.MULTILINE)
_FAILED_ACTIONS: Final = {"failed", "failure", "error", "fail", "failes"}
_LINE_OF_ITS_OWN: Final = re.compile(
    r"^[ \t>]*<?([^\s<>()\[\]\"';:,]{1,64}@[\w.-]{1,253})>?[ \t]*:?[ \t]*$", re.MULTILINE
)
_BEGINS_LINE: Final = re.compile(r"^[ \t]*<([^\s<>()\[\]\"';:,]{1,64}@[\w.-]{1,253})>", re.MULTILINE)
_ANYWHERE: Final = re.compile(r"(?<![\w.+@-])([\w.+=%&'*/$!#-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,8})")
_DID_NOT_REACH: Final = re.compile(
    r"(?:following|these|folgende\w*|suivants?|siguientes?|seguint\w+)\s+(?:\w+\s+){0,3}?(?:recipient|address|user|empfänger|destinat)\S*",
    re.IGNORECASE,
)
_ORIGINAL: Final = re.compile(
    r"^[ \t>|]*(?:-{2,}.{0,60}(?:original|copy|returned|unsent|header|message).{0,60}"
    r"|(?:received|return-path|message-id|x-[\w-]{1,60})[ \t]*:.*)$",
    re.IGNORECASE | re.MULTILINE,
)


def status_text(raw: bytes, root: Part) -> str:
    """The parts of the mail that are written for programs (RFC 3464)."""
    return "\n".join(
        decode_text(decode_transfer(raw, part)[:_STATUS_BYTES]).replace("\r", "\n")
        for part in root.leaves()
        if part.content_type in STATUS_TYPES
    )


def is_delayed(status: str) -> bool | None:
    """Whether the server only tells that it is still trying; None when it does not say."""
    actions = {action.lower() for action in _ACTION.findall(status)}
    if not actions:
        return None
    return not actions & _FAILED_ACTIONS


def find_failed_address(status: str, failed_header: str, text: str, own: frozenset[str]) -> str | None:
    """The first recipient that the bounce names. ``own`` are addresses of the mail itself, which are not it."""
    for candidate in _candidates(status, failed_header, text[:_TEXT_CHARS]):
        address = clean_address(candidate.strip("'\".,;"))
        if address and address not in own and not DAEMON.match(address):
            return address
    return None


def _candidates(status: str, failed_header: str, text: str) -> Iterator[str]:
    yield from _recipients(status)
    yield from (mailbox.addr for mailbox in read_addresses(failed_header).mailboxes)
    yield from _recipients(text)
    # What the server says stands above the mail that it returns, unless there is nothing above.
    original = _ORIGINAL.search(text)
    above = text[: original.start()] if original else text
    for failed in _DID_NOT_REACH.finditer(above):
        yield from _ANYWHERE.findall(above[failed.end() : failed.end() + 400])
    for pattern in (_BEGINS_LINE, _LINE_OF_ITS_OWN, _ANYWHERE):
        yield from pattern.findall(above)
    yield from _BEGINS_LINE.findall(text)
    yield from _ANYWHERE.findall(text)


def _recipients(text: str) -> list[str]:
    """Those that the mail was sent to come before those that a server on the way made of them."""
    found = _RECIPIENT.findall(text)
    return [address for _, address in sorted(found, key=lambda pair: pair[0].lower() != "original")]
