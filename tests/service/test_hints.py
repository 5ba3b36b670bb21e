"""Hints: heard by every daemon, missed by nobody."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from duetime.queues.connection import ServerLost
from duetime.queues.keys import Root, root
from duetime.router.ids import AssociateId, ConversationId
from duetime.router.message import Author
from duetime.service.hints import Hints, Typing
from tests.waiting import wait_until
from tests.world import World

HINT = Typing(
    conversation=ConversationId("cv_0000000000000000000a"),
    author=Author.CONTACT,
    associate=AssociateId("ana"),
    source="c1",
)


@asynccontextmanager
async def listening(world: World, url: str) -> AsyncIterator[tuple[Hints, list[Typing]]]:
    heard: list[Typing] = []
    hints = Hints(world.store.root, url, world.store.pipeline.call)
    hints.subscribe(heard.append)
    task = asyncio.create_task(hints.run())
    try:
        yield hints, heard
    finally:
        task.cancel()
        await asyncio.wait([task])


async def subscribers(world: World) -> int:
    reply = await world.store.pipeline.call("PUBSUB", "NUMSUB", f"{world.store.root}:hints")
    return int(reply[1])


async def test_every_daemon_hears_a_hint_the_sender_s_too(world: World, redis_url: str) -> None:
    async with listening(world, redis_url) as (hints, heard), listening(world, redis_url) as (_, heard_elsewhere):
        await wait_until(lambda: _are_two(world))
        await hints.publish(HINT)
        await wait_until(lambda: heard and heard_elsewhere)
    assert heard == heard_elsewhere == [HINT]


async def _are_two(world: World) -> bool:
    return await subscribers(world) == 2


async def test_a_message_of_another_version_is_passed_over(world: World, redis_url: str) -> None:
    async with listening(world, redis_url) as (hints, heard):
        await wait_until(lambda: subscribers(world))
        await world.store.pipeline.call("PUBLISH", f"{world.store.root}:hints", '{"wave":"hand"}')
        await hints.publish(HINT)
        await wait_until(lambda: heard)
    assert heard == [HINT]


async def test_who_unsubscribed_hears_nothing(world: World, redis_url: str) -> None:
    async with listening(world, redis_url) as (hints, heard):
        await wait_until(lambda: subscribers(world))
        ignored: list[Typing] = []
        hints.subscribe(ignored.append)()
        await hints.publish(HINT)
        await wait_until(lambda: heard)
    assert not ignored


async def test_a_hint_while_redis_is_away_is_lost_without_a_word() -> None:
    calls = []

    async def lost(*args: object) -> None:
        calls.append(args[:2])
        raise ServerLost("away")

    await Hints(root("w"), "redis://localhost:1", lost).publish(HINT)
    assert calls == [("PUBLISH", "{w}:hints")]


@pytest.mark.both_loops
async def test_listening_ends_whenever_it_is_cancelled(redis_url: str, workspace: str) -> None:
    """Also while it connects, where the client library loses a cancellation."""
    where: Root = root(workspace)

    async def nowhere(*_: object) -> None: ...

    for step in range(60):
        task = asyncio.create_task(Hints(where, redis_url, nowhere).run())
        for _ in range(step):
            await asyncio.sleep(0)
        task.cancel()
        done, _ = await asyncio.wait([task], timeout=5)
        assert done, f"cancelled after {step} turns of the loop"
