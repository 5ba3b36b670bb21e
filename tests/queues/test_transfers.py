"""Handing over: to a queue, to a person, by taking and by assigning."""

import asyncio
from typing import Any

import pytest

from duetime.queues.doctor import examine
from duetime.router.associate import Presence
from duetime.router.conversation import State
from duetime.router.errors import Conflict, Forbidden, Full, Invalid, NotFound, Refusal
from duetime.router.ids import AssociateId, ConversationId, QueueId
from duetime.router.message import Channel, Kind
from tests.world import World, associate, supervisor

ANA, BEN, TOM = AssociateId("ana"), AssociateId("ben"), AssociateId("tom")
TECH, GENERAL = QueueId("tech"), QueueId("general")


async def held_by_ana(world: World, **details: Any) -> ConversationId:
    await world.come("ana")
    taken = await world.write(who="kim", **details)
    return (await world.accept(taken.conversation)).id


async def test_a_transfer_to_a_queue_keeps_the_arrival(world: World) -> None:
    name = await held_by_ana(world)
    arrived = (await world.see(name)).arrived_at
    world.clock.advance(100)
    moved = await world.desk.transfer(associate("ana"), name, queue=TECH)
    assert (moved.state, moved.queue, moved.arrived_at) == (State.WAITING, "tech", arrived)
    await world.come("tom")
    assert (await world.see(name)).associate == "tom"
    assert await examine(world.store) == []


async def test_a_briefing_goes_with_it_and_the_contact_does_not_see_it(world: World) -> None:
    name = await held_by_ana(world)
    await world.desk.transfer(associate("ana"), name, queue=TECH, briefing="they have model 7")
    said = (await world.desk.history(supervisor(), name))[-1]
    assert (said.kind, said.text, said.associate) == (Kind.BRIEFING, "they have model 7", "ana")


async def test_a_transfer_to_a_person_waits_for_them_and_then_for_anybody(world: World) -> None:
    name = await held_by_ana(world)
    moved = await world.desk.transfer(associate("ana"), name, associate=BEN)
    assert (moved.state, moved.line) == (State.WAITING, "@ben/api")
    await world.pass_time(46)
    assert (await world.see(name)).line == "general/0/api/"
    assert await examine(world.store) == []


async def test_a_transfer_to_a_person_who_is_free_reaches_them_at_once(world: World) -> None:
    name = await held_by_ana(world)
    await world.come("ben")
    moved = await world.desk.transfer(associate("ana"), name, associate=BEN)
    assert (moved.state, moved.associate) == (State.OFFERED, "ben")


async def test_who_gets_it_back_within_the_cooldown_gets_it_at_once(world: World) -> None:
    name = await held_by_ana(world)
    await world.come("ben")
    await world.desk.transfer(associate("ana"), name, associate=BEN)
    await world.accept(name)
    back = await world.desk.transfer(associate("ben"), name, associate=ANA)
    assert (back.state, back.associate) == (State.OFFERED, "ana")


async def test_a_declined_transfer_to_a_person_goes_to_the_queue(world: World) -> None:
    name = await held_by_ana(world)
    await world.come("ben")
    moved = await world.desk.transfer(supervisor(), name, associate=TOM)
    assert moved.line == "@tom/api"
    await world.come("tom")
    offered = await world.see(name)
    await world.desk.decline_offer(associate("tom"), name, offered.offer)
    assert (await world.see(name)).associate == "ben"


async def test_what_was_handed_over_is_not_offered_back_while_somebody_else_is_there(world: World) -> None:
    name = await held_by_ana(world)
    await world.come("ben")
    assert (await world.desk.transfer(associate("ana"), name, queue=GENERAL)).associate == "ben"


async def test_where_nobody_has_the_skills_they_are_not_asked_for(world: World) -> None:
    name = await held_by_ana(world, language="de")
    await world.come("tom")
    moved = await world.desk.transfer(associate("ana"), name, queue=TECH)
    assert (moved.base, moved.associate) == ("tech/0/api/german:3", None)
    await world.desk.transfer(supervisor(), name, queue=TECH)
    assert await examine(world.store) == []


async def test_a_contact_who_writes_after_an_answer_and_a_transfer_keeps_their_place(world: World) -> None:
    name = await held_by_ana(world)
    await world.desk.reply(associate("ana"), name, "my colleagues know")
    before = await world.desk.transfer(associate("ana"), name, queue=TECH)
    world.clock.advance(1)
    later = await world.write("router")
    world.clock.advance(60)
    await world.write("thank you", who="kim")
    after = await world.see(name)
    assert (after.arrived_at, after.due_at) == (before.arrived_at, before.due_at)
    assert await world.store.views.position(name) == 1
    assert await world.store.views.position(later.conversation) == 2
    assert await examine(world.store) == []


@pytest.mark.parametrize("target", [{}, {"queue": TECH, "associate": BEN}, {"queue": QueueId("nowhere")}])
async def test_a_transfer_needs_one_target_that_there_is(world: World, target: dict[str, QueueId]) -> None:
    name = await held_by_ana(world)
    with pytest.raises(Invalid):
        await world.desk.transfer(associate("ana"), name, **target)  # type: ignore[arg-type]


async def test_nobody_can_be_given_what_they_have(world: World) -> None:
    name = await held_by_ana(world)
    with pytest.raises(Conflict):
        await world.desk.transfer(supervisor(), name, associate=ANA)


async def test_what_others_have_is_not_there_to_be_handed_over(world: World) -> None:
    name = await held_by_ana(world)
    with pytest.raises(NotFound):
        await world.desk.transfer(associate("ben"), name, queue=TECH)


async def test_an_associate_takes_what_waits_for_somebody_like_them(world: World) -> None:
    taken = await world.write()
    await world.be("ben", Presence.BUSY)
    found = await world.desk.assign(associate("ben"), taken.conversation, BEN)
    assert (found.state, found.associate) == (State.ASSIGNED, "ben")


async def test_and_not_what_waits_for_others(world: World) -> None:
    taken = await world.write()
    with pytest.raises(NotFound):
        await world.desk.assign(associate("tom"), taken.conversation, TOM)


async def test_nor_for_others(world: World) -> None:
    taken = await world.write()
    with pytest.raises(Forbidden):
        await world.desk.assign(associate("ben"), taken.conversation, ANA)


async def test_nor_back_from_who_has_it_now(world: World) -> None:
    """Also one who had it before, and so may still see it."""
    name = await held_by_ana(world)
    await world.come("ben")
    await world.desk.transfer(associate("ana"), name, associate=BEN)
    await world.accept(name)
    with pytest.raises(Conflict):
        await world.desk.assign(associate("ana"), name, ANA)
    assert (await world.see(name)).associate == "ben"


async def test_of_two_who_take_it_at_once_one_has_it(world: World) -> None:
    taken = await world.write()
    for name in ("ana", "ben"):
        await world.be(name, Presence.BUSY)
    results = await asyncio.gather(
        *(world.desk.assign(associate(who), taken.conversation, who) for who in (ANA, BEN)), return_exceptions=True
    )
    assert sum(isinstance(result, Refusal) for result in results) == 1
    assert await examine(world.store) == []


async def test_automatic_assignment_never_overwrites_a_manual_one(world: World) -> None:
    taken = await world.write("router")
    await world.desk.assign(supervisor(), taken.conversation, BEN, override=True)
    await world.come("tom")
    await world.write("router")
    assert (await world.see(taken.conversation)).associate == "ben"


async def test_a_supervisor_gives_to_anybody_who_has_room(world: World) -> None:
    await world.come("ana", "tom")
    taken = await world.write(channel=Channel.EMAIL)
    assert (await world.see(taken.conversation)).associate == "ana"
    with pytest.raises(Full):
        await world.desk.assign(supervisor(), taken.conversation, TOM)
    assert (await world.see(taken.conversation)).state is State.OFFERED


async def test_who_is_offline_is_given_nothing_unless_somebody_insists(world: World) -> None:
    taken = await world.write()
    with pytest.raises(Conflict):
        await world.desk.assign(supervisor(), taken.conversation, BEN)
    found = await world.desk.assign(supervisor(), taken.conversation, BEN, override=True)
    assert found.associate == "ben"
    await world.pass_time(121)
    assert (await world.see(taken.conversation)).state is State.WAITING
    assert await examine(world.store) == []
