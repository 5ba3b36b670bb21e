"""Delivery: brings messages to contacts on the channels where nobody fetches them.

Each endpoint has its own task, so a server that is slow or away holds up nobody else. The journal tells of what was
queued, also by other daemons; nothing is polled. A message is tried again with growing pauses, and given up when the
other side refuses it or `retry_for_s` is over; then a person sees it and can send it again.
"""

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

import structlog

from duetime.queues.connection import ServerLost
from duetime.queues.outbox import Claim
from duetime.queues.store import Store
from duetime.router.events import Event, EventType
from duetime.router.ids import EndpointId
from duetime.router.message import DeliveryState, OutboundMessage

LEASE_MS = 180_000
SEND_S = 150.0
"""An attempt that takes longer is over before its lease is."""
AT_ONCE = 10
FIRST_PAUSE_S = 5.0
LONGEST_PAUSE_S = 1800.0
SAFETY_S = 30.0
"""Bounds the delay should a word of the journal be lost with its daemon."""

log = structlog.get_logger(__name__)


class SendLater(Exception):
    """It did not work now; ``reason`` is a sentence."""

    def __init__(
        self, reason: str, *, ambiguous: bool = False, after_s: float = 0, held_until: int | None = None
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.after_s = after_s
        """The other side asks to be left alone for so long."""
        self.held_until = held_until
        """Its hour has not come before then (epoch ms): nothing was tried, and the time counts as no trying."""
        self.ambiguous = ambiguous
        """The connection was lost when the other side may have had all of it: sent again, it may arrive twice."""


class SendRefused(Exception):
    """It will never work; ``reason`` is a sentence."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Courier(Protocol):
    """The way out of one endpoint."""

    @property
    def retry_for_s(self) -> int:
        """For so long a message that the other side does not take yet is tried again."""
        ...

    @property
    def gets_receipts(self) -> bool:
        """The other side tells by its own names of messages how far they got."""
        ...

    async def send(self, message: OutboundMessage) -> str:
        """What the other side calls the message. Raises SendLater, SendRefused."""
        ...


class Delivery:
    def __init__(
        self,
        store: Store,
        couriers: Mapping[EndpointId, Courier],
        outgoing: Callable[[Claim], Awaitable[OutboundMessage]],
    ) -> None:
        """``outgoing`` puts together what a claim names."""
        self._store = store
        self._couriers = couriers
        self._outgoing = outgoing
        self._woken = {endpoint: asyncio.Event() for endpoint in couriers}

    def on_events(self, events: Sequence[Event]) -> None:
        for event in events:
            if event.type != EventType.DELIVERY_CHANGED:
                continue
            delivery = event.data["delivery"]
            if delivery["state"] == DeliveryState.QUEUED and delivery["endpoint"] in self._woken:
                self._woken[delivery["endpoint"]].set()

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            for endpoint in self._couriers:
                group.create_task(self._serve(endpoint))

    async def _serve(self, endpoint: EndpointId) -> None:
        woken = self._woken[endpoint]
        while True:
            woken.clear()
            try:
                delay_s = await self.tick(endpoint)
            except ServerLost:
                delay_s = 0.5
            if delay_s > 0:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(woken.wait(), min(delay_s, SAFETY_S))

    async def tick(self, endpoint: EndpointId) -> float:
        """Sends what is due, and gives the seconds until more is."""
        now = self._store.clock()
        claims, following = await self._store.outbox.claim(now, endpoint, most=AT_ONCE, lease_ms=LEASE_MS)
        if claims:
            await asyncio.gather(*(self._send(endpoint, claim) for claim in claims))
            return 0.0
        return SAFETY_S if following is None else max(0.001, (following - now) / 1000)

    async def _send(self, endpoint: EndpointId, claim: Claim) -> None:
        outbox, about = self._store.outbox, {"conversation": claim.conversation, "number": claim.number}
        courier = self._couriers[endpoint]
        try:
            async with asyncio.timeout(SEND_S):
                remote_id = await courier.send(await self._outgoing(claim))
        except SendRefused as error:
            log.warning("a message was refused", endpoint=endpoint, **about)
            await outbox.settle_failed(self._store.clock(), endpoint, claim, reason=error.reason)
        except SendLater as error:
            await self._put_off(endpoint, claim, error)
        except TimeoutError:
            await self._put_off(endpoint, claim, SendLater(f"It took longer than {SEND_S:.0f} s.", ambiguous=True))
        except ServerLost:
            raise
        except Exception:
            log.exception("a message could not be sent", endpoint=endpoint, **about)
            await self._put_off(endpoint, claim, SendLater("A fault of ours; the log has it."))
        else:
            now, receipts = self._store.clock(), courier.gets_receipts
            await outbox.settle_sent(now, endpoint, claim, remote_id=remote_id, receipts=receipts)

    async def _put_off(self, endpoint: EndpointId, claim: Claim, why: SendLater) -> None:
        now, outbox, delivery = self._store.clock(), self._store.outbox, claim.delivery
        if why.held_until is not None:
            await outbox.settle_hold(now, endpoint, claim, at=why.held_until, reason=why.reason)
            return
        if now - delivery.queued_at - delivery.held_ms >= 1000 * self._couriers[endpoint].retry_for_s:
            await outbox.settle_failed(now, endpoint, claim, reason=f"Given up after many tries. {why.reason}")
            return
        pause_s = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2**delivery.attempts) * random.uniform(0.8, 1.2)  # noqa: S311
        at = now + round(1000 * max(pause_s, why.after_s))
        await outbox.settle_retry(now, endpoint, claim, at=at, reason=why.reason, ambiguous=why.ambiguous)
