"""Reconnecting desks: nothing is lost, nothing comes twice, and nobody slow holds up the others."""

import asyncio

import pytest

from duetime.config.settings import Desk
from duetime.service.access import Role
from duetime.service.sockets import desk_opening
from duetime.service.sockets.frames import CLOSE_SLOW
from tests.service.sockets.clients import DeskClient
from tests.service.sockets.office import Office
from tests.waiting import wait_until


@pytest.fixture
def desk_settings() -> Desk:
    return Desk(send_buffer_frames=40)


async def cursors_of(office: Office, associate: str, after: str) -> list[str]:
    """The journal's truth: what this associate's desk must have been shown after a cursor."""
    events = await office.parts.store.journal.between(after)
    return [event.cursor for event in events if event.associate == associate]


def shown(*desks: DeskClient) -> list[str]:
    return [event["cursor"] for desk in desks for event in desk.events]


async def some_events(desk: DeskClient) -> None:
    await wait_until(lambda: len(desk.events) > 5, what="some events")


async def test_a_reconnect_loses_and_doubles_nothing(office: Office) -> None:
    first = await office.desk("ana", presence="available")
    start = first.frames[0]["cursor"]
    conversation = (await office.write()).conversation
    await office.accept(first, conversation)
    await first.close()
    for number in range(3):
        await office.write(f"while nobody looked {number}")
    second = await office.desk("ana", cursor=first.cursor)
    await office.write("last")
    await second.event("MessageReceived", number=await _events_of(office, conversation))
    assert shown(first, second) == await cursors_of(office, "ana", start)


async def _events_of(office: Office, conversation: str) -> int:
    return max(event.number or 0 for event in await office.journal() if event.conversation == conversation)


async def test_a_desk_that_reconnects_within_the_grace_keeps_its_offers(office: Office) -> None:
    first = await office.desk("ana", presence="available")
    conversation = (await office.write()).conversation
    await first.event("OfferMade")
    await first.close()
    second = await office.desk("ana", cursor=first.cursor)
    await second.do("accept_offer", conversation=conversation, offer=1)
    assert "OfferRescinded" not in {event.type for event in await office.journal()}


async def test_desks_that_connect_amid_traffic_have_neither_gaps_nor_doubles(office: Office) -> None:
    ana = await office.desk("ana", presence="available")
    conversation = (await office.write()).conversation
    await office.accept(ana, conversation)
    busy = True

    async def traffic() -> None:
        while busy:
            await office.write("on and on")

    writing = asyncio.create_task(traffic())
    desks: list[DeskClient] = []
    for number in range(6):
        desk = await office.desk("ana", cursor=desks[-1].cursor if number % 2 else None)
        desks.append(desk)
        await some_events(desk)
        await desk.close()
    busy = False
    await writing
    for number, desk in enumerate(desks):
        start = desks[number - 1].cursor if number % 2 else desk.frames[0]["cursor"]
        seen = shown(desk)
        assert seen == (await cursors_of(office, "ana", start))[: len(seen)]


async def test_a_snapshot_contains_what_its_events_do_not(office: Office) -> None:
    ana = await office.desk("ana", presence="available")
    conversation = (await office.write("1")).conversation
    await office.accept(ana, conversation)
    writing = [asyncio.create_task(office.write(str(number))) for number in range(2, 30)]
    late = await office.desk("ana")
    await asyncio.gather(*writing)
    total = (await office.parts.store.views.conversation(conversation)).messages

    def numbers() -> list[int]:
        [held] = late.frames[0]["conversations"]
        told = [event["data"]["number"] for event in late.events if event["type"] == "MessageReceived"]
        return [message["number"] for message in held["messages"]] + told

    await wait_until(lambda: len(numbers()) >= total, what="all messages")
    assert numbers() == list(range(1, total + 1))


@pytest.mark.parametrize("cursor", ["1-1", "0-0", "9999999999999-0"])
async def test_a_cursor_that_the_journal_does_not_know_gives_a_snapshot(office: Office, cursor: str) -> None:
    ticket = await office.ticket(await office.token_of("ana"))
    desk = await office.sockets.desk(ticket, cursor=cursor)
    assert (await desk.frame("snapshot"))["associate"]["profile"]["id"] == "ana"


async def test_a_cursor_too_far_back_gives_a_snapshot(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_opening, "PAGE", 5)
    ana = await office.desk("ana", presence="available")
    for number in range(30):
        await office.write(who=f"contact-{number}")
    ticket = await office.ticket(await office.token_of("ana"))
    desk = await office.sockets.desk(ticket, cursor=ana.frames[0]["cursor"])
    await desk.frame("snapshot")
    resumed = await office.sockets.desk(await office.ticket(await office.token_of("ana")), cursor=desk.cursor)
    await resumed.frame("resumed")


async def test_a_ping_keeps_the_cursor_of_a_quiet_desk_young(office: Office) -> None:
    ben = await office.desk("ben", presence="away")
    ana = await office.desk("ana", presence="available")
    conversation = (await office.write()).conversation
    await office.accept(ana, conversation)
    cursor = (await office.journal())[-1].cursor
    await wait_until(lambda: office.parts.feed.cursor == cursor, what="the feed")
    assert (await ben.do("ping"))["cursor"] == cursor


async def test_a_slow_desk_is_disconnected_and_resumes_where_it_was(office: Office) -> None:
    boss = await office.desk(None, role=Role.SUPERVISOR)
    ana = await office.desk("ana", presence="available")
    conversation = (await office.write()).conversation
    await office.accept(ana, conversation)
    boss.stop_reading()
    for _ in range(15):  # less at once than ana's own buffer holds, who reads
        await asyncio.gather(*(office.write("x" * 60_000) for _ in range(20)))
        await ana.event("MessageReceived", number=await _events_of(office, conversation))
    boss.go_on_reading()
    assert await boss.ended() in (CLOSE_SLOW, 1006)
    again = await office.desk(None, role=Role.SUPERVISOR, cursor=boss.cursor)
    newest = (await office.journal())[-1].cursor
    await wait_until(lambda: again.events and again.events[-1]["cursor"] >= newest, what="everything missed")
    start = boss.frames[0]["cursor"]
    assert shown(boss, again) == [event.cursor for event in await office.journal() if event.cursor > start]
