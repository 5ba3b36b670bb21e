"""Conversations that rest: snoozed until a time, or until the contact writes."""

import pytest

from duetime.queues.doctor import examine
from duetime.queues.records import Conversation
from duetime.router.associate import Presence
from duetime.router.conversation import ParkReason, State
from duetime.router.errors import Conflict, Invalid
from duetime.router.ids import ConversationId
from duetime.router.message import Channel
from tests.world import World, associate, supervisor


async def held_by_ana(world: World, channel: Channel = Channel.API) -> ConversationId:
    """A conversation that Ana, the only one there, has accepted."""
    await world.come("ana")
    taken = await world.write(who="kim", channel=channel)
    return (await world.accept(taken.conversation)).id


async def snooze(world: World, conversation: ConversationId, seconds: float = 600) -> Conversation:
    return await world.desk.park(associate("ana"), conversation, wake_at=world.clock() + round(1000 * seconds))


async def test_a_parked_conversation_gives_its_capacity_back_and_stays_on_the_list(world: World) -> None:
    name = await held_by_ana(world)
    parked = await world.desk.park(associate("ana"), name)
    assert (parked.state, parked.park_reason) == (State.PARKED, ParkReason.AWAITING_CONTACT)
    assert (await world.person("ana")).load_units == 0
    assert await world.holds("ana") == [name]


async def test_a_snoozed_one_comes_back_at_its_time_to_who_had_it(world: World) -> None:
    name = await held_by_ana(world)
    await snooze(world, name)
    await world.come("ben")
    await world.pass_time(599)
    assert (await world.see(name)).state is State.PARKED
    await world.pass_time(1)
    found = await world.see(name)
    assert (found.state, found.associate) == (State.ASSIGNED, "ana")
    assert await examine(world.store) == []


async def test_the_contact_wakes_it_before_its_time(world: World) -> None:
    name = await held_by_ana(world)
    await snooze(world, name)
    await world.write("sooner, please", who="kim")
    found = await world.see(name)
    assert (found.state, found.associate, found.wake_at) == (State.ASSIGNED, "ana", None)
    await world.pass_time(700)
    assert await examine(world.store) == []


async def test_parked_again_it_wakes_at_the_later_time(world: World) -> None:
    name = await held_by_ana(world)
    await snooze(world, name)
    await snooze(world, name, 1200)
    await world.pass_time(900)
    assert (await world.see(name)).state is State.PARKED
    await world.pass_time(300)
    assert (await world.see(name)).state is State.ASSIGNED


async def test_a_hand_wakes_it_too(world: World) -> None:
    name = await held_by_ana(world)
    await world.desk.park(associate("ana"), name)
    assert (await world.desk.wake(associate("ana"), name)).state is State.ASSIGNED


async def test_idle_conversations_that_wake_up_do_not_exceed_capacity(world: World) -> None:
    await world.come("ana")
    names = []
    for number in range(6):
        taken = await world.write(who=f"kim-{number}")
        names.append((await world.accept(taken.conversation)).id)
        await snooze(world, names[-1])
    await world.pass_time(601)
    states = [(await world.see(name)).state for name in names]
    assert states.count(State.ASSIGNED) == 3
    assert states.count(State.WAITING) == 3
    assert (await world.person("ana")).load_units == 3
    assert await examine(world.store) == []


async def test_woken_without_room_it_waits_for_who_had_it_and_then_for_anybody(world: World) -> None:
    name = await held_by_ana(world)
    await snooze(world, name, 10)
    others = [await world.write() for _ in range(3)]
    for other in others:
        await world.accept(other.conversation)
    await world.pass_time(10)
    assert (await world.see(name)).line == "@ana/api"
    await world.come("ben")
    assert (await world.see(name)).state is State.WAITING
    await world.pass_time(45)
    found = await world.see(name)
    assert (found.line, found.associate) == ("general/0/api/", "ben")
    assert await examine(world.store) == []


async def test_who_had_it_gets_it_as_soon_as_they_have_room(world: World) -> None:
    name = await held_by_ana(world)
    await snooze(world, name, 10)
    others = [await world.write() for _ in range(3)]
    for other in others:
        await world.accept(other.conversation)
    await world.pass_time(10)
    await world.desk.close(associate("ana"), others[0].conversation)
    assert (await world.see(name)).associate == "ana"


async def test_when_who_had_it_is_gone_it_goes_to_anybody(world: World) -> None:
    name = await held_by_ana(world)
    await world.desk.park(associate("ana"), name)
    await world.be("ana", Presence.OFFLINE)
    await world.come("ben")
    await world.write("still there?", who="kim")
    assert (await world.see(name)).associate == "ben"


async def test_a_contact_who_is_silent_gives_the_capacity_back(world: World) -> None:
    name = await held_by_ana(world)
    await world.desk.reply(associate("ana"), name, "which colour?")
    await world.pass_time(299)
    assert (await world.see(name)).state is State.ASSIGNED
    await world.pass_time(1)
    assert (await world.see(name)).state is State.PARKED
    assert (await world.person("ana")).load_units == 0


async def test_a_contact_who_answers_in_time_does_not(world: World) -> None:
    name = await held_by_ana(world)
    await world.desk.reply(associate("ana"), name, "which colour?")
    await world.pass_time(299)
    await world.write("blue", who="kim")
    await world.pass_time(299)
    assert (await world.see(name)).state is State.ASSIGNED
    assert await examine(world.store) == []


async def test_an_answered_email_rests_at_once(world: World) -> None:
    name = await held_by_ana(world, Channel.EMAIL)
    await world.desk.reply(associate("ana"), name, "it is on its way")
    found = await world.see(name)
    assert (found.state, found.park_reason) == (State.PARKED, ParkReason.AWAITING_CONTACT)


async def test_what_nobody_has_cannot_be_parked(world: World) -> None:
    taken = await world.write()
    with pytest.raises(Conflict):
        await world.desk.park(supervisor(), taken.conversation)


@pytest.mark.parametrize("seconds", [-1, 0, 367 * 86_400])
async def test_a_snooze_lies_in_the_future_and_not_too_far(world: World, seconds: float) -> None:
    name = await held_by_ana(world)
    with pytest.raises(Invalid):
        await snooze(world, name, seconds)


async def test_what_does_not_rest_cannot_be_woken(world: World) -> None:
    name = await held_by_ana(world)
    with pytest.raises(Conflict):
        await world.desk.wake(associate("ana"), name)
