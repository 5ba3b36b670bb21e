"""Bytes to text, for charsets as mails name them: by alias, misspelt, wrong or not at all."""

import codecs
import re
from functools import lru_cache
from typing import Final

# What programs write, and what they mean. The supersets (cp1252 for latin-1, gb18030 for gb2312 ...) read everything
# that the plain charset reads, and what is sent under its name besides.
_ALIASES: Final = {
    "ansix341968": "ascii",
    "big5": "big5hkscs",
    "cp20127": "ascii",
    "cp932": "cp932",
    "cseuckr": "cp949",
    "csiso2022jp": "iso2022_jp_ext",
    "cskoi8r": "koi8_r",
    "csshiftjis": "cp932",
    "euccn": "gb18030",
    "euckr": "cp949",
    "gb": "gb18030",
    "gb2312": "gb18030",
    "gb231280": "gb18030",
    "gbk": "gb18030",
    "iso2022jp": "iso2022_jp_ext",
    "iso2022jpms": "iso2022_jp_ext",
    "iso885911": "cp874",
    "iso88591": "cp1252",
    "iso885915e": "iso8859_15",
    "iso88596e": "iso8859_6",
    "iso88596i": "iso8859_6",
    "iso88598e": "iso8859_8",
    "iso88598i": "iso8859_8",
    "iso88599": "cp1254",
    "koi": "koi8_r",
    "koi8": "koi8_r",
    "ksc5601": "cp949",
    "ksc56011987": "cp949",
    "latin1": "cp1252",
    "mac": "mac_roman",
    "macintosh": "mac_roman",
    "shiftjis": "cp932",
    "sjis": "cp932",
    "thai": "cp874",
    "tis620": "cp874",
    "uhc": "cp949",
    "unicode11utf7": "utf_7",
    "unicode11utf8": "utf_8",
    "usascii": "ascii",
    "utf": "utf_8",
    "utf8mac": "utf_8",
    "utf8mb4": "utf_8",
    "windows874": "cp874",
    "windows936": "gb18030",
    "windows949": "cp949",
    "windows31j": "cp932",
    "xgbk": "gb18030",
    "xmacroman": "mac_roman",
    "xsjis": "cp932",
    "xuhc": "cp949",
    "xutf8": "utf_8",
}
_NOISE: Final = re.compile(r"[^a-z0-9]+")
_STATEFUL: Final = re.compile(rb"\x1b(?:\$[@AB]|\([BIJ]|\$\([CD])")
"""Escapes of ISO-2022, which nothing else in a mail looks like."""
_TWO_BYTES: Final = re.compile(rb"\x1b\$[@B]((?:[\x21-\x7e]{2})*)[^\x1b]?(?:\x1b\([BJ]|(?=\x1b)|\Z)")
# Python knows codecs that are no charsets (zip, rot13) and some that take quadratic time (idna, punycode).
_CHARSETS: Final = re.compile(
    r"ascii|utf-(?:7|8|8-sig|16|16-be|16-le|32|32-be|32-le)|cp\d+|koi8-[rtu]|kz1048|ptcp154|tis-620|hz|johab"
    r"|iso8859-\d+|iso2022_\w+|mac-\w+|gb2312|gbk|gb18030|big5|big5hkscs|euc_\w+|shift_\w+|hp-roman8"
)


@lru_cache(maxsize=256)
def find_codec(name: str) -> str | None:
    """Python's codec for a charset as a mail names it; None for one that nobody knows."""
    plain = name.strip().strip("\"'").lower()[:60]
    packed = _NOISE.sub("", plain)
    for candidate in (_ALIASES.get(packed), plain, packed, packed.removeprefix("x"), packed.replace("windows", "cp")):
        if not candidate:
            continue
        try:
            found = codecs.lookup(candidate).name
        except (LookupError, ValueError, UnicodeError):
            continue
        if _CHARSETS.fullmatch(found):
            return "cp1252" if found == "iso8859-1" else found
    return None


def decode_text(data: bytes, charset: str | None = None, hint: str | None = None) -> str:
    """The text of the bytes; never fails.

    A known charset is believed where it fits or nearly fits. Where none is named, or one that nobody knows, or
    plain ASCII for bytes that are not, the bytes tell: UTF-8 if they are, else ``hint``, else cp1252.
    """
    codec = find_codec(charset) if charset else None
    if codec is None or codec == "ascii":
        if not data.isascii():
            return _guess(data, hint)
        if not _STATEFUL.search(data):
            return data.decode("ascii")
        codec = "iso2022_jp_ext"
    if codec == "utf-7":
        # The one codec that makes halves of surrogate pairs, which nothing can encode again.
        return data.decode(codec, "replace").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    try:
        return data.decode(codec)
    except (UnicodeError, ValueError):
        if codec.startswith("utf-8"):
            return _repair_utf8(data)
        if codec == "iso2022_jp_ext" and (text := _try(_to_shift_jis(data), "cp932")) is not None:
            return text
        return _try(data, "utf_8") or data.decode("cp1252" if codec == "cp1252" else codec, "replace")


def _guess(data: bytes, hint: str | None) -> str:
    codec = find_codec(hint) if hint else None
    for candidate in ("utf_8", codec, "cp1252"):
        if candidate and candidate != "ascii" and (text := _try(data, candidate)) is not None:
            return text
    return data.decode("latin-1")


def _repair_utf8(data: bytes) -> str:
    """What says that it is UTF-8: with a few broken sequences it is, with hardly a whole one it is cp1252."""
    text = data.decode("utf_8", "replace")
    broken = text.count("\ufffd")
    whole = sum(character > "\x7f" for character in text[:100_000]) - broken
    if broken > whole and (other := _try(data, "cp1252")) is not None:
        return other
    return text


def _to_shift_jis(data: bytes) -> bytes:
    """ISO-2022-JP as Shift JIS, whose table has the characters (①, ㈱, NEC's kanji) that programs send although
    the standard does not know them."""
    out = bytearray()
    for number, run in enumerate(_TWO_BYTES.split(data)):
        if number % 2 == 0:
            out += run
            continue
        for high, low in zip(run[::2], run[1::2], strict=False):
            out.append((high - 0x21 >> 1) + (0x81 if high < 0x5F else 0xC1))
            out.append(low + (0x1F if low < 0x60 else 0x20) if high % 2 else low + 0x7E)
    return bytes(out)


def _try(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except (UnicodeError, ValueError):
        return None
