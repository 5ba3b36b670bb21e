"""One line of a mail's text, and what it looks like: every question is about a bounded number of characters."""

from typing import Final

from duetime.channels.email.reply_words import AFTER_WROTE, DATE, WROTE, WROTE_ENDS, WROTE_LAST, header_kind

LINE_CHARS: Final = 400
_TAIL_CHARS: Final = 60
_MARKED_END_CHARS: Final = 40


class Line:
    __slots__ = ("_wrote", "full", "lower", "marked", "may_end_attribution", "text", "wrote_last")

    def __init__(self, full: str) -> None:
        self.full = full
        self.text = full[:LINE_CHARS].strip()
        self.lower = self.text.lower()
        self.marked = full.startswith(">")
        """With the mark of a quote, which may also be the end of an address that a program broke off."""
        self.wrote_last = _ends_with_verb(self.lower[-_TAIL_CHARS:])
        self._wrote: bool | None = None
        self.may_end_attribution = self.wrote_last or self.text.endswith((":", "：", ">"))

    @property
    def header(self) -> str | None:
        return header_kind(self.lower)

    @property
    def dated(self) -> bool:
        return DATE.search(self.text) is not None

    @property
    def wrote(self) -> bool:
        if self._wrote is None:
            self._wrote = WROTE.search(self.lower) is not None
        return self._wrote

    @property
    def addressed(self) -> bool:
        return "@" in self.text

    @property
    def quoted(self) -> bool:
        """Marked, and not ``> wrote:``."""
        return (
            self.marked
            and self.text not in (">:", "> :")
            and not (self.wrote_last and len(self.text) < _MARKED_END_CHARS)
        )


def _ends_with_verb(tail: str) -> bool:
    return tail.rstrip(AFTER_WROTE).endswith(WROTE_ENDS) and WROTE_LAST.search(tail) is not None
