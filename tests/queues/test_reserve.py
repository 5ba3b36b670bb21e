"""Capacity that is kept for urgent work, so that it may interrupt."""

from collections.abc import AsyncIterator

import pytest

from duetime.config.build import load_routing
from duetime.queues.doctor import examine
from duetime.router.associate import Presence
from duetime.router.conversation import State
from duetime.router.errors import Full
from duetime.router.ids import AssociateId
from duetime.service.staff import AssociateChange
from tests.clock import VirtualClock
from tests.world import World, associate, open_world, supervisor

DOCUMENT = """
default_queue = "care"
[skills]
german = "German"
[priorities]
urgent = 3600
worse = 7200
later = -3600
[channels.api]
idle_release_s = 0
[associates.ana]
name = "Ana"
capacity_units = 2
[queues.care]
name = "Care"
auto_accept = true
[reserve]
units = 1
priority = "urgent"
"""
for _name in ("urgent", "worse", "later"):
    DOCUMENT += f'\n[[triage]]\nname = "{_name}"\npriority = "{_name}"\n[triage.when]\ntext_contains = ["{_name}"]\n'
UNRESERVED = DOCUMENT.replace('[reserve]\nunits = 1\npriority = "urgent"\n', "")


@pytest.fixture
async def world(redis_url: str, workspace: str, clock: VirtualClock) -> AsyncIterator[World]:
    async with open_world(redis_url, workspace, clock, DOCUMENT) as opened:
        yield opened
        assert await examine(opened.store) == []


async def state_after(world: World, text: str) -> State:
    return (await world.see((await world.write(text)).conversation)).state


async def adopt(world: World, text: str) -> None:
    current = await world.store.configs.current()
    assert current is not None
    await world.store.configs.apply(text, load_routing(text), current=current.version, who="test", why="change")
    await world.adopt()


@pytest.mark.parametrize(
    ("text", "state"), [("urgent", "assigned"), ("worse", "assigned"), ("later", "waiting"), ("", "waiting")]
)
async def test_only_its_priority_and_those_above_use_the_reserve(world: World, text: str, state: str) -> None:
    await world.come("ana")
    assert await state_after(world, "hello") is State.ASSIGNED
    assert await state_after(world, f"this is {text}") == state


async def test_beyond_the_reserve_urgent_work_waits_like_any_other(world: World) -> None:
    await world.come("ana")
    states = [await state_after(world, "urgent") for _ in range(3)]
    assert states == [State.ASSIGNED, State.ASSIGNED, State.WAITING]


async def test_what_waits_is_taken_in_the_order_of_rank_with_the_reserve_for_the_urgent_only(world: World) -> None:
    plain = [(await world.write("hello")).conversation]
    world.clock.advance(1)
    plain.append((await world.write("hello")).conversation)
    urgent = [(await world.write("urgent")).conversation for _ in range(2)]
    await world.come("ana")
    states = {name: (await world.see(name)).state for name in plain + urgent}
    assert states == dict.fromkeys(plain, State.WAITING) | dict.fromkeys(urgent, State.ASSIGNED)
    await world.desk.close(associate("ana"), urgent[0])
    assert [(await world.see(name)).state for name in plain] == [State.WAITING, State.WAITING]
    await world.desk.close(associate("ana"), urgent[1])
    assert [(await world.see(name)).state for name in plain] == [State.ASSIGNED, State.WAITING]


async def test_what_becomes_urgent_while_it_waits_may_interrupt_at_once(world: World) -> None:
    await world.come("ana")
    await world.write("hello")
    taken = await world.write("hello again")
    found = await world.desk.set_priority(supervisor(), taken.conversation, "urgent")
    assert (found.state, found.associate, found.urgent) == (State.ASSIGNED, "ana", True)


async def test_what_becomes_urgent_on_offer_waits_among_the_urgent_when_it_comes_back(world: World) -> None:
    await adopt(world, DOCUMENT.replace("auto_accept = true", "auto_accept = false"))
    await world.come("ana")
    taken = await world.write("hello")
    found = await world.desk.set_priority(supervisor(), taken.conversation, "urgent")
    assert (found.state, found.line) == (State.OFFERED, "care/0/api!/")
    await world.be("ana", Presence.AWAY)
    assert (await world.see(taken.conversation)).state is State.WAITING
    assert await examine(world.store) == []
    await world.come("ana")
    assert (await world.see(taken.conversation)).state is State.OFFERED


async def test_what_is_urgent_no_more_gives_the_reserve_up_when_it_waits(world: World) -> None:
    taken = await world.write("urgent")
    await world.desk.set_priority(supervisor(), taken.conversation, "normal")
    await world.come("ana")
    assert (await world.see(taken.conversation)).state is State.ASSIGNED
    assert await state_after(world, "hello") is State.WAITING


async def test_by_hand_too_the_reserve_is_for_the_urgent(world: World) -> None:
    await world.write("hello")
    await world.come("ana")
    await world.be("ana", Presence.BUSY)
    plain, urgent = await world.write("hello"), await world.write("urgent")
    with pytest.raises(Full):
        await world.desk.assign(supervisor(), plain.conversation, AssociateId("ana"))
    found = await world.desk.assign(supervisor(), urgent.conversation, AssociateId("ana"))
    assert found.state is State.ASSIGNED


async def test_who_changes_their_pool_is_in_the_rooms_of_the_new_one_only(world: World) -> None:
    await world.come("ana")
    learned = AssociateChange(skills={"german": 3})  # type: ignore[dict-item]
    await world.staff.change(supervisor(), AssociateId("ana"), learned, version=None)
    assert await examine(world.store) == []


async def test_without_the_reserve_everybody_uses_everything_and_with_it_again_not(world: World) -> None:
    await world.come("ana")
    urgent = [(await world.write("urgent")).conversation for _ in range(3)]
    await world.desk.close(associate("ana"), urgent[0])
    await adopt(world, UNRESERVED)
    assert await examine(world.store) == []
    await world.desk.close(associate("ana"), urgent[1])
    assert await state_after(world, "hello") is State.ASSIGNED
    assert await state_after(world, "urgent") is State.WAITING
    await adopt(world, DOCUMENT)


async def test_what_a_daemon_hands_over_that_still_believes_in_a_reserve_is_not_forgotten(world: World) -> None:
    await world.come("ana")
    held = [(await world.write(text)).conversation for text in ("hello", "urgent")]
    current = await world.store.configs.current()
    assert current is not None
    await world.store.configs.apply(
        UNRESERVED, load_routing(UNRESERVED), current=current.version, who="test", why="by another daemon"
    )
    waiting = (await world.write("urgent")).conversation
    found = await world.desk.transfer(supervisor(), waiting, associate=AssociateId("ana"))
    assert (found.state, found.line) == (State.WAITING, "@ana/api!")
    await world.desk.close(supervisor(), held[0])
    assert (await world.see(waiting)).associate == "ana"
    await world.adopt()
