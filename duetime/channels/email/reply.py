"""The reply in a text: what its author wrote now, without what it quotes and without signature.

Every rule looks at lines of bounded length and at a bounded number of neighbours, so that the time grows with the
text and with nothing else.
"""

import re
from typing import Final

from duetime.channels.email.limits import REPLY_CHARS, REPLY_LINES
from duetime.channels.email.reply_lines import LINE_CHARS, Line
from duetime.channels.email.reply_words import ADDRESS, DATE, FORWARDED, OPENER, ORIGINAL, SENT_FROM, SEPARATOR

_ATTRIBUTION_LINES: Final = 6
"""The most lines over which the words above a quote are broken."""
_HEADER_LINES: Final = 10
_SENT_FROM_CHARS: Final = 120
_DATE_AT_CHARS: Final = 40
"""Where a date begins at the latest in an attribution without a verb."""


def trim_reply(text: str) -> str:
    """The reply, or the whole text where nothing in it looks quoted, or where nothing else would be left."""
    if len(text) > REPLY_CHARS or text.count("\n") > REPLY_LINES:
        return text.strip()
    kept = "\n".join(_Trimming([Line(line) for line in text.split("\n")]).keep()).strip()
    return kept or text.strip()


class _Trimming:
    def __init__(self, lines: list[Line]) -> None:
        self._lines = lines
        self._kept: list[str] = []
        self._has_text = False
        self._next_end = _next_ends(lines)

    def keep(self) -> list[str]:
        lines = self._lines
        position = 0
        while position < len(lines):
            line = lines[position]
            if FORWARDED.match(line.lower):
                # What somebody passes on is what they want to be read.
                return self._kept + [later.full for later in lines[position:]]
            if self._ends_here(position):
                break
            if line.text and (behind := self._attribution(position)) is not None:
                position = self._skip_quote(behind)
            elif line.marked:
                position = self._pass_marked(position)
            else:
                self._keep(line.full)
                position += 1
        return self._without_separators()

    def _keep(self, text: str) -> None:
        self._kept.append(text)
        self._has_text = self._has_text or bool(text.strip())

    def _without_separators(self) -> list[str]:
        while self._kept and (not self._kept[-1].strip() or SEPARATOR.match(self._kept[-1][:LINE_CHARS])):
            self._kept.pop()
        return self._kept

    def _ends_here(self, position: int) -> bool:
        """Whether the reply ends above this line, whatever follows."""
        line = self._lines[position]
        if line.header is not None and self._is_header_block(position):
            return True
        if ORIGINAL.match(line.lower):
            return True
        if not self._has_text:
            return False
        short = len(line.full) <= _SENT_FROM_CHARS
        return line.text == "--" or (short and SENT_FROM.match(line.lower) is not None and not line.wrote_last)

    def _is_header_block(self, position: int) -> bool:
        """From, Sent, To, Subject of the mail below; programs break their values over lines."""
        kinds: set[str] = set()
        addressed, strange = False, 0
        for line in self._lines[position : position + _HEADER_LINES]:
            if line.header is None:
                if not line.text or strange:
                    break
                strange += 1
            else:
                kinds.add(line.header)
                strange = 0
            addressed = addressed or line.addressed
        kinds.discard("other")
        if "from" not in kinds and not {"date", "to"} <= kinds:
            return False
        return len(kinds) >= 2 and (addressed or ("subject" in kinds and len(kinds) >= 3))

    def _attribution(self, start: int) -> int | None:
        """Where the lines end that say who wrote what follows, if they begin here."""
        if self._next_end[start] >= start + _ATTRIBUTION_LINES:
            return None
        joined, blanks = "", 0
        dated = addressed = False
        for end in range(start, min(start + _ATTRIBUTION_LINES, len(self._lines))):
            line = self._lines[end]
            blanks += not line.text
            if blanks > 1 or (end > start and line.quoted):
                return None
            joined = f"{joined} {line.text}".strip()
            if len(joined) > LINE_CHARS:
                return None
            dated, addressed = dated or line.dated, addressed or line.addressed
            likely = dated or addressed or line.marked or joined.startswith("--")
            if likely and line.may_end_attribution and self._is_attribution(joined, start, end):
                return self._accept(start, end)
        return None

    def _is_attribution(self, joined: str, start: int, end: int) -> bool:
        """Whether these lines say who wrote: by a verb, or with no verb by a date and an address at the end."""
        date, last = DATE.search(joined), self._lines[end]
        address = max(ADDRESS.finditer(joined), key=re.Match.end, default=None)
        if last.wrote_last:
            framed = joined.startswith("--") and joined.endswith("--")
            return bool(address or framed or (date and OPENER.search(joined)))
        colon = joined.endswith((":", "："))
        if date is None:
            return False
        if colon and any(line.wrote for line in self._lines[start : end + 1]):
            return True
        if address is None or date.start() > _DATE_AT_CHARS:
            return False
        return (colon and address.end() >= len(joined) - 4) or (joined.endswith(">") and self._quote_follows(end))

    def _quote_follows(self, end: int) -> bool:
        return any(line.quoted for line in self._lines[end + 1 : end + 3])

    def _accept(self, start: int, end: int) -> int | None:
        """The line behind the attribution, unless it begins further down. Keeps what stands before it on its line."""
        first = self._lines[start]
        opener = OPENER.search(first.text)
        if opener is not None:
            if before := first.text[: opener.start("opener")].rstrip(" -_*"):
                self._keep(before)
        elif end > start and not first.dated:
            # A line of the reply right above, which was only joined to the attribution.
            rest = " ".join(line.text for line in self._lines[start + 1 : end + 1]).strip()
            if self._is_attribution(rest, start + 1, end):
                return None
        return end + 1

    def _skip_quote(self, position: int) -> int:
        """Behind the quote under an attribution: all that has marks, or without any the rest of the text."""
        start = position
        while start < len(self._lines) and not self._lines[start].text:
            start += 1
        if start < len(self._lines) and self._lines[start].marked:
            return self._behind_marks(start)
        return len(self._lines) if self._has_text else position

    def _pass_marked(self, position: int) -> int:
        """Behind marked lines without an attribution. They are a quote when they begin or end the text."""
        behind = self._behind_marks(position)
        if self._has_text and any(line.text for line in self._lines[behind:]):
            for line in self._lines[position:behind]:
                self._keep(line.full)
        return behind

    def _behind_marks(self, position: int) -> int:
        """Marked lines, with a line or two between them that a program broke off, or that are blank."""
        lines = self._lines
        while position < len(lines):
            if not lines[position].marked:
                near = range(position + 1, min(position + 3, len(lines)))
                ahead = next((number for number in near if lines[number].marked), None)
                if ahead is None or (ahead > position + 1 and not (lines[position].text and lines[position + 1].text)):
                    break
                position = ahead
            position += 1
        return position


def _next_ends(lines: list[Line]) -> list[int]:
    """For each line the next one, itself included, that may end an attribution."""
    found = [len(lines) + _ATTRIBUTION_LINES] * len(lines)
    following = len(lines) + _ATTRIBUTION_LINES
    for number in range(len(lines) - 1, -1, -1):
        if lines[number].may_end_attribution:
            following = number
        found[number] = following
    return found
