"""What a queue does when a target is at risk or breached, once the journal has told of it."""

from duetime.queues.policy import Fields, base_class, is_urgent
from duetime.queues.records import Conversation
from duetime.queues.store import Store
from duetime.router.conversation import State
from duetime.router.due_time import BOOST_MAX_S
from duetime.router.ids import QueueId
from duetime.router.route import Actions
from duetime.router.routing import Routing
from duetime.service import moves

DONE: Fields = {"pending": ""}


async def act_on_target(store: Store, routing: Routing, found: Conversation) -> None:
    """Carries out the queue's actions for what is pending, all in one step of which being done is a part: a daemon that
    dies before leaves them to another one, and nobody does them twice."""
    queue = routing.queues.get(found.queue)
    mark = (found.pending or "").partition(":")[0]
    actions = Actions() if queue is None else queue.on_breach if mark == "breach" else queue.on_risk
    boost = found.boost + 1000 * actions.boost_s
    boosted: Fields = DONE | {"boost": max(-1000 * BOOST_MAX_S, min(1000 * BOOST_MAX_S, boost))}
    owed = found.state in (State.OFFERED, State.ASSIGNED) and not found.answered
    if actions.escalate_to is not None and found.queue != actions.escalate_to and found.state is not State.WRAP_UP:
        await _escalate(store, routing, found, actions.escalate_to)
    elif actions.reassign and owed:
        base = moves.base_of(routing, found)
        data: dict[str, str | None] = {"reason": mark}
        await moves.to_queue(store, routing, found, base, "reassigned", version=found.version, data=data, fields=DONE)
    elif not (
        actions.widen
        and found.state is State.WAITING
        and await moves.take_step(store, routing, found, hurry=True, fields=boosted if actions.boost_s else DONE)
    ):
        await store.conversations.change(store.clock(), [(found.id, None, boosted)], tell=False)


async def _escalate(store: Store, routing: Routing, found: Conversation, target: QueueId) -> None:
    base = base_class(target, found.channel, {}, urgent=is_urgent(routing, found.priority))
    data: dict[str, str | None] = {"to_queue": target, "by": "escalation"}
    await moves.to_queue(store, routing, found, base, "escalated", version=found.version, data=data, fields=DONE)
