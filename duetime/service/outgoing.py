"""Puts together what is sent: a message of ours, with what its thread needs."""

from collections.abc import Iterable, Iterator, Mapping

from duetime.queues.outbox import Claim, Delivery
from duetime.queues.store import Store
from duetime.router.message import Message, OutboundMessage
from duetime.service.delivery import SendRefused

THREAD_MOST = 20
"""So many of the messages before it are named at most."""


class Outgoing:
    def __init__(self, store: Store) -> None:
        self._store = store

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
            channel=found.channel,
            endpoint=claim.delivery.endpoint,
            queue=found.queue,
            at=message.at,
            to=found.address,
            to_name=found.contact_name,
            text=message.text,
            subject=found.subject,
            kind=message.kind,
            associate=message.associate,
            references=tuple(_names(history, await self._store.outbox.deliveries(found.id), message.number)),
            attachments=message.attachments,
        )


def _names(history: Iterable[Message], deliveries: Mapping[int, Delivery], before: int) -> Iterator[str]:
    """What the channel calls these messages, as far as it has seen them."""
    for message in history:
        sent = deliveries.get(message.number)
        name = sent.remote_id if sent else message.reference
        if name and message.number < before:
            yield name
