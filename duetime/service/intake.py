"""Intake: from a message of a channel to a routed conversation. The same for every channel."""

import secrets
from collections.abc import Callable
from hashlib import sha256

import msgspec

from duetime.queues.conversations import IntakeIds
from duetime.queues.decode import About
from duetime.queues.policy import base_class, policy_fields
from duetime.queues.records import Accepted
from duetime.queues.replies import UnknownClass
from duetime.queues.store import Store
from duetime.router.errors import Invalid
from duetime.router.ids import ContactId, ConversationId, MessageId, make_id
from duetime.router.message import TEXT_LIMIT, Author, InboundMessage, Message
from duetime.router.routing import Routing
from duetime.router.triage import triage


class Intake:
    def __init__(self, store: Store, routing: Callable[[], Routing]) -> None:
        self._store = store
        self._routing = routing

    async def receive(self, message: InboundMessage, *, body_hash: str = "") -> Accepted:
        """Takes a message in, once: the same ``external_id`` on the same endpoint again gives what it became the
        first time. When this returns the message is stored and its conversation is routed.

        ``body_hash`` tells whether a repetition is one; without it the text does. Raises KeyReused when the id came
        with another body, NotFound when a referenced conversation is not the sender's, Invalid.
        """
        if len(message.text) > TEXT_LIMIT:
            raise Invalid(f"The text is longer than {TEXT_LIMIT} characters.")
        routing = self._routing()
        rules = routing.channels[message.channel]
        default = routing.endpoints.get(message.endpoint, rules.default_queue)
        verdict = triage(message, routing.triage, default)
        base = base_class(verdict.queue, message.channel, verdict.skills)
        now = self._store.clock()
        stamp = secrets.randbits(48)
        ids = IntakeIds(
            ContactId(make_id("ct", now, stamp)),
            ConversationId(make_id("cv", now, stamp)),
            MessageId(make_id("ms", now, stamp)),
        )
        about = About(
            subject=message.subject,
            language=message.language,
            contact_name=message.sender.name,
            attributes=message.attributes,
            rule=verdict.rule,
        )
        history = Message(
            id=ids.message,
            at=now,
            author=Author.CONTACT,
            text=message.text,
            name=message.sender.name,
            external_id=message.external_id,
        )

        async def take_in() -> Accepted:
            return await self._store.conversations.take_in(
                now,
                message,
                ids=ids,
                message=history,
                about=msgspec.json.encode(about),
                fingerprint=body_hash or sha256(message.text.encode(errors="surrogatepass")).hexdigest()[:16],
                reopen_within_s=rules.reopen_within_s,
                policy=policy_fields(routing, base, verdict.priority),
            )

        try:
            return await take_in()
        except UnknownClass:
            await self._store.topology.compile(routing, [base])
            return await take_in()
