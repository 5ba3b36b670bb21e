"""The ``api`` channel: an integration posts messages over HTTP and reads the answers."""

import re
import secrets
from typing import Annotated

import msgspec
from msgspec import Meta

from duetime.config.fields import Language, Slug, Title
from duetime.router.errors import Invalid
from duetime.router.ids import ConversationId, EndpointId, is_id, make_id
from duetime.router.message import TEXT_LIMIT, Channel, InboundMessage, Sender

Address = Annotated[str, Meta(min_length=1, max_length=320)]
ExternalId = Annotated[str, Meta(min_length=1, max_length=200)]
AttributeName = Annotated[str, Meta(min_length=1, max_length=64)]
AttributeValue = Annotated[str, Meta(max_length=1000)]

_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")


class SenderIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who wrote the message, as the integration knows them."""

    address: Address
    """What the integration calls this person, such as a customer number. Always the same for one person."""
    name: Title | None = None
    verified: bool = False
    """The integration has proved that the address is theirs, for example by a login."""


class MessageIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of ``POST /v1/messages``."""

    sender: SenderIn
    text: Annotated[str, Meta(min_length=1, max_length=TEXT_LIMIT)]
    endpoint: Slug = "default"
    external_id: ExternalId | None = None
    """What the integration calls this message; posting the same id again changes nothing. The header
    ``Idempotency-Key`` says the same."""
    subject: Title | None = None
    language: Language | None = None
    """A language tag such as ``de`` or ``pt-BR``."""
    conversation: str | None = None
    """Continues this conversation, if it is the sender's."""
    attributes: Annotated[dict[AttributeName, AttributeValue], Meta(max_length=50)] = {}
    """Facts for the triage rules and the associate."""


def to_inbound(body: MessageIn, idempotency_key: str | None, now: int) -> InboundMessage:
    """The message as intake takes it. ``now`` (epoch ms) goes into the id of a message without one.

    Raises Invalid for a key with control characters or over 200 characters, two keys that differ, or an
    impossible conversation id.
    """
    key = idempotency_key or body.external_id
    if idempotency_key and body.external_id and idempotency_key != body.external_id:
        raise Invalid("The header Idempotency-Key and external_id differ. Send one of them, or both alike.")
    if key and (len(key) > 200 or _CONTROLS.search(key)):
        raise Invalid("An idempotency key is 1 to 200 characters without control characters.")
    if body.conversation is not None and not is_id("cv", body.conversation):
        raise Invalid("conversation is not the id of a conversation: those look like cv_ and 20 characters.")
    return InboundMessage(
        channel=Channel.API,
        endpoint=EndpointId(body.endpoint),
        external_id=key or make_id("ms", now, secrets.randbits(48)),
        sender=Sender(body.sender.address, body.sender.name, body.sender.verified),
        text=body.text,
        subject=body.subject,
        language=body.language,
        conversation=ConversationId(body.conversation) if body.conversation else None,
        attributes=body.attributes,
    )
