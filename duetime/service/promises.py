"""The targets of stored conversations: what is due for them, here, there, and when they are taken up again."""

import msgspec

from duetime.queues.conversations import Returning, Standing
from duetime.queues.policy import Fields, business_of, due_fields, dues_of, target_fields
from duetime.queues.records import Conversation
from duetime.router.conversation import State
from duetime.router.ids import QueueId
from duetime.router.routing import Routing
from duetime.router.targets import Clocks, Target, rest

NOTHING_RUNS = Clocks(waiting_since=None, answered_once=True, resolution_since=None)


def standing_of(found: Conversation) -> Standing:
    return Standing(
        queue=found.queue,
        channel=found.channel,
        priority=found.priority,
        paused_at=found.paused_at,
        resolution_since=found.resolution_since,
        resolution_used_ms=found.resolution_used_ms,
    )


def returning(routing: Routing, standing: Standing, now_ms: int) -> Returning:
    """What is due when a conversation that stands there is taken up again now. One whose resolution clock rested runs
    on with what is left, one that had ended starts anew. A queue that is gone promises what the channel's default
    queue does."""
    queue = standing.queue if standing.queue in routing.queues else routing.channels[standing.channel].default_queue
    used_ms = standing.resolution_used_ms
    if standing.paused_at is not None:
        ran = Clocks(
            waiting_since=None,
            answered_once=True,
            resolution_since=standing.resolution_since,
            resolution_used_ms=used_ms,
        )
        used_ms = rest(ran, standing.paused_at, business_of(routing, routing.queues[queue])).resolution_used_ms
    clocks = Clocks(waiting_since=now_ms, answered_once=True, resolution_since=now_ms, resolution_used_ms=used_ms)
    dues = dues_of(routing, queue, standing.channel, standing.priority, clocks)
    return Returning(
        standing=standing,
        waiting=target_fields(Target.NEXT, dues.next),
        resolution=target_fields(Target.RESOLUTION, dues.resolution) | {"resolution_used": used_ms},
    )


def opening_fields(routing: Routing, queue: QueueId, standing: Standing, now_ms: int) -> Fields:
    """The due times of a conversation that opens now."""
    clocks = Clocks(waiting_since=now_ms, answered_once=False, resolution_since=now_ms)
    return due_fields(dues_of(routing, queue, standing.channel, standing.priority, clocks))


def moved_fields(
    routing: Routing, found: Conversation, queue: QueueId, priority: str, now_ms: int, *, somebody_must: bool
) -> Fields:
    """The due times of an open conversation under a queue's and a priority's promises; its clocks go on as they are.
    With ``somebody_must`` somebody has to look at it now: one that owes no answer is due like one that does, from now
    on, and its resolution clock rests no longer."""
    ended = found.state is State.WRAP_UP
    if ended and not somebody_must:
        return due_fields(dues_of(routing, queue, found.channel, priority, NOTHING_RUNS))
    waiting_since = None if found.answered else found.arrived_at
    if somebody_must and waiting_since is None:
        waiting_since = now_ms
    clocks = Clocks(
        waiting_since=waiting_since,
        answered_once=found.first_answered_at is not None or found.due_next is not None,
        resolution_since=now_ms if found.resolution_since is None else found.resolution_since,
        resolution_used_ms=found.resolution_used_ms,
    )
    changed: Fields = {}
    if found.paused_at is not None:
        clocks = rest(clocks, found.paused_at, business_of(routing, routing.queues[queue]))
        if somebody_must:
            changed = {"paused_at": "", "resolution_used": clocks.resolution_used_ms, "resolution_since": now_ms}
            clocks = msgspec.structs.replace(clocks, resolution_since=now_ms)
    elif ended:
        changed = {"resolution_since": now_ms}
    return changed | due_fields(dues_of(routing, queue, found.channel, priority, clocks))


def is_same(found: Conversation, fields: Fields) -> bool:
    """Whether these due times are those that it has."""
    names = [f"{kind}_{target}" for target in Target for kind in ("due", "risk")]
    return all((fields.get(name) or None) == getattr(found, name) for name in names)
