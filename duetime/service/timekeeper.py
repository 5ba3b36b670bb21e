"""The timekeeper: carries out what is due, at the moment it is due.

It sleeps until the earliest timer. The journal tells it of timers that other transitions set, also those of other
daemons, so nothing is polled; `SAFETY_S` only bounds the delay should a hint be lost with its daemon.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import structlog

from duetime.queues.connection import ServerLost
from duetime.queues.records import Conversation
from duetime.queues.store import Store
from duetime.queues.timers import Timer, TimerKind
from duetime.router.associate import Presence
from duetime.router.conversation import ParkReason, State
from duetime.router.errors import Refusal, Stale
from duetime.router.ids import AssociateId, ConversationId
from duetime.router.route import Actions
from duetime.router.routing import Routing
from duetime.service import moves
from duetime.service.acknowledge import acknowledge
from duetime.service.actions import act_on_target
from duetime.service.silence import Silence

CLAIM_MOST = 100
LEASE_MS = 10_000
ATTEMPTS = 5
SAFETY_S = 5.0

log = structlog.get_logger(__name__)


class NothingToDo(Exception):
    """The subject of a timer has moved on."""


class Timekeeper:
    def __init__(
        self,
        store: Store,
        routing: Callable[[], Routing],
        silence: Silence,
        acknowledgements_per_hour: int = 3,
    ) -> None:
        """``acknowledgements_per_hour``: to one address at most."""
        self._store = store
        self._silence = silence
        self._acknowledgements_per_hour = acknowledgements_per_hour
        self._routing = routing
        self._woken = asyncio.Event()
        self._next_at = 0
        self._duties: dict[TimerKind, Callable[[str], Awaitable[None]]] = {
            TimerKind.OFFER: self._expire_offer,
            TimerKind.STEP: self._take_step,
            TimerKind.IDLE: self._park_idle,
            TimerKind.WAKE: self._wake,
            TimerKind.WRAP: self._end_wrap_up,
            TimerKind.REASSIGN: self._reassign,
            TimerKind.COOL: self._match,
            TimerKind.TARGET: self._check_targets,
            TimerKind.ACT: self._act,
            TimerKind.ACK: self._acknowledge,
            TimerKind.REMIND: self._remind,
            TimerKind.SILENCE: self._close_silent,
            TimerKind.UNSEEN: self._carry_on,
            TimerKind.LEASE: self._end_lease,
        }

    def expect(self, at: int) -> None:
        """A timer for this moment (epoch ms) was set somewhere."""
        if at < self._next_at:
            self._woken.set()

    async def run(self) -> None:
        while True:
            try:
                delay_s = await self.tick()
            except ServerLost:
                delay_s = 0.5
            if delay_s > 0:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._woken.wait(), min(delay_s, SAFETY_S))
            self._woken.clear()

    async def tick(self) -> float:
        """Carries out what is due, and gives the seconds until more is."""
        now = self._store.clock()
        timers, following = await self._store.timers.claim(now, most=CLAIM_MOST, lease_ms=LEASE_MS)
        if timers:
            await asyncio.gather(*(self._fire(timer) for timer in timers))
            return 0.0
        self._next_at = following if following is not None else now + int(1000 * SAFETY_S)
        return max(0.001, (self._next_at - now) / 1000)

    async def _fire(self, timer: Timer) -> None:
        try:
            for _ in range(ATTEMPTS):
                # What moved on between being read and being changed is read again.
                with contextlib.suppress(Stale):
                    return await self._duties[timer.kind](timer.subject)
        except (NothingToDo, Refusal):
            # A clock that went back since the claim makes it too early; then the lease brings it back.
            if self._store.clock() >= timer.claimed_at:
                await self._store.timers.drop(self._store.clock(), timer)
        except ServerLost:
            log.warning("a timer waits for redis", kind=timer.kind.value)
        except Exception:
            # The lease makes it due again; others must not suffer.
            log.exception("a timer failed", kind=timer.kind.value, subject=timer.subject)

    async def _conversation(self, subject: str, *states: State) -> Conversation:
        found = await self._store.views.conversation(ConversationId(subject))
        if found.state not in states:
            raise NothingToDo
        return found

    async def _expire_offer(self, subject: str) -> None:
        found = await self._conversation(subject, State.OFFERED)
        await self._store.conversations.expire_offer(self._store.clock(), found.id, found.offer)

    async def _take_step(self, subject: str) -> None:
        found = await self._conversation(subject, State.WAITING)
        if not await moves.take_step(self._store, self._routing(), found):
            raise NothingToDo

    async def _park_idle(self, subject: str) -> None:
        await self._store.conversations.park(
            self._store.clock(), ConversationId(subject), ParkReason.AWAITING_CONTACT, by_timer=True
        )

    async def _wake(self, subject: str) -> None:
        found = await self._conversation(subject, State.PARKED)
        await moves.wake(self._store, self._routing(), found, version=None, by_timer=True)

    async def _end_wrap_up(self, subject: str) -> None:
        await self._store.conversations.close(self._store.clock(), ConversationId(subject), how="timer")

    async def _reassign(self, subject: str) -> None:
        found = await self._conversation(subject, State.ASSIGNED)
        who = await self._store.views.associate(found.associate) if found.associate else None
        reason = "offline" if who is None or who.presence is Presence.OFFLINE else "unanswered"
        routing = self._routing()
        base = moves.base_of(routing, found)
        await moves.to_queue(
            self._store, routing, found, base, "unassigned", version=found.version, data={"reason": reason}
        )

    async def _check_targets(self, subject: str) -> None:
        found = await self._store.views.conversation(ConversationId(subject))
        routing = self._routing()
        queue = routing.queues.get(found.queue) or routing.queues[routing.channels[found.channel].default_queue]
        await self._store.conversations.check_targets(
            self._store.clock(),
            found.id,
            on_risk=_told(queue.on_risk),
            on_breach=_told(queue.on_breach),
            teams=queue.requirement.teams,
        )

    async def _act(self, subject: str) -> None:
        found = await self._store.views.conversation(ConversationId(subject))
        if not await act_on_target(self._store, self._routing(), found):
            raise NothingToDo

    async def _acknowledge(self, subject: str) -> None:
        found = await self._store.views.conversation(ConversationId(subject))
        await acknowledge(self._store, self._routing(), found, most_per_hour=self._acknowledgements_per_hour)
        raise NothingToDo

    async def _remind(self, subject: str) -> None:
        await self._silence.remind(await self._store.views.conversation(ConversationId(subject)))

    async def _close_silent(self, subject: str) -> None:
        await self._silence.close(await self._store.views.conversation(ConversationId(subject)))

    async def _carry_on(self, subject: str) -> None:
        if not await self._silence.carry_on(await self._store.views.conversation(ConversationId(subject))):
            raise NothingToDo

    async def _match(self, subject: str) -> None:
        await self._store.conversations.match(self._store.clock(), ConversationId(subject))

    async def _end_lease(self, subject: str) -> None:
        await self._store.associates.set_presence(self._store.clock(), AssociateId(subject), reason="connection_lost")


def _told(actions: Actions) -> set[str]:
    """Whom to tell, as the journal has it."""
    return {*actions.notify, *(["webhook"] if actions.webhook else [])}
