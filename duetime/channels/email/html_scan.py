"""HTML as a stream of tags and texts, in linear time, for what needs no tree: measuring depth and plain text."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

_QUOTE_OR_END: Final = re.compile(r"[>\"']")
_TAG: Final = re.compile(r"</?([A-Za-z][^\s/>]{0,40})")
_RAW_TEXT: Final = frozenset(("script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes"))


class Tag(NamedTuple):
    name: str
    closing: bool
    attributes: str
    """What stands behind the name, as it is written."""


def scan_html(html: str) -> Iterator[Tag | str]:
    """Tags, and texts between them as they are written. What stands in script, style and other elements whose
    content is no HTML is passed over; so are comments."""
    ends = _Ends(html)
    position = 0
    while position < len(html):
        start = html.find("<", position)
        if start < 0:
            yield html[position:]
            return
        if start > position:
            yield html[position:start]
        tag = _TAG.match(html, start)
        if tag is None:
            position = _pass_over(html, start, ends)
            if position == start:
                yield "<"
                position += 1
            continue
        end = ends.of_tag(tag.end())
        name = tag[1].lower()
        yield Tag(name, html[start + 1] == "/", html[tag.end() : end])
        position = end + 1
        if name in _RAW_TEXT and html[start + 1] != "/":
            position = ends.of_element(name, position)
        elif name == "plaintext":
            return


def _pass_over(html: str, start: int, ends: "_Ends") -> int:
    """Where a comment or a declaration ends; ``start`` itself for a bracket that begins neither."""
    if html.startswith("<!--", start):
        return ends.of_comment(start + 4)
    if html.startswith(("<!", "<?", "</"), start):
        return ends.next_of(">", start) + 1
    return start


class _Ends:
    """Finds ends. Remembers what occurs no more, so that a thousand beginnings without an end cost one search."""

    def __init__(self, html: str) -> None:
        self._html = html
        self._gone: set[str] = set()

    def next_of(self, mark: str, position: int) -> int:
        """The next occurrence, or the end of all."""
        if mark in self._gone:
            return len(self._html)
        found = self._html.find(mark, position)
        if found < 0:
            self._gone.add(mark)
            return len(self._html)
        return found

    def of_tag(self, position: int) -> int:
        """The ``>`` that ends a tag; those in quotes do not. A quote that never ends takes all, as in browsers."""
        search = position
        while found := _QUOTE_OR_END.search(self._html, search):
            if found[0] == ">":
                return found.start()
            # Only a quote behind an equals sign opens a value; others are rubbish in the tag.
            before = self._html[max(position, found.start() - 20) : found.start()].rstrip()
            if not before.endswith("="):
                search = found.end()
                continue
            search = self.next_of(found[0], found.end()) + 1
        return len(self._html)

    def of_comment(self, position: int) -> int:
        html = self._html
        if html.startswith((">", "->"), position):
            return html.find(">", position) + 1
        plain, odd = self.next_of("-->", position), self.next_of("--!>", position)
        return min(plain + 3, odd + 4, len(html))

    def of_element(self, name: str, position: int) -> int:
        """Where the closing tag of an element begins whose content is no HTML."""
        if f"</{name}" in self._gone:
            return len(self._html)
        found = re.compile(f"</{name}(?=[\\s/>])", re.IGNORECASE).search(self._html, position)
        if found is None:
            self._gone.add(f"</{name}")
            return len(self._html)
        return found.start()
