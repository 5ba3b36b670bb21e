"""What a subject is about, without what mail programs put before it."""

import re
import unicodedata
from typing import Final

_PREFIX: Final = re.compile(
    r"\s*(?:re|aw|antw|sv|vs|fw|fwd|wg|tr|rv|rif|ref|res|odp|enc|doorst|vb|转发|回复|答复|回覆|轉寄)\s*(?:\[\d{1,4}\]|\(\d{1,4}\))?\s*[:：]",
    re.IGNORECASE,
)
_TAG: Final = re.compile(r"\s*\[[^\[\]]{0,80}\]")
_PREFIXES_MOST: Final = 50


def topic(subject: str | None) -> str:
    """Of ``Re: AW: [Shop] Order  4711`` it is ``order 4711``."""
    rest = unicodedata.normalize("NFKC", subject or "")
    for _ in range(_PREFIXES_MOST):
        found = _PREFIX.match(rest) or _TAG.match(rest)
        if found is None:
            break
        rest = rest[found.end() :]
    return " ".join(rest.casefold().split())


def is_other_topic(subject: str | None, before: str | None) -> bool:
    """Whether a mail with this subject is about something else than the conversation that had the other one. One
    without a subject goes on with what was before."""
    now, then = topic(subject), topic(before)
    return bool(now and then) and now != then
