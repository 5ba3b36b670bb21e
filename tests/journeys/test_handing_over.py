"""Conversations that change hands, rest, and return."""

from tests.daemon import Daemon
from tests.journeys.desk import accept, offer_on
from tests.waiting import wait_until


async def test_a_transfer_to_a_queue_brings_its_briefing_and_keeps_its_due_time(office: Daemon) -> None:
    ana, tom = await office.desk("ana"), await office.desk("tom")
    conversation = (await office.write("It blinks red"))["conversation"]
    held = await accept(ana, conversation)

    await ana.do("transfer", conversation=conversation, queue="tech", briefing="She has the old model.")

    assigned = await tom.event("ConversationAssigned", conversation=conversation)
    assert assigned["data"]["due_at"] == held["due_at"]
    shown = await tom.do("history", conversation=conversation)
    assert [(m["kind"], m["text"]) for m in shown["messages"][1:]] == [("briefing", "She has the old model.")]
    await ana.event("ConversationTransferred", conversation=conversation)
    assert await ana.refusal("reply", conversation=conversation, text="And?") == "conflict"
    assert await office.answers(conversation) == []


async def test_a_transfer_to_a_person_waits_for_that_person(office: Daemon) -> None:
    ana, ben = await office.desk("ana"), await office.desk("ben")
    conversation = (await office.write("Hello"))["conversation"]
    giver, taker = (ana, ben) if (await office.see(conversation))["associate"] == "ana" else (ben, ana)
    name = {id(ana): "ana", id(ben): "ben"}[id(taker)]
    await accept(giver, conversation)
    await taker.do("set_presence", presence="busy")

    await giver.do("transfer", conversation=conversation, associate=name, briefing="Yours.")

    assert (await office.see(conversation))["line"] == f"@{name}/api"
    await taker.do("set_presence", presence="available")
    await accept(taker, conversation)


async def test_a_parked_conversation_wakes_by_a_message_and_returns_to_its_associate(office: Daemon) -> None:
    ana = await office.desk("ana")
    conversation = (await office.write("Hello"))["conversation"]
    await accept(ana, conversation)
    await ana.do("reply", conversation=conversation, text="Which number?")

    parked = await ana.do("park", conversation=conversation)
    assert (parked["state"], parked["park_reason"]) == ("parked", "awaiting_contact")
    assert (await office.get("/v1/associates/ana"))["load_units"] == 0

    await office.desk("ben")
    assert (await office.write("Number 7"))["conversation"] == conversation
    await ana.event("ConversationWoken", conversation=conversation)
    await ana.event("ConversationAssigned", conversation=conversation)


async def test_a_snoozed_conversation_comes_back_at_its_time(office: Daemon) -> None:
    ana = await office.desk("ana")
    conversation = (await office.write("Hello"))["conversation"]
    at = (await accept(ana, conversation))["arrived_at"]

    await ana.do("park", conversation=conversation, wake_at=at + 1500)

    woken = await ana.event("ConversationWoken", conversation=conversation)
    assert woken["data"] == {"by": "timer"}
    assert woken["at"] >= at + 1500
    await ana.event("ConversationAssigned", conversation=conversation)


async def test_a_skill_given_live_routes_what_waits_at_once(office: Daemon) -> None:
    ana = await office.desk("ana")
    conversation = (await office.write("Guten Tag", language="de"))["conversation"]
    assert (await office.see(conversation))["state"] == "waiting"

    before = await office.get("/v1/associates/ana")
    answer = await office.call(
        "PATCH",
        "/v1/associates/ana",
        {"skills": {"german": 4}},
        token=office.tokens.admin,
        If_Match=f'"{before["profile"]["version"]}"',
    )
    assert answer.status == 200
    await accept(ana, conversation)


async def test_a_full_associate_gets_nothing_more_until_there_is_room(office: Daemon) -> None:
    ana = await office.desk("ana")
    conversations = [(await office.write("Hello", who=f"contact-{n}"))["conversation"] for n in range(3)]
    for conversation in conversations[:2]:
        await accept(ana, conversation)

    third = await office.see(conversations[2])
    assert third["state"] == "waiting"
    assert await ana.refusal("assign", conversation=third["id"]) == "full"
    assert (await office.get("/v1/associates/ana"))["load_units"] == 2


async def test_an_override_is_recorded_and_shown(office: Daemon) -> None:
    ana = await office.desk("ana")
    conversations = [(await office.write("Hello", who=f"contact-{n}"))["conversation"] for n in range(3)]
    for conversation in conversations[:2]:
        await accept(ana, conversation)
    path = f"/v1/conversations/{conversations[2]}/assign"

    refused = await office.call("POST", path, {"associate": "ana"}, token=office.tokens.admin)
    assert (refused.status, refused.code) == (409, "full")
    given = await office.post(path, {"associate": "ana", "override": True})

    assert given["override"] is True
    assigned = await ana.event("ConversationAssigned", conversation=conversations[2])
    assert assigned["data"]["override"] is True
    shown = await office.get("/v1/associates/ana")
    assert (shown["load_units"], shown["over_units"]) == (3, 1)
    assert "Everything agrees" in office.examine()


async def test_what_an_associate_leaves_is_offered_to_a_colleague(office: Daemon) -> None:
    ana, ben = await office.desk("ana"), await office.desk("ben")
    conversation = (await office.write("Hello"))["conversation"]
    name = (await office.see(conversation))["associate"]
    leaver, stayer = (ana, ben) if name == "ana" else (ben, ana)
    await offer_on(leaver, conversation)

    await leaver.do("set_presence", presence="away")

    await leaver.event("OfferRescinded", conversation=conversation)
    await accept(stayer, conversation)


async def test_two_desks_of_one_associate_stay_in_step(office: Daemon) -> None:
    left, right = await office.desk("ana"), await office.desk("ana")
    conversation = (await office.write("Hello"))["conversation"]
    await accept(left, conversation)
    await right.event("OfferAccepted", conversation=conversation)
    await right.do("reply", conversation=conversation, text="From the other one")
    await left.event("MessageSent", conversation=conversation)

    await wait_until(lambda: left.events == right.events)
    numbers = [event["number"] for event in left.events if event.get("conversation")]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
