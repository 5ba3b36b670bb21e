"""What an adapter of a provider promises, without I/O: its webhooks to messages and receipts, ours to its requests."""

from collections.abc import Mapping
from typing import Protocol

import msgspec

from duetime.channels.sms.words import Word
from duetime.router.message import DeliveryState


class BadSignature(Exception):
    """A webhook that this provider did not sign, or not for this address, or too long ago."""


class Webhook(msgspec.Struct, frozen=True, kw_only=True):
    """A request of a provider."""

    method: str
    url: str
    """As the provider calls it: the configured public URL with the request's own query, never what ``Host`` says."""
    headers: Mapping[str, str]
    """By name in lower case."""
    body: bytes
    at: int
    """When it came, epoch ms."""
    client: str = ""
    """The IP address that it came from."""


class Media(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a message, which lies at the provider."""

    url: str
    content_type: str | None = None


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A message that came in several, for a provider that does not join them."""

    reference: str
    number: int
    """From 1."""
    total: int


class InboundSms(msgspec.Struct, frozen=True, kw_only=True):
    """A message of a contact, as its provider tells it."""

    id: str
    """The provider's, with its account where ids of several could meet."""
    sender: str
    """As the provider writes it: a number, or a name that cannot be answered."""
    to: str
    text: str
    media: tuple[Media, ...] = ()
    part: Part | None = None
    word: Word | None = None
    """What the provider itself took it for, where it keeps opt-outs too: the text may be a word that was set there."""


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """How far a message of ours has got."""

    id: str
    """What the provider calls it: the id that sending it gave. Ours, if it gave none."""
    state: DeliveryState | None
    """None: nothing that we keep, such as that it is still under way."""
    reason: str | None = None
    """Why it failed, as a sentence."""
    opted_out: bool = False
    """It failed because its recipient opted out at the provider."""
    ours: str | None = None
    """The id of our message, for a provider that repeats it."""


class OutboundSms(msgspec.Struct, frozen=True, kw_only=True):
    """A message of ours to one number."""

    id: str
    """Ours, the same at each attempt."""
    sender: str
    """The endpoint's number, or its name."""
    to: str
    """E.164."""
    text: str
    media: tuple[str, ...] = ()
    """Addresses at which the provider fetches files. Where it sends none, they stand below the text."""
    status_url: str | None = None
    """Where receipts go; None where we have no public address."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A call to a provider."""

    method: str
    url: str
    headers: dict[str, str] = {}
    body: bytes = b""

    def __repr__(self) -> str:
        return f"Request({self.method} {self.url.partition('?')[0]})"  # the rest has keys, and what people write


class Sent(msgspec.Struct, frozen=True):
    """The provider has it."""

    id: str | None = None
    """What the provider calls it; None where it tells no id: its receipts have ours."""


class Later(msgspec.Struct, frozen=True):
    """It was not taken now."""

    reason: str
    """A sentence."""
    after_s: float | None = None
    """How long the provider asks us to wait."""


class Refused(msgspec.Struct, frozen=True):
    """It will never be taken."""

    reason: str
    """A sentence."""
    opted_out: bool = False
    """Because its recipient opted out at the provider."""


class Acknowledged(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider wants to read as the answer to its webhook."""

    status: int = 200
    content_type: str = "text/plain"
    body: bytes = b""


class Provider(Protocol):
    """One account at a provider. Methods do no I/O, and read no clock: time stands in the webhook."""

    @property
    def acknowledged(self) -> Acknowledged: ...

    def verify(self, webhook: Webhook) -> None:
        """Raises BadSignature, without saying why."""
        ...

    def read_inbound(self, webhook: Webhook) -> list[InboundSms]:
        """The messages in a verified webhook. Raises Unreadable."""
        ...

    def read_receipts(self, webhook: Webhook) -> list[Receipt]:
        """The receipts in a verified webhook. Raises Unreadable."""
        ...

    def request(self, message: OutboundSms) -> Request:
        """The call that sends it."""
        ...

    def read_answer(self, status: int, headers: Mapping[str, str], body: bytes) -> Sent | Later | Refused:
        """What the provider said to that call. Header names are in lower case."""
        ...

    def media_headers(self, url: str) -> dict[str, str]:
        """What fetching a file of a message needs, such as the account's credentials: only for the provider's own
        hosts, nothing for any other."""
        ...
