"""STOP ends our messages, START brings them back, HELP says who we are; and nobody writes to whoever opted out."""

from pathlib import Path

import pytest

from duetime.queues.journal import START
from duetime.router.conversation import State
from duetime.router.ids import EndpointId
from duetime.router.message import Author, DeliveryState, Kind
from tests.service.sms.office import KIM, OURS, TEXT, Office, open_office
from tests.service.sms.peer import Misbehaviour
from tests.waiting import wait_until


async def opted_out(office: Office, endpoint: EndpointId = TEXT) -> bool:
    return await office.api.parts.store.opt_outs.get(endpoint, KIM) is not None


async def said(office: Office, *texts: str) -> None:
    """The provider got these."""
    await wait_until(lambda: office.peer.texts == list(texts), 10, f"{texts} to be sent")


@pytest.mark.parametrize("word", ["STOP", " stop. ", "Arrêt", "ABMELDEN", "unsubscribe"])
async def test_who_writes_stop_is_told_so_and_opens_nothing(office: Office, word: str) -> None:
    await office.write(word)
    assert await opted_out(office)
    await said(office, "You will hear no more.")
    assert await office.conversations() == []


async def test_a_sentence_with_the_word_is_a_message(office: Office) -> None:
    await office.write("Stop sending me the blue ones")
    assert not await opted_out(office)
    assert (await office.the_conversation()).messages == 1


async def test_whoever_has_the_open_conversation_reads_it(office: Office) -> None:
    await office.write()
    await office.write("STOP")
    _, note = await office.history()
    assert (note.kind, note.author) == (Kind.NOTE, Author.SYSTEM)
    assert note.text.startswith(f"They wrote “STOP”: nothing more is sent to {KIM} from {OURS}")


async def test_a_stop_wakes_nothing_and_holds_for_one_number_alone(office: Office) -> None:
    await office.write()
    closed = (await office.the_conversation()).id
    await office.api.post(f"/v1/conversations/{closed}/close", {}, office.api.supervisor)
    await office.write("STOP")
    found = await office.the_conversation()
    assert (found.state, found.messages) == (State.CLOSED, 1)
    assert not await opted_out(office, EndpointId("sales"))


async def test_an_answer_to_who_opted_out_is_refused_at_once(office: Office) -> None:
    await office.write()
    await office.write("STOP")
    await said(office, "You will hear no more.")
    answer = await office.reply()
    assert (answer.status, answer.code) == (409, "opted_out")
    assert answer.body["detail"].startswith(f"{KIM} opted out of messages from this number (“STOP”).")
    assert answer.body["since"] > 0
    assert len(office.peer.taken) == 1


async def test_what_was_on_its_way_when_they_opted_out_does_not_leave(office: Office) -> None:
    office.peer.misbehaves = Misbehaviour.SAYS_500
    conversation = await office.answered()
    await office.tried(conversation)
    calls = office.peer.calls
    office.peer.misbehaves = Misbehaviour.NONE
    await office.write("STOP")
    await said(office, "You will hear no more.")
    await office.try_now(conversation)
    found = await office.reaches(conversation, DeliveryState.FAILED)
    assert found.reason == f"{KIM} opted out of messages from {OURS} (“STOP”)."
    assert office.peer.calls == calls + 1
    again = f"/v1/conversations/{conversation}/messages/2/send-again"
    assert (await office.api.post(again, {}, office.api.supervisor)).code == "opted_out"


async def test_start_lifts_it_and_is_no_message(office: Office) -> None:
    await office.write("STOP")
    await office.write("START")
    assert not await opted_out(office)
    await said(office, "You will hear no more.", "Welcome back.")
    assert await office.conversations() == []


@pytest.mark.parametrize("word", ["YES", "START"])
async def test_a_word_that_starts_is_a_message_of_who_did_not_stop(office: Office, word: str) -> None:
    await office.write(word)
    assert [message.text for message in await office.history()] == [word]
    assert office.peer.taken == []


async def test_yes_starts_for_who_had_stopped(office: Office) -> None:
    await office.write("STOP")
    await office.write("Yes!")
    assert not await opted_out(office)
    assert await office.conversations() == []


async def test_a_word_that_is_brought_again_changes_nothing(office: Office) -> None:
    for _ in range(2):
        await office.write("STOP", sid="SM1")
        await office.write("START", sid="SM2")
    assert not await opted_out(office)
    assert await office.conversations() == []
    await said(office, "You will hear no more.", "Welcome back.")


async def test_help_is_answered_once_an_hour_and_is_a_message_all_the_same(office: Office) -> None:
    for word in ("HELP", "help?", "Info"):
        await office.write(word)
    assert [message.text for message in await office.history()] == ["HELP", "help?", "Info"]
    await said(office, "Example Ltd.")


async def test_without_texts_words_are_obeyed_in_silence(redis_url: str, workspace: str, tmp_path: Path) -> None:
    async with open_office(redis_url, workspace, tmp_path, stop_text=None, start_text=None, help_text=None) as office:
        for word in ("STOP", "HELP", "START"):
            await office.write(word)
        await office.reply("hello")
        await said(office, "hello")


async def test_a_confirmation_that_the_provider_does_not_take_holds_up_nothing(office: Office) -> None:
    office.peer.misbehaves = Misbehaviour.SAYS_500
    await office.write("STOP")
    await wait_until(lambda: office.peer.calls, 10)
    office.peer.misbehaves = Misbehaviour.NONE
    await office.write("START")
    await said(office, "Welcome back.")


async def test_what_the_provider_itself_takes_for_a_word_is_one(office: Office) -> None:
    fields = office.twilio.inbound("HALT", KIM) | {"OptOutType": "STOP"}
    assert (await office.twilio.call("inbound", fields))[0] == 200
    assert await opted_out(office)


async def test_a_word_from_a_name_is_a_message(office: Office) -> None:
    await office.write("STOP", who="Example")
    assert (await office.the_conversation()).address == "Example"


async def test_a_provider_that_knows_of_an_opt_out_tells_us_and_them(office: Office) -> None:
    office.peer.misbehaves = Misbehaviour.SAYS_OPTED_OUT
    conversation = await office.answered()
    await office.reaches(conversation, DeliveryState.FAILED)
    told = await office.api.parts.store.opt_outs.get(TEXT, KIM)
    assert told is not None
    assert told.by == "provider"
    assert [message.kind for message in await office.history()] == ["message", "message", "note"]
    assert (await office.reply()).code == "opted_out"


async def test_a_receipt_that_knows_of_an_opt_out_tells_us_too(office: Office) -> None:
    conversation = await office.answered()
    sid = (await office.reaches(conversation, DeliveryState.SENT)).remote_id or ""
    await office.twilio.tell(sid, "undelivered", 21610)
    assert await opted_out(office)


async def test_supervisors_see_who_opted_out_and_lift_it_with_a_reason(office: Office) -> None:
    api = office.api
    await office.write()
    await office.write("STOP")
    (found,) = (await api.get("/v1/opt-outs?endpoint=text", api.supervisor)).body["opt_outs"]
    assert (found["address"], found["told"]["by"], found["told"]["why"]) == (KIM, "contact", "STOP")
    one = (await api.get(f"/v1/opt-outs?endpoint=text&address=%2B{KIM[1:]}", api.supervisor)).body
    assert one["opt_outs"] == [found]
    lift = {"endpoint": "text", "address": KIM, "reason": "asked for it by mail"}
    assert (await api.post("/v1/opt-outs/lift", lift, api.ana)).status == 403
    assert (await api.post("/v1/opt-outs/lift", lift, api.supervisor)).status == 204
    assert not await opted_out(office)
    assert (await office.history())[-1].text == "supervisor lifted their opt-out: asked for it by mail"
    told = [event for event in await api.parts.store.journal.between(START) if event.type == "OptedIn"]
    assert [(event.data["told"]["by"], event.data["told"]["why"]) for event in told] == [
        ("supervisor", "asked for it by mail")
    ]
    again = await api.post("/v1/opt-outs/lift", lift, api.supervisor)
    assert (again.status, again.code) == (404, "not_found")


@pytest.mark.parametrize("query", ["endpoint=nowhere", "endpoint=web"])
async def test_opt_outs_of_no_number_of_ours_are_not_found(office: Office, query: str) -> None:
    assert (await office.api.get(f"/v1/opt-outs?{query}", office.api.supervisor)).status == 404


@pytest.mark.parametrize("cursor", ["x", "-1", "²", "9" * 30])
async def test_a_cursor_that_is_none_is_refused(office: Office, cursor: str) -> None:
    answer = await office.api.get(f"/v1/opt-outs?endpoint=text&cursor={cursor}", office.api.supervisor)
    assert (answer.status, answer.code) == (422, "invalid")
