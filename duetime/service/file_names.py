"""Names and types of files as strangers give them, made fit to be stored, shown and sent on."""

import re
import unicodedata
from typing import Final

BINARY: Final = "application/octet-stream"
NAME_BYTES: Final = 200
"""The longest name in UTF-8: file systems take 255, and people add to it."""

_TYPE: Final = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,62}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}")
_JOINERS: Final = "‌‍"
"""Invisible, but part of how some scripts and emoji are written."""
_UNSEEN: Final = dict.fromkeys(map(ord, _JOINERS))
_EXTENSION_CHARS: Final = 20


def clean_name(name: str | None) -> str:
    """The name without folders, control characters and what turns the direction of writing, so that
    ``gpj.exe`` cannot pose as a picture; cut to `NAME_BYTES`, its extension kept. Never empty."""
    text = unicodedata.normalize("NFC", (name or "")[:10_000]).replace("\\", "/").rpartition("/")[2]
    shown = "".join(char if _is_shown(char) else " " if char in "\t\n\r" else "" for char in text)
    return _cut(" ".join(shown.split()).strip(". ")) or "file"


def clean_type(content_type: str | None) -> str:
    """The media type in lower case, without parameters; `BINARY` for what is none."""
    text = (content_type or "").partition(";")[0].strip().lower()
    return text if _TYPE.fullmatch(text) else BINARY


def extensions(name: str) -> set[str]:
    """The endings that a cleaned name has for one system or another, in lower case, without what cannot be seen. To
    Windows, what follows a colon is no part of the name."""
    plain = unicodedata.normalize("NFKC", name).casefold().translate(_UNSEEN)
    return {part.strip(". ").rpartition(".")[2] for part in (plain, plain.partition(":")[0]) if "." in part}


def _is_shown(char: str) -> bool:
    return unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Zl", "Zp") or char in _JOINERS


def _cut(name: str) -> str:
    if len(name.encode()) <= NAME_BYTES:
        return name
    stem, dot, extension = name.rpartition(".")
    ending = dot + extension if stem and len(extension) <= _EXTENSION_CHARS else ""
    room = NAME_BYTES - len(ending.encode())
    return name.encode()[:room].decode(errors="ignore").rstrip(". ") + ending
