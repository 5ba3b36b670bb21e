"""What a channel's adapter promises: bytes to `InboundMessage`, `OutboundMessage` to bytes, without I/O.

The thin loop around an adapter (mailbox, webhook, socket) does the I/O and hands the message to intake, or
takes it from the outbox; the adapter itself is tested on files.
"""

from typing import Protocol

import msgspec

from duetime.router.errors import Invalid
from duetime.router.ids import EndpointId
from duetime.router.message import TEXT_LIMIT, Channel, InboundMessage, OutboundMessage


class Unreadable(Invalid):
    """Bytes that are no message of this channel; reading them again will not help."""

    code, title = "unreadable", "This is not a message of the channel"


class Capabilities(msgspec.Struct, frozen=True, kw_only=True):
    """What a channel can do, so that a desk offers only what will arrive."""

    text_chars: int = TEXT_LIMIT
    """The longest text of one message."""
    subject: bool = False
    typing: bool = False
    """Either side can see that the other is writing."""
    receipts: bool = False
    """Tells when a message was delivered or read."""


class Adapter(Protocol):
    """One channel in both directions. Stateless: one value serves every endpoint of the channel."""

    @property
    def channel(self) -> Channel: ...

    @property
    def capabilities(self) -> Capabilities: ...

    def parse(self, raw: bytes, *, endpoint: EndpointId, received_at: int) -> InboundMessage:
        """The message in ``raw``, as it came to ``endpoint``. Parsing the same bytes again gives the same
        ``external_id``. Raises Unreadable."""
        ...

    def render(self, message: OutboundMessage) -> bytes:
        """The message as the channel transports it. Raises Invalid for one that `capabilities` rules out."""
        ...
