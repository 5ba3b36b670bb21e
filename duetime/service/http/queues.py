"""Queues with their live figures."""

from collections.abc import Mapping
from typing import Final

import msgspec

from duetime.queues.records import QueueFigures
from duetime.router.errors import NotFound
from duetime.router.ids import QueueId
from duetime.router.message import Channel
from duetime.service.access import Scope
from duetime.service.estimates import Estimate
from duetime.service.http.route import EVERYONE, AnyRoute, Call, Nothing, Route, no_such
from duetime.service.parts import Parts


class QueueNow(msgspec.Struct, frozen=True, kw_only=True):
    """A queue and how it stands now. Times in epoch milliseconds."""

    queue: QueueId
    name: str
    waiting: int
    oldest_arrived_at: int | None
    next_due_at: int | None
    """The due time of the conversation to be served next."""
    routable_associates: int
    """Associates who could take a conversation of it now, on any channel."""
    expected_wait_s: int | None
    """Four of five that arrive now are taken within this, on the channel where it takes longest; null: not known."""
    expected_waits: dict[Channel, Estimate]
    """The same for each channel on which something comes, waits or could be taken; where it is not known, why."""


async def queues_now(parts: Parts, queues: list[QueueId]) -> list[QueueNow]:
    names = parts.routing().queues
    figures, waits = await parts.store.views.queue_figures(queues), await parts.estimates.arriving()
    return [_shown(each, names[each.queue].name, waits.get(each.queue, {})) for each in figures]


def _shown(figures: QueueFigures, name: str, waits: Mapping[Channel, Estimate]) -> QueueNow:
    known = [wait.within_s for wait in waits.values() if wait.within_s is not None]
    return QueueNow(
        name=name,
        expected_wait_s=max(known) if known and len(known) == len(waits) else None,
        expected_waits=dict(waits),
        **msgspec.structs.asdict(figures),
    )


async def list_queues(call: Call[Nothing]) -> list[QueueNow]:
    return await queues_now(call.parts, list(call.parts.routing().queues))


async def get_queue(call: Call[Nothing]) -> QueueNow:
    if call.queue not in call.parts.routing().queues:
        raise no_such("queue", call.queue)
    return (await queues_now(call.parts, [call.queue]))[0]


ROUTES: Final[tuple[AnyRoute, ...]] = (
    Route(
        method="GET",
        path="/v1/queues",
        handler=list_queues,
        takes=Nothing,
        gives=list[QueueNow],
        summary="Every queue: how many wait, since when, what is due next, who could take one.",
        roles=EVERYONE,
        scope=Scope.QUEUES_READ,
    ),
    Route(
        method="GET",
        path="/v1/queues/{queue}",
        handler=get_queue,
        takes=Nothing,
        gives=QueueNow,
        summary="One queue.",
        roles=EVERYONE,
        scope=Scope.QUEUES_READ,
        refuses=(NotFound,),
    ),
)
