"""A structured header such as Content-Type: its value, and its parameters with RFC 2231 continuations joined."""

import re
from typing import Final
from urllib.parse import unquote_to_bytes

import msgspec

from duetime.channels.email.charsets import decode_text
from duetime.channels.email.headers import decode_words, one_line
from duetime.channels.email.limits import NAME_CHARS, PARAMETERS

_PIECE: Final = re.compile(
    r"""[;\s]*(?P<name>[^=;"\s]+)\s*=\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"?|(?P<bare>[^;]*))""", re.DOTALL
)
_JUNK: Final = re.compile(r"[;\s]*[^=;]*")
_ESCAPE: Final = re.compile(r'\\(["\\])')
_SECTION: Final = re.compile(r"(?P<base>[^*]+)\*(?P<number>\d{1,5})?(?P<coded>\*)?")


class Structured(msgspec.Struct, frozen=True):
    """``value`` in lower case, such as ``text/plain``; parameters by lower-case name, decoded."""

    value: str
    parameters: dict[str, str]


def read_structured(text: str, hint: str | None = None) -> Structured:
    """What a header says, as far as it is one: quotes may lack, semicolons be doubled."""
    value, _, rest = text.partition(";")
    if "=" in value and "/" not in value:
        value, rest = "", text
    value = _uncomment(value).strip().strip("\"'").lower()
    value, _, squeezed = value.partition(" ")
    if "=" in squeezed:
        # "text/plain charset=utf-8", the semicolon forgotten
        rest = f"{squeezed};{rest}"
    if not rest:
        return Structured(value, {})
    return Structured(value, _join(_pieces(rest), hint))


def _uncomment(text: str) -> str:
    before, bracket, rest = text.partition("(")
    return before + rest.partition(")")[2] if bracket else text


def _pieces(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    position = 0
    while position < len(text) and len(found) < PARAMETERS:
        piece = _PIECE.match(text, position)
        if piece is None:
            position = max(position + 1, _JUNK.match(text, position).end())  # type: ignore[union-attr]
            continue
        quoted = piece["quoted"]
        bare = _bare(piece["bare"]) if quoted is None else _ESCAPE.sub(r"\1", quoted)
        found.append((piece["name"].lower(), bare))
        position = piece.end()
    return found


def _bare(text: str) -> str:
    """An unquoted value ends at its semicolon; a blank before that is a name's, written without quotes."""
    return text.strip()


def _join(pieces: list[tuple[str, str]], hint: str | None) -> dict[str, str]:
    plain: dict[str, str] = {}
    sections: dict[str, dict[int, tuple[str, bool]]] = {}
    for name, value in pieces:
        section = _SECTION.fullmatch(name)
        if section is None:
            plain.setdefault(name, value)
        else:
            number = int(section["number"] or 0)
            coded = section["coded"] is not None or section["number"] is None
            sections.setdefault(section["base"], {}).setdefault(number, (value, coded))
    joined = {name: decode_words(value) for name, value in plain.items()}
    # The extended form says more than the plain one that stands beside it for old programs.
    for name, numbered in sections.items():
        joined[name] = _decode_sections(numbered, hint)
    return joined


def _decode_sections(numbered: dict[int, tuple[str, bool]], hint: str | None) -> str:
    charset: str | None = None
    data: list[bytes] = []
    for index, number in enumerate(sorted(numbered)):
        value, coded = numbered[number]
        if coded and not index and value.count("'") >= 2:
            charset, _, value = value.split("'", 2)
        data.append(unquote_to_bytes(value) if coded else value.encode("utf-8", "replace"))
    text = decode_text(b"".join(data), charset, hint)
    return decode_words(text) if charset is None else text


def file_name(content_type: Structured, disposition: Structured) -> str | None:
    """What the sender calls the part: a label for people, never a path."""
    for parameters, key in ((disposition.parameters, "filename"), (content_type.parameters, "name")):
        if name := one_line(parameters.get(key, "")):
            return name[:NAME_CHARS]
    return None
