"""The headers of a mail of ours. What people wrote goes through here, and no line end of theirs gets out."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from email.header import Header
from email.utils import encode_rfc2231, format_datetime
from typing import Final

from duetime.router.errors import Invalid

CRLF: Final = b"\r\n"
ADDRESS_CHARS: Final = 320
NAME_CHARS: Final = 100
SUBJECT_CHARS: Final = 400
ID_CHARS: Final = 500
LAST_REFERENCES: Final = 20

_ADDRESS: Final = re.compile(r"[^\s@<>,;:\"()\[\]\\\x00-\x1f\x7f]+@[^\s@<>,;:\"()\[\]\\\x00-\x1f\x7f]+")
_ID: Final = re.compile(r"[!-;=?-~]+")
_UNPRINTED: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_REPLY: Final = re.compile(
    r"(?:(?:re|aw|antw|antwort|sv|vs|rif|ref|res|odp|ynt)(?:\[[0-9]{1,3}\])? ?[:：] ?)+", re.IGNORECASE
)
_LOOSE: Final = re.compile(r"\r(?!\n)|(?<!\r)\n|\r\n(?![ \t])")
_QUOTED: Final = re.compile(r'(["\\])')


def checked_address(address: str) -> str:
    """The address, if a header and an SMTP command can hold it. Raises Invalid."""
    if len(address) > ADDRESS_CHARS or not _ADDRESS.fullmatch(address) or _UNPRINTED.search(address):
        raise Invalid("The contact's mail address cannot be written to: correct it, then send the message again.")
    return address


def wire_address(address: str) -> str:
    """With the domain as the name servers know it. What is not ASCII then needs SMTPUTF8. Raises Invalid."""
    local, _, domain = checked_address(address).rpartition("@")
    if domain.isascii():
        return address
    try:
        return f"{local}@{domain.encode('idna').decode()}"
    except UnicodeError:
        raise Invalid("The domain of the contact's mail address is none: correct it, then send again.") from None


def address_header(header: str, name: str | None, address: str) -> str:
    """``"Name" <address>``."""
    shown = _line(name or "", NAME_CHARS)
    if not shown:
        return wire_address(address)
    if shown.isascii() and "=?" not in shown:
        quoted = _QUOTED.sub(r"\\\1", shown)
        return f'"{quoted}" <{wire_address(address)}>'
    return f"{_encoded(header, shown)}\r\n <{wire_address(address)}>"


def text_header(header: str, text: str, *, parameter: str | None = None) -> str:
    """What people wrote, in one line; as a ``parameter`` of another header if that is named."""
    line = _line(text, SUBJECT_CHARS)
    if parameter is not None:
        if line.isascii() and not set(line) & set('"\\%'):
            return f'{parameter}="{line}"'
        return f"{parameter}*={encode_rfc2231(line, 'utf-8')}"
    return line if line.isascii() and "=?" not in line else _encoded(header, line)


def reply_subject(subject: str | None, otherwise: str) -> str:
    """``Re:`` once, in place of every one that it begins with in whatever language."""
    line = _line(subject or "", SUBJECT_CHARS)
    found = _REPLY.match(line)
    return f"Re: {line[found.end() if found else 0 :] or otherwise}"


def thread_headers(references: Sequence[str]) -> list[tuple[str, str]]:
    """``In-Reply-To`` the last of these ids, and ``References``: the first and the last ones, as a long conversation
    would make a header that servers refuse. An id that no header can hold is left out."""
    ids = [one for one in references if len(one) <= ID_CHARS and _ID.fullmatch(one)]
    if not ids:
        return []
    kept = ids if len(ids) <= LAST_REFERENCES + 1 else [ids[0], *ids[-LAST_REFERENCES:]]
    return [("In-Reply-To", f"<{ids[-1]}>"), ("References", "\r\n ".join(f"<{one}>" for one in kept))]


def date_header(at_ms: int) -> str:
    return format_datetime(datetime.fromtimestamp(at_ms // 1000, UTC))


def header_lines(headers: Iterable[tuple[str, str]]) -> bytes:
    """Raises ValueError for a value that would begin a line of its own: nothing above lets one through, and a way
    that does shall not end in a mail to somebody else."""
    lines = []
    for name, value in headers:
        if _LOOSE.search(value):
            raise ValueError(f"The header {name} has a line end in it")
        lines.append(f"{name}: {value}\r\n")
    return "".join(lines).encode()


def _line(text: str, chars: int) -> str:
    """In one line, single-spaced, without what cannot be printed, cut to so many characters."""
    return " ".join(_UNPRINTED.sub(" ", text[: 4 * chars]).split())[:chars].rstrip()


def _encoded(header: str, line: str) -> str:
    return Header(line, "utf-8", header_name=header).encode(linesep="\r\n")
