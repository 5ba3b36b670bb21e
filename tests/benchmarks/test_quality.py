"""A simulated contact centre serves like the same in plain Python, which serves as one can work out by hand."""

from collections.abc import AsyncIterator

import pytest

from benchmarks.quality_centre import Centre
from benchmarks.quality_overload import CARE, SLOTS, Policy, RoundRobin, due_of, routing_of, works_of
from benchmarks.quality_reference import serve
from benchmarks.quality_sharing import share
from benchmarks.quality_work import A_MINUTE_MS, Work
from duetime.queues.connection import Pipeline
from duetime.router.message import Channel
from duetime.router.routing import Routing


@pytest.fixture
async def pipeline(redis_url: str) -> AsyncIterator[Pipeline]:
    opened = await Pipeline(redis_url).open()
    yield opened
    await opened.close()


def work(number: int, minute: float, channel: Channel = Channel.CHAT, handling_min: float = 10) -> Work:
    at, handling = round(A_MINUTE_MS * minute), round(A_MINUTE_MS * handling_min)
    return Work(number=number, at_ms=at, handling_ms=handling, channel=channel, queue=CARE)


def with_people(routing: Routing, count: int) -> Routing:
    people = dict(list(routing.associates.items())[:count])
    return Routing(queues=routing.queues, channels=routing.channels, priorities=routing.priorities, associates=people)


@pytest.mark.parametrize("policy", [Policy.DUE, Policy.SAVE, Policy.FIFO])
async def test_the_scripts_serve_in_the_order_of_the_reference(
    pipeline: Pipeline, workspace: str, policy: Policy
) -> None:
    works, people = works_of("deep", 0)[:120], 12
    late_behind_ms = 1000 * routing_of(policy).queues[CARE].late_behind_s if policy is Policy.SAVE else None
    order = (lambda one: one.at_ms) if policy is Policy.FIFO else due_of
    expected = {one.work.number: one.waited_ms for one in serve(works, people, order, late_behind_ms)}

    centre = Centre(pipeline, workspace, with_people(routing_of(policy), people), keeps_time=policy is Policy.SAVE)
    await centre.set_up()
    served = await centre.run(works)

    assert {one.work.number: one.waited_ms for one in served} == expected
    assert max(expected.values()) > A_MINUTE_MS


async def test_who_gives_up_is_not_served(pipeline: Pipeline, workspace: str) -> None:
    patient, other = work(0, 0), work(1, 1)
    impatient = Work(
        number=2, at_ms=2 * A_MINUTE_MS, handling_ms=1, channel=Channel.CHAT, queue=CARE, patience_ms=A_MINUTE_MS
    )
    centre = Centre(pipeline, workspace, with_people(routing_of(Policy.FIFO), 1))
    await centre.set_up()

    served = await centre.run([patient, other, impatient])

    assert [(one.waited_ms // A_MINUTE_MS, one.associate) for one in served] == [(0, "a0"), (9, "a0"), (1, None)]


def test_the_reference_serves_the_earliest_due_first() -> None:
    busy, email, chat = work(0, 0), work(1, 1, Channel.EMAIL), work(2, 2)

    served = serve([busy, email, chat], 1, due_of)

    assert [one.work.number for one in served] == [0, 2, 1]


def test_the_reference_puts_a_late_one_behind_what_can_be_in_time() -> None:
    busy, late, timely = work(0, 0), work(1, 1), work(2, 9.5)

    served = serve([busy, late, timely], 1, due_of, late_behind_ms=60 * A_MINUTE_MS)

    assert [one.work.number for one in served] == [0, 2, 1]


def test_round_robin_takes_the_channels_in_turn() -> None:
    order = RoundRobin()
    works = [work(0, 0), work(1, 1), work(2, 2, Channel.EMAIL), work(3, 3, Channel.EMAIL)]

    ranks = [order.arrived(one) for one in works]

    assert ranks[0] == ranks[2] < ranks[1] == ranks[3]


def test_chats_at_one_desk_slow_each_other() -> None:
    works = [work(0, 0), work(1, 0)]

    alone = share(works, ["ana", "ben"], 2, lambda load: load)
    together = share(works, ["ana", "ben"], 2, lambda load: -load)

    assert alone == {0: 10 * A_MINUTE_MS, 1: 10 * A_MINUTE_MS}
    assert together == {0: 12.5 * A_MINUTE_MS, 1: 12.5 * A_MINUTE_MS}


def test_a_day_has_the_work_that_its_profile_says() -> None:
    works = works_of("peaks", 0)
    first_two_hours_ms = 120 * A_MINUTE_MS

    offered = sum(one.handling_ms for one in works if one.at_ms < first_two_hours_ms) / (SLOTS * first_two_hours_ms)

    assert offered == pytest.approx(0.80, rel=0.1)
