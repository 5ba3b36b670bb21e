"""What happens when the contact says nothing after an answer."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from msgspec.structs import replace

from duetime.queues.doctor import examine
from duetime.queues.outbox import Claim
from duetime.router.conversation import State
from duetime.router.ids import ConversationId, EndpointId, SessionId
from duetime.router.message import Channel, Kind
from duetime.service.silence import MailWay
from tests.clock import VirtualClock
from tests.queues.conftest import DOCUMENT
from tests.world import World, associate, open_world, supervisor

MAIL = EndpointId("mail")
PATIENT = DOCUMENT.replace(
    "[channels.chat]",
    """[channels.chat]
remind_after_s = 120
reminder = "Still there, {contact}? {associate} asks."
close_after_s = 600
""",
    1,
)


@pytest.fixture
async def office(redis_url: str, workspace: str, clock: VirtualClock) -> AsyncIterator[World]:
    async with open_world(redis_url, workspace, clock, PATIENT) as opened:
        opened.ways[EndpointId("web")] = MailWay(endpoint=MAIL, after_s=60)
        await opened.come("ana")
        yield opened


async def answered(office: World, **details: Any) -> ConversationId:
    taken = await office.write("hello", who="se_kim", channel=Channel.CHAT, endpoint="web", **details)
    await office.accept(taken.conversation)
    await office.desk.reply(associate("ana"), taken.conversation, "Hello Kim")
    return taken.conversation


async def notices(office: World, conversation: ConversationId) -> list[str]:
    history = await office.store.views.messages(conversation)
    return [message.text for message in history if message.kind is Kind.NOTICE]


async def sent(office: World) -> list[Claim]:
    return (await office.store.outbox.claim(office.clock(), MAIL, most=9, lease_ms=1000))[0]


async def test_they_are_reminded_once_and_then_it_closes(office: World) -> None:
    conversation = await answered(office)
    await office.pass_time(119)
    assert await notices(office, conversation) == []
    await office.pass_time(1)
    assert await notices(office, conversation) == ["Still there, ? Ana asks."]
    await office.pass_time(479)
    assert (await office.see(conversation)).state is not State.CLOSED
    await office.pass_time(1)
    assert (await office.see(conversation)).state is State.CLOSED
    assert len(await notices(office, conversation)) == 1
    assert await examine(office.store) == []


async def test_one_who_speaks_is_not_reminded(office: World) -> None:
    conversation = await answered(office)
    await office.pass_time(60)
    await office.write("one moment", who="se_kim", channel=Channel.CHAT, endpoint="web")
    await office.pass_time(1000)
    assert await notices(office, conversation) == []
    assert (await office.see(conversation)).state is not State.CLOSED


async def test_every_answer_begins_the_wait_anew(office: World) -> None:
    conversation = await answered(office)
    await office.pass_time(100)
    await office.desk.reply(associate("ana"), conversation, "and another thing")
    await office.pass_time(100)
    assert await notices(office, conversation) == []
    await office.pass_time(20)
    assert len(await notices(office, conversation)) == 1


async def test_one_whose_turn_it_is_not_is_left_alone(office: World) -> None:
    """It was handed over or put aside by its associate: somebody here will go on with it."""
    conversation = await answered(office)
    await office.desk.park(associate("ana"), conversation, wake_at=office.clock() + 3_600_000)
    await office.pass_time(1000)
    assert await notices(office, conversation) == []
    assert (await office.see(conversation)).state is State.PARKED
    assert await examine(office.store) == []


async def test_a_rest_of_its_own_does_not_stop_the_clock(office: World) -> None:
    conversation = await answered(office)
    await office.desk.park(associate("ana"), conversation)
    await office.pass_time(600)
    assert (await office.see(conversation)).state is State.CLOSED


async def test_an_answer_that_nobody_fetched_goes_on_by_mail(office: World) -> None:
    conversation = await answered(office, attributes={"email": "kim@example.org"})
    await office.desk.reply(associate("ana"), conversation, "It was sent today")
    await office.pass_time(59)
    assert await sent(office) == []
    await office.pass_time(1)
    claim = (await sent(office))[0]
    assert (claim.number, claim.delivery.channel, claim.delivery.address) == (2, Channel.EMAIL, "kim@example.org")
    await office.store.outbox.settle_sent(office.clock(), MAIL, claim)
    assert [one.number for one in await sent(office)] == [3]
    assert await examine(office.store) == []


async def test_one_that_was_fetched_does_not(office: World) -> None:
    conversation = await answered(office, attributes={"email": "kim@example.org"})
    await office.desk.mark(conversation, delivered=2)
    await office.pass_time(100)
    assert await sent(office) == []
    await office.desk.reply(associate("ana"), conversation, "and more")
    await office.pass_time(60)
    assert [one.number for one in await sent(office)] == [3]


async def test_nothing_goes_by_mail_to_who_gave_no_address(office: World) -> None:
    conversation = await answered(office)
    await office.pass_time(100)
    assert await sent(office) == []
    assert (await office.store.outbox.deliveries(conversation)) == {}


async def test_the_proven_address_goes_before_the_given_one(office: World) -> None:
    taken = await office.write(
        who="se_kim", channel=Channel.CHAT, endpoint="web", verified=True, attributes={"email": "other@example.org"}
    )
    await office.store.contacts.identify(
        office.clock(), taken.contact, SessionId("se_kim"), "web/kim", [(Channel.EMAIL, "kim@example.org")], None
    )
    await office.desk.reply(supervisor(), taken.conversation, "hello")
    await office.pass_time(60)
    assert [one.delivery.address for one in await sent(office)] == ["kim@example.org"]


async def test_what_they_write_by_mail_then_is_answered_by_mail(office: World) -> None:
    conversation = await answered(office, attributes={"email": "kim@example.org"})
    await office.pass_time(60)
    mail = office.message(who="kim@example.org", channel=Channel.EMAIL, endpoint=MAIL, conversation=conversation)
    taken = await office.intake.receive(replace(mail, is_participant=True))
    assert taken.conversation == conversation
    found = await office.see(conversation)
    assert (found.destination.channel, found.destination.endpoint) == (Channel.EMAIL, MAIL)
    (claim,) = await sent(office)
    await office.store.outbox.settle_sent(office.clock(), MAIL, claim)
    await office.desk.reply(supervisor(), conversation, "by mail")
    assert [one.number for one in await sent(office)] == [4]
    back = await office.write("back here", who="se_kim", channel=Channel.CHAT, endpoint="web")
    assert back.conversation == conversation
    assert (await office.see(conversation)).destination.channel is Channel.CHAT


async def test_a_transcript_goes_by_mail_even_when_it_is_over(office: World) -> None:
    conversation = await answered(office)
    await office.desk.close(supervisor(), conversation)
    await office.desk.send_transcript(conversation, MAIL, "kim@example.org")
    (claim,) = await sent(office)
    assert claim.delivery.address == "kim@example.org"
    (last,) = await office.store.views.messages(conversation, after=claim.number - 1)
    assert (last.kind, last.kind.is_seen_by_contact) == (Kind.TRANSCRIPT, False)
