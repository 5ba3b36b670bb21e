"""A message from an integration, from the post to the poll of its answer."""

from tests.daemon import Daemon
from tests.journeys.desk import accept, offer_on


async def test_a_message_is_offered_answered_polled_closed_and_comes_back_to_who_knew_it(office: Daemon) -> None:
    ana = await office.desk("ana")
    accepted = await office.write("Where is my order?")
    conversation = accepted["conversation"]

    offer = await ana.event("OfferMade", conversation=conversation)
    assert offer["data"]["why"]["queue"] == "orders"
    assert offer["data"]["due_at"] - offer["at"] == 3_600_000
    assert offer["data"]["expires_at"] > offer["at"]

    await ana.do("accept_offer", conversation=conversation, offer=offer["data"]["offer"])
    await ana.do("reply", conversation=conversation, text="On its way, Maria.")
    assert await office.answers(conversation) == ["On its way, Maria."]

    closed = await ana.do("close", conversation=conversation, disposition="answered")
    assert closed["state"] == "wrap_up"
    finished = await ana.do("finish_wrap_up", conversation=conversation)
    assert (finished["state"], finished["disposition"]) == ("closed", "answered")

    # ben is freer than ana, and still she is asked: she knows it.
    await office.desk("ben")
    again = await office.write("It never came!")
    assert (again["conversation"], again["opened"]) == (conversation, False)
    woken = await ana.event("ConversationAssigned", conversation=conversation)
    assert woken["data"]["why"]["by"] == "woken"
    messages = await office.get(f"/v1/conversations/{conversation}/messages", office.tokens.integration)
    assert [message["number"] for message in messages] == [1, 2, 3]


async def test_the_integration_reads_no_notes_and_other_desks_see_nothing(office: Daemon) -> None:
    ana, tom = await office.desk("ana"), await office.desk("tom")
    conversation = (await office.write("Hello"))["conversation"]
    await accept(ana, conversation)

    await ana.do("add_note", conversation=conversation, text="A difficult one.")
    await ana.do("reply", conversation=conversation, text="Good morning.")

    assert await office.answers(conversation) == ["Good morning."]
    assert await tom.refusal("history", conversation=conversation) == "not_found"
    assert [event for event in tom.events if event.get("conversation")] == []


async def test_messages_wait_while_nobody_is_there_and_go_to_who_comes_in_their_order(office: Daemon) -> None:
    waiting = [(await office.write(f"Question {n}", who=f"contact-{n}"))["conversation"] for n in range(3)]
    assert [(await office.see(conversation))["state"] for conversation in waiting] == ["waiting"] * 3

    ana = await office.desk("ana")

    # Two units of capacity: the two that are due first, and the third when she has room again.
    for conversation in waiting[:2]:
        await accept(ana, conversation)
    assert (await office.see(waiting[2]))["state"] == "waiting"
    await ana.do("close", conversation=waiting[0])
    await accept(ana, waiting[2])


async def test_a_declined_offer_goes_to_a_colleague(office: Daemon) -> None:
    ana = await office.desk("ana")
    conversation = (await office.write("Hello"))["conversation"]
    offer = await offer_on(ana, conversation)
    ben = await office.desk("ben")

    await ana.do("decline_offer", conversation=conversation, offer=offer, reason="not mine")

    await accept(ben, conversation)
    declined = await ana.event("OfferDeclined", conversation=conversation)
    assert declined["data"]["reason"] == "not mine"
    assert await ana.refusal("accept_offer", conversation=conversation, offer=offer) in ("not_found", "offer_gone")


async def test_a_declined_offer_returns_to_the_only_associate(office: Daemon) -> None:
    ana = await office.desk("ana")
    conversation = (await office.write("Hello"))["conversation"]
    first = await offer_on(ana, conversation)

    await ana.do("decline_offer", conversation=conversation, offer=first)

    again = await offer_on(ana, conversation, after=first)
    held = await ana.do("accept_offer", conversation=conversation, offer=again)
    assert held["associate"] == "ana"


async def test_a_technician_has_it_at_once_where_offers_are_not_asked(office: Daemon) -> None:
    tom = await office.desk("tom")
    conversation = (await office.write("My router is dead"))["conversation"]

    assigned = await tom.event("ConversationAssigned", conversation=conversation)
    assert assigned["data"]["why"]["by"] == "arrival"
    await tom.do("reply", conversation=conversation, text="Pull the plug.")
    assert await office.answers(conversation) == ["Pull the plug."]
