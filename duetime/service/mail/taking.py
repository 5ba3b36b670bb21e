"""How raw mail is handed over, by whatever way it came: fetched from a mailbox, or sent to us by SMTP or LMTP."""

from collections.abc import Awaitable, Callable

import msgspec

from duetime.queues.readers import Position
from duetime.router.ids import EndpointId


class Oversized(msgspec.Struct, frozen=True):
    """A mail that is larger than ``email.mail_bytes``, of which only the beginning was fetched."""

    size: int
    """In bytes, as the server says."""
    head: bytes
    """Its header, or the beginning of it."""


Take = Callable[[EndpointId, bytes | Oversized, Position | None], Awaitable[None]]
"""Takes a mail to an endpoint; when it returns, the mail is kept for good, and so is the position of the reader that
found it. Taking the same mail again is harmless. Raises ServerLost and NotReady: the same mail may be handed over
again later."""
