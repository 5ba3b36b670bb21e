"""How far mailboxes are read is kept in the same step as what was read, and one daemon reads at a time."""

import pytest

from duetime.queues.positions import Position
from tests.world import World

FOLDER = "support/INBOX"


def at(number: int, generation: int = 7) -> Position:
    return Position(FOLDER, generation, number)


async def test_a_message_and_its_position_are_kept_together(world: World) -> None:
    assert await world.store.positions.position(FOLDER) is None
    taken = await world.intake.receive(world.message("hello"), position=at(3))
    assert (await world.store.positions.position(FOLDER), taken.opened) == (at(3), True)


async def test_a_message_that_was_there_before_moves_the_position_too(world: World) -> None:
    await world.intake.receive(world.message("hello", external_id="a"), position=at(3))
    again = await world.intake.receive(world.message("hello", external_id="a"), position=at(4))
    assert (again.duplicate, await world.store.positions.position(FOLDER)) == (True, at(4))


async def test_a_message_of_a_known_conversation_moves_the_position(world: World) -> None:
    await world.write("hello", who="kim")
    await world.intake.receive(world.message("again", who="kim"), position=at(5))
    assert await world.store.positions.position(FOLDER) == at(5)


@pytest.mark.parametrize(("later", "kept"), [(at(2), at(9)), (at(9), at(9)), (at(10), at(10)), (at(1, 8), at(1, 8))])
async def test_a_position_goes_back_only_when_the_mailbox_numbers_anew(
    world: World, later: Position, kept: Position
) -> None:
    await world.store.positions.advance(world.clock(), at(9))
    await world.store.positions.advance(world.clock(), later)
    assert await world.store.positions.position(FOLDER) == kept


async def test_one_daemon_reads_a_mailbox_at_a_time(world: World) -> None:
    leases = world.store.leases
    assert await leases.take(FOLDER, "first", 60_000)
    assert not await leases.take(FOLDER, "second", 60_000)
    assert await leases.take(FOLDER, "first", 60_000)
    await leases.release(FOLDER, "second")
    assert not await leases.take(FOLDER, "second", 60_000)
    await leases.release(FOLDER, "first")
    assert await leases.take(FOLDER, "second", 60_000)


async def test_all_daemons_share_a_secret(world: World) -> None:
    made = await world.store.secrets.get("reply-tokens")
    assert len(made) == 32
    assert await world.store.secrets.get("reply-tokens") == made != await world.store.secrets.get("other")
