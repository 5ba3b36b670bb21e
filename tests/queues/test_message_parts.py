"""Parts of a message wait for each other, are joined once, and none is lost."""

from duetime.queues.message_parts import Group, Kept
from tests.world import World

GROUP = "text/+4915112345678/7/3"


async def keep(world: World, number: int, *, text: str | None = None, part_id: str | None = None) -> Group | Kept:
    part, there = text or f"part {number}", f"text:{part_id or f'p{number}'}"
    return await world.store.message_parts.keep(world.clock(), GROUP, number, 3, part, there)


async def test_the_last_part_to_come_completes_them_in_their_order(world: World) -> None:
    assert [await keep(world, number) for number in (3, 1)] == [Kept.WAITS, Kept.WAITS]
    assert await keep(world, 2) == Group(GROUP, {1: "part 1", 2: "part 2", 3: "part 3"})


async def test_a_part_that_comes_again_waits_for_the_others_as_before(world: World) -> None:
    assert [await keep(world, 1), await keep(world, 1)] == [Kept.WAITS, Kept.WAITS]
    assert await world.store.message_parts.claim(world.clock()) == []


async def test_who_died_before_taking_them_in_is_given_them_again(world: World) -> None:
    for number in (1, 2, 3):
        await keep(world, number)
    again = await keep(world, 3)
    assert isinstance(again, Group)
    world.clock.advance(61)
    assert await world.store.message_parts.claim(world.clock()) == [again]


async def test_what_was_taken_in_is_a_repetition(world: World) -> None:
    for number in (1, 2, 3):
        await keep(world, number)
    await world.store.message_parts.drop(world.clock(), GROUP, ["text:p1", "text:p2", "text:p3"])
    assert [await keep(world, number) for number in (1, 2, 3)] == [Kept.REPEATED] * 3
    world.clock.advance(120)
    assert await world.store.message_parts.claim(world.clock()) == []


async def test_parts_whose_others_never_come_are_given_after_a_minute_to_one(world: World) -> None:
    await keep(world, 1)
    await keep(world, 3)
    world.clock.advance(59)
    assert await world.store.message_parts.claim(world.clock()) == []
    world.clock.advance(2)
    assert await world.store.message_parts.claim(world.clock()) == [Group(GROUP, {1: "part 1", 3: "part 3"})]
    assert await world.store.message_parts.claim(world.clock()) == []


async def test_a_part_that_comes_when_the_others_are_being_taken_in_stands_alone(world: World) -> None:
    await keep(world, 1)
    world.clock.advance(61)
    await world.store.message_parts.claim(world.clock())
    assert await keep(world, 2) is Kept.ALONE


async def test_a_number_that_is_used_again_for_another_message_mixes_nothing(world: World) -> None:
    await keep(world, 1)
    assert await keep(world, 1, text="another", part_id="p9") is Kept.ALONE
