"""What a queue does when a target is at risk or breached, once the journal has told of it."""

from duetime.queues.policy import Fields, base_class, is_urgent
from duetime.queues.records import Conversation
from duetime.queues.store import Store
from duetime.router.conversation import State
from duetime.router.ids import QueueId
from duetime.router.route import Actions
from duetime.router.routing import Routing
from duetime.service import moves

MOVED = (State.WAITING, State.OFFERED, State.ASSIGNED, State.PARKED)
OWED = (State.OFFERED, State.ASSIGNED)


async def act_on_target(store: Store, routing: Routing, found: Conversation) -> bool:
    """Carries out the queue's actions for the first of what is pending; False if nothing is. Each is one script call
    of which being done is a part: a daemon that dies before leaves it to another one, and nobody does it twice. The
    script refuses when the target was met meanwhile."""
    if not found.pending:
        return False
    word = found.pending[0]
    mark, _, _ = word.partition(":")
    queue = routing.queues.get(found.queue)
    actions = Actions() if queue is None else queue.on_breach if mark == "breach" else queue.on_risk
    done: Fields = {"done": word}
    raised: Fields = done | ({"raise": 1000 * actions.boost_s} if actions.boost_s else {})
    if actions.escalate_to is not None and found.queue != actions.escalate_to and found.state in MOVED:
        await _escalate(store, routing, found, actions.escalate_to, done)
        return True
    if actions.reassign and found.state in OWED and not found.answered:
        base = moves.base_of(routing, found)
        data: dict[str, str | None] = {"reason": mark}
        await moves.to_queue(store, routing, found, base, "reassigned", version=found.version, data=data, fields=done)
        return True
    widens = actions.widen and found.state is State.WAITING
    if widens and await moves.take_step(store, routing, found, hurry=True, fields=raised):
        return True
    return not await store.conversations.change(store.clock(), [(found.id, None, raised)], tell=False)


async def _escalate(store: Store, routing: Routing, found: Conversation, target: QueueId, done: Fields) -> None:
    base = base_class(target, found.channel, {}, urgent=is_urgent(routing, found.priority))
    data: dict[str, str | None] = {"to_queue": target, "by": "escalation"}
    await moves.to_queue(store, routing, found, base, "escalated", version=found.version, data=data, fields=done)
