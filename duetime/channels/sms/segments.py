"""How many parts a text takes, which are what is paid for: 3GPP TS 23.038 (alphabets) and 23.040 (joining parts).

A message has 140 bytes: 160 letters of seven bits in the GSM alphabet, or 70 UTF-16 units once a single character is
outside it. Of several parts each gives six bytes to a header that joins them: 153 and 67 are left. A character of two
units, an escaped one or a surrogate pair, is never split between two parts.
"""

from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Final

import msgspec

GSM_BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""One unit each (TS 23.038, 6.2.1)."""
GSM_EXTENSION: Final = frozenset("\f^{}\\[~]|€")
"""Two units each: an escape comes first (TS 23.038, 6.2.1.1)."""
FORCING_MAX: Final = 20
"""So many of the characters outside the GSM alphabet are named."""

_PLAIN: Final = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′`´ʼ", "'"),
        **dict.fromkeys("“”„‟″«»", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("\u00a0\u2002\u2003\u2007\u2009\u202f\t", " "),
        **dict.fromkeys("\u00ad\u200b\u2060\ufeff", ""),
        "…": "...",
        "•": "-",
    }
)


class Encoding(StrEnum):
    GSM = "gsm"
    UCS2 = "ucs2"

    @property
    def alone(self) -> int:
        """Units of a message of one part."""
        return 160 if self is Encoding.GSM else 70

    @property
    def joined(self) -> int:
        """Units of each of several parts."""
        return 153 if self is Encoding.GSM else 67


class Segments(msgspec.Struct, frozen=True, kw_only=True):
    """What a text takes."""

    encoding: Encoding
    units: int
    """Seven-bit letters, or UTF-16 units, without what is lost at the ends of parts."""
    parts: int
    """0 for an empty text."""
    left_in_part: int
    """Units until another part begins."""
    forcing: tuple[str, ...] = ()
    """Characters because of which it is not in the GSM alphabet, each once, in their order."""


def count(text: str) -> Segments:
    """What the text takes as an SMS."""
    encoding = encoding_of(text)
    units_of = _units_of(encoding)
    sizes = [sum(map(units_of, part)) for part in split(text)]
    room = encoding.alone if len(sizes) <= 1 else encoding.joined
    return Segments(
        encoding=encoding,
        units=sum(sizes),
        parts=len(sizes),
        left_in_part=room - (sizes[-1] if sizes else 0),
        forcing=tuple(dict.fromkeys(char for char in text if not _is_gsm(char)))[:FORCING_MAX],
    )


def split(text: str) -> list[str]:
    """The texts of its parts."""
    encoding = encoding_of(text)
    units_of = _units_of(encoding)
    if sum(map(units_of, text)) <= encoding.alone:
        return [text] if text else []
    return list(_cut(text, units_of, encoding.joined))


def encoding_of(text: str) -> Encoding:
    return Encoding.GSM if all(map(_is_gsm, text)) else Encoding.UCS2


def with_plain_punctuation(text: str) -> str:
    """The text with plain quotes, dashes and blanks, if it is in the GSM alphabet then; else as it was."""
    plain = text.translate(_PLAIN)
    return plain if encoding_of(text) is Encoding.UCS2 and encoding_of(plain) is Encoding.GSM else text


def _cut(text: str, units_of: Callable[[str], int], room: int) -> Iterator[str]:
    start = taken = 0
    for place, char in enumerate(text):
        units = units_of(char)
        if taken + units > room:
            yield text[start:place]
            start, taken = place, 0
        taken += units
    yield text[start:]


def _is_gsm(char: str) -> bool:
    return char in GSM_BASIC or char in GSM_EXTENSION


def _units_of(encoding: Encoding) -> Callable[[str], int]:
    return _gsm_units if encoding is Encoding.GSM else _utf16_units


def _gsm_units(char: str) -> int:
    return 2 if char in GSM_EXTENSION else 1


def _utf16_units(char: str) -> int:
    return 2 if char > "\uffff" else 1
