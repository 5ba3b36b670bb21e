"""The desk's socket from its hello to the first answer."""

from tests.service.sockets.conftest import Office


async def test_a_message_reaches_a_desk_and_the_answer_goes_back(office: Office) -> None:
    ana = await office.desk("ana", presence="available")
    accepted = await office.write("Where is my parcel?")
    offer = await ana.event("OfferMade", conversation=accepted.conversation)
    assert offer["data"]["why"]
    assert offer["data"]["due_at"]
    await ana.do("accept_offer", conversation=accepted.conversation, offer=offer["data"]["offer"])
    reply = await ana.do("reply", conversation=accepted.conversation, text="It is on its way.")
    assert reply["number"] == 2
    sent = await ana.event("MessageSent", conversation=accepted.conversation)
    assert sent["data"]["message"]["text"] == "It is on its way."
