"""What a server that takes a mail writes on top of it (RFC 5321, section 4.4)."""

import re
from collections.abc import Sequence
from email.utils import formatdate

_NAME = re.compile(r"[A-Za-z0-9.:_\[\]-]{1,255}")


def trace_header(
    *, host: str, protocol: str, peer: str, greeting: str, sender: str, recipients: Sequence[str], at: int
) -> bytes:
    """Who handed a mail over, when (epoch ms), from whom it came and to which of our addresses: a reply may show by its
    recipient alone where it belongs, and an empty sender that nobody wants an answer.

    What the peer says of itself is only repeated where it looks like a name.
    """
    name = greeting if _NAME.fullmatch(greeting) else "unknown"
    lines = [f"Return-Path: <{_address(sender)}>"]
    lines += [f"Delivered-To: {_address(recipient)}" for recipient in recipients]
    lines += [
        f"Received: from {name} ([{peer}])",
        f"\tby {host} (Duetime) with {protocol};",
        f"\t{formatdate(at / 1000)}",
    ]
    return "".join(f"{line}\r\n" for line in lines).encode(errors="surrogateescape")


def _address(text: str) -> str:
    """An address as one word: it cannot begin another line."""
    return "".join(char for char in text if (char.isprintable() and char not in " <>") or char > "\x7f")
