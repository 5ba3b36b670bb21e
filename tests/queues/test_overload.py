"""Whom a queue serves first when not everything can be in time."""

from collections.abc import AsyncIterator

import pytest

from duetime.queues.doctor import examine
from duetime.router.ids import AssociateId, ConversationId, QueueId
from tests.clock import VirtualClock
from tests.world import World, associate, open_world, supervisor

DOCUMENT = """
default_queue = "save"
[channels.api]
idle_release_s = 0
[associates.ana]
name = "Ana"
capacity_units = 1
[queues.save]
name = "Save"
auto_accept = true
targets = [{ first_response_s = 600 }]
at_risk_s = 0
overload = "save"
late_behind_s = 3600
[queues.due]
name = "Due"
auto_accept = true
targets = [{ first_response_s = 600 }]
at_risk_s = 0
[[triage]]
name = "by due time"
queue = "due"
[triage.when]
text_contains = ["due"]
"""


@pytest.fixture
async def world(redis_url: str, workspace: str, clock: VirtualClock) -> AsyncIterator[World]:
    async with open_world(redis_url, workspace, clock, DOCUMENT) as opened:
        yield opened
        assert await examine(opened.store) == []


async def arrive(world: World, *pauses_s: float, text: str = "hello") -> list[ConversationId]:
    """Conversations, with so many seconds after each."""
    found = []
    for pause in pauses_s:
        found.append((await world.write(text)).conversation)
        await world.pass_time(pause)
    return found


async def served(world: World, many: int) -> list[ConversationId]:
    """In which order ana gets them."""
    await world.come("ana")
    order = []
    for _ in range(many):
        (mine,) = (await world.store.views.desk_snapshot(AssociateId("ana"))).conversations
        order.append(mine.id)
        await world.desk.close(associate("ana"), mine.id)
    return order


async def test_earliest_due_first_lets_all_wait_alike(world: World) -> None:
    late, soon, later = await arrive(world, 500, 300, 10, text="due")
    assert await served(world, 3) == [late, soon, later]


async def test_what_can_still_be_in_time_goes_before_what_is_late(world: World) -> None:
    late, soon, later = await arrive(world, 500, 300, 10)
    assert await served(world, 3) == [soon, later, late]


async def test_a_late_one_is_passed_over_by_no_more_than_the_bound(world: World) -> None:
    """It goes before what is due an hour later than it was."""
    (late,) = await arrive(world, 3590)
    before, after = await arrive(world, 20, 0)
    assert await served(world, 3) == [before, late, after]


async def test_the_late_ones_among_themselves_keep_their_order(world: World) -> None:
    first, second, fresh = await arrive(world, 60, 700, 0)
    assert await served(world, 3) == [fresh, first, second]


async def test_one_policy_does_not_touch_the_other_queue(world: World) -> None:
    (late,) = await arrive(world, 700)
    other = await arrive(world, 0, text="due")
    assert await served(world, 2) == [*other, late]


async def test_once_answered_it_is_late_no_more(world: World) -> None:
    (late,) = await arrive(world, 700)
    await world.desk.reply(supervisor(), late, "sorry for the wait")
    standing = await world.store.lines.standing(late, QueueId("save"))
    found = await world.see(late)
    assert (standing.late, standing.rank) == (False, found.due_at)
