"""How long a conversation will wait: a time within which four of five like it are taken, or why nobody can say.

The journal teaches how much comes and how long it takes; Redis says who is there and what is before. What was told
when a conversation began to wait is compared with what happened, and corrects what is told next.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import msgspec

from duetime.queues.policy import base_class, is_urgent, next_place, promise_of, queue_place
from duetime.queues.records import Conversation
from duetime.queues.store import Store
from duetime.router.conversation import State
from duetime.router.errors import NotFound
from duetime.router.ids import ClassId, ConversationId, QueueId
from duetime.router.message import Channel
from duetime.router.route import WaitingClass, parse_class
from duetime.router.routing import Routing
from duetime.router.triage import NORMAL
from duetime.router.waiting import SHARE, Wait
from duetime.service.experience import Experience
from duetime.service.outlook import Outlook, Unknown
from duetime.service.pictures import Picture, Pictures

STEPS_MOST: Final = 8
LEAD_MS: Final = 3_600_000
"""How far ahead what comes to a class is due, if nothing came yet and nothing is promised."""

_Ahead = Callable[[ClassId, float], Awaitable[Mapping[ClassId, float]]]
"""How many wait before a rank, in the classes that compete with a class."""


class Estimate(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How long it will take until an associate has a conversation, from now on."""

    within_s: int | None
    """Four of five are taken within this; None: it is not known."""
    unknown: Unknown | None = None
    """Why it is not known."""


class _Stand(msgspec.Struct, frozen=True, kw_only=True):
    """Where a conversation stands on its route."""

    base: WaitingClass
    line: ClassId
    step: int
    rank: float
    priority: str
    until: int | None
    """When its route goes on, epoch ms."""


class Estimates:
    def __init__(
        self, store: Store, routing: Callable[[], Routing], experience: Experience, pictures: Pictures
    ) -> None:
        self._store = store
        self._routing = routing
        self._experience = experience
        self._pictures = pictures
        self._arriving_in: Picture | None = None
        self._arriving: Mapping[QueueId, Mapping[Channel, Estimate]] = {}

    async def run(self) -> None:
        """Learns from the journal, then follows what is told until it is seen whether it was right."""
        await self._experience.learn()
        await self._experience.follow(self.promise)

    async def of(self, conversation: Conversation, *, fresh: bool = False) -> Estimate | None:
        """None for a conversation that does not wait. ``fresh``: by who is there now, whatever it costs to look."""
        if conversation.state is not State.WAITING:
            return None
        standing = await self._store.lines.standing(conversation.id, conversation.queue)
        if standing.rank is None:
            return None
        stand = _Stand(
            base=parse_class(conversation.base),
            line=conversation.line,
            step=conversation.step,
            rank=standing.rank,
            priority=conversation.priority,
            until=standing.step_until,
        )
        outlook = (await self._pictures.latest(fresh=fresh)).outlook
        return _estimate(await self._wait(outlook, stand, self._exactly(outlook)))

    async def arriving(self) -> Mapping[QueueId, Mapping[Channel, Estimate]]:
        """For one that arrives now at normal priority: every queue, and its channels on which something comes, waits or
        could be taken."""
        picture = await self._pictures.latest()
        if picture is not self._arriving_in:
            found: dict[QueueId, Mapping[Channel, Estimate]] = {}
            for queue in self._routing().queues:
                found[queue] = {
                    channel: estimate
                    for channel in self._routing().channels
                    if (estimate := await self._arriving_at(picture, queue, channel)) is not None
                }
                await asyncio.sleep(0)  # with many queues this is a lot of arithmetic
            self._arriving_in, self._arriving = picture, found
        return self._arriving

    async def roughly(self, conversation: Conversation) -> Estimate | None:
        """`of` for whoever asks often: without a call to Redis, and without regard to when its route goes on."""
        if conversation.state is not State.WAITING:
            return None
        line = conversation.base if conversation.line.startswith("@") else conversation.line
        rank = conversation.due_at - conversation.boost - conversation.raised
        return _estimate(self.wait_in(await self._pictures.latest(), line, rank))

    def wait_in(self, picture: Picture, line: ClassId, rank: float) -> Wait | Unknown:
        """The wait in a class, for that rank (epoch ms); where nobody is there for its step, at the first later one for
        which somebody is."""
        outlook, waiting = picture.outlook, picture.outlook.parse(line)
        queue = self._routing().queues.get(waiting.queue)
        found: Wait | Unknown = Unknown.NOBODY_EVER
        for step in range(waiting.step, len(queue.steps) + 1 if queue else waiting.step + 1):
            at = msgspec.structs.replace(waiting, step=step).id
            ahead = {other: picture.backlog.before(other, rank) for other in outlook.competing(at)}
            found = outlook.wait(at, rank, ahead)
            if isinstance(found, Wait):
                return self._corrected(waiting.queue, found)
        return found

    async def _arriving_at(self, picture: Picture, queue: QueueId, channel: Channel) -> Estimate | None:
        routing, now, outlook = self._routing(), self._store.clock(), picture.outlook
        base = base_class(queue, channel, {}, urgent=is_urgent(routing, NORMAL))
        place = queue_place(routing, base, NORMAL, now)
        last = routing.class_at(place.base, len(routing.queues[queue].steps)).id
        used = place.line in outlook.lead_ms or place.line in picture.backlog.lines
        if not used and not outlook.edges.pools.get(last):
            return None
        if outlook.has_room(place.line):
            return Estimate(within_s=0)
        promised = promise_of(routing, queue, channel, NORMAL).first_ms or LEAD_MS
        stand = _Stand(
            base=place.base,
            line=place.line,
            step=0,
            rank=now + outlook.lead_ms.get(place.line, promised),
            priority=NORMAL,
            until=place.step_until,
        )

        async def ahead(line: ClassId, rank: float) -> Mapping[ClassId, float]:
            return {other: picture.backlog.before(other, rank) for other in outlook.competing(line)}

        return _estimate(await self._wait(outlook, stand, ahead))

    def _exactly(self, outlook: Outlook) -> _Ahead:
        async def ahead(line: ClassId, rank: float) -> Mapping[ClassId, float]:
            heads = await self._store.lines.heads()
            nearer = [other for other in outlook.competing(line) if heads.get(other, rank) < rank]
            return await self._store.lines.before(nearer, round(rank))

        return ahead

    async def _wait(self, outlook: Outlook, stand: _Stand, ahead: _Ahead) -> Wait | Unknown:
        """Over the steps of its route: the first at which it is likely to be taken before the next one begins."""
        now, routing = self._store.clock(), self._routing()
        begins_s, found = 0.0, await self._wait_at(outlook, stand, ahead)
        for _ in range(STEPS_MOST):
            if isinstance(found, Wait):
                found = msgspec.structs.replace(found, not_before_s=begins_s)
            if stand.until is None or stand.base.queue not in routing.queues:
                break
            begins_s = max(0, stand.until - now) / 1000
            if isinstance(found, Wait) and found.quantile_s(SHARE) <= begins_s:
                break
            following = _step_on(routing, stand, stand.until)
            if following is None:
                break
            stand, found = following, await self._wait_at(outlook, following, ahead)
        return found

    async def _wait_at(self, outlook: Outlook, stand: _Stand, ahead: _Ahead) -> Wait | Unknown:
        if stand.line.startswith("@"):
            return Unknown.NOBODY_THERE
        wait = outlook.wait(stand.line, stand.rank, await ahead(stand.line, stand.rank))
        return self._corrected(stand.base.queue, wait)

    async def promise(self, conversation: ConversationId) -> None:
        try:
            found = await self._store.views.conversation(conversation)
        except NotFound:
            return
        now, estimate = self._store.clock(), await self.of(found)
        if estimate is not None and estimate.within_s is not None:
            self._experience.calibration.promise(conversation, found.queue, now, estimate.within_s)

    def _corrected(self, queue: QueueId, wait: Wait | Unknown) -> Wait | Unknown:
        """The wait as what happened lately in the queue makes it likely."""
        if isinstance(wait, Unknown):
            return wait
        return msgspec.structs.replace(wait, mean_s=self._experience.calibration.factor(queue) * wait.mean_s)


def _estimate(wait: Wait | Unknown) -> Estimate:
    if isinstance(wait, Unknown):
        return Estimate(within_s=None, unknown=wait)
    return Estimate(within_s=math.ceil(wait.quantile_s(SHARE)))


def _step_on(routing: Routing, stand: _Stand, at: int) -> _Stand | None:
    """Where its route goes at that time (epoch ms); None: nowhere."""
    place = next_place(routing, stand.base, stand.line, stand.step, stand.priority, at)
    if place is None:
        return None
    before = routing.boost_ms(routing.queues[stand.base.queue], stand.step, stand.priority)
    return _Stand(
        base=place.base,
        line=place.line,
        step=int(place.fields["step"]),
        rank=stand.rank + before - int(place.fields["boost"]),
        priority=stand.priority,
        until=place.step_until,
    )
