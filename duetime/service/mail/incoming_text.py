"""The text of a mail as SMTP carries it (RFC 5321, section 4.5.2), from pieces of any size.

It ends with a dot alone between two CRLF and with nothing else: a peer that takes another line end for the same could
be made to hand over two mails as one. Each piece is done with when it comes, so that a large mail holds up nobody.
"""

from io import BytesIO
from typing import Final

_END: Final = b"\r\n.\r\n"
_STUFFED: Final = b"\r\n."


class IncomingText:
    def __init__(self, limit: int) -> None:
        """``limit``: of a text of more bytes nothing is kept."""
        self._limit = limit
        self._size = 0
        self._kept = BytesIO()  # gives what it holds without copying it once more
        # The line end before the text belongs to the command; with it a dot in the first line is like any other.
        self._open = b"\r\n"
        self._before = len(self._open)

    def feed(self, piece: bytes) -> bytes | None:
        """What follows the end of the text; None as long as that has not come."""
        data = self._open + piece
        if (end := data.find(_END)) >= 0:
            self._keep(data[: end + 2])
            return data[end + len(_END) :]
        cut = max(0, len(data) - len(_END) + 1)
        for back in (1, 2):
            if cut >= back and data[cut - back :].startswith(_STUFFED):
                cut -= back
                break
        self._keep(data[:cut])
        self._open = data[cut:]
        return None

    def content(self) -> bytes | None:
        """The whole text; None when it is too long."""
        return None if self._too_long else self._kept.getvalue()

    @property
    def _too_long(self) -> bool:
        return self._size > self._limit

    def _keep(self, data: bytes) -> None:
        part = data.replace(_STUFFED, b"\r\n")
        if self._before:  # what stands before the text may come in two parts
            self._before, part = max(0, self._before - len(part)), part[self._before :]
        self._size += len(part)
        if self._too_long:
            self._kept = BytesIO()
        else:
            self._kept.write(part)
