"""The targets of stored conversations: what is due for them, here, there, and when they are taken up again."""

from duetime.queues.conversations import Returning, Standing
from duetime.queues.policy import Fields, business_of, due_fields, dues_of, promise_of
from duetime.queues.records import Conversation
from duetime.router.ids import QueueId
from duetime.router.routing import Routing
from duetime.router.targets import Clocks


def standing_of(found: Conversation) -> Standing:
    return Standing(
        queue=found.queue,
        channel=found.channel,
        priority=found.priority,
        paused_at=found.paused_at,
        resolution_since=found.resolution_since,
        resolution_used_ms=found.resolution_used_ms,
    )


def returning(routing: Routing, standing: Standing, now_ms: int, *, waits_anew: bool = True) -> Returning:
    """What is due when a conversation that stands there is taken up again now. One whose resolution clock rested runs
    on with what is left, one that had ended starts anew. A queue that is gone promises what the channel's default
    queue does."""
    queue = standing.queue if standing.queue in routing.queues else routing.channels[standing.channel].default_queue
    used = standing.resolution_used_ms
    if standing.paused_at is not None and standing.resolution_since is not None:
        business = business_of(routing, routing.queues[queue])
        used += business.between(standing.resolution_since, standing.paused_at)
    clocks = Clocks(
        opened_at=now_ms,
        waiting_since=now_ms if waits_anew else None,
        answered_once=True,
        resolution_since=now_ms,
        resolution_used_ms=used,
    )
    dues = dues_of(routing, queue, standing.channel, standing.priority, clocks)
    return Returning(
        standing=standing,
        due_next="" if dues.next is None else dues.next,
        due_resolution="" if dues.resolution is None else dues.resolution,
        used_ms=used,
    )


def opening_fields(routing: Routing, queue: QueueId, standing: Standing, now_ms: int) -> Fields:
    """The due times of a conversation that opens now."""
    clocks = Clocks(opened_at=now_ms, waiting_since=now_ms, answered_once=False, resolution_since=now_ms)
    return due_fields(dues_of(routing, queue, standing.channel, standing.priority, clocks))


def moved_fields(
    routing: Routing, found: Conversation, queue: QueueId, priority: str, now_ms: int, *, somebody_must: bool
) -> Fields:
    """The due times of an open conversation under a queue's and a priority's promises; its clocks go on as they are.
    With ``somebody_must`` one that owes no answer is to be looked at as soon as one that does, from now on."""
    waiting_since = None if found.answered else found.arrived_at
    if somebody_must and waiting_since is None:
        waiting_since = now_ms
    promised = promise_of(routing, queue, found.channel, priority)
    runs = found.paused_at is None and promised.resolution_ms is not None
    clocks = Clocks(
        opened_at=found.opened_at,
        waiting_since=waiting_since,
        answered_once=found.first_answered_at is not None,
        resolution_since=(found.resolution_since or found.opened_at) if runs else None,
        resolution_used_ms=found.resolution_used_ms,
    )
    fields = due_fields(dues_of(routing, queue, found.channel, priority, clocks))
    return fields | ({"resolution_since": clocks.resolution_since} if clocks.resolution_since is not None else {})


def is_same(found: Conversation, fields: Fields) -> bool:
    """Whether these due times are those that it has."""
    stored = {"due_first": found.due_first, "due_next": found.due_next, "due_resolution": found.due_resolution}
    return all((fields.get(name) or None) == value for name, value in stored.items())
