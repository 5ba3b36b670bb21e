"""Intake: from a message of a channel to a routed conversation. The same for every channel."""

import os
from collections.abc import Callable
from hashlib import sha256

import msgspec

from duetime.queues.conversations import IntakeIds, Opening, Standing
from duetime.queues.decode import About
from duetime.queues.policy import queue_place
from duetime.queues.positions import Position
from duetime.queues.records import Accepted
from duetime.queues.replies import UnknownClass
from duetime.queues.store import Store
from duetime.router.errors import NotReady, TooLarge
from duetime.router.ids import ContactId, ConversationId, MessageId, make_digits
from duetime.router.message import TEXT_LIMIT, Author, InboundMessage, Message
from duetime.router.routing import Routing
from duetime.service.choice import choose
from duetime.service.promises import opening_fields, returning

ATTEMPTS = 10
REMEMBERED_MAX = 20_000


class Intake:
    def __init__(self, store: Store, routing: Callable[[], Routing], text_chars: int = TEXT_LIMIT) -> None:
        self._store = store
        self._text_chars = text_chars
        self._routing = routing
        self._standings: dict[str, Standing] = {}

    async def receive(
        self,
        message: InboundMessage,
        *,
        body_hash: str = "",
        position: Position | None = None,
        acknowledge: bool = False,
    ) -> Accepted:
        """Takes a message in, once: the same ``external_id`` on the same endpoint again gives what it became the
        first time. When this returns the message is stored and its conversation is routed.

        ``body_hash`` tells whether a repetition is one; without it the text does. ``position``, how far its folder
        is read, is kept with it; a conversation that opens is acknowledged if ``acknowledge`` and its queue says how.
        Raises KeyReused when the id came with another body, NotFound when a referenced conversation is not the
        sender's, TooLarge.
        """
        if len(message.text) > self._text_chars:
            raise TooLarge(f"The text is longer than {self._text_chars} characters.")
        routing, now = self._routing(), self._store.clock()
        digits = make_digits(now, int.from_bytes(os.urandom(6), "big"))
        ids = IntakeIds(ContactId(f"ct_{digits}"), ConversationId(f"cv_{digits}"), MessageId(f"ms_{digits}"))
        history = _history(message, ids.message, now)
        sender = f"{message.endpoint}:{message.sender.doubted}:{message.sender.address}"
        standing, opening = self._standings.get(sender), None
        if standing is None:
            standing, opening = await self._opening(routing, message, now)
        for _ in range(ATTEMPTS):
            try:
                taken = await self._store.conversations.take_in(
                    now,
                    message,
                    ids=ids,
                    message=history,
                    fingerprint=body_hash or sha256(message.text.encode(errors="surrogatepass")).hexdigest()[:16],
                    reopen_within_s=routing.channels[message.channel].reopen_within_s,
                    returning=returning(routing, standing, now),
                    opening=opening,
                    position=position,
                    acknowledge=acknowledge,
                )
            except UnknownClass:
                if opening is None:  # the conversation that was known is over
                    standing, opening = await self._opening(routing, message, now)
                else:
                    await self._store.topology.compile(routing, [opening.base])
                continue
            if isinstance(taken, Standing):
                standing = taken
                continue
            if taken.standing is not None:
                self._remember(sender, taken.standing)
            return taken.accepted
        raise NotReady("The conversation changes faster than the message can join it. Send it again.")

    async def _opening(self, routing: Routing, message: InboundMessage, now: int) -> tuple[Standing, Opening]:
        """Where the message stands if it opens a conversation, and what that is like."""
        choice = await choose(self._store, routing, message, now)
        queue, priority = choice.base.queue, choice.priority
        standing = Standing(queue=queue, channel=message.channel, priority=priority)
        about = About(
            subject=message.subject,
            language=choice.language,
            contact_name=message.sender.name,
            attributes=message.attributes,
            rule=choice.rule,
        )
        place = queue_place(routing, choice.base, priority, now)
        fields = place.fields | opening_fields(routing, queue, standing, now)
        fields |= {"channel": message.channel.value, "endpoint": message.endpoint, "address": message.sender.address}
        if message.sender.doubted:
            fields["doubted"] = 1
        return standing, Opening(base=choice.base, about=msgspec.json.encode(about), fields=fields)

    def _remember(self, sender: str, standing: Standing) -> None:
        """Where this sender's conversation stands, so that their next message needs one call only."""
        if len(self._standings) >= REMEMBERED_MAX:
            self._standings.pop(next(iter(self._standings)))
        self._standings[sender] = standing


def _history(message: InboundMessage, message_id: MessageId, now: int) -> Message:
    """The message as its conversation's history has it."""
    return Message(
        id=message_id,
        at=now,
        author=Author.CONTACT,
        text=message.text,
        reply=message.reply,
        html=message.html,
        raw=message.raw,
        attachments=message.attachments,
        name=message.sender.name,
        reference=message.reference,
        remark=message.remark,
        external_id=message.external_id,
    )
