"""What happens when a contact says nothing after an answer: they are reminded, what their chat did not fetch goes on by
mail, and in the end the conversation closes."""

from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from duetime.queues.records import Conversation
from duetime.queues.store import Store
from duetime.router.ids import EndpointId
from duetime.router.message import Author, Channel, Destination, Kind
from duetime.router.routing import Routing
from duetime.router.template import fill
from duetime.service.own_message import own_message

EMAIL_FIELD: Final = "email"
"""The attribute with the address that a visitor gave."""
MOST: Final = 50
"""So many messages go on by mail at once."""


class MailWay(msgspec.Struct, frozen=True, kw_only=True):
    """How answers of a chat go on when its visitor is gone."""

    endpoint: EndpointId
    """The mail address of ours that sends them."""
    after_s: int


class Silence:
    def __init__(self, store: Store, routing: Callable[[], Routing], ways: Mapping[EndpointId, MailWay]) -> None:
        """``ways``: by chat endpoint, for those that have one."""
        self._store = store
        self._routing = routing
        self._ways = ways

    async def unseen_s(self, found: Conversation) -> int:
        """After how long an answer that no client has fetched goes on by mail; 0: it waits for its visitor."""
        way = self._ways.get(found.destination.endpoint)
        return way.after_s if way and await self._mail_address(found) else 0

    async def carry_on(self, found: Conversation) -> bool:
        """Sends on by mail what was not fetched; False when there is nothing to send, or nowhere to."""
        way, address = self._ways.get(found.destination.endpoint), await self._mail_address(found)
        if way is None or address is None:
            return False
        history = await self._store.views.messages(found.id, after=found.delivered, limit=MOST)
        numbers = [one.number for one in history if one.kind is Kind.MESSAGE and one.author is not Author.CONTACT]
        to = Destination(channel=Channel.EMAIL, endpoint=way.endpoint, address=address)
        return await self._store.conversations.carry_on(self._store.clock(), found.id, to, numbers) > 0

    async def remind(self, found: Conversation) -> None:
        """Raises Gone when the contact has spoken, or it is no longer their turn."""
        routing, now = self._routing(), self._store.clock()
        queue = routing.queues.get(found.queue)
        associate = routing.associates.get(found.associate) if found.associate else None
        values = {
            "contact": found.contact_name or "",
            "queue": queue.name if queue else "",
            "associate": associate.name if associate else "",
            "subject": found.subject or "",
        }
        notice = own_message(now, fill(routing.channels[found.channel].reminder, values), Kind.NOTICE)
        await self._store.conversations.send(now, found.id, None, notice, None, by_timer=True)

    async def close(self, found: Conversation) -> None:
        """Raises Gone when the contact has spoken, or it is no longer their turn."""
        await self._store.conversations.close(self._store.clock(), found.id, how="silence")

    async def _mail_address(self, found: Conversation) -> str | None:
        """The contact's, proven or as they gave it; never one that may be somebody else's."""
        contact = await self._store.contacts.get(found.contact)
        proven = (one.removeprefix("email:") for one in contact.proven if one.startswith("email:"))
        return next(proven, found.attributes.get(EMAIL_FIELD))
