"""Which waiting conversations will be answered too late at the present rate.

Of each line a few places are looked at (`backlog`), so the cost does not grow with what waits: what lies between two
places is taken to fare like its neighbours. The conversations that are named are those at the head of the lines.
"""

import asyncio
from collections.abc import Mapping
from itertools import pairwise
from typing import Final

import msgspec

from duetime.queues.store import Store
from duetime.router.ids import ClassId, ConversationId, QueueId
from duetime.router.message import Channel
from duetime.router.waiting import Wait
from duetime.service.backlog import Line, Place
from duetime.service.estimates import Estimates
from duetime.service.outlook import Unknown
from duetime.service.pictures import Picture, Pictures

NAMED_MOST: Final = 500
"""So many conversations are looked at by name, over all lines."""

_Due = Mapping[ConversationId, int]


class Lateness(msgspec.Struct, frozen=True, kw_only=True):
    """One conversation that is likely to be late."""

    conversation: ConversationId
    queue: QueueId
    channel: Channel
    due_at: int
    probability: float
    """That it still waits when it is due; 1 when it is overdue."""
    expected_late_s: int
    """By how much it will be late, on average over all that may happen."""


class LineForecast(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The conversations that wait with equal requirements."""

    line: ClassId
    queue: QueueId
    channel: Channel
    waiting: int
    overdue: float
    """How many of them are due already."""
    late: float | None
    """How many of them will be answered too late, the overdue ones among them; None when it is not known."""
    unknown: Unknown | None = None
    """Why it is not known."""


class Forecast(msgspec.Struct, frozen=True, kw_only=True):
    """At the present rate, with the people who are there now. Figures with a fraction are expected values."""

    at: int
    waiting: int
    overdue: float
    late: float
    """How many of those that wait will be answered too late. Where that is not known, those that are overdue."""
    lines: list[LineForecast]
    """Those with the most late ones first."""
    conversations: list[Lateness]
    """Those that are due first."""


class _Seen(msgspec.Struct, frozen=True):
    picture: Picture
    lines: list[LineForecast]
    named: list[Lateness]


class Forecaster:
    def __init__(self, store: Store, pictures: Pictures, estimates: Estimates) -> None:
        self._store = store
        self._pictures = pictures
        self._estimates = estimates
        self._seen: _Seen | None = None

    async def forecast(self, *, likely: float, limit: int) -> Forecast:
        """``likely``: the least probability for a conversation to be named; ``limit``: how many are."""
        picture = await self._pictures.latest()
        seen = self._seen
        if seen is None or seen.picture is not picture:
            self._seen = seen = await self._look(picture)
        return Forecast(
            at=picture.outlook.now,
            waiting=sum(line.waiting for line in seen.lines) + picture.backlog.left_out,
            overdue=round(sum(line.overdue for line in seen.lines), 1),
            late=round(sum(line.overdue if line.late is None else line.late for line in seen.lines), 1),
            lines=seen.lines,
            conversations=[named for named in seen.named if named.probability >= likely][:limit],
        )

    async def _look(self, picture: Picture) -> _Seen:
        lines = picture.backlog.lines
        heads = await self._heads(lines)
        looked_at = {place.conversation for line in lines.values() for place in line.places}
        looked_at |= {place.conversation for places in heads.values() for place in places}
        due = await self._store.lines.due(sorted(looked_at))
        found: list[LineForecast] = []
        named: list[Lateness] = []
        for name, line in lines.items():
            found.append(self._line(picture, name, line, due))
            await asyncio.sleep(0)  # many lines are a lot of arithmetic
            for place in heads[name]:
                named += self._named(picture, name, place, due)
                await asyncio.sleep(0)
        found.sort(key=lambda forecast: -(forecast.late or forecast.overdue))
        named.sort(key=lambda lateness: lateness.due_at)
        return _Seen(picture, found, named)

    async def _heads(self, lines: Mapping[ClassId, Line]) -> dict[ClassId, list[Place]]:
        most = NAMED_MOST // max(1, len(lines))
        rows = await self._store.lines.places([(name, 0, most - 1) for name in lines])
        return {
            name: [Place(number, conversation, rank) for number, (conversation, rank) in enumerate(row)]
            for name, row in zip(lines, rows, strict=True)
        }

    def _line(self, picture: Picture, name: ClassId, line: Line, due: _Due) -> LineForecast:
        waiting, now = picture.outlook.parse(name), picture.outlook.now
        late = overdue = weight = 0.0
        unknown: Unknown | None = None
        for place, stands_for in zip(line.places, _shares(line), strict=True):
            if place.conversation not in due:
                continue
            left_s = (due[place.conversation] - now) / 1000
            wait = self._estimates.wait_in(picture, name, place.rank)
            weight += stands_for
            overdue += stands_for * (left_s <= 0)
            if isinstance(wait, Unknown):
                unknown = wait
            else:
                late += stands_for * _exceeds(wait, left_s)
        scale = line.length / weight if weight else 0.0
        return LineForecast(
            line=name,
            queue=waiting.queue,
            channel=waiting.channel,
            waiting=line.length,
            overdue=round(overdue * scale, 1),
            late=None if unknown else round(late * scale, 1),
            unknown=unknown,
        )

    def _named(self, picture: Picture, name: ClassId, place: Place, due: _Due) -> list[Lateness]:
        wait = self._estimates.wait_in(picture, name, place.rank)
        if isinstance(wait, Unknown) or place.conversation not in due:
            return []
        waiting = picture.outlook.parse(name)
        left_s = (due[place.conversation] - picture.outlook.now) / 1000
        lateness = Lateness(
            conversation=place.conversation,
            queue=waiting.queue,
            channel=waiting.channel,
            due_at=due[place.conversation],
            probability=round(_exceeds(wait, left_s), 3),
            expected_late_s=round(wait.lateness_s(left_s) - min(0.0, left_s)),
        )
        return [lateness]


def _exceeds(wait: Wait, left_s: float) -> float:
    return 1.0 if left_s <= 0 else wait.exceeds(left_s)


def _shares(line: Line) -> list[float]:
    """For how many conversations of its line each place stands: for itself, and half the way to its neighbours."""
    numbers = [place.number for place in line.places]
    edges = [0.0, *((left + right + 1) / 2 for left, right in pairwise(numbers)), float(line.length)]
    return [right - left for left, right in pairwise(edges)]
