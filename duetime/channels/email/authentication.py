"""Whether our own server vouches for the domain of the sender (RFC 8601).

Only the topmost Authentication-Results of one of our servers counts. Whoever sends a mail can write such headers
too, but they stand below the one that our server writes, or name another server.
"""

import re
from typing import Final

from duetime.channels.email.headers import Headers, to_text

_RESULT: Final = re.compile(r"\s*([a-z][\w-]*)\s*(?:/\s*\d+\s*)?=\s*([a-z]+)", re.IGNORECASE)
_HEADER_FROM: Final = re.compile(r"(?:^|\s)header\.from\s*=\s*\"?([^\s\";]+)", re.IGNORECASE)
_QUOTED: Final = re.compile(r'"(?:[^"\\]|\\.)*"')


def is_authenticated(headers: Headers, from_addr: str, authserv_ids: frozenset[str]) -> bool:
    """Whether one of the servers ``authserv_ids`` (in lower case) found DMARC passed for the domain of the sender."""
    for value in headers.every("authentication-results"):
        server, *results = _split(to_text(value))
        if server.split()[:1] and server.split()[0].lower() in authserv_ids:
            return _passes(results, from_addr)
    return False


def _split(text: str) -> list[str]:
    """The clauses between semicolons, without comments and with quoted strings emptied of what separates."""
    text = _QUOTED.sub(lambda found: found[0].replace(";", " ").replace("(", " ").replace(")", " "), text)
    kept: list[str] = []
    depth = 0
    for piece in re.split(r"([()])", text):
        if piece == "(":
            depth += 1
        elif piece == ")":
            depth = max(depth - 1, 0)
        elif not depth:
            kept.append(piece)
    return " ".join(kept).split(";")


def _passes(results: list[str], from_addr: str) -> bool:
    found = [clause for clause in results if (result := _RESULT.match(clause)) and result[1].lower() == "dmarc"]
    if len(found) != 1:
        return False
    result, checked = _RESULT.match(found[0]), _HEADER_FROM.search(found[0])
    if result is None or result[2].lower() != "pass" or checked is None:
        return False
    return _is_same(checked[1].rpartition("@")[2], from_addr.rpartition("@")[2])


def _is_same(checked: str, domain: str) -> bool:
    """Whether our server checked the domain that we read: two programs may read two senders out of one header.

    Of a label in another script only that it is one is compared: programs encode it by one of two standards.
    """
    theirs, ours = checked.lower().rstrip(".").split("."), domain.lower().rstrip(".").split(".")
    return len(theirs) == len(ours) and all(
        one == other or (not other.isascii() and one.startswith("xn--"))
        for one, other in zip(theirs, ours, strict=True)
    )
