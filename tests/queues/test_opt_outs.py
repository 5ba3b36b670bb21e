"""Who opted out is kept once, and whoever has their conversation reads it."""

from collections.abc import AsyncIterator

import pytest

from duetime.queues.doctor import examine
from duetime.queues.journal import START
from duetime.queues.opt_outs import Told
from duetime.router.events import Event
from duetime.router.ids import EndpointId
from duetime.router.message import Channel, Kind
from duetime.service.own_message import own_message
from tests.world import World, supervisor

TEXT, OTHER = EndpointId("text"), EndpointId("other")
KIM = "+4915112345678"


@pytest.fixture
async def sms(world: World) -> AsyncIterator[World]:
    yield world
    assert await examine(world.store) == []


async def stop(world: World, external_id: str = "m-stop") -> bool:
    now = world.clock()
    note = own_message(now, "They wrote STOP.", Kind.NOTE)
    told = Told(at=now, by="contact", why="STOP")
    return await world.store.opt_outs.opt_out(now, TEXT, KIM, told, note, external_id)


async def start(world: World, external_id: str = "m-start") -> bool:
    now = world.clock()
    note = own_message(now, "They wrote START.", Kind.NOTE)
    told = Told(at=now, by="contact", why="START")
    return await world.store.opt_outs.opt_in(now, TEXT, KIM, told, note, external_id)


async def events(world: World) -> list[Event]:
    return [event for event in await world.store.journal.between(START) if event.type.startswith("Opted")]


async def test_an_opt_out_holds_for_its_number_alone_until_it_is_lifted(sms: World) -> None:
    assert await stop(sms)
    told = await sms.store.opt_outs.get(TEXT, KIM)
    assert told is not None
    assert (told.by, told.why, told.at) == ("contact", "STOP", sms.clock())
    assert await sms.store.opt_outs.get(OTHER, KIM) is None
    assert await start(sms)
    assert await sms.store.opt_outs.get(TEXT, KIM) is None


async def test_the_same_message_again_changes_nothing_even_after_it_was_lifted(sms: World) -> None:
    assert await stop(sms)
    assert await start(sms)
    assert not await stop(sms)
    assert await sms.store.opt_outs.get(TEXT, KIM) is None
    assert [event.type for event in await events(sms)] == ["OptedOut", "OptedIn"]


async def test_to_stop_twice_is_to_stop_and_to_start_from_nowhere_is_nothing(sms: World) -> None:
    assert not await start(sms)
    assert not await sms.store.views.was_taken(TEXT, "m-start")
    assert await stop(sms)
    assert not await stop(sms, "another")
    assert await sms.store.views.was_taken(TEXT, "another")
    assert len(await events(sms)) == 1


async def test_the_open_conversation_there_is_told(sms: World) -> None:
    taken = await sms.write(channel=Channel.SMS, endpoint=TEXT, who=KIM, verified=True)
    await stop(sms)
    history = await sms.store.views.messages(taken.conversation)
    assert [(message.kind, message.text) for message in history][1] == ("note", "They wrote STOP.")
    (told,) = await events(sms)
    assert (told.conversation, told.data["address"]) == (taken.conversation, f"sms:{KIM}")


async def test_a_conversation_that_is_closed_or_elsewhere_is_left_alone(sms: World) -> None:
    taken = await sms.write(channel=Channel.SMS, endpoint=TEXT, who=KIM, verified=True)
    elsewhere = await sms.write(channel=Channel.SMS, endpoint=OTHER, who=KIM, verified=True)
    await sms.desk.close(supervisor(), taken.conversation)
    await stop(sms)
    assert [(await sms.see(one.conversation)).messages for one in (taken, elsewhere)] == [1, 1]


async def test_they_are_listed(sms: World) -> None:
    assert await sms.store.opt_outs.list(TEXT) == ([], None)
    await stop(sms)
    ((found,), cursor) = await sms.store.opt_outs.list(TEXT)
    assert (found.address, found.endpoint, cursor) == (KIM, TEXT, None)


async def test_help_is_given_once_an_hour(sms: World) -> None:
    assert [await sms.store.opt_outs.take_help_turn(TEXT, KIM) for _ in range(3)] == [True, False, False]
    assert await sms.store.opt_outs.take_help_turn(OTHER, KIM)
