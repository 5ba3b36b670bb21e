"""The outbox: messages on their way out, by endpoint. What a conversation sent first also leaves first; whoever sends
claims with a lease, and what is not settled by then, because a daemon was killed, is sent again."""

import asyncio

import msgspec

from duetime.queues.connection import Pipeline
from duetime.queues.keys import Root, key
from duetime.queues.replies import expect_ok
from duetime.queues.scripts import Scripts
from duetime.router.ids import ConversationId, EndpointId
from duetime.router.message import Channel, DeliveryState


class Delivery(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How far one message of ours has got."""

    state: DeliveryState
    at: int
    """Since when (epoch ms)."""
    channel: Channel
    endpoint: EndpointId
    """Which of our addresses sends it, and ``address`` where to."""
    address: str
    queued_at: int
    """When it was written, or a person sent it again."""
    attempts: int = 0
    next_at: int | None = None
    """When it is tried again."""
    held_ms: int = 0
    """For so long it rested because its hour had not come, which counts as no trying."""
    reason: str | None = None
    """Why it is tried again, or failed, as a sentence."""
    remote_id: str | None = None
    """What the other side calls it."""
    ambiguous: bool = False
    """A connection or a daemon was lost when the other side may have had it already: it may have arrived twice."""


class Claim(msgspec.Struct, frozen=True):
    """A message to send now."""

    conversation: ConversationId
    number: int
    delivery: Delivery


RECEIPTS_MS = 7 * 24 * 3600 * 1000
"""For so long a receipt finds the message that it is of."""
UNKNOWN_RECEIPT_MS = 24 * 3600 * 1000
"""For so long one is kept of a message that is not known by that name yet."""

_delivery = msgspec.json.Decoder(Delivery).decode


class Outbox:
    """Every method takes ``now_ms`` and raises the refusals of `replies.expect_ok`."""

    def __init__(self, pipeline: Pipeline, scripts: Scripts, root: Root) -> None:
        self._call = pipeline.call
        self._scripts = scripts
        self._root = root

    async def claim(
        self, now_ms: int, endpoint: EndpointId, *, most: int, lease_ms: int
    ) -> tuple[list[Claim], int | None]:
        """What is due, and when the next one will be (epoch ms)."""
        _, rows, following = await self._scripts.call("outbox_claim", now_ms, endpoint, most, lease_ms)
        claims = [Claim(ConversationId(cv), int(number), _delivery(text)) for cv, number, text in rows]
        return claims, int(float(following)) if following else None

    async def settle_sent(
        self,
        now_ms: int,
        endpoint: EndpointId,
        claim: Claim,
        *,
        remote_id: str = "",
        ambiguous: bool = False,
        receipts: bool = False,
    ) -> None:
        """``receipts``: the other side will tell how far it got, or did so already."""
        receipts_ms = RECEIPTS_MS if receipts else 0
        await self._settle(
            now_ms, endpoint, claim, "sent", remote_id=remote_id, ambiguous=ambiguous, receipts_ms=receipts_ms
        )

    async def settle_retry(
        self, now_ms: int, endpoint: EndpointId, claim: Claim, *, at: int, reason: str, ambiguous: bool = False
    ) -> None:
        await self._settle(now_ms, endpoint, claim, "retry", at=at, reason=reason, ambiguous=ambiguous)

    async def settle_hold(self, now_ms: int, endpoint: EndpointId, claim: Claim, *, at: int, reason: str) -> None:
        """Its hour comes then: nothing was tried, and the time until then counts as no trying."""
        await self._settle(now_ms, endpoint, claim, "hold", at=at, reason=reason)

    async def settle_failed(self, now_ms: int, endpoint: EndpointId, claim: Claim, *, reason: str) -> None:
        """Given up: a person can see it, and send it again."""
        await self._settle(now_ms, endpoint, claim, "failed", reason=reason)

    async def _settle(
        self,
        now_ms: int,
        endpoint: EndpointId,
        claim: Claim,
        outcome: str,
        *,
        at: int | None = None,
        reason: str = "",
        remote_id: str = "",
        ambiguous: bool = False,
        receipts_ms: int = 0,
    ) -> None:
        reply = await self._scripts.call(
            "outbox_settle",
            now_ms,
            endpoint,
            claim.conversation,
            claim.number,
            outcome,
            "" if at is None else at,
            reason,
            remote_id,
            int(ambiguous),
            receipts_ms,
        )
        if reply[0] != "stale":  # another daemon has sent it when our lease was over, and says how that ended
            expect_ok(reply)

    async def resend(self, now_ms: int, conversation: ConversationId, number: int) -> None:
        """A person sends again what failed. Raises NotFound, Conflict."""
        reply = await self._scripts.call("outbox_resend", now_ms, conversation, number)
        expect_ok(reply, "delivery", not_failed="Only a message that failed can be sent again.")

    async def report(
        self, now_ms: int, conversation: ConversationId, number: int, state: DeliveryState, *, reason: str = ""
    ) -> None:
        """What the other side tells of a message: delivered, read or failed. Raises NotFound."""
        reply = await self._scripts.call("delivery_report", now_ms, conversation, number, state.value, reason)
        expect_ok(reply, "delivery")

    async def take_receipt(
        self,
        now_ms: int,
        endpoint: EndpointId,
        remote_id: str,
        state: DeliveryState,
        *,
        ours: tuple[ConversationId, int] | None = None,
        reason: str = "",
    ) -> tuple[ConversationId, int] | None:
        """What a provider tells of a message that it calls ``remote_id``, and that is ``ours`` where it says so. The
        message's place; None: nobody knows it by that name yet, so the furthest state is kept for it."""
        conversation, number = ours or ("", "")
        reply = await self._scripts.call(
            "receipt_take",
            now_ms,
            endpoint,
            remote_id,
            conversation,
            number,
            state.value,
            reason,
            UNKNOWN_RECEIPT_MS,
        )
        if reply[0] == "kept":
            return None
        found, place = expect_ok(reply)
        return ConversationId(found), int(place)

    async def count_acknowledgement(self, now_ms: int, address: str) -> int:
        """How many this address has had in this hour, with the one that is counted now."""
        name = key(self._root, "acks", str(now_ms // 3_600_000), address)
        count, _ = await asyncio.gather(self._call("INCR", name), self._call("EXPIRE", name, 7200))
        return int(count)

    async def deliveries(self, conversation: ConversationId) -> dict[int, Delivery]:
        """By message number."""
        flat = await self._call("HGETALL", key(self._root, "delivery", conversation))
        return {int(number): _delivery(text) for number, text in zip(flat[::2], flat[1::2], strict=True)}

    async def failed(self, endpoint: EndpointId, *, most: int = 100) -> list[tuple[ConversationId, int, Delivery]]:
        """Those that were given up, the newest first."""
        names = await self._call("ZREVRANGE", key(self._root, "dead", endpoint), 0, most - 1)
        places = [name.split("/") for name in names]
        texts = await asyncio.gather(*(self._call("HGET", key(self._root, "delivery", cv), n) for cv, n in places))
        rows = zip(places, texts, strict=True)
        return [(ConversationId(cv), int(number), _delivery(text)) for (cv, number), text in rows if text]

    async def sizes(self, endpoint: EndpointId) -> tuple[int, int]:
        """How many conversations have something to send, and how many messages were given up."""
        sending, failed = await asyncio.gather(
            self._call("ZCARD", key(self._root, "outbox", endpoint)),
            self._call("ZCARD", key(self._root, "dead", endpoint)),
        )
        return sending, failed
