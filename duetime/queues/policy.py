"""From the routing configuration to what the scripts route by.

Policy is decided here and stored as numbers: what holds for all conversations of a queue, channel and priority in
``{w}:policy:<queue>/<channel>/<priority>``, so that a change of it holds at once for what is open; what is a
conversation's own (line, boost, due times) with the conversation. Durations in ms.
"""

from functools import lru_cache

import msgspec

from duetime.router.calendar import BusinessTime, Calendar
from duetime.router.ids import AssociateId, ClassId, QueueId, SkillId
from duetime.router.message import Channel
from duetime.router.route import During, Overload, Queue, WaitingClass, personal_line
from duetime.router.routing import Routing
from duetime.router.targets import Clocks, Due, DueTimes, Promise, Target, due_times, promise

Fields = dict[str, str | int]
"""Fields to store; '' removes one."""

ALWAYS_OPEN = BusinessTime(Calendar())

ASK_MS = -1
"""In place of a duration: a calendar decides."""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a conversation goes next: its line, the class that must be in the graph, and what changes with it."""

    line: ClassId
    base: WaitingClass
    step_until: int | None
    fields: Fields


@lru_cache(maxsize=256)
def business_time(calendar: Calendar) -> BusinessTime:
    return BusinessTime(calendar)


def business_of(routing: Routing, queue: Queue) -> BusinessTime:
    """The queue's calendar; always open when it names none that there is."""
    calendar = routing.calendars.get(queue.calendar) if queue.calendar else None
    return ALWAYS_OPEN if calendar is None else business_time(calendar)


_promises: dict[tuple[int, Channel, str], tuple[Queue, Promise]] = {}
"""What was worked out for a queue; the queue beside it keeps its id from being used again."""
_PROMISES_MAX = 10_000


def promise_of(routing: Routing, queue: QueueId, channel: Channel, priority: str) -> Promise:
    """What is promised there. Asked for every message, so it is remembered."""
    found = routing.queues[queue]
    known = _promises.get((id(found), channel, priority))
    if known is None:
        if len(_promises) >= _PROMISES_MAX:
            _promises.clear()
        known = (found, promise(found.targets, channel, priority, found.at_risk_s))
        _promises[id(found), channel, priority] = known
    return known[1]


def dues_of(routing: Routing, queue: QueueId, channel: Channel, priority: str, clocks: Clocks) -> DueTimes:
    """When the targets of a conversation in this queue are due. Raises KeyError for an unknown queue."""
    business = business_of(routing, routing.queues[queue])
    return due_times(promise_of(routing, queue, channel, priority), clocks, business)


def due_fields(dues: DueTimes) -> Fields:
    """All three targets, so that those that do not run are removed."""
    return (
        target_fields(Target.FIRST, dues.first)
        | target_fields(Target.NEXT, dues.next)
        | target_fields(Target.RESOLUTION, dues.resolution)
    )


def target_fields(target: Target, due: Due | None) -> Fields:
    if due is None:
        return {f"due_{target.value}": "", f"risk_{target.value}": ""}
    return {f"due_{target.value}": due.at, f"risk_{target.value}": due.risk_at}


def policies(routing: Routing) -> dict[str, Fields]:
    """What holds for every queue, channel and priority."""
    found: dict[str, Fields] = {}
    for queue in routing.queues.values():
        for channel, rules in routing.channels.items():
            for priority in routing.priorities:
                promised = promise_of(routing, queue.id, channel, priority)
                found[f"{queue.id}/{channel}/{priority}"] = {
                    "boost": routing.boost_ms(queue, 0, priority),
                    "step_ms": _first_step_ms(queue),
                    "resolution_ms": promised.resolution_ms or 0,
                    "late_ms": 1000 * queue.late_behind_s if queue.overload is Overload.SAVE else 0,
                    "auto_accept": int(queue.auto_accept),
                    "offer_ms": 1000 * queue.offer_timeout_s,
                    "cooldown_ms": 1000 * queue.cooldown_s,
                    "reassign_ms": 1000 * queue.reassign_after_s,
                    "preferred_ms": 1000 * queue.preferred_s,
                    "wrap_ms": 1000 * queue.wrap_up_s,
                    "idle_ms": 1000 * rules.idle_release_s,
                    "remind_ms": 1000 * rules.remind_after_s,
                    "silence_ms": 1000 * rules.close_after_s,
                }
    return found


def _first_step_ms(queue: Queue) -> int:
    """How long a script that puts a conversation on its route leaves it at the first step. It knows no calendar: where
    steps depend on one, it has the timekeeper find out at once where the route begins."""
    if any(step.during is not During.ALWAYS for step in queue.steps):
        return ASK_MS
    return 1000 * queue.steps[0].after_s if queue.steps else 0


def own_fields(routing: Routing, base: WaitingClass, priority: str) -> Fields:
    """What a conversation is given when it enters the queue of ``base``."""
    return {
        "queue": base.queue,
        "base": base.id,
        "priority": priority,
        "boost": routing.boost_ms(routing.queues[base.queue], 0, priority),
        "raised": "",
        "urgent": 1 if base.urgent else "",
        "step": 0,
    }


def queue_place(routing: Routing, base: WaitingClass, priority: str, now_ms: int) -> Place:
    """The first step of a queue's route. Raises KeyError for an unknown queue."""
    at = msgspec.structs.replace(base, step=0, closed=_is_closed(routing, base.queue, now_ms))
    return Place(
        line=at.id,
        base=at,
        step_until=_step_until(routing, at, now_ms),
        fields=own_fields(routing, at, priority),
    )


def personal_place(routing: Routing, base: WaitingClass, priority: str, associate: AssociateId, now_ms: int) -> Place:
    """One associate's own line for as long as the queue waits for a preferred one, then the queue."""
    until = now_ms + max(1000, 1000 * routing.queues[base.queue].preferred_s)
    line = personal_line(associate, base.channel, urgent=base.urgent)
    return Place(line=line, base=base, step_until=until, fields=own_fields(routing, base, priority))


def next_place(
    routing: Routing, base: WaitingClass, line: ClassId, step: int, priority: str, now_ms: int, *, hurry: bool = False
) -> Place | None:
    """Where the route goes from this line, or None when it goes nowhere. ``base`` must be standing. Between two steps
    it may be the same step, when the queue has opened or closed meanwhile; with ``hurry`` it is the next step."""
    queue = routing.queues[base.queue]
    closed = _is_closed(routing, base.queue, now_ms)
    if line.startswith("@"):
        following: int | None = 0
    elif closed != base.closed and not hurry:
        following = step
    else:
        following = _following(queue, step, closed=closed)
    if following is None:
        return None
    at = msgspec.structs.replace(base, step=following, closed=closed)
    start = msgspec.structs.replace(at, step=0)
    boost = routing.boost_ms(queue, following, priority)
    return Place(
        line=at.id,
        base=at,
        step_until=_step_until(routing, at, now_ms),
        fields={"step": following, "boost": boost, "base": start.id},
    )


def _following(queue: Queue, step: int, *, closed: bool) -> int | None:
    """The next step that is taken at this time of day."""
    for number in range(step + 1, len(queue.steps) + 1):
        if queue.steps[number - 1].taken(closed=closed):
            return number
    return None


def _step_until(routing: Routing, at: WaitingClass, now_ms: int) -> int | None:
    """When the route goes on: after the step's time, or when the calendar opens or closes if that changes steps."""
    queue = routing.queues[at.queue]
    following = _following(queue, at.step, closed=at.closed)
    moments = [] if following is None else [now_ms + 1000 * queue.steps[following - 1].after_s]
    if any(step.during is not During.ALWAYS for step in queue.steps):
        business = business_of(routing, queue)
        change = business.next_open(now_ms) if at.closed else business.next_closed(now_ms)
        moments += [] if change is None else [change]
    return min(moments, default=None)


def _is_closed(routing: Routing, queue: QueueId, now_ms: int) -> bool:
    """Whether steps for closed hours are taken now; always False where no step asks."""
    found = routing.queues[queue]
    if all(step.during is During.ALWAYS for step in found.steps):
        return False
    return not business_of(routing, found).is_open(now_ms)


def standing_base(routing: Routing, base: WaitingClass) -> WaitingClass:
    """``base``, or the channel's default queue if the configuration no longer has its queue."""
    urgent = base.urgent and routing.reserve is not None
    if base.queue in routing.queues:
        return msgspec.structs.replace(base, urgent=urgent)
    return base_class(routing.channels[base.channel].default_queue, base.channel, {}, urgent=urgent)


def is_standing(routing: Routing, waiting: WaitingClass) -> bool:
    """Whether the configuration still has the queue and the step of this class."""
    queue = routing.queues.get(waiting.queue)
    reserved = routing.reserve is not None or not waiting.urgent
    return queue is not None and waiting.step <= len(queue.steps) and reserved


def classes_of(routing: Routing, base: WaitingClass) -> list[WaitingClass]:
    """The class of every step of a queue's route, in the hours in which it is taken."""
    queue = routing.queues[base.queue]
    modes = (False, True) if any(step.during is not During.ALWAYS for step in queue.steps) else (False,)
    return [
        msgspec.structs.replace(base, step=step, closed=closed)
        for closed in modes
        for step in range(len(queue.steps) + 1)
    ]


def base_class(queue: QueueId, channel: Channel, skills: dict[SkillId, int], *, urgent: bool = False) -> WaitingClass:
    return WaitingClass(queue, 0, channel, skills, urgent)


def is_urgent(routing: Routing, priority: str) -> bool:
    """Whether a conversation of this priority may use the capacity that is reserved."""
    reserve = routing.reserve
    if reserve is None:
        return False
    return routing.priorities.get(priority, 0) >= routing.priorities.get(reserve.priority, 0)
