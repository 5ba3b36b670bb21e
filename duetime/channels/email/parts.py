"""The structure of a mail: its parts and where their bytes lie. Nothing is copied and no content decoded."""

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from duetime.channels.email.headers import Headers, read_headers
from duetime.channels.email.limits import DEPTH, PARTS, Cuts
from duetime.channels.email.parameters import Structured, file_name, read_structured

_AFTER_BOUNDARY: Final = re.compile(rb"(--)?[ \t]*(?:\r?\n|\r?\Z)")
_NOTHING: Final = Structured("", {})


class Part(msgspec.Struct, frozen=True):
    """One part, or the whole mail. A multipart has children; its own bytes are theirs."""

    headers: Headers
    start: int
    end: int
    """Its body, as a slice of the mail."""
    content_type: str
    parameters: dict[str, str]
    disposition: str
    name: str | None
    children: tuple["Part", ...] = ()

    def leaves(self) -> Iterator["Part"]:
        """All parts that hold something, in order."""
        if not self.children:
            yield self
        for child in self.children:
            yield from child.leaves()


class _Reading:
    def __init__(self, raw: bytes, cuts: Cuts) -> None:
        self.raw = raw
        self.cuts = cuts
        self.left = PARTS


def read_parts(raw: bytes, cuts: Cuts) -> Part:
    """The parts of a mail, at most `PARTS` of them, `DEPTH` deep; the rest of a deeper one is one part."""
    return _read(_Reading(raw, cuts), 0, len(raw), "text/plain", 0)


def _read(reading: _Reading, start: int, end: int, default_type: str, depth: int) -> Part:
    reading.left -= 1
    headers, body = read_headers(reading.raw, start, end, reading.cuts)
    content = read_structured(headers.text("content-type")) if "content-type" in headers else _NOTHING
    disposition = read_structured(headers.text("content-disposition")) if "content-disposition" in headers else _NOTHING
    content_type = content.value if "/" in content.value else default_type
    children: tuple[Part, ...] = ()
    headers.hint = content.parameters.get("charset")
    if content_type.startswith("multipart/") and (boundary := content.parameters.get("boundary")):
        if depth >= DEPTH:
            reading.cuts.add(f"Parts within parts deeper than {DEPTH}; they were not taken apart.")
        else:
            children = _children(reading, body, end, boundary, content_type, depth)
    if content_type.startswith("multipart/") and not children:
        # No boundary, or none that occurs: what is there is read as it stands.
        content_type = "text/plain"
    return Part(
        headers,
        body,
        end,
        content_type,
        content.parameters,
        disposition.value,
        file_name(content, disposition),
        children,
    )


def _children(
    reading: _Reading, start: int, end: int, boundary: str, content_type: str, depth: int
) -> tuple[Part, ...]:
    default_type = "message/rfc822" if content_type == "multipart/digest" else "text/plain"
    children = []
    for child_start, child_end in _split(reading.raw, start, end, boundary.encode("utf-8", "replace").rstrip()):
        if reading.left <= 0:
            reading.cuts.add(f"More than {PARTS:,} parts; the others were not read.")
            break
        children.append(_read(reading, child_start, child_end, default_type, depth + 1))
    return tuple(children)


def _split(raw: bytes, start: int, end: int, boundary: bytes) -> Iterator[tuple[int, int]]:
    """The slices between the lines of the boundary. The last may lack its closing line."""
    mark = b"--" + boundary
    opened: int | None = None
    position = start
    while (found := raw.find(mark, position, end)) >= 0:
        position = found + len(mark)
        if found > start and raw[found - 1 : found] != b"\n":
            continue
        line_end = _AFTER_BOUNDARY.match(raw, position, end)
        if line_end is None:
            continue
        if opened is not None:
            yield opened, _before_line_end(raw, opened, found)
        opened = line_end.end()
        if line_end[1]:
            return
        position = opened
    if opened is not None:
        yield opened, end


def _before_line_end(raw: bytes, start: int, end: int) -> int:
    """The line end before a boundary belongs to the boundary."""
    if end > start and raw[end - 1 : end] == b"\n":
        end -= 1
        if end > start and raw[end - 1 : end] == b"\r":
            end -= 1
    return end
