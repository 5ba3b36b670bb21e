"""Bringing what is open in step with a new version of the routing configuration.

Policies hold at once, because conversations only name them. What is a conversation's own (due times, boost, the queue
that it stands in) is worked out anew here, in slices, so that no script holds up others; what waits comes first. A
conversation that moves on between being read and being changed is read again.
"""

import itertools
from collections.abc import AsyncIterator

from duetime.queues.keys import key
from duetime.queues.policy import Fields, base_class, is_standing, is_urgent
from duetime.queues.records import Conversation
from duetime.queues.store import Store
from duetime.router.conversation import State
from duetime.router.ids import ConversationId
from duetime.router.route import parse_class
from duetime.router.routing import Routing
from duetime.service.promises import is_same, moved_fields

SLICE = 100
PAGE = 5_000
"""So many names are read at once: reading 100,000 holds the server up for as long as a dozen slices."""
ROUNDS = 5


async def bring_in_step(store: Store, routing: Routing) -> int:
    """Gives every open conversation the due times and the boost of this configuration; how many that changed."""
    changed = 0
    async for names in _open(store, routing):
        again = names
        for _ in range(ROUNDS):
            again, count = await _change(store, routing, again)
            changed += count
            if not again:
                break
    return changed


async def _change(store: Store, routing: Routing, names: list[ConversationId]) -> tuple[list[ConversationId], int]:
    """Those that moved on meanwhile, and how many were changed."""
    now = store.clock()
    changes: list[tuple[ConversationId, int | None, Fields]] = []
    for found in await store.views.find(names):
        if found.state is State.CLOSED:
            continue
        fields = _own_fields(routing, found, now)
        if fields:
            changes.append((found.id, found.events, fields))
    if not changes:
        return [], 0
    skipped = await store.conversations.change(now, changes, tell=True)
    return skipped, len(changes) - len(skipped)


def _own_fields(routing: Routing, found: Conversation, now: int) -> Fields:
    """What has to change; nothing when everything is as it should be."""
    fields: Fields = {}
    base = parse_class(found.base)
    queue = base.queue
    if not is_standing(routing, base) and found.state is not State.WAITING:
        queue = routing.channels[found.channel].default_queue
        urgent = is_urgent(routing, found.priority)
        moved = base_class(queue, found.channel, {}, urgent=urgent)
        fields |= {"queue": queue, "base": moved.id, "urgent": 1 if urgent else "", "step": 0}
    if queue not in routing.queues:
        return fields
    step = min(found.step, len(routing.queues[queue].steps))
    boost = routing.boost_ms(routing.queues[queue], max(0, step), found.priority)
    if boost != found.boost:
        fields |= {"boost": boost}
    dues = moved_fields(routing, found, queue, found.priority, now, somebody_must=False)
    if not is_same(found, dues) and not (found.answered and found.state is State.WAITING):
        fields |= dues
    return fields


async def _open(store: Store, routing: Routing) -> AsyncIterator[list[ConversationId]]:
    """Everything open, in slices: what waits first, in the order in which it will be served. Whoever is passed over
    because the order changes meanwhile comes with the rest, in which all are."""
    for queue in routing.queues:
        for first in itertools.count(0, PAGE):
            last = first + PAGE - 1
            names = await store.pipeline.call("ZRANGE", key(store.root, "queue", queue), first, last)
            for start in range(0, len(names), SLICE):
                yield names[start : start + SLICE]
            if len(names) < PAGE:
                break
    cursor = "0"
    while True:
        cursor, rows = await store.pipeline.call("ZSCAN", key(store.root, "open"), cursor, "COUNT", SLICE)
        if rows:
            yield rows[::2]
        if cursor == "0":
            return
