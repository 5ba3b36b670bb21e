"""From the routing configuration to the fields under which one conversation is routed.

Policy is decided here and stored with the conversation, so that the scripts need no configuration: durations in ms,
costs by channel in ``{w}:params``.
"""

import msgspec

from duetime.router.ids import AssociateId, ClassId, QueueId, SkillId
from duetime.router.message import Channel
from duetime.router.route import WaitingClass, next_step_after_s, personal_line
from duetime.router.routing import Routing

Fields = dict[str, str | int]


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a conversation goes next: its line, the class that must be in the graph, and what changes with it."""

    line: ClassId
    base: WaitingClass
    step_until: int | None
    fields: Fields


def policy_fields(routing: Routing, base: WaitingClass, priority: str) -> Fields:
    """The stored policy of a conversation that stands at step 0 of ``base``. Raises KeyError for an unknown queue."""
    queue = routing.queues[base.queue]
    rules = routing.channels[base.channel]
    first_step_s = next_step_after_s(queue, 0)
    return {
        "queue": queue.id,
        "base": base.id,
        "priority": priority,
        "boost": routing.boost_ms(queue, 0, priority),
        "base_boost": routing.boost_ms(queue, 0, priority),
        "step": 0,
        "step_ms": 1000 * (first_step_s or 0),
        "due_ms": 1000 * queue.due_in_s(base.channel),
        "risk_ms": 1000 * queue.at_risk_s,
        "auto_accept": int(queue.auto_accept),
        "offer_ms": 1000 * queue.offer_timeout_s,
        "cooldown_ms": 1000 * queue.cooldown_s,
        "reassign_ms": 1000 * queue.reassign_after_s,
        "preferred_ms": 1000 * queue.preferred_s,
        "wrap_ms": 1000 * queue.wrap_up_s,
        "idle_ms": 1000 * rules.idle_release_s,
    }


def queue_place(routing: Routing, base: WaitingClass, priority: str, now_ms: int) -> Place:
    """The first step of a queue."""
    fields = policy_fields(routing, base, priority)
    step_ms = int(fields["step_ms"])
    return Place(line=base.id, base=base, step_until=now_ms + step_ms if step_ms else None, fields=fields)


def personal_place(routing: Routing, base: WaitingClass, priority: str, associate: AssociateId, now_ms: int) -> Place:
    """One associate's own line for as long as the queue waits for a preferred one, then the queue."""
    fields = policy_fields(routing, base, priority)
    until = now_ms + max(1000, int(fields["preferred_ms"]))
    return Place(line=personal_line(associate, base.channel), base=base, step_until=until, fields=fields)


def next_place(
    routing: Routing, base: WaitingClass, line: ClassId, step: int, priority: str, now_ms: int
) -> Place | None:
    """Where the route goes after this line, or None when it has no further step. ``base`` must be standing."""
    queue = routing.queues[base.queue]
    following = 0 if line.startswith("@") else step + 1
    if following > len(queue.steps):
        return None
    after_s = next_step_after_s(queue, following)
    at = routing.class_at(base, following)
    return Place(
        line=at.id,
        base=at,
        step_until=now_ms + 1000 * after_s if after_s else None,
        fields={"step": following, "boost": routing.boost_ms(queue, following, priority)},
    )


def standing_base(routing: Routing, base: WaitingClass) -> WaitingClass:
    """``base``, or the channel's default queue if the configuration no longer has its queue."""
    if base.queue in routing.queues:
        return base
    return base_class(routing.channels[base.channel].default_queue, base.channel, {})


def is_standing(routing: Routing, waiting: WaitingClass) -> bool:
    """Whether the configuration still has the queue and the step of this class."""
    queue = routing.queues.get(waiting.queue)
    return queue is not None and waiting.step <= len(queue.steps)


def classes_of(routing: Routing, base: WaitingClass) -> list[WaitingClass]:
    """The class of every step of a queue's route."""
    return [routing.class_at(base, step) for step in range(len(routing.queues[base.queue].steps) + 1)]


def base_class(queue: QueueId, channel: Channel, skills: dict[SkillId, int]) -> WaitingClass:
    return WaitingClass(queue, 0, channel, skills)
