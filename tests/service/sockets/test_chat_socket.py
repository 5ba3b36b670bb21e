"""The visitors' socket: who they are, what they see, and what they never see."""

from tests.service.sockets.conftest import SHOP, Office


async def test_a_visitor_writes_and_is_answered(office: Office) -> None:
    ana = await office.desk("ana", presence="available")
    visitor = await office.sockets.chat(name="Mia")
    sent = await visitor.do("message", id="m1", text="Is somebody there?")
    offer = await ana.event("OfferMade", conversation=sent["conversation"])
    await ana.do("accept_offer", conversation=sent["conversation"], offer=offer["data"]["offer"])
    await visitor.state(state="assigned", associate="Ana Ruiz")
    await ana.do("reply", conversation=sent["conversation"], text="Yes, I am.")
    answer = await visitor.text("Yes, I am.")
    assert (answer["author"], answer["name"]) == ("associate", "Ana Ruiz")
    assert visitor.texts == ["Is somebody there?", "Yes, I am."]
    assert [m.get("client_id") for m in visitor.messages] == ["m1", None]


async def test_a_note_never_reaches_a_visitor(office: Office) -> None:
    ana = await office.desk("ana", presence="available")
    visitor = await office.sockets.chat()
    sent = await visitor.do("message", id="m1", text="hello")
    offer = await ana.event("OfferMade")
    await ana.do("accept_offer", conversation=sent["conversation"], offer=offer["data"]["offer"])
    await ana.do("add_note", conversation=sent["conversation"], text="He is angry.")
    await ana.do("reply", conversation=sent["conversation"], text="Good morning.")
    await visitor.text("Good morning.")
    again = await office.sockets.chat(resume_token=visitor.welcome["resume_token"])
    assert visitor.texts == again.texts == ["hello", "Good morning."]
    assert "angry" not in str(visitor.frames) + str(again.frames)
