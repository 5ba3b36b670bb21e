"""Associates who handle several chats at once, and are slower at each the more they have."""

import heapq
import itertools
from collections.abc import Callable, Sequence

from benchmarks.quality_centre import Centre
from benchmarks.quality_work import Work
from duetime.router.ids import AssociateId

SLOWER = 0.25
"""Each other chat makes every chat of an associate take so much longer."""


class Desks:
    """How far everybody is with what they have. Times are ms."""

    def __init__(self) -> None:
        self._left: dict[str, dict[int, float]] = {}
        self._as_of: dict[str, int] = {}

    def load(self, who: str) -> int:
        return len(self._left.get(who, ()))

    def begin(self, who: str, work: Work, now: int) -> None:
        self._go_on(who, now)
        self._left.setdefault(who, {})[work.number] = work.handling_ms

    def end(self, who: str, number: int, now: int) -> None:
        self._go_on(who, now)
        del self._left[who][number]

    def next_end(self, who: str) -> tuple[int, int] | None:
        """When the next one is done if nothing comes in between, and its number."""
        left = self._left.get(who)
        if not left:
            return None
        number = min(left, key=left.__getitem__)
        return self._as_of[who] + max(0, round(left[number] * self._slowness(who))), number

    def _slowness(self, who: str) -> float:
        return 1 + SLOWER * (self.load(who) - 1)

    def _go_on(self, who: str, now: int) -> None:
        done = (now - self._as_of.get(who, now)) / self._slowness(who)
        self._as_of[who] = now
        for number in self._left.get(who, {}):
            self._left[who][number] -= done


class SharingCentre(Centre):
    """A contact centre in which the end of a handling depends on what else comes to the same desk."""

    def __init__(self, *args: object, **named: object) -> None:
        super().__init__(*args, **named)  # type: ignore[arg-type]
        self._desks = Desks()
        self._plans: dict[str, int] = {}
        self.ended: dict[int, int] = {}
        """When each was done, by its number."""

    def _plan_end(self, work: Work, associate: AssociateId, at: int) -> None:
        self._desks.begin(associate, work, at)
        self._plan(associate)

    def _plan(self, associate: AssociateId) -> None:
        """A plan replaces the one before."""
        plan = self._plans[associate] = self._plans.get(associate, 0) + 1
        found = self._desks.next_end(associate)
        if found is not None:
            at, number = found
            self._at(at, lambda: self._end(associate, plan, at, number))

    async def _end(self, associate: AssociateId, plan: int, at: int, number: int) -> None:
        if self._plans[associate] != plan:
            return
        self._desks.end(associate, number, at)
        self.ended[number] = at
        self._plan(associate)
        await self._finish(self._works[f"cv{number}"], associate)


def share(works: Sequence[Work], people: Sequence[str], slots: int, prefer: Callable[[int], int]) -> dict[int, int]:
    """The same in plain Python: when each is done. ``prefer`` says of loads which is lowest in order; of equal ones
    the longest without a new chat goes first."""
    desks, last, ended = Desks(), dict.fromkeys(people, -1), dict[int, int]()
    plans = dict.fromkeys(people, 0)
    count = itertools.count()
    events: list[tuple[int, int, Work | tuple[str, int, int]]] = [(work.at_ms, next(count), work) for work in works]
    heapq.heapify(events)
    waiting: list[Work] = []

    def plan(who: str) -> None:
        plans[who] += 1
        if (found := desks.next_end(who)) is not None:
            heapq.heappush(events, (found[0], next(count), (who, plans[who], found[1])))

    while events:
        now, _, what = heapq.heappop(events)
        if isinstance(what, Work):
            waiting.append(what)
        elif plans[what[0]] == what[1]:
            desks.end(what[0], what[2], now)
            ended[what[2]] = now
            plan(what[0])
        while waiting and (free := [who for who in people if desks.load(who) < slots]):
            who = min(free, key=lambda one: (prefer(desks.load(one)), last[one]))
            last[who] = now
            desks.begin(who, waiting.pop(0), now)
            plan(who)
    return ended
