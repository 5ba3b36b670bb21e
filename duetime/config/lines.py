"""In which line of a TOML text each key and list entry stands, so that a problem can say where it is.

The scanner accepts at least all TOML and takes no offence at the rest: `tomllib` says what is wrong with it.
It runs before `tomllib` and bounds the parts of a key and the nesting, because the time that `tomllib` takes
grows with the square of the one, and its recursion with the other.
"""

import re
import tomllib
from contextlib import suppress

from duetime.config.problems import Where

DEPTH_MAX = 16
"""The most parts of a key, and the deepest nesting of a value."""

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACES = re.compile(r"[ \t]*")
_KEY = re.compile(r""""(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[A-Za-z0-9_-]+""")
_STRINGS = {
    '"""': re.compile(r'"""(?:[^\\]|\\.)*?"{3,5}', re.DOTALL),
    "'''": re.compile(r"'''.*?'{3,5}", re.DOTALL),
    '"': re.compile(r'"(?:[^"\\\n]|\\.)*"'),
    "'": re.compile(r"'[^'\n]*'"),
}
_BARE = re.compile(r"[^,\]}#\n]+")


class TooDeep(Exception):
    """A key of too many parts, or a value nested too deeply, at this line."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


class _NotToml(Exception):
    pass


def scan(text: str) -> dict[Where, int]:
    """Place → line, from 1; list entries in the line of their list are left out. Raises `TooDeep`."""
    scanner = _Scanner(text)
    with suppress(_NotToml, IndexError):  # tomllib will say what is wrong
        scanner.document()
    return scanner.lines


class _Scanner:
    def __init__(self, text: str) -> None:
        self.lines: dict[Where, int] = {}
        self._text = text
        self._table: Where = ()
        self._counts: dict[Where, int] = {}  # entries so far of each array of tables
        self._counted_to, self._line = 0, 1

    def document(self) -> None:
        at = self._blank(0)
        while at < len(self._text):
            is_header = self._text.startswith("[", at)
            at = self._header(at) if is_header else self._pair(at, self._table, 0)
            at = self._blank(at)

    def _header(self, at: int) -> int:
        array = self._text.startswith("[[", at)
        line = self._line_at(at)
        parts, at = self._key(at + (2 if array else 1))
        at = self._expect("]]" if array else "]", at)
        where: Where = ()
        for part in parts[:-1]:
            where = self._newest((*where, part))
            self.lines.setdefault(where, line)
        where = (*where, parts[-1])
        if array:
            self._counts[where] = self._counts.get(where, 0) + 1
        self.lines.setdefault(where, line)
        self._table = self._newest(where)
        self.lines[self._table] = line
        return at

    def _newest(self, where: Where) -> Where:
        """Inside an array of tables, a header means its last entry."""
        return (*where, self._counts[where] - 1) if where in self._counts else where

    def _pair(self, at: int, where: Where, depth: int) -> int:
        line = self._line_at(at)
        parts, at = self._key(at)
        for part in parts:
            where = (*where, part)
            self.lines.setdefault(where, line)
        return self._value(self._blank(self._expect("=", at)), where, depth)

    def _key(self, at: int) -> tuple[list[str], int]:
        parts: list[str] = []
        while True:
            found = _KEY.match(self._text, self._spaces(at))
            if found is None:
                raise _NotToml
            parts.append(_plain(found.group()))
            if len(parts) > DEPTH_MAX:
                raise TooDeep(self._line_at(at))
            at = self._spaces(found.end())
            if not self._text.startswith(".", at):
                return parts, at
            at += 1

    def _value(self, at: int, where: Where, depth: int) -> int:
        if depth > DEPTH_MAX:
            raise TooDeep(self._line_at(at))
        first = self._text[at]
        if first == "[":
            return self._entries(at + 1, "]", where, depth)
        if first == "{":
            return self._entries(at + 1, "}", where, depth)
        triple = self._text[at : at + 3]
        found = _STRINGS.get(triple, _STRINGS.get(first, _BARE)).match(self._text, at)
        if found is None:
            raise _NotToml
        return found.end()

    def _entries(self, at: int, closing: str, where: Where, depth: int) -> int:
        around = self._line
        number = 0
        while not self._text.startswith(closing, at := self._blank(at)):
            if closing == "}":
                at = self._pair(at, where, depth + 1)
            else:
                if (line := self._line_at(at)) != around:
                    self.lines[*where, number] = line
                at = self._value(at, (*where, number), depth + 1)
            number += 1
            at = self._blank(at)
            if self._text[at] == ",":
                at += 1
            elif self._text[at] != closing:
                raise _NotToml
        return at + 1

    def _expect(self, token: str, at: int) -> int:
        at = self._spaces(at)
        if not self._text.startswith(token, at):
            raise _NotToml
        return at + len(token)

    def _blank(self, at: int) -> int:
        found = _BLANK.match(self._text, at)
        return found.end() if found else at

    def _spaces(self, at: int) -> int:
        found = _SPACES.match(self._text, at)
        return found.end() if found else at

    def _line_at(self, at: int) -> int:
        """The scan only goes forward, so the line ends are counted once."""
        self._line += self._text.count("\n", self._counted_to, at)
        self._counted_to = max(self._counted_to, at)
        return self._line


def _plain(key: str) -> str:
    if key[0] not in "\"'":
        return key
    if "\\" not in key:
        return key[1:-1]
    try:
        return str(tomllib.loads(f"key = {key}")["key"])
    except tomllib.TOMLDecodeError:
        raise _NotToml from None
