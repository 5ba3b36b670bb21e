"""The visitors' socket: who they are, what they see, and what they never see."""

import asyncio

import aiohttp
import pytest

from duetime.config.settings import Limits, Settings
from duetime.router.ids import ConversationId, EndpointId
from duetime.router.message import Channel, InboundMessage, Sender
from duetime.service.access import Role
from duetime.service.chat import lobby
from duetime.service.sockets import chat_view
from duetime.service.sockets.frames import CLOSE_GOING, CLOSE_MANY, CLOSE_UNKNOWN
from tests.service.sockets.office import CONSOLE, SHOP, Office, open_office
from tests.waiting import wait_until
from tests.world import admin, supervisor


@pytest.fixture
def limits() -> Limits:
    return Limits(chat_sessions_per_minute_per_ip=4, chat_messages_per_minute=20)


@pytest.fixture(autouse=True)
def _quick_positions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lobby, "POSITIONS_EVERY_S", 0.1)


async def test_a_visitor_writes_and_is_answered(office: Office) -> None:
    ana = await office.desk("ana", presence="available")
    visitor = await office.sockets.chat(name="Mia")
    conversation = await office.talk(ana, visitor, "Is somebody there?")
    await visitor.state(state="assigned", associate="Ana Ruiz")
    await ana.do("reply", conversation=conversation, text="Yes, I am.")
    answer = await visitor.text("Yes, I am.")
    assert (answer["author"], answer["name"]) == ("associate", "Ana Ruiz")
    assert visitor.texts == ["Is somebody there?", "Yes, I am."]
    assert [(m.get("name"), m.get("client_id")) for m in visitor.messages] == [("Mia", "first"), ("Ana Ruiz", None)]


async def test_a_note_never_reaches_a_visitor(office: Office) -> None:
    ana = await office.desk("ana", presence="available")
    visitor = await office.sockets.chat()
    conversation = await office.talk(ana, visitor)
    await ana.do("add_note", conversation=conversation, text="He is angry.")
    await ana.do("transfer", conversation=conversation, queue="later", briefing="An angry one.")
    await office.accept(ana, conversation)
    await ana.do("reply", conversation=conversation, text="Good morning.")
    await visitor.text("Good morning.")
    again = await office.sockets.chat(resume_token=visitor.welcome["resume_token"])
    assert visitor.texts == again.texts == ["hello", "Good morning."]
    assert "angry" not in str([visitor.welcome, visitor.frames, again.welcome, again.frames])


async def test_a_message_that_is_sent_again_is_taken_once(office: Office) -> None:
    visitor = await office.sockets.chat()
    first = await visitor.do("message", id="m1", text="hello")
    again = await visitor.do("message", id="m1", text="hello")
    other = await visitor.ask("message", id="m1", text="something else")
    assert first == again
    assert other["error"]["code"] == "key_reused"
    await visitor.text("hello")
    assert len(visitor.messages) == 1


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"text": ""}, "invalid"),
        ({"text": " \n\x00"}, "invalid"),
        ({"text": "x" * 4001}, "too_large"),
        ({"text": "hello", "id": "a:b"}, "invalid"),
        ({"text": "hello", "conversation": "cv_00000000000000000000"}, "invalid"),
        ({"text": 7}, "invalid"),
    ],
)
async def test_a_message_that_cannot_be_is_refused(office: Office, fields: dict[str, object], code: str) -> None:
    visitor = await office.sockets.chat()
    assert await visitor.refusal("message", **fields) == code
    assert not [event for event in await office.journal() if event.conversation]


async def test_two_tabs_of_a_visitor_stay_in_step_from_the_first_message_on(office: Office) -> None:
    ana = await office.desk("ana", presence="available")
    one = await office.sockets.chat()
    two = await office.sockets.chat(resume_token=one.welcome["resume_token"])
    await asyncio.gather(one.do("message", text="from one"), two.do("message", text="from two"))
    await wait_until(lambda: len(one.messages) == len(two.messages) == 2, what="both messages in both tabs")
    conversation = one.messages[0]["conversation"]
    await office.accept(ana, conversation)
    await ana.do("reply", conversation=conversation, text="Hello, both of you.")
    await one.text("Hello, both of you.")
    await two.text("Hello, both of you.")
    assert one.messages == two.messages
    assert two.welcome["resumed"]


async def test_tabs_on_two_daemons_stay_in_step(office: Office, settings: Settings) -> None:
    one = await office.sockets.chat()
    async with open_office(settings) as other:
        two = await other.sockets.chat(resume_token=one.welcome["resume_token"])
        await one.do("message", text="from one")
        await two.text("from one")
        await two.do("message", text="from two")
        await one.text("from two")
        assert one.messages == two.messages


async def test_a_reconnect_shows_what_was_missed_once(office: Office) -> None:
    ana = await office.desk("ana", presence="available")
    visitor = await office.sockets.chat()
    conversation = await office.talk(ana, visitor)
    await visitor.close()
    for number in range(5):
        await ana.do("reply", conversation=conversation, text=f"missed {number}")
        await ana.do("add_note", conversation=conversation, text=f"note {number}")
    back = await office.sockets.chat(**visitor.resume)
    await ana.do("reply", conversation=conversation, text="the last")
    await back.text("the last")
    assert back.welcome["resumed"]
    assert back.texts == [*(f"missed {number}" for number in range(5)), "the last"]


async def test_a_long_history_comes_whole_and_in_order(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat_view, "PAGE", 7)
    ana = await office.desk("ana", presence="available")
    visitor = await office.sockets.chat()
    conversation = await office.talk(ana, visitor)
    seen = visitor.resume
    await visitor.close()
    for number in range(40):
        await ana.do("reply", conversation=conversation, text=f"line {number}")
    back = await office.sockets.chat(**seen)
    await back.text("line 39")
    assert back.texts == [f"line {number}" for number in range(40)]


async def test_messages_that_come_while_a_visitor_connects_are_neither_missed_nor_doubled(office: Office) -> None:
    ana = await office.desk("ana", presence="available")
    visitor = await office.sockets.chat()
    conversation = await office.talk(ana, visitor)
    replies = asyncio.gather(*(ana.do("reply", conversation=conversation, text=str(n)) for n in range(30)))
    back = await office.sockets.chat(resume_token=visitor.welcome["resume_token"])
    await replies
    await wait_until(lambda: len(visitor.messages) >= 31 and len(back.messages) >= 31, what="all messages")
    numbers = [[message["number"] for message in tab.messages] for tab in (visitor, back)]
    assert numbers == [list(range(1, 32))] * 2


async def test_a_waiting_visitor_is_told_their_position(office: Office) -> None:
    first, second = await office.sockets.chat(), await office.sockets.chat()
    await first.do("message", text="hello")
    await second.do("message", text="hello")
    await first.state(state="waiting", position=1)
    await second.state(state="waiting", position=2)
    ana = await office.desk("ana", presence="away")
    await ana.do("assign", conversation=first.messages[0]["conversation"])
    await second.state(state="waiting", position=1)


async def test_after_the_end_another_message_goes_on(office: Office) -> None:
    ana = await office.desk("ana", presence="available")
    visitor = await office.sockets.chat()
    conversation = await office.talk(ana, visitor)
    await ana.do("close", conversation=conversation)
    await visitor.state(state="closed")
    back = await office.sockets.chat(resume_token=visitor.welcome["resume_token"])
    assert back.welcome["conversation"]["state"] == "closed"
    sent = await back.do("message", text="One more thing.")
    assert sent == {"conversation": conversation, "number": 2}
    await back.state(state="assigned", associate="Ana Ruiz")
    await visitor.text("One more thing.")
    assert back.texts == visitor.texts == ["hello", "One more thing."]


async def test_marks_of_the_visitor_reach_the_desk(office: Office) -> None:
    ana = await office.desk("ana", presence="available")
    visitor = await office.sockets.chat()
    conversation = await office.talk(ana, visitor)
    await ana.do("reply", conversation=conversation, text="Read this.")
    await visitor.text("Read this.")
    await visitor.send(type="delivered", number=2)
    await ana.event("MarksMoved", data={"delivered": 2, "read": 0})
    await visitor.send(type="read", number=1_000_000)
    moved = await ana.event("MarksMoved", data={"delivered": 2, "read": 2})
    assert moved["conversation"] == conversation


async def test_nobody_sees_the_conversation_of_another_session(office: Office) -> None:
    ana = await office.desk("ana", presence="available")
    victim = await office.sockets.chat()
    conversation = await office.talk(ana, victim, "a secret")
    thief = await office.sockets.chat(conversation=conversation, after=0)
    await thief.do("message", text="hello")
    await thief.text("hello")
    assert thief.welcome["conversation"] is None
    assert {message["conversation"] for message in thief.messages} != {conversation}
    assert "secret" not in str([thief.welcome, thief.frames])


async def test_an_external_id_that_names_a_session_opens_nothing_to_it(office: Office) -> None:
    visitor = await office.sockets.chat()
    await visitor.do("message", id="m1", text="hello")
    own = await visitor.text("hello")
    address = (await office.parts.store.views.conversation(ConversationId(own["conversation"]))).address
    foreign = InboundMessage(
        channel=Channel.API,
        endpoint=EndpointId("default"),
        external_id=f"{address}:m2",
        sender=Sender("somebody else"),
        text="a secret",
    )
    await office.parts.intake.receive(foreign)
    await visitor.do("message", text="still here")
    await visitor.text("still here")
    assert visitor.texts == ["hello", "still here"]


@pytest.mark.parametrize("token", ["nonsense", "", None])
async def test_an_unknown_token_begins_a_new_session(office: Office, token: str | None) -> None:
    visitor = await office.sockets.chat(resume_token=token)
    assert not visitor.welcome["resumed"]
    assert visitor.welcome["resume_token"] not in ("", "nonsense")


async def test_a_token_is_good_on_its_own_endpoint_only(office: Office) -> None:
    visitor = await office.sockets.chat()
    await visitor.do("message", text="hello")
    elsewhere = await office.sockets.chat(endpoint="help", resume_token=visitor.welcome["resume_token"])
    assert not elsewhere.welcome["resumed"]
    assert elsewhere.welcome["conversation"] is None


async def test_redis_never_sees_a_resume_token(office: Office) -> None:
    visitor = await office.sockets.chat()
    await visitor.do("message", text="hello")
    call, root = office.parts.store.pipeline.call, office.parts.store.root
    _, keys = await call("SCAN", 0, "MATCH", f"{root}:*", "COUNT", 100_000)
    kept = [await call("DUMP", key) for key in keys]
    assert len(keys) > 5
    assert visitor.welcome["resume_token"] not in str([keys, kept])


async def test_pages_of_other_sites_may_not_open_a_chat(office: Office) -> None:
    for origin in ("https://evil.example", CONSOLE, "null"):
        with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
            await office.sockets.chat(headers={"Origin": origin})
        assert refusal.value.status == 403
    welcome = (await office.sockets.chat(headers={"Origin": SHOP})).welcome
    own = (await office.sockets.chat(endpoint="help", headers={"Origin": office.sockets.url})).welcome
    assert [welcome["resumed"], own["resumed"]] == [False, False]


@pytest.mark.parametrize("endpoint", ["help", "nowhere"])
async def test_a_site_may_open_the_chats_that_name_it_and_no_others(office: Office, endpoint: str) -> None:
    client = await office.sockets.raw("/v1/chat", Origin=SHOP)
    await client.send(type="hello", endpoint=endpoint)
    assert await client.ended() == CLOSE_UNKNOWN


async def test_visitors_come_and_write_at_a_bounded_rate(office: Office) -> None:
    visitors = [await office.sockets.chat() for _ in range(4)]
    fifth = await office.sockets.raw("/v1/chat")
    await fifth.send(type="hello", endpoint="web")
    assert await fifth.ended() == CLOSE_MANY
    resumed = await office.sockets.chat(resume_token=visitors[0].welcome["resume_token"])
    assert resumed.welcome["resumed"]
    answers = [await visitors[1].ask("message", text=f"{number}") for number in range(25)]
    assert [answer["ok"] for answer in answers].count(True) == 20
    assert answers[-1]["error"]["code"] == "too_many_requests"


async def test_a_daemon_that_stops_says_goodbye_to_visitors(office: Office) -> None:
    visitor = await office.sockets.chat()
    office.parts.stopping.set()
    assert await visitor.ended() == CLOSE_GOING
    assert visitor.frames[-1] == {"type": "goodbye", "reason": "restarting"}


@pytest.mark.parametrize("text", ["", "[]", '{"type":"hello","endpoint":"web"}', '{"type":"message","text":"no id"}'])
async def test_a_malformed_frame_is_answered_with_an_error(office: Office, text: str) -> None:
    visitor = await office.sockets.chat()
    await visitor.socket.send_str(text)
    assert (await visitor.frame("error"))["error"]["code"] == "invalid"
    await visitor.do("ping")


async def test_a_visitor_whose_conversation_was_erased_begins_another_one(office: Office) -> None:
    boss = await office.desk(None, role=Role.ADMIN)
    visitor = await office.sockets.chat()
    await visitor.do("message", id="m1", text="my number is 0151 23456")
    await visitor.text("my number is 0151 23456")
    erased = ConversationId(visitor.messages[0]["conversation"])
    await office.parts.desk.close(supervisor(), erased)
    await visitor.state(state="closed")
    await office.parts.desk.erase(admin(), erased)
    await boss.event("ConversationErased", conversation=erased)
    back = await office.sockets.chat(**visitor.resume)
    assert back.welcome["messages"] == []
    for client, text in [(visitor, "still-here"), (back, "me-too")]:
        await client.do("message", id=text, text=text)
        assert (await client.text(text))["conversation"] != erased
