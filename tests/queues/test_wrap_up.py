"""The time after a conversation in which its associate finishes the work on it."""

import pytest

from duetime.queues.doctor import examine
from duetime.router.conversation import State
from duetime.router.errors import Conflict, ConversationClosed
from duetime.router.ids import ConversationId
from tests.world import World, associate, supervisor


@pytest.fixture
async def tech(world: World) -> World:
    """Tom is there, for a queue with twenty seconds of wrap-up."""
    await world.come("tom")
    return world


async def held(world: World) -> ConversationId:
    return (await world.write("router", who="kim")).conversation


async def test_closed_by_its_associate_it_holds_capacity_for_a_while(tech: World) -> None:
    name = await held(tech)
    closing = await tech.desk.close(associate("tom"), name, disposition="solved")
    assert (closing.state, closing.wrap_up_until) == (State.WRAP_UP, tech.clock() + 20_000)
    assert (await tech.person("tom")).load_units == 1
    await tech.pass_time(20)
    found = await tech.see(name)
    assert (found.state, found.disposition) == (State.CLOSED, "solved")
    assert (await tech.person("tom")).load_units == 0
    assert await examine(tech.store) == []


async def test_who_is_ready_sooner_is_free_sooner(tech: World) -> None:
    name = await held(tech)
    await tech.desk.close(associate("tom"), name)
    waiting = [await tech.write("router") for _ in range(2)]
    finished = await tech.desk.finish_wrap_up(associate("tom"), name, disposition="late word")
    assert (finished.state, finished.disposition) == (State.CLOSED, "late word")
    assert {(await tech.see(one.conversation)).state for one in waiting} == {State.ASSIGNED}


async def test_a_supervisor_closes_at_once(tech: World) -> None:
    name = await held(tech)
    assert (await tech.desk.close(supervisor(), name)).state is State.CLOSED


async def test_what_is_not_wrapped_up_cannot_be_finished(tech: World) -> None:
    name = await held(tech)
    with pytest.raises(Conflict):
        await tech.desk.finish_wrap_up(associate("tom"), name)


async def test_a_contact_who_writes_meanwhile_has_their_associate_back(tech: World) -> None:
    name = await held(tech)
    await tech.desk.close(associate("tom"), name, disposition="solved")
    await tech.write("not quite", who="kim")
    found = await tech.see(name)
    assert (found.state, found.associate, found.disposition) == (State.ASSIGNED, "tom", None)
    await tech.pass_time(60)
    assert (await tech.see(name)).state is State.ASSIGNED
    assert await examine(tech.store) == []


@pytest.mark.parametrize("leaves_first", [True, False])
async def test_writing_to_who_has_left_meanwhile_is_answered_by_somebody_else(tech: World, leaves_first: bool) -> None:
    """Whether they left before they closed it or after: nothing stays with somebody who is gone."""
    name = await held(tech)
    if leaves_first:
        await tech.leave("tom")
        await tech.desk.close(associate("tom"), name)
    else:
        await tech.desk.close(associate("tom"), name)
        await tech.leave("tom")
    await tech.write("not quite", who="kim")
    await tech.pass_time(120)
    assert (await tech.see(name)).state is State.WAITING
    await tech.come("ana")
    await tech.pass_time(60)
    assert (await tech.see(name)).associate == "ana"
    assert await examine(tech.store) == []


async def test_nothing_can_be_said_in_a_closed_conversation(tech: World) -> None:
    name = await held(tech)
    await tech.desk.close(supervisor(), name)
    with pytest.raises(ConversationClosed):
        await tech.desk.reply(supervisor(), name, "one more thing")


async def test_closing_leaves_no_timer(tech: World) -> None:
    name = await held(tech)
    await tech.desk.reply(associate("tom"), name, "restart it")
    await tech.desk.close(supervisor(), name)
    timers = await tech.store.pipeline.call("ZRANGE", tech.store.root + ":timers", 0, -1)
    assert [timer for timer in timers if timer.endswith(name)] == []
