"""What HTML shows, as plain text."""

import re
from html import unescape
from typing import Final

from duetime.channels.email.html_scan import Tag, scan_html

_BLANKS: Final = re.compile(r"[ \t\n\r\f]+")
_BLANK_LINES: Final = re.compile(r"\n{3,}")
_LONG_REFERENCE: Final = re.compile(r"&#[xX]?[0-9a-fA-F]{8,};?")
"""No character has such a number, and Python refuses to read one of thousands of digits."""
_NEW_LINE: Final = frozenset(
    (
        *("address", "article", "aside", "center", "dd", "div", "dl", "dt", "fieldset", "figcaption", "footer", "form"),
        *("header", "li", "main", "nav", "section", "tr"),
    )
)
_NEW_PARAGRAPH: Final = frozenset(
    ("blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "ol", "p", "pre", "table", "ul")
)
_HIDDEN: Final = frozenset(("datalist", "head", "math", "noscript", "object", "select", "svg", "template"))
_QUOTE_DEPTH: Final = 20
_IMAGE_TEXT: Final = re.compile(r"""\balt\s*=\s*(?:"([^"]{1,200})"|'([^']{1,200})')""", re.IGNORECASE)


def html_to_text(html: str) -> str:
    """The text of a page: blocks on lines of their own, block quotes marked with ``>`` as in a plain mail."""
    writer = _Writer()
    hidden: str | None = None
    for token in scan_html(html):
        if isinstance(token, str):
            if hidden is None:
                writer.write(_plain(token))
        elif hidden is not None:
            if (token.closing and token.name == hidden) or token.name == "body":
                hidden = None
        elif token.name in _HIDDEN and not token.closing:
            hidden = token.name
        else:
            writer.mark(token)
    return writer.finish()


def _plain(text: str) -> str:
    return unescape(_LONG_REFERENCE.sub("\ufffd", text)) if "&" in text else text


class _Writer:
    def __init__(self) -> None:
        self._lines: list[str] = []
        self._line: list[str] = []
        self._quotes = 0
        self._preformatted = 0

    def write(self, text: str) -> None:
        if self._preformatted:
            first, *others = text.replace("\r\n", "\n").split("\n")
            self._line.append(first)
            for other in others:
                self._end_line()
                self._line.append(other)
            return
        text = _BLANKS.sub(" ", text)
        if not self._line:
            text = text.lstrip(" ")
        elif text.startswith(" ") and self._line[-1].endswith(" "):
            text = text[1:]
        if text:
            self._line.append(text)

    def mark(self, tag: Tag) -> None:
        name = tag.name
        if name == "br":
            self._end_line()
        elif name in _NEW_PARAGRAPH:
            self._end_block()
            if name == "blockquote" and tag.closing:
                self._quotes = max(self._quotes - 1, 0)
            self._blank_line()
            if name == "blockquote" and not tag.closing:
                self._quotes = min(self._quotes + 1, _QUOTE_DEPTH)
            elif name == "pre":
                self._preformatted = max(self._preformatted + (-1 if tag.closing else 1), 0)
            elif name == "hr":
                self._lines.append("-" * 32)
        elif name in _NEW_LINE:
            self._end_block()
            if name == "li" and not tag.closing:
                self._line.append("- ")
        elif name in ("td", "th") and self._line:
            self.write(" ")
        elif name == "img" and (found := _IMAGE_TEXT.search(tag.attributes[:4000])):
            self.write(_plain(found[1] or found[2]))

    def _end_block(self) -> None:
        if any(text.strip() for text in self._line):
            self._end_line()
        self._line.clear()

    def _end_line(self) -> None:
        text = "".join(self._line).replace("\xa0", " ").rstrip()
        self._lines.append(f"{'>' * self._quotes} {text}".rstrip() if self._quotes else text)
        self._line.clear()

    def _blank_line(self) -> None:
        if self._lines and self._lines[-1].strip("> "):
            self._lines.append(">" * self._quotes)

    def finish(self) -> str:
        self._end_block()
        return _BLANK_LINES.sub("\n\n", "\n".join(self._lines)).strip()
