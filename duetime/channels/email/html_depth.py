"""How deep the elements of HTML nest, measured in linear time before anything builds a tree of them."""

import re
from collections import Counter
from typing import Final

from duetime.channels.email.html_scan import scan_html

_VOID: Final = frozenset(
    (
        *("area", "base", "basefont", "bgsound", "br", "col", "embed", "frame", "hr", "image", "img", "input"),
        *("keygen", "link", "meta", "param", "source", "track", "wbr"),
    )
)
_OPENING: Final = re.compile(r"<[A-Za-z]")
_BARRIERS: Final = frozenset(("applet", "button", "caption", "marquee", "object", "table", "td", "template", "th"))
"""Elements that a closing tag within them does not reach beyond."""
_CELLS: Final = frozenset(("td", "th", "tr"))
"""Elements before which a cell of the table ends."""
_REPLACE_THEMSELVES: Final = frozenset(("dd", "dt", "li", "option", "p", "tr"))


def is_deeper(html: str, limit: int) -> bool:
    """Whether elements nest deeper than ``limit``. May say so of a broken page whose elements a browser would close."""
    if len(_OPENING.findall(html)) <= limit:
        return False
    nesting = _Nesting()
    foreign = False
    for token in scan_html(html):
        if isinstance(token, str):
            continue
        # Within drawings and formulas every element nests.
        foreign = foreign or token.name in ("svg", "math")
        if token.closing:
            nesting.close(token.name)
        elif foreign or token.name not in _VOID:
            nesting.open(token.name)
            if nesting.depth > limit:
                return True
    return False


class _Nesting:
    """The open elements. Each barrier starts a frame, in which closing tags look for what they close; every element
    is pushed and popped once."""

    def __init__(self) -> None:
        self.depth = 0
        self._frames: list[list[str]] = [[]]
        self._barriers = Counter[str]()

    def open(self, name: str) -> None:
        if name in _CELLS and self._barriers["table"]:
            while len(self._frames) > 1 and self._frames[-2][-1] in ("td", "th"):
                self._drop_frame()
                self._pop()
        frame = self._frames[-1]
        if name in _REPLACE_THEMSELVES and frame and frame[-1] == name:
            return
        frame.append(name)
        self.depth += 1
        if name in _BARRIERS:
            self._barriers[name] += 1
            self._frames.append([])

    def close(self, name: str) -> None:
        if name in _BARRIERS:
            while self._barriers[name]:
                self._drop_frame()
                if self._pop() == name:
                    return
        elif name in self._frames[-1]:
            while self._pop() != name:
                pass

    def _drop_frame(self) -> None:
        self.depth -= len(self._frames.pop())

    def _pop(self) -> str:
        name = self._frames[-1].pop()
        self.depth -= 1
        if name in _BARRIERS:
            self._barriers[name] -= 1
        return name
