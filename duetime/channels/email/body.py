"""The contents of parts: transfer encodings undone, charsets decoded, texts told from attachments."""

import binascii
import quopri
import re
from collections.abc import Iterator
from typing import Final

import msgspec

from duetime.channels.email.charsets import decode_text
from duetime.channels.email.headers import decode_base64, one_line
from duetime.channels.email.html_text import html_to_text
from duetime.channels.email.limits import HTML_TAGS, TEXT_CHARS, Cuts
from duetime.channels.email.mail import Attachment
from duetime.channels.email.parts import Part

_TEXT_BYTES: Final = 4 * TEXT_CHARS + 1
"""More than these are more characters than are read, in any charset."""
_CHARSET_IN_HTML: Final = re.compile(rb"<meta[^>]{1,200}charset=[\"']?([A-Za-z0-9_:.-]{2,40})", re.IGNORECASE)
_UU_BEGIN: Final = re.compile(rb"^begin [0-7]{3,4} .*\n", re.MULTILINE)


class Contents(msgspec.Struct, frozen=True):
    """What the parts of a mail hold, in the order of the mail."""

    texts: tuple[str, ...]
    """Among them those of pages that no text stands for, if no text comes before."""
    htmls: tuple[str, ...]
    attachments: tuple[Attachment, ...]


def read_contents(raw: bytes, root: Part, cuts: Cuts) -> Contents:
    texts: list[str] = []
    htmls: list[str] = []
    attachments: list[Attachment] = []
    written = False
    for part, replaced in _leaves(root, replaced=False):
        if not is_text(part):
            if part is not root or part.start < part.end:
                attachments.append(_attachment(raw, part))
            continue
        text = _limit(_part_text(part, _beginning(decode_transfer(raw, part))), cuts)
        if part.content_type != "text/html":
            written = written or bool(text.strip())
            texts.append(_unflow(part, text))
            continue
        text = _limit_tags(text, cuts)
        htmls.append(text)
        if not replaced and not written:
            texts.append(html_to_text(text))
    return Contents(tuple(texts), tuple(htmls), tuple(attachments))


def _leaves(part: Part, *, replaced: bool) -> Iterator[tuple[Part, bool]]:
    """Parts that hold something, each with whether a text says the same: in the same multipart/alternative."""
    if not part.children:
        yield part, replaced
        return
    if part.content_type == "multipart/alternative":
        replaced = replaced or any(leaf.content_type == "text/plain" for leaf in part.leaves())
    for child in part.children:
        yield from _leaves(child, replaced=replaced)


def is_text(part: Part) -> bool:
    """Whether the part is what people read in the mail itself."""
    return part.disposition != "attachment" and part.content_type in ("text/plain", "text/html", "text")


def _attachment(raw: bytes, part: Part) -> Attachment:
    content_id = one_line(part.headers.text("content-id")).strip("<> ") or None
    return Attachment(
        name=part.name,
        content_type=part.content_type,
        content_id=content_id,
        inline=part.disposition == "inline" or (part.disposition == "" and content_id is not None),
        content=decode_transfer(raw, part),
    )


def _part_text(part: Part, data: bytes) -> str:
    charset = part.parameters.get("charset")
    if not charset and part.content_type == "text/html" and (named := _CHARSET_IN_HTML.search(data, 0, 4096)):
        charset = named[1].decode("ascii")
    if data.startswith(b"\xef\xbb\xbf"):
        charset = "utf-8"
    text = decode_text(data, charset).removeprefix("\ufeff")
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")


def _beginning(data: bytes) -> bytes:
    """As many bytes as a text can need, up to a line's end: a character cut in two would bring the charset in doubt."""
    if len(data) <= _TEXT_BYTES:
        return data
    return data[: data.rfind(b"\n", 0, _TEXT_BYTES) + 1 or _TEXT_BYTES]


def _limit(text: str, cuts: Cuts) -> str:
    if len(text) <= TEXT_CHARS:
        return text
    cuts.add(f"The text is longer than {TEXT_CHARS:,} characters; the rest of it was not read.")
    return text[:TEXT_CHARS]


def _limit_tags(html: str, cuts: Cuts) -> str:
    pieces = html.split("<", HTML_TAGS)
    if len(pieces) <= HTML_TAGS:
        return html
    cuts.add(f"The HTML has more than {HTML_TAGS:,} tags; the rest of it was not read.")
    return "<".join(pieces[:HTML_TAGS])


def decode_transfer(raw: bytes, part: Part) -> bytes:
    """The content of a part with its transfer encoding undone; one that is unknown or wrong leaves it as it is."""
    data = raw[part.start : part.end]
    encoding = (
        part.headers.text("content-transfer-encoding").partition(";")[0].partition("(")[0].strip(" \t\"'").lower()
    )
    if encoding == "base64":
        return decode_base64(data)
    if encoding in ("quoted-printable", "quotedprintable", "quoted"):
        return quopri.decodestring(data)
    if encoding in ("x-uuencode", "uuencode", "x-uue", "uue"):
        return _uudecode(data)
    return data


def _uudecode(data: bytes) -> bytes:
    begin = _UU_BEGIN.search(data)
    if begin is None:
        return data
    content: list[bytes] = []
    for line in data[begin.end() :].splitlines():
        if line.rstrip() == b"end":
            break
        try:
            content.append(binascii.a2b_uu(line))
        except binascii.Error:
            # Some programs pad a line with rubbish: as much of it counts as its first character says.
            length = (((line[0] - 32) & 63) * 4 + 5) // 3 if line else 0
            try:
                content.append(binascii.a2b_uu(line[:length]))
            except binascii.Error:
                break
    return b"".join(content)


def _unflow(part: Part, text: str) -> str:
    """Lines that ``format=flowed`` (RFC 3676) broke, joined; quoted lines stay lines."""
    if part.parameters.get("format", "").lower() != "flowed":
        return text
    drop_space = part.parameters.get("delsp", "").lower() == "yes"
    lines: list[str] = []
    flowing = False
    for line in text.split("\n"):
        quoted = line.startswith(">")
        plain = line.removeprefix(" ")
        soft = plain.endswith(" ") and plain != "-- " and not quoted
        shown = plain[:-1] if soft and drop_space else plain
        if flowing and not quoted and plain != "-- ":
            lines[-1] += shown
        else:
            lines.append(shown)
        flowing = soft
    return "\n".join(lines)
