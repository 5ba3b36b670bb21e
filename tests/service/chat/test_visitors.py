"""Whose session it is, and what is known of the visitor."""

import pytest

from duetime.queues.records import Contact, Conversation
from duetime.router.ids import ConversationId, SessionId
from duetime.service.sockets.frames import CLOSE_RULES, CLOSE_UNKNOWN
from tests.service.chat.site import hashed, signed
from tests.service.sockets.clients import ChatClient
from tests.service.sockets.office import Office


async def contact_of(office: Office, address: str) -> Contact:
    found = await office.parts.store.contacts.by_address("chat", address)
    assert found is not None
    return found


async def write(office: Office, visitor: ChatClient, text: str = "hello") -> Conversation:
    sent = await visitor.do("message", text=text)
    return await office.parts.store.views.conversation(ConversationId(sent["conversation"]))


async def test_a_signed_visitor_is_known_by_what_the_site_says(office: Office) -> None:
    token = signed("7", name="Mia", email="mia@customer.example", phone="+4930123456")
    visitor = await office.sockets.chat(identity=token, name="Eve")
    assert (visitor.welcome["identified"], visitor.welcome["contact_name"]) == (True, "Mia")
    conversation = await write(office, visitor)
    assert conversation.contact_name == "Mia"
    contact = await contact_of(office, "@web/7")
    assert contact == await contact_of(office, conversation.address)
    assert {"email:mia@customer.example", "sms:+4930123456"} <= set(contact.proven)
    assert (contact.id, contact.name) == (conversation.contact, "Mia")


async def test_an_anonymous_visitor_who_signs_in_keeps_their_history(office: Office) -> None:
    anonymous = await office.sockets.chat(name="Mia")
    assert (anonymous.welcome["identified"], anonymous.welcome["contact_name"]) == (False, "Mia")
    anonymous_address = (await write(office, anonymous, "where is it?")).address
    member = await office.sockets.chat(resume_token=anonymous.welcome["resume_token"], identity=signed("7"))
    assert (member.welcome["resumed"], member.welcome["identified"], member.texts) == (True, True, ["where is it?"])
    again = await office.sockets.chat(resume_token=anonymous.welcome["resume_token"], identity=hashed("7"))
    assert again.welcome["resumed"]
    assert (await contact_of(office, "@web/7")).id == (await contact_of(office, anonymous_address)).id


@pytest.mark.parametrize("identity", [None, signed("8")])
async def test_a_session_of_a_user_is_nobody_else_s(office: Office, identity: str | None) -> None:
    mine = await office.sockets.chat(identity=signed("7"))
    await write(office, mine, "my secret")
    other = await office.sockets.chat(resume_token=mine.welcome["resume_token"], identity=identity)
    assert not other.welcome["resumed"]
    assert other.welcome["resume_token"] != mine.welcome["resume_token"]
    assert (other.welcome["identified"], other.welcome["conversation"]) == (identity is not None, None)
    back = await office.sockets.chat(resume_token=mine.welcome["resume_token"], identity=signed("7"))
    assert back.texts == ["my secret"]


async def test_a_user_finds_their_chat_on_every_device(office: Office) -> None:
    ana = await office.desk("ana", presence="available")
    phone = await office.sockets.chat(identity=signed("7"))
    conversation = await office.talk(ana, phone, "from my phone")
    laptop = await office.sockets.chat(identity=signed("7"))
    assert (laptop.welcome["resumed"], laptop.welcome["resume_token"]) != (True, phone.welcome["resume_token"])
    assert await laptop.do("message", text="from my laptop") == {"conversation": conversation, "number": 2}
    await phone.text("from my laptop")
    await laptop.text("from my phone")


async def test_a_session_that_somebody_else_turned_out_to_have_used_is_not_taken_over(office: Office) -> None:
    anonymous = await office.sockets.chat()
    found = await write(office, anonymous, "my secret")
    store = office.parts.store
    await store.contacts.identify(store.clock(), found.contact, SessionId(found.address), "web/8", [], None)
    member = await office.sockets.chat(resume_token=anonymous.welcome["resume_token"], identity=signed("7"))
    assert (member.welcome["resumed"], member.welcome["identified"], member.texts) == (False, True, [])


@pytest.mark.parametrize(
    ("endpoint", "identity", "code", "close_code"),
    [
        ("web", "nonsense", "unauthenticated", CLOSE_UNKNOWN),
        ("web", signed("7", exp=1), "unauthenticated", CLOSE_UNKNOWN),
        ("web", signed("7", aud="members"), "unauthenticated", CLOSE_UNKNOWN),
        ("members", None, "unauthenticated", CLOSE_UNKNOWN),
        ("help", signed("7"), "invalid", CLOSE_RULES),
    ],
)
async def test_an_identity_that_proves_nothing_opens_nothing(
    office: Office, endpoint: str, identity: str | None, code: str, close_code: int
) -> None:
    client = await office.sockets.raw("/v1/chat")
    await client.send(type="hello", endpoint=endpoint, identity=identity)
    assert (await client.frame("error"))["error"]["code"] == code
    assert await client.ended() == close_code


async def test_an_anonymous_visitor_s_messages_are_not_verified_and_a_user_s_are(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified: list[bool] = []
    receive = office.parts.intake.receive

    async def watched(message, **options):  # type: ignore[no-untyped-def]
        verified.append(message.sender.verified)
        return await receive(message, **options)

    monkeypatch.setattr(office.parts.intake, "receive", watched)
    await write(office, await office.sockets.chat())
    await write(office, await office.sockets.chat(identity=signed("7")))
    assert verified == [False, True]


async def test_an_identity_that_could_not_be_kept_is_tried_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*args: object) -> None:
        raise ConnectionError("away")

    anonymous = await office.sockets.chat()
    token = anonymous.welcome["resume_token"]
    with monkeypatch.context() as patched:
        patched.setattr(office.parts.store.contacts, "identify", broken)
        client = await office.sockets.raw("/v1/chat")
        await client.send(type="hello", endpoint="web", resume_token=token, identity=signed("7"))
        await client.ended()
    member = await office.sockets.chat(resume_token=token, identity=signed("7"))
    assert member.welcome["identified"]
    assert (await contact_of(office, "@web/7")).proven


async def test_what_a_visitor_answers_is_shown_with_the_conversation(office: Office) -> None:
    answers = {"mail": "Mia@Customer.example", "who": "Mia", "about": "An order"}
    page = "https://shop.example/cart?x=" + "y" * 1000
    visitor = await office.sockets.chat(endpoint="form", form=answers, page=page, name="Somebody")
    assert visitor.welcome["contact_name"] == "Mia"
    conversation = await write(office, visitor)
    assert conversation.contact_name == "Mia"
    assert conversation.attributes == {
        "form.mail": "mia@customer.example",
        "form.who": "Mia",
        "form.about": "An order",
        "email": "mia@customer.example",
        "page": page[:500],
    }


@pytest.mark.parametrize("form", [{}, {"mail": "nonsense"}, {"mail": "a@b.example", "vip": "yes"}])
async def test_a_form_with_a_wrong_answer_is_refused_by_its_field(office: Office, form: dict[str, str]) -> None:
    client = await office.sockets.raw("/v1/chat")
    await client.send(type="hello", endpoint="form", form=form)
    error = (await client.frame("error"))["error"]
    assert (error["code"], error["field"]) == ("invalid", "vip" if "vip" in form else "mail")


async def test_nobody_begins_a_conversation_before_the_form_is_filled_in(office: Office) -> None:
    visitor = await office.sockets.chat(endpoint="form")
    result = await visitor.ask("message", text="hello")
    assert (result["error"]["code"], result["error"]["field"]) == ("invalid", "mail")
    token = visitor.welcome["resume_token"]
    filled = await office.sockets.chat(endpoint="form", resume_token=token, form={"mail": "a@b.example"})
    await write(office, filled)
    back = await office.sockets.chat(endpoint="form", resume_token=token)
    await write(office, back, "and one more thing")
    member = await office.sockets.chat(endpoint="form", identity=signed("7", email="mia@customer.example"))
    await write(office, member)


@pytest.mark.parametrize("page", ["javascript:alert(1)", "ftp://x", "https://a b", "http://" + "x" * 2000])
async def test_a_page_is_a_web_address(office: Office, page: str) -> None:
    client = await office.sockets.raw("/v1/chat")
    await client.send(type="hello", endpoint="web", page=page)
    assert await client.ended() == CLOSE_RULES
