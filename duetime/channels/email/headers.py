"""The header block of a mail or of a part: its fields in order, unfolded, their encoded words decoded."""

import binascii
import re
from typing import Final, NamedTuple

from duetime.channels.email.charsets import decode_text
from duetime.channels.email.limits import HEADER_BYTES, HEADER_LINES, Cuts

_FIELD: Final = re.compile(rb"([!-9;-~]{1,200})[ \t]*:[ \t]*")
_RUBBISH_LINES: Final = 10
"""Among headers, at most."""
_BLANKS: Final = re.compile(r"[\s\x00]+")
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
# A text may hold a few question marks of its own, as sloppy programs leave them in, but no other word's beginning.
_WORD: Final = re.compile(r"=\?([^?\s=]{1,60})\?([bBqQ])\?((?:(?!=\?[^=])[^?\x00]|\?(?!=)){0,70000}?)\?=")
_HEX: Final = re.compile(rb"=([0-9a-fA-F]{2})")
_NOT_BASE64: Final = re.compile(rb"[^A-Za-z0-9+/]+")


class Headers:
    """The fields of one block by lower-case name, as bytes. Two fields of a name are two values, in order."""

    def __init__(self, fields: list[tuple[str, bytes]], hint: str | None = None) -> None:
        self._fields = fields
        self._by_name: dict[str, bytes] = {}
        for name, value in fields:
            self._by_name.setdefault(name, value)
        self.hint = hint
        """The charset of the body, which is likely that of raw 8-bit headers too."""

    def __contains__(self, name: str) -> bool:
        return name in self._by_name

    def names(self) -> frozenset[str]:
        return frozenset(self._by_name)

    def raw(self, name: str) -> bytes | None:
        """The first field's value, unfolded."""
        return self._by_name.get(name)

    def every(self, name: str) -> list[bytes]:
        return [value for field, value in self._fields if field == name] if name in self._by_name else []

    def text(self, name: str) -> str:
        """The first field's value with its bytes as text and nothing decoded; empty when it is missing."""
        value = self._by_name.get(name)
        return "" if value is None else to_text(value, self.hint)

    def words(self, name: str) -> str:
        """The first field's value as a person reads it: decoded, on one line."""
        return one_line(decode_words(self.text(name)))


class Block(NamedTuple):
    headers: Headers
    end: int
    """Where the body begins."""


def read_headers(raw: bytes, start: int, end: int, cuts: Cuts) -> Block:
    """The header block at ``start``. A line that is no header ends it and belongs to the body."""
    fields: list[tuple[str, list[bytes]]] = []
    position, lines = start, 0
    while position < end:
        stop = raw.find(b"\n", position, end)
        after = end if stop < 0 else stop + 1
        line = raw[position : end if stop < 0 else stop].rstrip(b"\r")
        if not line:
            return Block(_headers(fields, cuts), after)
        lines += 1
        if lines > HEADER_LINES:
            cuts.add(f"More than {HEADER_LINES:,} lines of headers; the others were not read.")
            return Block(_headers(fields, cuts), _find_body(raw, position, end))
        if line[0] in b" \t":
            if not line.strip() and not fields:
                return Block(_headers(fields, cuts), after)
            if fields:
                fields[-1][1].append(line)
        elif found := _FIELD.match(line):
            fields.append((found[1].decode("ascii").lower(), [line[found.end() :]]))
        elif not line.startswith((b"From ", b">From ")) and not (fields and _goes_on(raw, after, end)):
            # What a mailbox file or a careless program leaves among headers is passed over; else the blank line lacks.
            return Block(_headers(fields, cuts), position)
        position = after
    return Block(_headers(fields, cuts), end)


def _goes_on(raw: bytes, position: int, end: int) -> bool:
    """Whether a header follows before a blank line, soon enough to say that these are headers still."""
    for _ in range(_RUBBISH_LINES):
        stop = raw.find(b"\n", position, end)
        line = raw[position : end if stop < 0 else stop]
        if not line.strip():
            return False
        if _FIELD.match(line):
            return True
        if stop < 0:
            return False
        position = stop + 1
    return False


def _find_body(raw: bytes, start: int, end: int) -> int:
    ends = [found + len(mark) for mark in (b"\n\r\n", b"\n\n") if (found := raw.find(mark, start, end)) >= 0]
    return min(ends, default=end)


def _headers(fields: list[tuple[str, list[bytes]]], cuts: Cuts) -> Headers:
    joined = []
    for name, lines in fields:
        value = b"".join(lines)
        if len(value) > HEADER_BYTES:
            cuts.add(f"The header {name} is longer than {HEADER_BYTES // 1024} KB; the rest of it was not read.")
            value = value[:HEADER_BYTES]
        joined.append((name, value))
    return Headers(joined)


def to_text(value: bytes, hint: str | None = None) -> str:
    """A header's bytes as text, encoded words left as they are."""
    if value.isascii() and b"\x1b" not in value:
        return value.decode("ascii")
    return decode_text(value, None, hint)


def one_line(text: str) -> str:
    return _CONTROLS.sub("", _BLANKS.sub(" ", text)).strip()


def decode_words(text: str) -> str:
    """The text with its encoded words (RFC 2047) decoded, wherever they stand.

    Neighbours of one charset are decoded together, because programs split them within a character.
    """
    if "=?" not in text:
        return text
    parts: list[str] = []
    pending: list[tuple[str, bytes, str]] = []  # charset, encoding, text of the words that follow each other
    position = 0
    for word in _WORD.finditer(text):
        between = text[position : word.start()]
        if pending and between.strip():
            parts.append(_decode_run(pending))
            pending = []
        if between.strip() or not position:
            parts.append(between)
        charset = word[1].partition("*")[0].lower()
        payload = word[3].encode("utf-8", "replace")
        if pending and pending[-1][0] != charset:
            parts.append(_decode_run(pending))
            pending = []
        pending.append((charset, payload, word[2].lower()))
        position = word.end()
    parts += [_decode_run(pending), text[position:]]
    return "".join(parts)


def _decode_run(words: list[tuple[str, bytes, str]]) -> str:
    if not words:
        return ""
    data, carried = [], b""
    for _, payload, encoding in words:
        if encoding == "q":
            data.append(_decode_q(payload))
            continue
        letters = carried + _NOT_BASE64.sub(b"", payload)
        # Without padding a word may end within a group of four, which its neighbour goes on with.
        rest = len(letters) % 4 if not payload.rstrip().endswith(b"=") else 0
        carried = letters[len(letters) - rest :] if rest else b""
        data.append(decode_base64(letters[: len(letters) - rest] if rest else letters))
    return decode_text(b"".join(data) + decode_base64(carried), words[0][0])


def _decode_q(payload: bytes) -> bytes:
    return _HEX.sub(lambda found: binascii.unhexlify(found[1]), payload.replace(b"_", b" "))


def decode_base64(letters: bytes) -> bytes:
    """Whatever base64 the bytes hold; what is no base64 in them is passed over."""
    try:
        return binascii.a2b_base64(letters)
    except binascii.Error:
        letters = _NOT_BASE64.sub(b"", letters)
        if len(letters) % 4 == 1:
            letters = letters[:-1]
        return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))
