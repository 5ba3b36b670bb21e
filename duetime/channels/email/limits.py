"""How much of a mail is read. What lies beyond is left out, and the mail says so in a sentence."""

from typing import Final

RAW_BYTES: Final = 25_000_000
HEADER_LINES: Final = 1000
"""Lines of one header block, those of folded headers counted."""
HEADER_BYTES: Final = 65_536
"""One header, unfolded."""
PARTS: Final = 1000
DEPTH: Final = 50
"""Multiparts in multiparts."""
ADDRESSES: Final = 500
"""Of one header."""
REFERENCES: Final = 500
PARAMETERS: Final = 200
"""Of one header such as Content-Type."""
HTML_NESTING: Final = 500
HTML_TAGS: Final = 100_000
HTML_STEPS: Final = 20_000_000_000
"""Characters that the sanitiser would copy: it takes each text apart at character references and at the characters
U+0080 to U+00BF, and copies what it has at each."""
TEXT_CHARS: Final = 4_000_000
"""Of the plain text; intake takes less of it, but the rest stays searchable in the archive."""
REPLY_CHARS: Final = 1_000_000
"""The longest text in which the quoted part is looked for."""
REPLY_LINES: Final = 10_000
SUBJECT_CHARS: Final = 1000
NAME_CHARS: Final = 1000
"""Names of people and of files."""


class Cuts:
    """The limits that one mail hit, each once, as sentences."""

    def __init__(self) -> None:
        self._sentences: dict[str, None] = {}

    def add(self, sentence: str) -> None:
        self._sentences[sentence] = None

    def sentences(self) -> tuple[str, ...]:
        return tuple(self._sentences)
