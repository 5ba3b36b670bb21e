"""The pace of an endpoint holds over all daemons."""

from duetime.queues.pace import Slot
from duetime.router.ids import EndpointId
from tests.world import World

TEXT = EndpointId("text")


async def take(world: World, ahead_ms: int = 60_000) -> Slot:
    return await world.store.pace.take(world.clock(), TEXT, interval_ms=250, ahead_ms=ahead_ms)


async def test_moments_are_given_out_one_after_the_other(world: World) -> None:
    now = world.clock()
    assert [(await take(world)).at - now for _ in range(4)] == [0, 250, 500, 750]


async def test_what_rested_is_not_made_up_for(world: World) -> None:
    await take(world)
    world.clock.advance(10)
    now = world.clock()
    assert [(await take(world)).at - now for _ in range(2)] == [0, 250]


async def test_a_moment_too_far_ahead_is_named_and_left_to_others(world: World) -> None:
    now = world.clock()
    for _ in range(3):
        await take(world)
    assert await take(world, ahead_ms=500) == Slot(now + 750, is_ours=False)
    assert await take(world) == Slot(now + 750, is_ours=True)


async def test_each_endpoint_has_a_pace_of_its_own(world: World) -> None:
    await take(world)
    other = await world.store.pace.take(world.clock(), EndpointId("other"), interval_ms=250, ahead_ms=0)
    assert other.at == world.clock()
