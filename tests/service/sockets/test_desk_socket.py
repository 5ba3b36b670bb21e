"""The desk's socket: what it shows, what it does, and what it refuses."""

from typing import Any

import pytest

from duetime.service.access import Role
from duetime.service.sockets.frames import CLOSE_RULES
from tests.service.sockets.office import Office

NOBODYS = "cv_00000000000000000000"


async def test_a_message_reaches_a_desk_and_the_answer_goes_back(office: Office) -> None:
    ana = await office.desk("ana", presence="available")
    accepted = await office.write("Where is my parcel?")
    await office.accept(ana, accepted.conversation)
    reply = await ana.do("reply", conversation=accepted.conversation, text="It is on its way.")
    assert reply["number"] == 2
    sent = await ana.event("MessageSent", conversation=accepted.conversation)
    assert sent["data"]["message"]["text"] == "It is on its way."


async def test_an_offer_says_why_and_until_when(office: Office) -> None:
    ana = await office.desk("ana", presence="available")
    accepted = await office.write()
    offer = await ana.event("OfferMade", conversation=accepted.conversation)
    assert offer["data"]["why"]["by"] == "arrival"
    assert offer["data"]["expires_at"] > offer["at"]
    assert offer["data"]["due_at"] > offer["at"]


async def test_a_snapshot_has_what_the_associate_holds_with_its_messages(office: Office) -> None:
    ana = await office.desk("ana", presence="available")
    accepted = await office.write("first")
    await office.accept(ana, accepted.conversation)
    await office.write("second")
    again = await office.desk("ana")
    snapshot = again.frames[0]
    [held] = snapshot["conversations"]
    assert snapshot["associate"]["presence"] == "available"
    assert held["conversation"]["state"] == "assigned"
    assert [message["text"] for message in held["messages"]] == ["first", "second"]


async def test_the_whole_work_on_a_conversation_goes_over_the_socket(office: Office) -> None:
    ana = await office.desk("ana", presence="available")
    conversation = (await office.write()).conversation
    await office.accept(ana, conversation)
    note = await ana.do("add_note", conversation=conversation, text="A known customer.")
    parked = await ana.do("park", conversation=conversation)
    woken = await ana.do("wake", conversation=conversation, version=parked["version"])
    taken = await ana.do("assign", conversation=conversation) if woken["state"] == "waiting" else woken
    moved = await ana.do("transfer", conversation=conversation, queue="later", briefing="Needs a call.")
    assert [note["kind"], parked["state"], taken["state"], moved["queue"]] == ["note", "parked", "assigned", "later"]
    await office.accept(ana, conversation)
    history = await ana.do("history", conversation=conversation)
    assert [message.get("kind", "message") for message in history["messages"]] == ["message", "note", "briefing"]
    wrapping = await ana.do("close", conversation=conversation, disposition="solved")
    closed = await ana.do("finish_wrap_up", conversation=conversation)
    assert [wrapping["state"], closed["state"], closed["disposition"]] == ["wrap_up", "closed", "solved"]


async def test_a_declined_offer_goes_to_somebody_else(office: Office) -> None:
    ana = await office.desk("ana", presence="available")
    conversation = (await office.write()).conversation
    offer = await ana.event("OfferMade", conversation=conversation)
    ben = await office.desk("ben", presence="available")
    nothing = await ana.do("decline_offer", conversation=conversation, offer=offer["data"]["offer"], reason="break")
    assert nothing is None
    await office.accept(ben, conversation)
    assert (await ana.event("OfferDeclined"))["data"]["reason"] == "break"


async def test_two_desks_of_one_associate_stay_in_step(office: Office) -> None:
    one = await office.desk("ana", presence="available")
    two = await office.desk("ana")
    conversation = (await office.write()).conversation
    await office.accept(two, conversation)
    await one.do("reply", conversation=conversation, text="from the first desk")
    await two.do("close", conversation=conversation)
    for desk in (one, two):
        await desk.event("ConversationClosed", conversation=conversation)
    start = two.frames[0]["cursor"]
    seen_by_one = [event for event in one.events if event["cursor"] > start]
    assert seen_by_one == two.events


async def test_an_associate_sees_only_what_concerns_them(office: Office) -> None:
    ana = await office.desk("ana", presence="available")
    ben = await office.desk("ben")
    conversation = (await office.write("a secret")).conversation
    await office.accept(ana, conversation)
    await ana.do("close", conversation=conversation)
    await ben.do("set_presence", presence="away")
    await ben.event("PresenceChanged")
    assert {event["associate"] for event in ben.events} == {"ben"}
    assert "secret" not in str(ben.frames)


async def test_a_supervisor_watches_everything(office: Office) -> None:
    boss = await office.desk(None, role=Role.SUPERVISOR)
    ana = await office.desk("ana", presence="available")
    conversation = (await office.write()).conversation
    await office.accept(ana, conversation)
    await boss.event("OfferAccepted", conversation=conversation)
    assert boss.frames[0]["associate"] is None
    start = boss.frames[0]["cursor"]
    assert [event["cursor"] for event in boss.events] == [
        event.cursor for event in await office.journal() if event.cursor > start
    ]


async def test_a_supervisor_has_no_own_presence_but_sets_that_of_others(office: Office) -> None:
    boss = await office.desk(None, role=Role.SUPERVISOR)
    await office.desk("ana", presence="available")
    assert await boss.refusal("set_presence", presence="busy") == "invalid"
    changed = await boss.do("set_presence", presence="busy", associate="ana")
    assert changed["presence"] == "busy"


@pytest.mark.parametrize(
    ("request_type", "fields"),
    [
        ("accept_offer", {"offer": 1}),
        ("decline_offer", {"offer": 1}),
        ("reply", {"text": "hello"}),
        ("add_note", {"text": "hello"}),
        ("park", {}),
        ("wake", {}),
        ("close", {}),
        ("finish_wrap_up", {}),
        ("transfer", {"queue": "later"}),
        ("history", {}),
    ],
)
async def test_a_conversation_of_somebody_else_is_answered_like_none(
    office: Office, request_type: str, fields: dict[str, Any]
) -> None:
    ana = await office.desk("ana", presence="available")
    conversation = (await office.write()).conversation
    await office.accept(ana, conversation)
    ben = await office.desk("ben")
    foreign = await ben.ask(request_type, conversation=conversation, **fields)
    absent = await ben.ask(request_type, conversation=NOBODYS, **fields)
    assert foreign["error"]["code"] == "not_found"
    assert str(foreign["error"]).replace(conversation, NOBODYS) == str(absent["error"])


async def test_a_reply_that_is_sent_again_is_taken_once(office: Office) -> None:
    ana = await office.desk("ana", presence="available")
    conversation = (await office.write()).conversation
    await office.accept(ana, conversation)
    first = await ana.do("reply", conversation=conversation, text="Hello!", client_id="c1")
    again = await ana.do("reply", conversation=conversation, text="Hello!", client_id="c1")
    assert first == again
    history = await ana.do("history", conversation=conversation, after=1)
    assert len(history["messages"]) == 1


async def test_a_stale_version_is_refused(office: Office) -> None:
    ana = await office.desk("ana", presence="available")
    conversation = (await office.write()).conversation
    await office.accept(ana, conversation)
    assert await ana.refusal("close", conversation=conversation, version=1) == "stale"


@pytest.mark.parametrize(
    "fields",
    [
        {"type": "dance", "id": "1"},
        {"type": "close", "id": "1"},
        {"type": "close", "id": "1", "conversation": NOBODYS, "loud": True},
        {"type": "close", "id": "1", "conversation": "cv_1"},
        {"type": "close", "id": "1", "conversation": NOBODYS + "\n"},
        {"type": "reply", "id": "1", "conversation": NOBODYS, "text": ""},
        {"type": "accept_offer", "id": "1", "conversation": NOBODYS, "offer": "1"},
        {"type": "history", "id": "1", "conversation": NOBODYS, "limit": 100_000},
        {"type": "set_presence", "id": "1", "presence": "asleep"},
    ],
)
async def test_a_malformed_request_is_answered_under_its_id(office: Office, fields: dict[str, object]) -> None:
    ana = await office.desk("ana")
    await ana.send(**fields)
    await ana.do("ping")
    assert ana.results["1"]["error"]["code"] == "invalid"


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", "7", '{"type":"ping"}', '{"id":{}}', "[" * 60_000, '"\\ud800"']
)
async def test_a_malformed_frame_without_id_is_answered_with_an_error(office: Office, text: str) -> None:
    ana = await office.desk("ana")
    await ana.socket.send_str(text)
    error = await ana.frame("error")
    assert error["error"]["code"] == "invalid"
    await ana.do("ping")


async def test_repeated_garbage_ends_the_connection(office: Office) -> None:
    ana = await office.desk("ana")
    for _ in range(9):
        await ana.socket.send_bytes(b"\x00")
    await ana.do("ping")
    for _ in range(10):
        await ana.socket.send_str("garbage")
    assert await ana.ended() == CLOSE_RULES


async def test_a_message_over_the_limit_ends_the_connection(office: Office) -> None:
    ana = await office.desk("ana")
    await ana.send(type="reply", id="1", conversation=NOBODYS, text="x" * 70_000)
    assert await ana.ended() == 1009
