"""Coming, going and staying away: nothing stays with who is gone, and nothing waits for ever."""

import pytest

from duetime.queues.doctor import examine
from duetime.router.associate import Presence
from duetime.router.conversation import State
from duetime.router.ids import AssociateId, TeamId
from duetime.service.staff import AssociateChange
from tests.world import World, associate, supervisor


async def presence_of(world: World, name: str) -> Presence:
    return (await world.person(name)).presence


async def test_chats_that_came_while_everybody_was_offline_are_assigned_when_somebody_comes(world: World) -> None:
    taken = [await world.write() for _ in range(5)]
    await world.come("ana", "ben")
    found = [await world.see(one.conversation) for one in taken]
    assert [one.state for one in found] == [State.OFFERED] * 5
    assert sorted(str(one.associate) for one in found) == ["ana"] * 3 + ["ben"] * 2
    assert await examine(world.store) == []


async def test_the_older_ones_go_first(world: World) -> None:
    taken = []
    for _ in range(5):
        taken.append(await world.write())
        world.clock.advance(1)
    await world.come("ana")
    found = [(await world.see(one.conversation)).state for one in taken]
    assert found == [State.OFFERED] * 3 + [State.WAITING] * 2


@pytest.mark.parametrize("presence", [Presence.AWAY, Presence.OFFLINE])
async def test_who_leaves_gives_back_what_they_were_offered(world: World, presence: Presence) -> None:
    await world.come("ana")
    taken = await world.write()
    await world.come("ben")
    await world.be("ana", presence)
    found = await world.see(taken.conversation)
    assert (found.state, found.associate, found.offer) == (State.OFFERED, "ben", 2)
    assert await examine(world.store) == []


async def test_who_is_busy_keeps_their_offers_and_gets_no_more(world: World) -> None:
    await world.come("ana")
    taken = await world.write()
    await world.be("ana", Presence.BUSY)
    later = await world.write()
    assert (await world.see(taken.conversation)).state is State.OFFERED
    assert (await world.see(later.conversation)).state is State.WAITING
    assert (await world.accept(taken.conversation)).state is State.ASSIGNED


async def test_toggling_never_stops_the_assignment(world: World) -> None:
    for _ in range(3):
        for presence in (Presence.AVAILABLE, Presence.AWAY, Presence.BUSY, Presence.OFFLINE):
            await world.be("ana", presence)
    taken = await world.write()
    await world.come("ana")
    assert (await world.see(taken.conversation)).associate == "ana"


async def test_the_conversations_of_who_went_offline_move_on(world: World) -> None:
    await world.come("ana")
    taken = await world.write()
    await world.accept(taken.conversation)
    await world.leave("ana")
    await world.pass_time(119)
    assert (await world.see(taken.conversation)).associate == "ana"
    await world.pass_time(1)
    assert (await world.see(taken.conversation)).state is State.WAITING
    await world.come("ben")
    assert (await world.see(taken.conversation)).associate == "ben"
    assert await examine(world.store) == []


async def test_who_is_back_in_time_keeps_them(world: World) -> None:
    await world.come("ana")
    taken = await world.write()
    await world.accept(taken.conversation)
    await world.leave("ana")
    await world.pass_time(100)
    await world.come("ana")
    await world.pass_time(100)
    found = await world.see(taken.conversation)
    assert (found.state, found.associate, found.reassign_at) == (State.ASSIGNED, "ana", None)


async def test_what_was_answered_moves_on_only_when_the_contact_writes(world: World) -> None:
    await world.come("ana")
    taken = await world.write(who="kim")
    await world.accept(taken.conversation)
    await world.desk.reply(associate("ana"), taken.conversation, "which colour?")
    await world.leave("ana")
    await world.pass_time(200)
    assert (await world.see(taken.conversation)).associate == "ana"
    await world.write("blue", who="kim")
    await world.pass_time(120)
    assert (await world.see(taken.conversation)).state is State.WAITING


async def test_what_somebody_else_answers_meanwhile_stays(world: World) -> None:
    await world.come("ana")
    taken = await world.write()
    await world.accept(taken.conversation)
    await world.leave("ana")
    await world.desk.reply(supervisor(), taken.conversation, "she is back soon")
    await world.pass_time(130)
    assert (await world.see(taken.conversation)).state is State.ASSIGNED
    assert await examine(world.store) == []


async def test_presence_ends_with_the_lease(world: World) -> None:
    await world.staff.set_presence(supervisor(), AssociateId("ana"), Presence.AVAILABLE, lease_s=60)
    await world.pass_time(59)
    assert await presence_of(world, "ana") is Presence.AVAILABLE
    await world.pass_time(1)
    assert await presence_of(world, "ana") is Presence.OFFLINE
    assert await examine(world.store) == []


async def test_a_desk_that_is_alive_keeps_it(world: World) -> None:
    await world.staff.connect(AssociateId("ana"), "desk-1")
    await world.staff.set_presence(associate("ana"), AssociateId("ana"), Presence.AVAILABLE)
    for _ in range(10):
        await world.pass_time(world.staff.renew_every_s)
        await world.staff.renew(AssociateId("ana"))
    assert await presence_of(world, "ana") is Presence.AVAILABLE


async def test_a_desk_that_comes_back_after_the_grace_finds_what_was_wanted(world: World) -> None:
    await world.staff.connect(AssociateId("ana"), "desk-1")
    await world.staff.set_presence(associate("ana"), AssociateId("ana"), Presence.AVAILABLE)
    await world.pass_time(21)
    assert await presence_of(world, "ana") is Presence.OFFLINE
    await world.staff.renew(AssociateId("ana"))
    assert await presence_of(world, "ana") is Presence.AVAILABLE


async def test_a_renewal_never_shortens_a_lease(world: World) -> None:
    await world.come("ana")
    await world.staff.renew(AssociateId("ana"))
    await world.pass_time(3600)
    assert await presence_of(world, "ana") is Presence.AVAILABLE


async def test_everybodys_cooldown_ends_for_itself(world: World) -> None:
    """Ana declines, then Ben, while Tom is full but there: the first of them gets it back before the other could."""
    both = AssociateChange(teams=frozenset({TeamId("tech"), TeamId("support")}))
    await world.staff.change(supervisor(), AssociateId("tom"), both, version=None)
    await world.come("tom")
    for _ in range(2):
        await world.write("router")
    await world.come("ana", "ben")
    taken = await world.write()
    first = str((await world.see(taken.conversation)).associate)
    await world.desk.decline_offer(associate(first), taken.conversation, 1)
    await world.pass_time(20)
    second = str((await world.see(taken.conversation)).associate)
    await world.desk.decline_offer(associate(second), taken.conversation, 2)
    await world.pass_time(39)
    assert (await world.see(taken.conversation)).state is State.WAITING
    await world.pass_time(1)
    assert (await world.see(taken.conversation)).associate == first != second
    assert await examine(world.store) == []


async def test_a_declined_item_returns_to_the_only_associate(world: World) -> None:
    await world.come("ana", "ben")
    taken = await world.write()
    first = str((await world.see(taken.conversation)).associate)
    other = {"ana": "ben", "ben": "ana"}[first]
    await world.desk.decline_offer(associate(first), taken.conversation, 1)
    await world.be(other, Presence.OFFLINE)
    found = await world.see(taken.conversation)
    assert (found.state, found.associate) == (State.OFFERED, first)


async def test_a_decline_in_between_is_an_answer(world: World) -> None:
    """Three offers in a row must expire until somebody counts as away."""
    await world.come("ana")
    taken = await world.write()
    await world.pass_time(61)
    await world.desk.decline_offer(associate("ana"), taken.conversation, 3)
    await world.pass_time(61)
    assert await presence_of(world, "ana") is Presence.AVAILABLE
    await world.pass_time(30)
    assert await presence_of(world, "ana") is Presence.AWAY
    assert await examine(world.store) == []
