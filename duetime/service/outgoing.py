"""Puts together what is sent: a message of ours, with what its thread needs."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from duetime.queues.outbox import Claim, Delivery
from duetime.queues.records import Conversation
from duetime.queues.store import Store
from duetime.router.message import Author, Kind, Message, OutboundMessage
from duetime.router.routing import Routing
from duetime.service.delivery import SendRefused
from duetime.service.transcript import transcript

THREAD_MOST = 20
"""So many of the messages before it are named at most."""
TRANSCRIPT_MOST = 2000
"""So many messages are in a transcript at most, the newest ones."""


class Outgoing:
    def __init__(self, store: Store, routing: Callable[[], Routing]) -> None:
        self._store = store
        self._routing = routing

    async def of(self, claim: Claim) -> OutboundMessage:
        """Raises SendRefused when the message is gone."""
        views = self._store.views
        found = await views.conversation(claim.conversation)
        history = await views.messages(
            claim.conversation, after=max(0, claim.number - 1 - THREAD_MOST), limit=THREAD_MOST + 1
        )
        message = next((one for one in history if one.number == claim.number), None)
        if message is None:
            raise SendRefused("The message is no longer there.")
        return OutboundMessage(
            id=message.id,
            conversation=found.id,
            number=message.number,
            channel=claim.delivery.channel,
            endpoint=claim.delivery.endpoint,
            queue=found.queue,
            at=message.at,
            to=claim.delivery.address,
            to_name=found.contact_name,
            text=await self._text(found, message),
            subject=found.subject,
            kind=message.kind,
            associate=message.associate,
            heard_at=max((one.at for one in history if one.author is Author.CONTACT), default=None),
            references=tuple(_names(history, await self._store.outbox.deliveries(found.id), message.number)),
            attachments=message.attachments,
        )

    async def _text(self, found: Conversation, message: Message) -> str:
        if message.kind is not Kind.TRANSCRIPT:
            return message.text
        before = max(0, message.number - 1 - TRANSCRIPT_MOST)
        history = await self._store.views.messages(found.id, after=before, limit=TRANSCRIPT_MOST)
        return transcript(
            [one for one in history if one.kind.is_seen_by_contact and one.number < message.number],
            self._routing(),
            found,
        )


def _names(history: Iterable[Message], deliveries: Mapping[int, Delivery], before: int) -> Iterator[str]:
    """What the channel calls these messages, as far as it has seen them."""
    for message in history:
        sent = deliveries.get(message.number)
        name = sent.remote_id if sent else message.reference
        if name and message.number < before:
            yield name
