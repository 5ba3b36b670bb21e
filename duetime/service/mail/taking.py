"""How raw mail is handed over, by whatever way it came: fetched from a mailbox, or sent to us by SMTP or LMTP."""

from collections.abc import Awaitable, Callable

import msgspec

from duetime.queues.positions import Position
from duetime.router.ids import EndpointId


class Partial(msgspec.Struct, frozen=True):
    """A mail of which only the beginning was fetched, or nothing."""

    head: bytes
    """Its header, or the beginning of it."""
    reason: str
    """Why there is no more of it, as the end of a sentence about it."""


Take = Callable[[EndpointId, bytes | Partial, Position | None], Awaitable[None]]
"""Takes a mail to an endpoint; when it returns, the mail is kept for good, and so is how far its folder
is read. Taking the same mail again is harmless. Raises ServerLost and NotReady: the same mail may be handed over
again later."""
