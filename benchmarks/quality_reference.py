"""The same orders of service in plain Python, without the product: what the scripts must agree with."""

import heapq
from collections.abc import Callable, Sequence

from benchmarks.quality_work import Served, Work


def serve(
    works: Sequence[Work], slots: int, due_at: Callable[[Work], int], late_behind_ms: int | None = None
) -> list[Served]:
    """The lowest due time is served first by whoever is free. With ``late_behind_ms`` one that is late goes behind all
    that is due no more than that after it."""
    free = [0] * slots
    coming = sorted(works, key=lambda work: work.at_ms)
    timely: list[tuple[int, int, Work]] = []
    late: list[tuple[int, int, Work]] = []
    served = []
    place = 0
    while place < len(coming) or timely or late:
        now = heapq.heappop(free)
        if not timely and not late:
            now = max(now, coming[place].at_ms)
        while place < len(coming) and coming[place].at_ms <= now:
            work = coming[place]
            heapq.heappush(timely, (due_at(work), work.number, work))
            place += 1
        while late_behind_ms is not None and timely and timely[0][0] <= now:
            due, number, work = heapq.heappop(timely)
            heapq.heappush(late, (due + late_behind_ms, number, work))
        line = min((one for one in (timely, late) if one), key=lambda one: one[0])
        work = heapq.heappop(line)[2]
        served.append(Served(work=work, waited_ms=now - work.at_ms, associate=""))
        heapq.heappush(free, now + work.handling_ms)
    return served
