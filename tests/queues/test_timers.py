"""What is due is done once, by whichever daemon, and late if it must be."""

from duetime.queues.doctor import examine
from duetime.queues.keys import key
from duetime.queues.timers import Timer, TimerKind
from duetime.router.conversation import State
from tests.world import World, associate

LEASE_MS = 10_000


async def claim(world: World) -> list[Timer]:
    timers, _ = await world.store.timers.claim(world.clock(), most=10, lease_ms=LEASE_MS)
    return timers


async def set_timer(world: World, name: str, at: int) -> None:
    await world.store.pipeline.call("ZADD", key(world.store.root, "timers"), at, name)


async def names(world: World) -> list[str]:
    return list(await world.store.pipeline.call("ZRANGE", key(world.store.root, "timers"), 0, -1))


async def test_what_is_due_is_claimed_once(world: World) -> None:
    await set_timer(world, "step:cv_a", world.clock())
    assert [(timer.kind, timer.subject) for timer in await claim(world)] == [(TimerKind.STEP, "cv_a")]
    assert await claim(world) == []


async def test_what_was_not_carried_out_is_due_again_after_the_lease(world: World) -> None:
    await set_timer(world, "step:cv_a", world.clock())
    await claim(world)
    world.clock.advance(LEASE_MS / 1000)
    assert await claim(world) == []
    world.clock.advance(0.001)
    assert [timer.subject for timer in await claim(world)] == ["cv_a"]


async def test_a_claim_says_when_the_next_one_is_due(world: World) -> None:
    await set_timer(world, "step:cv_a", world.clock())
    await set_timer(world, "step:cv_b", world.clock() + 700)
    timers, following = await world.store.timers.claim(world.clock(), most=10, lease_ms=LEASE_MS)
    assert ([timer.subject for timer in timers], following) == (["cv_a"], world.clock() + 700)


async def test_a_claimed_timer_that_had_nothing_to_do_is_dropped(world: World) -> None:
    await set_timer(world, "step:cv_a", world.clock())
    (timer,) = await claim(world)
    await world.store.timers.drop(world.clock(), timer)
    assert await names(world) == []


async def test_one_that_was_set_anew_meanwhile_is_not(world: World) -> None:
    """Also if it is due at the very moment at which the claim would have ended."""
    await set_timer(world, "offer:cv_a", world.clock())
    (timer,) = await claim(world)
    await set_timer(world, "offer:cv_a", world.clock() + LEASE_MS)
    await world.store.timers.drop(world.clock(), timer)
    assert await names(world) == ["offer:cv_a"]


async def test_a_timer_without_a_subject_is_dropped(world: World) -> None:
    for kind in TimerKind:
        await set_timer(world, f"{kind.value}:cv_00000000000000000000", world.clock())
    await world.pass_time(20)
    assert await names(world) == []


async def test_daemons_that_were_all_away_carry_out_late_what_fell_due(world: World) -> None:
    await world.come("ana", "tom")
    offered, assigned = await world.write(), await world.write("router")
    await world.desk.reply(associate("tom"), assigned.conversation, "restart it")
    waiting = await world.write(language="de")
    world.clock.advance(10_000)
    await world.pass_time(0.001)
    assert (await world.see(offered.conversation)).offer == 2
    assert (await world.see(assigned.conversation)).state is State.PARKED
    assert (await world.see(waiting.conversation)).associate == "ana"
    assert await examine(world.store) == []


async def test_the_journal_tells_of_the_earliest_timer_that_a_transition_set(world: World) -> None:
    """So that a daemon that sleeps until a later one wakes up."""
    await world.come("ana")
    cursor = await world.store.journal.last_cursor()
    await world.write()
    async for entries in world.store.journal.follow(cursor):
        assert min(entry.wake_at for entry in entries if entry.wake_at) == world.clock() + 30_000
        break
