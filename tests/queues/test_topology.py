"""The graph of classes and pools follows the configuration and the profiles, and what waits follows the graph."""

import pytest

from duetime.queues.doctor import examine
from duetime.queues.keys import key
from duetime.router.conversation import State
from duetime.router.ids import AssociateId, SkillId, TeamId
from duetime.router.message import Channel
from duetime.service.staff import AssociateChange
from tests.queues.conftest import DOCUMENT
from tests.world import World, associate, supervisor

WITHOUT_TECH = DOCUMENT[: DOCUMENT.index("[queues.tech]")] + DOCUMENT[DOCUMENT.index('[[triage]]\nname = "German') :]


async def change(world: World, name: str, **fields: object) -> None:
    wanted = AssociateChange(**fields)  # type: ignore[arg-type]
    await world.staff.change(supervisor(), AssociateId(name), wanted, version=None)


async def test_who_learns_something_gets_what_waited_for_it(world: World) -> None:
    await world.come("ben")
    taken = await world.write(language="de")
    assert (await world.see(taken.conversation)).state is State.WAITING
    await change(world, "ben", skills={SkillId("german"): 3})
    assert (await world.see(taken.conversation)).associate == "ben"
    assert await examine(world.store) == []


async def test_who_forgets_it_gets_no_more_of_it(world: World) -> None:
    """Not even in the moment in between, when there is more room and the graph has not been compiled yet."""
    await world.come("ana")
    for _ in range(3):
        await world.write()
    taken = await world.write(language="de")
    await change(world, "ana", skills={}, capacity_units=6, limits={Channel.API: 6})
    assert (await world.see(taken.conversation)).state is State.WAITING
    assert (await world.person("ana")).load_units == 3
    assert await examine(world.store) == []


async def test_what_they_were_offered_already_stays_theirs(world: World) -> None:
    await world.come("ana")
    taken = await world.write(language="de")
    await change(world, "ana", skills={})
    assert (await world.accept(taken.conversation)).associate == "ana"


async def test_until_the_graph_is_compiled_a_changed_associate_gets_nothing(world: World) -> None:
    """A daemon may die in between: then another one sees that the graph is not in step."""
    await world.come("ben")
    profile = world.routing.associates[AssociateId("ben")]
    await world.store.associates.put(world.clock(), profile, version=None)
    taken = await world.write()
    assert (await world.see(taken.conversation)).state is State.WAITING
    assert await world.store.topology.is_dirty()
    await world.store.topology.compile(world.routing)
    assert (await world.see(taken.conversation)).associate == "ben"
    assert not await world.store.topology.is_dirty()


async def test_a_change_of_units_alone_needs_no_new_pool(world: World) -> None:
    await world.come("ben")
    before = (await world.person("ben")).pool
    await change(world, "ben", capacity_units=4)
    assert (await world.person("ben")).pool == before is not None


async def test_gained_lines_are_served_in_the_order_of_rank(world: World) -> None:
    """Over all the lines that are gained at once, not line by line."""
    waiting = []
    for text in ("router", "hello", "router", "hello"):
        waiting.append(await world.write(text, channel=Channel.API, language="de"))
        world.clock.advance(1)
    await change(world, "tom", teams=frozenset[TeamId](), capacity_units=2, limits={Channel.API: 2})
    await world.come("tom")
    for name in ("ana", "ben"):
        await change(world, name, limits={Channel.SMS: 1})
    everything = frozenset({TeamId("tech"), TeamId("support")})
    await change(world, "tom", teams=everything, skills={SkillId("german"): 4})
    states = [(await world.see(one.conversation)).state for one in waiting]
    assert [state is State.WAITING for state in states] == [False, False, True, True]
    assert await examine(world.store) == []


async def test_what_waits_in_a_queue_that_is_taken_away_goes_to_the_default_queue(world: World) -> None:
    taken = await world.write("router")
    await world.apply(WITHOUT_TECH)
    found = await world.see(taken.conversation)
    assert (found.queue, found.line) == ("general", "general/0/api/")
    await world.come("ana")
    assert (await world.see(taken.conversation)).associate == "ana"
    assert await examine(world.store) == []


async def test_what_was_with_somebody_then_goes_there_when_it_comes_back(world: World) -> None:
    await world.come("tom")
    taken = await world.write("router", who="kim")
    await world.desk.park(associate("tom"), taken.conversation)
    await world.apply(WITHOUT_TECH)
    await world.leave("tom")
    await world.come("ana")
    await world.write("it is back", who="kim")
    await world.pass_time(0.001)
    found = await world.see(taken.conversation)
    assert (found.queue, found.associate) == ("general", "ana")
    assert await examine(world.store) == []


async def test_an_offer_of_a_queue_that_is_taken_away_goes_there_when_it_ends(world: World) -> None:
    text = DOCUMENT.replace("auto_accept = true\n", "")
    await world.apply(text)
    await world.come("tom")
    taken = await world.write("router")
    await world.apply(WITHOUT_TECH)
    await world.desk.decline_offer(associate("tom"), taken.conversation, 1)
    await world.come("ana")
    await world.pass_time(0.001)
    found = await world.see(taken.conversation)
    assert (found.queue, found.associate) == ("general", "ana")
    assert await examine(world.store) == []


@pytest.mark.parametrize("state", [State.PARKED, State.CLOSED])
async def test_a_class_that_was_forgotten_is_found_again(world: World, state: State) -> None:
    """Its queue was taken away and came back while a German-speaking contact's conversation rested."""
    await change(world, "tom", skills={SkillId("german"): 4})
    await world.come("tom")
    taken = await world.write(who="kim", language="de")
    await world.desk.transfer(supervisor(), taken.conversation, associate=AssociateId("tom"))
    found = await world.accept(taken.conversation)
    assert found.base == "general/0/api/german:3"
    if state is State.PARKED:
        await world.desk.park(associate("tom"), found.id)
    else:
        await world.desk.close(associate("tom"), found.id)
    await world.store.pipeline.call("SREM", key(world.store.root, "classes"), found.base)
    await world.store.topology.compile(world.routing)
    await world.leave("tom")
    await world.write("ich noch einmal", who="kim")
    await world.pass_time(0.001)
    await world.come("ana")
    assert (await world.see(found.id)).associate == "ana"
    assert await examine(world.store) == []


async def test_compiling_again_changes_nothing(world: World) -> None:
    before = (await world.store.topology.read()).graph
    await world.store.topology.compile(world.routing)
    assert (await world.store.topology.read()).graph == before
