"""The journal: everything that happened, in order, for whoever comes back to it."""

import asyncio
from contextlib import suppress

import pytest

from duetime.queues.journal import START, CursorTooOld, cursor_key
from duetime.router.events import Event, EventType
from tests.waiting import wait_until
from tests.world import World, associate


async def all_events(world: World) -> list[Event]:
    return await world.store.journal.between(START)


async def test_every_transition_is_told_in_order(world: World) -> None:
    await world.come("ana")
    cursor = await world.store.journal.last_cursor()
    taken = await world.write()
    await world.accept(taken.conversation)
    await world.desk.reply(associate("ana"), taken.conversation, "on its way")
    await world.desk.close(associate("ana"), taken.conversation)
    told = await world.store.journal.between(cursor)
    assert [event.type for event in told] == [
        EventType.CONVERSATION_OPENED,
        EventType.MESSAGE_RECEIVED,
        EventType.OFFER_MADE,
        EventType.OFFER_ACCEPTED,
        EventType.MESSAGE_SENT,
        EventType.CONVERSATION_CLOSED,
    ]
    assert [event.number for event in told] == [1, 2, 3, 4, 5, 6]
    assert {event.conversation for event in told} == {taken.conversation}
    assert {event.contact for event in told} == {taken.contact}
    assert [event.associate for event in told] == [None, None, "ana", "ana", "ana", "ana"]


async def test_what_is_refused_is_not_told(world: World) -> None:
    await world.come("ana")
    taken = await world.write()
    before = await all_events(world)
    with suppress(Exception):
        await world.desk.decline_offer(associate("ana"), taken.conversation, 7)
    assert await all_events(world) == before


async def test_cursors_go_on_where_they_were(world: World) -> None:
    for _ in range(4):
        await world.write()
    everything = await all_events(world)
    for place, event in enumerate(everything):
        assert await world.store.journal.between(event.cursor) == everything[place + 1 :]
    assert await world.store.journal.between(START, everything[2].cursor) == everything[:3]
    assert await world.store.journal.between(START, limit=2) == everything[:2]
    assert await world.store.journal.last_cursor() == everything[-1].cursor


async def test_cursors_are_in_order(world: World) -> None:
    await asyncio.gather(*(world.write() for _ in range(20)))
    keys = [cursor_key(event.cursor) for event in await all_events(world)]
    assert keys == sorted(set(keys))


async def test_a_cursor_that_the_journal_no_longer_reaches_is_refused(world: World) -> None:
    for _ in range(3):
        await world.write()
    everything = await all_events(world)
    await world.store.pipeline.call("XTRIM", world.store.root + ":journal", "MAXLEN", 2)
    with pytest.raises(CursorTooOld):
        await world.store.journal.between(everything[0].cursor)
    assert await world.store.journal.between(everything[-2].cursor) == everything[-1:]


async def test_a_cursor_of_a_journal_that_was_emptied_is_refused(world: World) -> None:
    await world.write()
    cursor = await world.store.journal.last_cursor()
    await world.store.pipeline.call("XTRIM", world.store.root + ":journal", "MAXLEN", 0)
    with pytest.raises(CursorTooOld):
        await world.store.journal.between(cursor)


@pytest.mark.parametrize("cursor", ["", "x", "1-x", "-"])
async def test_what_is_no_cursor_is_refused(world: World, cursor: str) -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        await world.store.journal.between(cursor)


async def test_the_feed_hands_every_event_to_everybody_once(world: World) -> None:
    heard: list[list[Event]] = [[], []]
    await world.feed.start()
    start = world.feed.cursor
    ends = [world.feed.subscribe(one.extend) for one in heard]
    running = asyncio.create_task(world.feed.run())
    try:
        for _ in range(30):
            await world.write()
        told = await world.store.journal.between(start)
        await wait_until(lambda: len(heard[0]) == len(told))
        ends[1]()
        await world.write()
        await wait_until(lambda: len(heard[0]) > len(told))
    finally:
        running.cancel()
    assert heard[0][: len(told)] == heard[1] == told


async def test_a_reader_that_fails_stops_nobody_else(world: World) -> None:
    heard: list[Event] = []

    def fail(events: object) -> None:
        raise RuntimeError("this reader is broken")

    await world.feed.start()
    world.feed.subscribe(fail)
    world.feed.subscribe(heard.extend)
    running = asyncio.create_task(world.feed.run())
    try:
        await world.write()
        await wait_until(lambda: len(heard) == 3)
    finally:
        running.cancel()
