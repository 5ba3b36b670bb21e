"""Queues with their live figures."""

from typing import Final

import msgspec

from duetime.queues.records import QueueFigures
from duetime.router.errors import NotFound
from duetime.router.ids import QueueId
from duetime.service.access import Scope
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


async def queues_now(parts: Parts, queues: list[QueueId]) -> list[QueueNow]:
    names = parts.routing().queues
    return [_named(figures, names[figures.queue].name) for figures in await parts.store.views.queue_figures(queues)]


def _named(figures: QueueFigures, name: str) -> QueueNow:
    return QueueNow(name=name, **msgspec.structs.asdict(figures))


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
