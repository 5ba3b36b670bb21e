"""Receipts: how far our messages got, whenever and in whatever order their provider tells it."""

import re
from typing import Final

import structlog

from duetime.channels.sms.provider import Receipt
from duetime.queues.opt_outs import Told
from duetime.queues.store import Store
from duetime.router.ids import ConversationId, is_id
from duetime.router.message import Kind
from duetime.service.own_message import own_message
from duetime.service.sms.our_number import OurNumber

REASON_CHARS: Final = 500
_OURS: Final = re.compile(r"(cv_[0-9a-z]{20})-([1-9][0-9]{0,8})")

log = structlog.get_logger(__name__)


def our_name(conversation: ConversationId, number: int) -> str:
    """What providers get as our id of a message: a receipt that has it finds the message, even if the answer to our
    call never came."""
    return f"{conversation}-{number}"


def read_our_name(text: str) -> tuple[ConversationId, int] | None:
    found = _OURS.fullmatch(text)
    if found is None or not is_id("cv", found[1]):
        return None
    return ConversationId(found[1]), int(found[2])


class Receipts:
    def __init__(self, store: Store) -> None:
        self._store = store

    async def take(self, number: OurNumber, receipt: Receipt) -> None:
        """Keeps it, or applies it. Raises ServerLost, Busy."""
        if receipt.state is None:
            return
        place = await self._store.outbox.take_receipt(
            self._store.clock(),
            number.id,
            receipt.id,
            receipt.state,
            ours=read_our_name(receipt.ours or receipt.id),
            reason=(receipt.reason or "")[:REASON_CHARS],
        )
        if place is not None and receipt.opted_out:
            await self._opted_out(number, *place, receipt.reason or "They opted out there.")

    async def _opted_out(self, ours: OurNumber, conversation: ConversationId, number: int, reason: str) -> None:
        """The provider knows of a STOP that never came to us."""
        delivery = (await self._store.outbox.deliveries(conversation))[number]
        await note_refusal(self._store, ours, delivery.address, reason)


async def note_refusal(store: Store, number: OurNumber, address: str, reason: str) -> None:
    """The provider sends nothing to this address any more because of its owner's wish: from now on, nor do we."""
    now = store.clock()
    note = own_message(now, f"The provider sends nothing more to {address}: {reason}", Kind.NOTE)
    if await store.opt_outs.opt_out(now, number.id, address, Told(at=now, by="provider", why=reason), note):
        log.info("a provider knows of an opt-out", endpoint=number.id)
