"""DKIM (RFC 6376): our domain vouches for a mail of ours."""

from typing import Final

import dkim

from duetime.config.email_settings import Dkim

SIGNED: Final = (
    *(b"from", b"to", b"reply-to", b"subject", b"date", b"message-id", b"in-reply-to", b"references"),
    *(b"mime-version", b"content-type", b"auto-submitted"),
)


class UnusableKey(Exception):
    """The private key cannot sign; the message says which and why, never what is in it."""


def sign(raw: bytes, settings: Dkim) -> bytes:
    """The mail with the signature above it. Raises UnusableKey. Takes up to a second for 25 MB: call it in a thread."""
    try:
        signature = dkim.sign(
            raw,
            settings.selector.encode(),
            settings.domain.encode("idna"),
            settings.private_key.encode(),
            canonicalize=(b"relaxed", b"simple"),
            include_headers=[name for name in SIGNED if _has(raw, name)],
        )
    except (dkim.DKIMException, ValueError, TypeError, IndexError):
        raise UnusableKey(
            f"The DKIM key of {settings.domain} ({settings.selector}) cannot sign: it has to be an RSA key in PEM."
        ) from None
    return bytes(signature) + raw


def _has(raw: bytes, name: bytes) -> bool:
    head = b"\r\n" + raw.partition(b"\r\n\r\n")[0].lower()
    return b"\r\n" + name + b":" in head
