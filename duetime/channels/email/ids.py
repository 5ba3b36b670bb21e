"""Message ids and dates of a mail's headers."""

import re
from email.utils import mktime_tz, parsedate_tz
from typing import Final

from duetime.channels.email.headers import Headers, one_line
from duetime.channels.email.limits import REFERENCES, Cuts

ID_CHARS: Final = 998
"""The longest line that a mail may have; no id is longer."""
_IN_BRACKETS: Final = re.compile(r"<\s*([^<>]{1,998}?)\s*>")
_BLANKS: Final = re.compile(r"\s+")
_DATE_CHARS: Final = 100
_YEARS_MS: Final = (0, 4_102_444_800_000)
"""1970 to 2100; what lies outside is no date of a mail."""


def read_id(text: str) -> str | None:
    """The id of a Message-ID header, without its brackets, if it has any."""
    found = _IN_BRACKETS.search(text)
    return (found[1] if found else text.strip("<>\r\n\t "))[:ID_CHARS] or None


def read_ids(text: str, cuts: Cuts | None = None) -> tuple[str, ...]:
    """The ids of In-Reply-To or References, in order, each once. Without brackets the words with an ``@`` are ids."""
    text = _BLANKS.sub(" ", text)
    found = _IN_BRACKETS.findall(text) if "<" in text else [word for word in text.split() if "@" in word]
    ids = tuple(dict.fromkeys(found))
    if len(ids) <= REFERENCES:
        return ids
    if cuts is not None:
        cuts.add(f"More than {REFERENCES} references; those in the middle were not read.")
    # The first says where it began, the last what it answers.
    return ids[:1] + ids[1 - REFERENCES :]


def read_date(headers: Headers) -> int | None:
    """The Date header as epoch ms; None when it is none."""
    text = one_line(headers.text("date"))[:_DATE_CHARS]
    try:
        parsed = parsedate_tz(text)
        at = mktime_tz(parsed) * 1000 if parsed else None
    except (ValueError, OverflowError, IndexError, TypeError):
        return None
    return at if at is not None and _YEARS_MS[0] <= at < _YEARS_MS[1] else None
