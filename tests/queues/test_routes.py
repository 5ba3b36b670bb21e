"""Whom a conversation asks, in which order, and how that widens while it waits."""

from collections.abc import AsyncIterator

import pytest

from duetime.queues.doctor import examine
from duetime.router.conversation import State
from duetime.router.ids import AssociateId, QueueId, SkillId
from duetime.service.staff import AssociateChange
from tests.clock import VirtualClock
from tests.queues.trial import START
from tests.world import World, associate, open_world, supervisor

DOCUMENT = """
default_queue = "money"
[skills]
money = "Money"
german = "German"
[teams]
desk = "Desk"
tech = "Technicians"
[priorities]
gold = 600
[channels.api]
cost_units = 1

[associates.expert]
name = "Expert"
teams = ["desk"]
skills = { money = 5 }
capacity_units = 2
[associates.novice]
name = "Novice"
teams = ["desk"]
skills = { money = 1 }
capacity_units = 2
[associates.outsider]
name = "Outsider"
teams = ["tech"]
skills = { german = 3 }
capacity_units = 4

[queues.money]
name = "Money"
teams = ["desk"]
skills = { money = 4 }
cooldown_s = 60
[[queues.money.route]]
after_s = 30
relax = { money = 1 }
boost_s = 300
[[queues.money.route]]
after_s = 60
drop = ["money"]
[[queues.money.route]]
after_s = 90
overflow_to = "spare"
[queues.spare]
name = "Spare"
teams = ["tech"]
skills = { german = 2 }
"""
MADE_EXPERT = AssociateChange(skills={SkillId("money"): 5})


@pytest.fixture
async def shop(redis_url: str, workspace: str) -> AsyncIterator[World]:
    async with open_world(redis_url, workspace, VirtualClock(START), DOCUMENT) as opened:
        yield opened


async def test_steps_widen_until_somebody_takes_it(shop: World) -> None:
    await shop.come("novice", "outsider")
    taken = await shop.write()
    await shop.pass_time(29)
    assert (await shop.see(taken.conversation)).state is State.WAITING
    await shop.pass_time(1)
    found = await shop.see(taken.conversation)
    assert (found.associate, found.line, found.step) == ("novice", "money/1/api/", 1)
    assert await examine(shop.store) == []


async def test_in_the_end_it_overflows_to_another_queues_people(shop: World) -> None:
    await shop.come("outsider")
    taken = await shop.write()
    await shop.pass_time(179)
    assert (await shop.see(taken.conversation)).state is State.WAITING
    await shop.pass_time(1)
    found = await shop.see(taken.conversation)
    assert (found.associate, found.queue, found.step) == ("outsider", "money", 3)


async def test_arrival_and_due_time_stay_from_step_to_step(shop: World) -> None:
    taken = await shop.write()
    before = await shop.see(taken.conversation)
    await shop.pass_time(200)
    after = await shop.see(taken.conversation)
    assert (after.step, after.arrived_at, after.due_at) == (3, before.arrived_at, before.due_at)


async def test_who_was_eligible_stays_eligible(shop: World) -> None:
    taken = await shop.write()
    await shop.pass_time(100)
    assert (await shop.see(taken.conversation)).step == 2
    await shop.come("expert")
    assert (await shop.see(taken.conversation)).associate == "expert"


async def test_a_step_may_put_a_conversation_forward(shop: World) -> None:
    patient = await shop.write()
    await shop.pass_time(35)
    shop.clock.advance(1)
    sooner = await shop.write(who="another")
    await shop.come("expert")
    assert (await shop.see(patient.conversation)).state is State.OFFERED
    assert (await shop.see(patient.conversation)).boost == 300_000
    assert (await shop.see(sooner.conversation)).boost == 0


async def test_what_begins_its_route_anew_has_lost_the_boost_of_the_steps(shop: World) -> None:
    await shop.come("novice")
    taken = await shop.write(who="kim")
    await shop.pass_time(30)
    await shop.accept(taken.conversation)
    await shop.desk.park(associate("novice"), taken.conversation)
    await shop.leave("novice")
    await shop.write("hello?", who="kim")
    found = await shop.see(taken.conversation)
    assert (found.state, found.step, found.boost) == (State.WAITING, 0, 0)
    assert await examine(shop.store) == []


async def test_the_least_loaded_is_asked_first(shop: World) -> None:
    await shop.come("expert")
    first = await shop.write()
    await shop.staff.change(supervisor(), AssociateId("novice"), MADE_EXPERT, version=None)
    await shop.come("novice")
    second = await shop.write()
    assert (await shop.see(first.conversation)).associate == "expert"
    assert (await shop.see(second.conversation)).associate == "novice"


async def test_of_equals_who_waited_longest_is_asked_first(shop: World) -> None:
    await shop.staff.change(supervisor(), AssociateId("novice"), MADE_EXPERT, version=None)
    await shop.come("expert", "novice")
    order = []
    for _ in range(6):
        taken = await shop.write()
        order.append((await shop.accept(taken.conversation)).associate)
        await shop.desk.close(supervisor(), taken.conversation)
        shop.clock.advance(10)
    assert order[:2] * 3 == order
    assert order[0] != order[1]


async def test_higher_priority_goes_first(shop: World) -> None:
    normal = await shop.write()
    shop.clock.advance(10)
    gold = await shop.write()
    await shop.desk.set_priority(supervisor(), gold.conversation, "gold")
    await shop.come("expert")
    await shop.desk.decline_offer(associate("expert"), gold.conversation, 1)
    assert await shop.store.views.position(normal.conversation) is None
    assert (await shop.see(normal.conversation)).state is State.OFFERED


async def test_a_newer_one_is_not_assigned_while_an_older_one_waits(shop: World) -> None:
    await shop.come("expert")
    taken = []
    for _ in range(5):
        taken.append((await shop.write()).conversation)
        shop.clock.advance(1)
    for done, following in zip(taken[:3], taken[2:], strict=True):
        assert (await shop.see(following)).state is State.WAITING
        await shop.desk.close(supervisor(), done)
        assert (await shop.see(following)).state is State.OFFERED


async def test_who_had_it_is_preferred_and_then_anybody(shop: World) -> None:
    await shop.come("expert")
    taken = await shop.write(who="kim")
    await shop.accept(taken.conversation)
    await shop.desk.park(associate("expert"), taken.conversation)
    for _ in range(2):
        await shop.write()
    await shop.write("me again", who="kim")
    assert (await shop.see(taken.conversation)).line == "@expert/api"
    await shop.pass_time(60)
    assert (await shop.see(taken.conversation)).line == "money/0/api/"
    await shop.pass_time(30)
    assert (await shop.see(taken.conversation)).line == "money/1/api/"
    assert await examine(shop.store) == []


async def test_a_personal_line_whose_queue_has_gone_leads_to_the_default_queue(shop: World) -> None:
    taken = await shop.write()
    await shop.desk.transfer(supervisor(), taken.conversation, queue=QueueId("spare"))
    await shop.desk.transfer(supervisor(), taken.conversation, associate=AssociateId("expert"))
    text = DOCUMENT.replace('[[queues.money.route]]\nafter_s = 90\noverflow_to = "spare"\n', "")
    await shop.apply(text[: text.index("[queues.spare]")])
    await shop.pass_time(61)
    found = await shop.see(taken.conversation)
    assert (found.queue, found.base, found.state) == ("money", "money/0/api/", State.WAITING)
    await shop.come("expert")
    assert (await shop.see(taken.conversation)).associate == "expert"
    assert await examine(shop.store) == []
