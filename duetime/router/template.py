"""Texts with places for what is known when they are sent: ``We have your mail, {contact}.``

Only the names below stand for something; a brace is written twice. A text is no format string: nothing in it reaches
into a value.
"""

import re
from collections.abc import Collection, Mapping
from typing import Final

PLACES: Final = ("contact", "queue", "associate", "subject", "due")
REMINDER_PLACES: Final = ("contact", "queue", "associate", "subject")
TEXT: Final = "text"
"""In a template around a text: where that goes."""

_PLACE: Final = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")


def fill(template: str, values: Mapping[str, str]) -> str:
    """The text with its places filled; one for which there is no value stays empty."""

    def put(found: re.Match[str]) -> str:
        if found[0] in ("{{", "}}"):
            return found[0][0]
        return values.get(found[1] or "", "")

    return _PLACE.sub(put, template)


def unknown_places(template: str, places: Collection[str] = PLACES) -> list[str]:
    """What stands in braces and is none of these places, and single braces, as they are written."""
    return [found[0] for found in _PLACE.finditer(template) if found[0] not in ("{{", "}}") and found[1] not in places]


def has_place(template: str, place: str) -> bool:
    return any(found[1] == place for found in _PLACE.finditer(template))
