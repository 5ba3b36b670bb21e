"""A message comes in, is offered to the right associate, and what they do with the offer."""

import pytest

from duetime.queues.doctor import examine
from duetime.router.associate import Presence
from duetime.router.conversation import State
from duetime.router.errors import OfferGone
from tests.world import World, associate


async def test_a_message_is_offered_to_somebody_with_room(world: World) -> None:
    await world.come("ana")
    taken = await world.write("where is my parcel?")
    found = await world.see(taken.conversation)
    assert (found.state, found.associate, found.offer) == (State.OFFERED, "ana", 1)
    assert found.offer_expires_at == world.clock() + 30_000
    assert (await world.person("ana")).load_units == 1
    assert await examine(world.store) == []


async def test_with_nobody_there_it_waits_and_goes_to_who_comes(world: World) -> None:
    taken = await world.write()
    assert (await world.see(taken.conversation)).state is State.WAITING
    await world.come("ben")
    found = await world.see(taken.conversation)
    assert (found.state, found.associate) == (State.OFFERED, "ben")
    assert await examine(world.store) == []


async def test_a_declined_offer_goes_to_somebody_else_with_its_arrival(world: World) -> None:
    await world.come("ana", "ben")
    taken = await world.write()
    first = await world.see(taken.conversation)
    assert first.associate is not None
    world.clock.advance(5)
    await world.desk.decline_offer(associate(first.associate), taken.conversation, first.offer)
    second = await world.see(taken.conversation)
    assert second.associate == {"ana": "ben", "ben": "ana"}[first.associate]
    assert (second.arrived_at, second.due_at, second.offer) == (first.arrived_at, first.due_at, 2)
    assert await examine(world.store) == []


async def test_declined_by_everybody_it_returns_to_who_declined_first(world: World) -> None:
    await world.come("ana")
    taken = await world.write()
    await world.desk.decline_offer(associate("ana"), taken.conversation, 1)
    again = await world.see(taken.conversation)
    assert (again.state, again.associate, again.offer) == (State.OFFERED, "ana", 2)


async def test_a_declined_one_waits_out_the_cooldown_while_others_may_come_free(world: World) -> None:
    await world.come("ana", "ben")
    for _ in range(3):
        blocker = await world.write()
        if (await world.see(blocker.conversation)).associate == "ana":
            await world.desk.decline_offer(associate("ana"), blocker.conversation, 1)
        await world.accept(blocker.conversation)
    taken = await world.write()
    assert (await world.see(taken.conversation)).associate == "ana"
    await world.desk.decline_offer(associate("ana"), taken.conversation, 1)
    assert (await world.see(taken.conversation)).state is State.WAITING
    assert await examine(world.store) == []
    await world.pass_time(61)
    found = await world.see(taken.conversation)
    assert (found.state, found.associate) == (State.OFFERED, "ana")


async def test_an_expired_offer_cannot_be_accepted(world: World) -> None:
    await world.come("ana")
    taken = await world.write()
    world.clock.advance(31)
    with pytest.raises(OfferGone):
        await world.desk.accept_offer(associate("ana"), taken.conversation, 1)


async def test_who_lets_three_offers_expire_becomes_away(world: World) -> None:
    await world.come("ana")
    taken = await world.write()
    await world.pass_time(91)
    assert (await world.person("ana")).presence is Presence.AWAY
    assert (await world.see(taken.conversation)).state is State.WAITING
    assert await examine(world.store) == []


async def test_accepting_twice_is_accepting_once(world: World) -> None:
    await world.come("ana")
    taken = await world.write()
    first = await world.accept(taken.conversation)
    second = await world.desk.accept_offer(associate("ana"), taken.conversation, 1)
    assert (second.state, second.version) == (State.ASSIGNED, first.version)
