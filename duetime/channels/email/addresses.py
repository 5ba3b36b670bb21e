"""Addresses of a header. Read before encoded words are decoded, so that no name can pretend to be an address."""

import re
from typing import Final

import msgspec

from duetime.channels.email.headers import decode_words, one_line
from duetime.channels.email.limits import ADDRESSES, NAME_CHARS, Cuts

_TOKEN: Final = re.compile(
    r"""(?P<quoted>"(?:[^"\\]|\\.)*")|(?P<mark>[()<>,;:"])|(?P<text>(?:[^()<>,;:"\\]|\\.)+|\\)""", re.DOTALL
)
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_DOMAIN: Final = re.compile(r"(?:[^\W_](?:[\w-]*\w)?\.)*[\w-]*\w\.?|\[[0-9A-Fa-f:.IPv]{2,60}\]")
_LOCAL: Final = re.compile(r"""[^\s"(),:;<>@\[\]\\]+|"(?:[^"\\\x00-\x1f]|\\[^\x00-\x1f])*\"""")


class Mailbox(msgspec.Struct, frozen=True):
    """One address with the name that stands beside it, decoded. ``addr`` is in lower case."""

    addr: str
    name: str | None = None


class AddressList(msgspec.Struct, frozen=True):
    """The addresses of a header. ``group``: it names a group, ``broken``: something in it is no address."""

    mailboxes: tuple[Mailbox, ...]
    group: bool = False
    broken: bool = False


class _Entry:
    """What stands between two commas, as it is read."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.comments: list[str] = []
        self.angle: list[str] | None = None
        self.closed = False

    def empty(self) -> bool:
        return self.angle is None and not any(word.strip() for word in self.words)


def read_addresses(text: str, cuts: Cuts | None = None) -> AddressList:
    """The addresses in ``text``, a header's value with nothing decoded. Linear in its length; never fails."""
    reader = _Reader(cuts, groups=";" in text)
    for token in _TOKEN.finditer(text.replace("\x00", "")):
        if not reader.take(token):
            break
    return reader.finish()


class _Reader:
    def __init__(self, cuts: Cuts | None, *, groups: bool) -> None:
        self._cuts = cuts
        self._groups = groups
        self._found: list[Mailbox] = []
        self._entry = _Entry()
        self._comment: list[str] = []
        self._depth = 0
        self._group = self._broken = False

    def take(self, token: re.Match[str]) -> bool:
        """One token more; False when there are enough addresses."""
        kind, text = token.lastgroup, token[0]
        entry = self._entry
        if self._depth:
            self._take_comment(text, kind == "mark")
        elif kind != "mark":
            (entry.words if entry.angle is None or entry.closed else entry.angle).append(text)
        elif text == "(":
            self._depth = 1
        elif text == "<":
            if entry.angle is None:
                entry.angle = []
        elif text == ">":
            entry.closed = True
        elif text == "," or text == ";":
            if entry.angle is not None and not entry.closed:
                # A route, or a list in brackets: neither is one address.
                self._broken = True
            return self._end_entry()
        elif text == ":":
            self._take_colon()
        else:
            self._broken = True
        return True

    def _take_comment(self, text: str, is_mark: bool) -> None:
        self._depth += (text == "(") - (text == ")") if is_mark else 0
        if self._depth:
            self._comment.append(text)
        else:
            self._entry.comments.append("".join(self._comment))
            self._comment.clear()

    def _take_colon(self) -> None:
        entry = self._entry
        if entry.angle is not None:
            (entry.words if entry.closed else entry.angle).append(":")
        elif not self._groups:
            # A group ends with a semicolon; without one it is a name that should be in quotes.
            entry.words.append(":")
        else:
            # The name of a group: its members follow.
            self._group = True
            self._entry = _Entry()

    def _end_entry(self) -> bool:
        entry, self._entry = self._entry, _Entry()
        if entry.empty():
            return True
        mailbox = _mailbox(entry)
        if mailbox is None:
            self._broken = True
        else:
            self._found.append(mailbox)
        if len(self._found) >= ADDRESSES:
            if self._cuts is not None:
                self._cuts.add(f"More than {ADDRESSES} addresses in a header; the others were not read.")
            return False
        return True

    def finish(self) -> AddressList:
        if self._depth:
            self._broken = True
        self._end_entry()
        return AddressList(tuple(self._found), self._group, self._broken)


def _mailbox(entry: _Entry) -> Mailbox | None:
    if entry.angle is not None:
        addr = clean_address("".join(entry.angle))
        name = _name(entry.words)
    else:
        text = "".join(entry.words)
        addr, name = clean_address(text), None
        if addr is None:
            # "Name user@host" without brackets: the one word that is an address.
            bare = [word for word in _outside_quotes(entry.words).split() if "@" in word]
            addr = clean_address(bare[0]) if len(bare) == 1 else None
            name = _name([word.replace(bare[0], "") for word in entry.words]) if addr else None
    if addr is None:
        return None
    return Mailbox(addr, name or _name(entry.comments))


def _outside_quotes(words: list[str]) -> str:
    return " ".join(word for word in words if not word.startswith('"'))


def _name(words: list[str]) -> str | None:
    parts = [_ESCAPE.sub(r"\1", word[1:-1]) if len(word) > 1 and word.startswith('"') else word for word in words]
    return one_line(decode_words("".join(parts))).strip("'\" ")[:NAME_CHARS] or None


def clean_address(text: str) -> str | None:
    """The address in lower case, or None when it is none."""
    text = text.strip().rstrip(".").removeprefix("mailto:")
    local, at, domain = text.rpartition("@")
    local, domain = local.strip(), domain.strip()
    if not at or len(text) > 320 or not _LOCAL.fullmatch(local) or not _DOMAIN.fullmatch(domain):
        return None
    return f"{local}@{domain}".lower()
