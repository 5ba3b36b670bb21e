"""Transcripts, messages that are left, and what happens to those who ask for too much."""

import pytest

from duetime.config.settings import Limits
from duetime.queues.outbox import Delivery
from duetime.router.ids import ConversationId
from duetime.router.message import Channel
from tests.service.chat.site import Page, signed
from tests.service.sockets.office import Office
from tests.waiting import wait_until

LEFT = {"email": "Mia@Customer.example", "text": "Call me back.\nIt is about my parcel."}


@pytest.fixture
def limits() -> Limits:
    return Limits(chat_messages_per_minute=20)


async def test_a_transcript_is_sent_where_the_visitor_asks_and_the_conversation_says_so(office: Office) -> None:
    visitor = await office.sockets.chat()
    sent = await visitor.do("message", text="hello")
    assert await visitor.do("transcript", email="mia@customer.example") is None
    conversation = ConversationId(sent["conversation"])
    (delivery,) = (await office.parts.store.outbox.deliveries(conversation)).values()
    assert (delivery.channel, delivery.endpoint, delivery.address) == (Channel.EMAIL, "support", "mia@customer.example")
    messages = await office.parts.store.views.messages(conversation, after=0, limit=10)
    assert "mia@customer.example" in messages[-1].text


async def test_what_a_visitor_who_is_gone_did_not_get_goes_on_by_email(office: Office) -> None:
    ana = await office.desk("ana", presence="available")
    visitor = await office.sockets.chat(identity=signed("7", email="mia@customer.example"))
    conversation = await office.talk(ana, visitor)
    await visitor.close()
    await ana.do("reply", conversation=conversation, text="It was sent today.")

    async def sent() -> list[Delivery]:
        return list((await office.parts.store.outbox.deliveries(conversation)).values())

    (delivery,) = await wait_until(sent)
    assert (delivery.channel, delivery.endpoint, delivery.address) == (Channel.EMAIL, "support", "mia@customer.example")


async def test_a_transcript_that_cannot_be_sent_is_refused(office: Office) -> None:
    visitor, elsewhere = await office.sockets.chat(), await office.sockets.chat(endpoint="help")
    assert await visitor.refusal("transcript", email="mia@customer.example") == "conflict"
    await visitor.do("message", text="hello")
    await elsewhere.do("message", text="hello")
    assert await visitor.refusal("transcript", email="mia@customer.example, eve@evil.example") == "invalid"
    assert await elsewhere.refusal("transcript", email="mia@customer.example") == "forbidden"


async def test_who_sees_part_of_a_conversation_has_no_transcript_of_it(office: Office) -> None:
    ana = await office.desk("ana", presence="available")
    first, second = await office.sockets.chat(), await office.sockets.chat()
    standing = await office.talk(ana, first, "something private")
    merged = await office.talk(ana, second)
    await ana.do("merge", conversation=standing, other=merged)
    await ana.do("reply", conversation=standing, text="To both of you.")
    await second.text("To both of you.")
    assert "something private" not in second.texts
    assert await second.refusal("transcript", email="mia@customer.example") == "forbidden"
    await first.do("transcript", email="mia@customer.example")


async def test_a_visitor_goes_along_when_conversations_are_merged_and_split_again(office: Office) -> None:
    ana = await office.desk("ana", presence="available")
    visitor, other = await office.sockets.chat(), await office.sockets.chat()
    theirs = await office.talk(ana, visitor, "it is me")
    standing = await office.talk(ana, other, "somebody else")
    await ana.do("merge", conversation=standing, other=theirs)
    await ana.do("reply", conversation=standing, text="To one of you.")
    await visitor.text("To one of you.")
    await ana.do("split", conversation=standing, other=theirs)
    await visitor.state(conversation=theirs)
    await ana.do("reply", conversation=standing, text="To the other one.")
    assert (await visitor.do("message", text="and I again"))["conversation"] == theirs
    await visitor.text("and I again")
    await other.text("To the other one.")
    assert visitor.texts == ["it is me", "To one of you.", "and I again"], "each once"


async def test_nobody_has_many_transcripts_sent(office: Office) -> None:
    visitor, other = await office.sockets.chat(), await office.sockets.chat()
    for one in (visitor, other):
        await one.do("message", text="hello")
    for number in range(3):
        await visitor.do("transcript", email=f"mia{number}@customer.example")
    assert await visitor.refusal("transcript", email="mia@customer.example") == "too_many_requests"
    for _ in range(2):
        await other.do("transcript", email="victim@customer.example")
    third = await office.sockets.chat(resume_token=other.welcome["resume_token"])
    await third.do("transcript", email="victim@customer.example")
    fresh = await office.sockets.chat()
    await fresh.do("message", text="hello")
    assert await fresh.refusal("transcript", email="Victim@customer.example") == "too_many_requests"


async def test_a_message_that_is_left_becomes_an_email_conversation(office: Office) -> None:
    visitor = await office.sockets.chat(language="de", page="https://shop.example/cart")
    assert await visitor.do("leave_message", id="l1", name="Mia", **LEFT) is None
    assert await visitor.do("leave_message", id="l1", name="Mia", **LEFT) is None
    (found,) = (await office.parts.store.views.conversations()).conversations
    assert (found.channel, found.endpoint, found.address) == (Channel.EMAIL, "support", "mia@customer.example")
    assert (found.doubted, found.contact_name, found.subject) == (True, "Mia", "Call me back.")
    assert found.attributes == {"form": "after hours", "page": "https://shop.example/cart"}
    assert (found.messages, found.language) == (1, "de")
    await visitor.do("ping")
    assert visitor.messages == []


@pytest.mark.parametrize(("email", "doubted"), [("mia@customer.example", False), ("boss@customer.example", True)])
async def test_only_a_signed_address_is_not_doubted(office: Office, email: str, doubted: bool) -> None:
    visitor = await office.sockets.chat(identity=signed("7", email="mia@customer.example"))
    await visitor.do("leave_message", email=email, text="Call me back.")
    (found,) = (await office.parts.store.views.conversations()).conversations
    assert found.doubted is doubted


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"email": "nobody"}, "invalid"),
        ({"email": "a@b.example\nBcc: c@d.example"}, "invalid"),
        ({"text": " \n"}, "invalid"),
        ({"text": "x" * 4001}, "too_large"),
        ({"name": "a\nb"}, "invalid"),
        ({"id": "a:b"}, "invalid"),
    ],
)
async def test_a_message_that_cannot_be_left_is_refused(office: Office, fields: dict[str, str], code: str) -> None:
    visitor = await office.sockets.chat()
    assert await visitor.refusal("leave_message", **{**LEFT, **fields}) == code
    assert (await office.parts.store.views.conversations()).conversations == []


async def test_a_chat_that_is_not_answered_by_email_takes_no_such_message(office: Office) -> None:
    visitor = await office.sockets.chat(endpoint="help")
    assert await visitor.refusal("leave_message", **LEFT) == "forbidden"


async def test_who_leaves_many_messages_is_slowed(office: Office) -> None:
    visitor, other = await office.sockets.chat(), await office.sockets.chat()
    for number in range(5):
        await visitor.do("leave_message", id=f"l{number}", **LEFT)
    assert await visitor.refusal("leave_message", id="l5", **LEFT) == "too_many_requests"
    await other.do("leave_message", **LEFT)


async def test_a_visitor_who_floods_is_slowed_and_others_are_not(office: Office, page: Page) -> None:
    flooder, other = await office.sockets.chat(), await office.sockets.chat()
    answers = [await flooder.ask("message", text=f"{number}") for number in range(21)]
    assert [answer["ok"] for answer in answers] == [True] * 20 + [False]
    assert answers[-1]["error"]["retry_after_s"] > 0
    token = flooder.welcome["resume_token"]
    (by_http,) = await page.send(token, {"type": "message", "id": "again", "text": "and over HTTP"})
    assert by_http["error"]["code"] == "too_many_requests"
    await other.do("message", text="hello")


async def test_a_session_that_asks_too_often_over_http_is_slowed(office: Office, page: Page) -> None:
    flooder, other = await office.sockets.chat(), await office.sockets.chat()
    batch = {"endpoint": "web", "resume_token": flooder.welcome["resume_token"]}
    pings = [{"type": "ping", "id": "p"}] * 20
    statuses = [(await page.ask("POST", "/v1/chat/send", {**batch, "frames": pings})).status for _ in range(4)]
    assert statuses == [200, 200, 429, 429]
    assert await page.send(other.welcome["resume_token"], {"type": "ping", "id": "p"})
