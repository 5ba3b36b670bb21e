"""Moving an open conversation: to a line, back to work, to another priority. What people do and what timers do both
end here; due times follow the queue and the priority that they move to."""

from collections.abc import Mapping

import msgspec

from duetime.queues.policy import (
    Fields,
    Place,
    is_standing,
    is_urgent,
    next_place,
    queue_place,
    standing_base,
)
from duetime.queues.records import Conversation
from duetime.queues.replies import UnknownClass
from duetime.queues.store import Store
from duetime.router.conversation import State
from duetime.router.errors import Stale
from duetime.router.ids import AssociateId, ClassId
from duetime.router.message import Message
from duetime.router.route import WaitingClass, parse_class, personal_line
from duetime.router.routing import Routing
from duetime.service.promises import moved_fields, returning, standing_of


async def route(
    store: Store,
    routing: Routing,
    found: Conversation,
    place: Place,
    reason: str,
    *,
    version: int | None,
    briefing: Message | None = None,
    data: Mapping[str, str | None] | None = None,
    fields: Fields | None = None,
) -> None:
    """Puts it on a line, where somebody takes it at once or it waits."""

    async def call() -> None:
        await store.conversations.route(
            store.clock(),
            found.id,
            place,
            reason=reason,
            version=version,
            briefing=briefing,
            data=data,
            fields=fields,
        )

    try:
        await call()
    except UnknownClass:
        await store.topology.compile(routing, [place.base])
        await call()


async def to_queue(
    store: Store,
    routing: Routing,
    found: Conversation,
    base: WaitingClass,
    reason: str,
    *,
    version: int | None,
    briefing: Message | None = None,
    data: Mapping[str, str | None] | None = None,
    fields: Fields | None = None,
) -> None:
    """To the start of a queue's route, under that queue's promises."""
    now = store.clock()
    place = queue_place(routing, base, found.priority, now)
    dues = moved_fields(routing, found, base.queue, found.priority, now, somebody_must=True)
    await route(
        store,
        routing,
        found,
        place,
        reason,
        version=version,
        briefing=briefing,
        data=data,
        fields=dues | (fields or {}),
    )


def base_of(routing: Routing, found: Conversation) -> WaitingClass:
    """The class of the first step of its queue, or of the default queue if its own is gone."""
    return standing_base(routing, parse_class(found.base))


async def take_step(
    store: Store, routing: Routing, found: Conversation, *, hurry: bool = False, fields: Fields | None = None
) -> bool:
    """To the next step of its route; False if there is none."""
    own = parse_class(found.base)
    # A configuration may have come that has its line no longer, or again.
    stands = found.line.startswith("@") or await store.topology.has(parse_class(found.line))
    if not stands or not is_standing(routing, own):
        await to_queue(store, routing, found, standing_base(routing, own), "rerouted", version=found.version)
        return True
    now = store.clock()
    if found.unplaced and not found.line.startswith("@"):
        place: Place | None = queue_place(routing, own, found.priority, now)
    else:
        place = next_place(routing, own, found.line, found.step, found.priority, now, hurry=hurry)
    if place is None:
        return False
    await route(store, routing, found, place, "step", version=found.version, fields=fields)
    return True


def _line(found: Conversation, *, urgent: bool) -> ClassId:
    """Its line on the urgent side of its channel, or on the other."""
    if found.line.startswith("@"):
        who = AssociateId(found.line[1:].partition("/")[0])
        return personal_line(who, found.channel, urgent=urgent)
    return msgspec.structs.replace(parse_class(found.line), urgent=urgent).id


async def wake(store: Store, routing: Routing, found: Conversation, *, version: int | None, by_timer: bool) -> None:
    """Brings a parked conversation back to work; who must look at it has as long as for a next response."""
    now = store.clock()
    await store.conversations.wake(
        now,
        found.id,
        version=found.version if version is None else version,
        returning=returning(routing, standing_of(found), now),
        by_timer=by_timer,
    )


async def set_priority(
    store: Store, routing: Routing, found: Conversation, priority: str, *, version: int | None
) -> None:
    """Another priority, with its boost and its promises. What waits changes its place in the line at once."""
    now = store.clock()
    urgent = is_urgent(routing, priority)
    base = base_of(routing, found)
    dues = moved_fields(routing, found, base.queue, priority, now, somebody_must=False)
    changed_base = WaitingClass(base.queue, 0, base.channel, base.skills, urgent, base.closed)
    boost = routing.boost_ms(routing.queues[base.queue], found.step, priority)
    fields: Fields = {"priority": priority, "boost": boost, **dues}
    insist = found.version if version is None else version
    if urgent == found.urgent or found.state is not State.WAITING:
        if urgent != found.urgent:
            fields |= {"base": changed_base.id, "urgent": 1 if urgent else "", "line": _line(found, urgent=urgent)}
        if insist != found.version or await store.conversations.change(
            now, [(found.id, found.events, fields)], tell=True
        ):
            raise Stale("The conversation has changed since you read it; read it again, then repeat the change.")
        return
    place = queue_place(routing, changed_base, priority, now)
    await route(store, routing, found, place, "rerouted", version=insist, fields=dues)
