"""What people look at: one conversation, lists, a desk, queues and associates at a glance."""

import asyncio
from typing import Any

import pytest

from duetime.queues.records import Page
from duetime.router.conversation import State
from duetime.router.errors import Invalid, NotFound
from duetime.router.ids import AssociateId, ConversationId, QueueId
from duetime.router.message import Channel
from tests.world import World, associate, supervisor


async def pages(world: World, limit: int, **filters: Any) -> list[list[ConversationId]]:
    """All pages of a list."""
    found: list[list[ConversationId]] = []
    cursor: str | None = None
    while not found or cursor is not None:
        page: Page = await world.store.views.conversations(limit=limit, cursor=cursor, **filters)
        found.append([one.id for one in page.conversations])
        cursor = page.cursor
    return found


async def some(world: World, count: int, apart_s: float) -> list[ConversationId]:
    """Conversations, newest first."""
    found = []
    for _ in range(count):
        found.append((await world.write()).conversation)
        world.clock.advance(apart_s)
    return sorted(found, reverse=True) if apart_s == 0 else found[::-1]


@pytest.mark.parametrize("apart_s", [0, 1])
@pytest.mark.parametrize("limit", [1, 2, 3, 7, 50])
async def test_pages_together_are_the_list_newest_first(world: World, limit: int, apart_s: float) -> None:
    """Also of conversations that were opened in one millisecond, and of open and closed ones mixed."""
    names = await some(world, 7, apart_s)
    for name in names[::3]:
        await world.desk.close(supervisor(), name)
    found = await pages(world, limit)
    assert [name for page in found for name in page] == names
    assert all(len(page) == limit for page in found[:-1])


async def test_filters_keep_what_they_say(world: World) -> None:
    await world.come("ana")
    offered = await world.write(who="kim", channel=Channel.CHAT)
    waiting = await world.write("router", who="lee", channel=Channel.SMS)
    closed = await world.write("router", who="kim")
    await world.desk.close(supervisor(), closed.conversation)
    everything: dict[tuple[ConversationId, ...], list[dict[str, Any]]] = {
        (offered.conversation,): [
            {"state": State.OFFERED},
            {"associate": AssociateId("ana")},
            {"queue": QueueId("general")},
            {"channel": Channel.CHAT},
            {"contact": offered.contact},
        ],
        (waiting.conversation,): [{"state": State.WAITING}, {"contact": waiting.contact, "queue": QueueId("tech")}],
        (closed.conversation,): [{"state": State.CLOSED}, {"contact": closed.contact, "state": State.CLOSED}],
        (): [{"state": State.PARKED}, {"associate": AssociateId("ben")}, {"contact": "ct_00000000000000000000"}],
        (closed.conversation, waiting.conversation): [{"queue": QueueId("tech")}],
    }
    for expected, filters in everything.items():
        for one in filters:
            assert set(await first(world, **one)) == set(expected), one


async def first(world: World, **filters: Any) -> list[ConversationId]:
    return (await pages(world, 50, **filters))[0]


async def test_filtered_pages_lose_nothing_either(world: World) -> None:
    names = await some(world, 9, 1)
    for name in names[::2]:
        await world.desk.close(supervisor(), name)
    found = await pages(world, 2, state=State.WAITING)
    assert [name for page in found for name in page] == names[1::2]


@pytest.mark.parametrize("cursor", ["", "x", "12", "12.", ".cv", "-1.cv"])
async def test_what_is_no_cursor_is_refused(world: World, cursor: str) -> None:
    with pytest.raises(Invalid):
        await world.store.views.conversations(cursor=cursor)


async def test_what_there_is_not_is_not_found(world: World) -> None:
    with pytest.raises(NotFound):
        await world.see(ConversationId("cv_00000000000000000000"))
    with pytest.raises(NotFound):
        await world.person("nobody")
    with pytest.raises(NotFound):
        await world.store.views.desk_snapshot(AssociateId("nobody"))


async def test_messages_are_numbered_from_one(world: World) -> None:
    taken = await world.write("one", who="kim")
    for text in ("two", "three"):
        await world.write(text, who="kim")
    views = world.store.views
    assert [(m.number, m.text) for m in await views.messages(taken.conversation)] == [
        (1, "one"),
        (2, "two"),
        (3, "three"),
    ]
    assert [m.number for m in await views.messages(taken.conversation, after=1, limit=1)] == [2]
    assert await views.messages(taken.conversation, after=3) == []


async def test_positions_are_places_in_the_queue(world: World) -> None:
    normal = await world.write()
    world.clock.advance(1)
    urgent = await world.write(attributes={"plan": "gold"})
    views = world.store.views
    assert [await views.position(one.conversation) for one in (urgent, normal)] == [1, 2]
    await world.come("ana")
    assert await views.position(urgent.conversation) is None


async def test_a_queue_at_a_glance(world: World) -> None:
    taken = []
    for _ in range(2):
        taken.append(await world.see((await world.write("router")).conversation))
        world.clock.advance(5)
    await world.come("ana")
    tech, general = await world.store.views.queue_figures([QueueId("tech"), QueueId("general")])
    assert (tech.waiting, tech.oldest_arrived_at, tech.next_due_at) == (2, taken[0].arrived_at, taken[0].due_at)
    assert (general.waiting, general.oldest_arrived_at, general.next_due_at) == (0, None, None)
    assert (tech.routable_associates, general.routable_associates) == (0, 1)


async def test_a_desk_shows_everything_up_to_its_cursor(world: World) -> None:
    """Taken in the middle of traffic: what it shows, and every event after it, is how things stand at the end."""
    await world.come("ana")

    async def traffic() -> None:
        for number in range(20):
            await world.write(f"line {number}", who="kim")
            await world.write(who=f"other-{number % 3}")

    running = asyncio.create_task(traffic())
    snapshots = []
    while not running.done():
        snapshots.append(await world.store.views.desk_snapshot(AssociateId("ana")))
        await asyncio.sleep(0)
    for snapshot in snapshots:
        shown = {found.id: found.messages for found in snapshot.conversations}
        for event in await world.store.journal.between(snapshot.cursor, limit=10_000):
            if event.type == "MessageReceived" and event.conversation in shown:
                shown[event.conversation] += 1
                assert event.data["number"] == shown[event.conversation]
        assert all([(await world.see(name)).messages == count for name, count in shown.items()])


async def test_a_desk_shows_the_newest_messages_of_each(world: World) -> None:
    await world.come("ana")
    taken = await world.write("line 1", who="kim")
    for number in range(2, 61):
        await world.write(f"line {number}", who="kim")
    snapshot = await world.store.views.desk_snapshot(AssociateId("ana"))
    history = snapshot.histories[taken.conversation]
    assert [message.number for message in history] == list(range(11, 61))
    assert history[-1].text == "line 60"


async def test_an_associate_sees_their_own_and_what_they_may_take(world: World) -> None:
    await world.come("ana")
    own = await world.write()
    tech = await world.write("router")
    german = [await world.write(language="de", channel=Channel.SMS) for _ in range(4)]
    page = await world.desk.list_conversations(associate("ana"))
    assert {found.id for found in page.conversations} == {own.conversation, *(one.conversation for one in german)}
    assert tech.conversation not in {found.id for found in page.conversations}
    with pytest.raises(NotFound):
        await world.desk.view(associate("ana"), tech.conversation)
