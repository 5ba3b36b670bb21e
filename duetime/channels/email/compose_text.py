"""The text of a mail of ours, and the HTML made from it."""

import re
from html import escape
from typing import Final

_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_LINK: Final = re.compile(r"https?://[^\s<>\"'`]{1,2000}", re.IGNORECASE)
_AFTER_LINK: Final = ".,;:!?)]}"
"""What ends a sentence rather than a link."""


def tidy_text(text: str) -> str:
    """With ``\\n`` as line end, and without control characters and half characters."""
    return _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip("\n")


def as_html(text: str, signature: str) -> str:
    """A page that shows the text as it was written, its links to be clicked. Nothing in the text is markup."""
    below = f'<div style="color:#666">-- <br>\n{_markup(signature)}</div>\n' if signature else ""
    return (
        '<!doctype html>\n<html><head><meta charset="utf-8"></head>\n<body dir="auto">\n'
        f"<div>{_markup(text)}</div>\n<br>\n{below}</body></html>\n"
    )


def _markup(text: str) -> str:
    parts, end = [], 0
    for found in _LINK.finditer(text):
        link = _without_sentence(found[0])
        parts += [_escaped(text[end : found.start()]), f'<a href="{escape(link)}">{escape(link)}</a>']
        end = found.start() + len(link)
    return "".join([*parts, _escaped(text[end:])])


def _without_sentence(link: str) -> str:
    """The link without what ends the sentence around it; a bracket that it opened itself stays."""
    while link[-1] in _AFTER_LINK and not (link[-1] == ")" and link.count("(") >= link.count(")")):
        link = link[:-1]
    return link


def _escaped(text: str) -> str:
    return escape(text).replace("  ", "&nbsp; ").replace("\n", "<br>\n")
