"""Units and limits: never exceeded unless a person decides so, and never a reason to starve."""

import pytest

from duetime.queues.doctor import examine
from duetime.queues.records import Accepted
from duetime.router.conversation import State
from duetime.router.errors import Full
from duetime.router.ids import AssociateId, ConversationId
from duetime.router.message import Channel
from duetime.service.staff import AssociateChange
from tests.queues.conftest import DOCUMENT
from tests.world import World, associate, supervisor

ANA = AssociateId("ana")


async def change(world: World, **fields: object) -> None:
    await world.staff.change(supervisor(), ANA, AssociateChange(**fields), version=None)  # type: ignore[arg-type]


async def held(world: World, *channels: Channel) -> list[ConversationId]:
    """One conversation on each channel, accepted by Ana, the only one there."""
    await world.come("ana")
    found = []
    for channel in channels:
        taken = await world.write(channel=channel)
        found.append((await world.accept(taken.conversation)).id)
    return found


async def states(world: World, *taken: Accepted) -> list[State]:
    return [(await world.see(one.conversation)).state for one in taken]


async def test_nobody_gets_more_than_their_units_pay_for(world: World) -> None:
    await world.come("ana")
    chat, apis = await world.write(channel=Channel.CHAT), [await world.write() for _ in range(2)]
    assert await states(world, chat, *apis) == [State.OFFERED, State.OFFERED, State.WAITING]
    assert (await world.person("ana")).load_units == 3


async def test_nor_more_of_a_channel_than_its_limit(world: World) -> None:
    await change(world, capacity_units=10)
    await world.come("ana")
    chats = [await world.write(channel=Channel.CHAT) for _ in range(2)]
    assert await states(world, *chats) == [State.OFFERED, State.WAITING]
    assert await examine(world.store) == []


async def test_a_person_may_exceed_them_which_is_recorded_and_shrinks(world: World) -> None:
    names = await held(world, Channel.CHAT, Channel.API)
    extra = await world.write()
    with pytest.raises(Full):
        await world.desk.assign(supervisor(), extra.conversation, ANA)
    found = await world.desk.assign(supervisor(), extra.conversation, ANA, override=True)
    assert found.override
    assert ((await world.person("ana")).load_units, (await world.person("ana")).over_units) == (4, 1)
    assert await examine(world.store) == []
    await world.desk.close(associate("ana"), names[1])
    assert (await world.person("ana")).over_units == 0
    with pytest.raises(Full):
        await world.desk.assign(supervisor(), (await world.write()).conversation, ANA)
    assert await examine(world.store) == []


async def test_insisting_where_there_is_room_exceeds_nothing(world: World) -> None:
    await world.come("ana")
    taken = await world.write(channel=Channel.EMAIL)
    await world.desk.decline_offer(associate("ana"), taken.conversation, 1)
    assert not (await world.desk.assign(supervisor(), taken.conversation, ANA, override=True)).override


async def test_a_lowered_capacity_takes_nothing_away_and_gives_nothing_more(world: World) -> None:
    names = await held(world, Channel.API, Channel.API, Channel.API)
    await change(world, capacity_units=1)
    assert (await world.person("ana")).over_units == 2
    later = await world.write()
    await world.desk.close(associate("ana"), names[0])
    await world.desk.close(associate("ana"), names[1])
    assert await states(world, later) == [State.WAITING]
    assert await examine(world.store) == []
    await world.desk.close(associate("ana"), names[2])
    assert await states(world, later) == [State.OFFERED]


async def test_who_is_beyond_a_lowered_capacity_can_still_be_given_what_they_are_offered(world: World) -> None:
    await world.come("ana")
    taken = [await world.write() for _ in range(3)]
    await change(world, capacity_units=2)
    found = await world.desk.assign(supervisor(), taken[0].conversation, ANA)
    assert (found.state, (await world.person("ana")).over_units) == (State.ASSIGNED, 1)
    assert await examine(world.store) == []


async def test_a_raised_capacity_takes_what_waits_at_once(world: World) -> None:
    await world.come("ana")
    taken = [await world.write() for _ in range(4)]
    assert (await states(world, *taken)).count(State.WAITING) == 1
    await change(world, capacity_units=4, limits={Channel.API: 4})
    assert await states(world, *taken) == [State.OFFERED] * 4


async def test_a_channel_that_nobody_took_is_matched_when_somebody_takes_it(world: World) -> None:
    await change(world, limits={Channel.API: 3})
    await world.come("ana")
    taken = await world.write(channel=Channel.SMS)
    assert await states(world, taken) == [State.WAITING]
    await change(world, limits={Channel.API: 3, Channel.SMS: 1})
    assert await states(world, taken) == [State.OFFERED]


async def test_cheap_work_does_not_starve_dear_work(world: World) -> None:
    """From the moment it is at risk, what frees next is kept for an email, though cheaper work keeps coming."""
    names = await held(world, Channel.API, Channel.API, Channel.API)
    email = await world.write(channel=Channel.EMAIL)
    for name in names:
        await world.pass_time(1050)
        cheap = await world.write()
        await world.desk.close(associate("ana"), name)
        if (await world.see(cheap.conversation)).state is State.OFFERED:
            names.append((await world.accept(cheap.conversation)).id)
        if (await world.see(email.conversation)).state is State.OFFERED:
            break
    found = await world.see(email.conversation)
    assert (found.state, found.associate) == (State.OFFERED, "ana")
    assert world.clock() < found.due_at + 3600_000
    assert await examine(world.store) == []


async def test_what_is_kept_holds_back_only_what_ranks_after_it(world: World) -> None:
    names = await held(world, Channel.API, Channel.API, Channel.API)
    email = await world.write(channel=Channel.EMAIL)
    await world.pass_time(3100)
    await world.desk.close(associate("ana"), names[0])
    assert (await world.person("ana")).kept_for == email.conversation
    normal = await world.write()
    urgent = await world.write(attributes={"plan": "gold"})
    assert await states(world, normal, urgent) == [State.WAITING, State.OFFERED]
    assert await examine(world.store) == []


async def test_nothing_is_kept_for_what_could_never_fit(world: World) -> None:
    await change(world, capacity_units=2)
    await world.come("ana")
    await world.write()
    email = await world.write(channel=Channel.EMAIL)
    await world.desk.transfer(supervisor(), email.conversation, associate=ANA)
    await world.pass_time(10)
    assert (await world.person("ana")).kept_for is None
    assert (await states(world, await world.write())) == [State.OFFERED]
    assert await examine(world.store) == []


async def test_who_leaves_is_kept_for_nothing(world: World) -> None:
    names = await held(world, Channel.API, Channel.API, Channel.API)
    email = await world.write(channel=Channel.EMAIL)
    await world.pass_time(3100)
    await world.desk.close(associate("ana"), names[0])
    await world.leave("ana")
    await world.come("ben")
    assert (await world.person("ana")).kept_for is None
    assert (await world.see(email.conversation)).associate == "ben"
    assert await examine(world.store) == []


async def apply(world: World, old: str, new: str) -> None:
    text = DOCUMENT.replace(old, new)
    assert text != DOCUMENT
    await world.apply(text)


async def test_when_a_channel_costs_more_nobody_exceeds_their_units(world: World) -> None:
    await world.come("ana", "ben")
    taken = [await world.write() for _ in range(4)]
    await apply(world, "[channels.api]\ncost_units = 1", "[channels.api]\ncost_units = 2")
    later = [await world.write() for _ in range(3)]
    assert await states(world, *taken, *later) == [State.OFFERED] * 4 + [State.WAITING] * 3
    assert await examine(world.store) == []


async def test_when_it_costs_less_what_waits_is_taken_at_once(world: World) -> None:
    await world.come("ana")
    await world.accept((await world.write()).conversation)
    email = await world.write(channel=Channel.EMAIL)
    assert await states(world, email) == [State.WAITING]
    await apply(world, "cost_units = 3", "cost_units = 1")
    assert await states(world, email) == [State.OFFERED]
    assert await examine(world.store) == []
