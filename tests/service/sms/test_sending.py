"""Answers leave by the provider, once, and whatever it does has an end that a person can see."""

import asyncio
from pathlib import Path

import pytest

from duetime.config.sms_providers import Twilio
from duetime.router.message import DeliveryState
from duetime.service.attachments import sent_folder
from tests.service.sms.office import KIM, OURS, Office, open_office
from tests.service.sms.peer import SID, TOKEN, Misbehaviour
from tests.waiting import wait_until

SENT, DELIVERED, READ, FAILED = (
    DeliveryState.SENT,
    DeliveryState.DELIVERED,
    DeliveryState.READ,
    DeliveryState.FAILED,
)


async def test_an_answer_is_sent_from_the_number_that_was_written_to(office: Office) -> None:
    conversation = await office.answered()
    found = await office.reaches(conversation, SENT)
    (sent,) = office.peer.taken
    assert (sent["From"], sent["To"], sent["Body"]) == (OURS, KIM, "It left today.")
    assert sent["StatusCallback"] == "https://care.example.com/channels/sms/text/status"
    assert (found.remote_id, found.ambiguous, found.attempts) == (sent["sid"], False, 1)


async def test_receipts_tell_how_far_it_got_and_never_go_back(office: Office) -> None:
    conversation = await office.answered()
    sid = (await office.reaches(conversation, SENT)).remote_id or ""
    for state in ("delivered", "sent", "queued", "delivered"):
        assert await office.twilio.tell(sid, state) == 200
        assert (await office.delivery(conversation)).state is DELIVERED
    await office.twilio.tell(sid, "undelivered", 30003)
    assert (await office.delivery(conversation)).state is DELIVERED


async def test_a_receipt_of_a_failure_says_why_and_the_message_can_be_sent_again(office: Office) -> None:
    conversation = await office.answered()
    sid = (await office.reaches(conversation, SENT)).remote_id or ""
    await office.twilio.tell(sid, "undelivered", 30005)
    found = await office.delivery(conversation)
    assert found.state is FAILED
    assert "30005" in (found.reason or "")
    again = f"/v1/conversations/{conversation}/messages/2/send-again"
    assert (await office.api.post(again, {}, office.api.supervisor)).status == 204
    await office.reaches(conversation, SENT)
    assert len(office.peer.taken) == 2


async def test_receipts_that_come_before_our_call_returned_are_applied(office: Office) -> None:
    office.peer.misbehaves = Misbehaviour.TELLS_RECEIPT_FIRST
    conversation = await office.answered()
    found = await office.reaches(conversation, SENT, DELIVERED)
    assert (found.state, found.attempts) == (DELIVERED, 1)


async def test_an_answer_in_pieces_is_read_to_its_end(office: Office) -> None:
    office.peer.misbehaves = Misbehaviour.ANSWERS_IN_PIECES
    found = await office.reaches(await office.answered(), SENT)
    assert found.remote_id == office.peer.taken[0]["sid"]


async def test_a_receipt_that_nobody_knows_is_accepted_and_touches_nothing(office: Office) -> None:
    conversation = await office.answered()
    await office.reaches(conversation, SENT)
    assert await office.twilio.tell("SMnobody", "delivered") == 200
    assert (await office.delivery(conversation)).state is SENT


async def test_a_receipt_through_another_number_of_ours_touches_nothing(office: Office) -> None:
    conversation = await office.answered()
    sid = (await office.reaches(conversation, SENT)).remote_id or ""
    assert await office.sales.tell(sid, "delivered") == 200
    assert (await office.delivery(conversation)).state is SENT


@pytest.mark.parametrize(
    "misbehaviour",
    [
        Misbehaviour.SAYS_500,
        Misbehaviour.SAYS_NONSENSE_WITH_500,
        Misbehaviour.SAYS_429,
        Misbehaviour.SAYS_401,
    ],
)
async def test_what_the_provider_does_not_take_now_is_tried_again(office: Office, misbehaviour: Misbehaviour) -> None:
    office.peer.misbehaves = misbehaviour
    conversation = await office.answered()
    found = await office.tried(conversation)
    assert (found.state, found.ambiguous) == (DeliveryState.QUEUED, False)
    assert found.reason
    assert await problem(office) == found.reason
    office.peer.misbehaves = Misbehaviour.NONE
    await office.try_now(conversation)
    await office.reaches(conversation, SENT)
    assert (len(office.peer.taken), await problem(office)) == (1, None)


async def problem(office: Office) -> str | None:
    listed = (await office.api.get("/v1/endpoints", office.api.supervisor)).body
    (told,) = [one["problem"] for one in listed if one["endpoint"] == "text"]
    ready = (await office.api.get("/readyz")).body
    assert ready["providers"] == ([f"text: {told}"] if told else [])
    assert ready["ready"]
    metrics = (await office.api.get("/metrics")).raw.decode()
    assert f'duetime_provider_working{{endpoint="text"}} {0 if told else 1}.0' in metrics
    return told if told is None else str(told)


async def test_who_asks_us_to_wait_is_left_alone_for_so_long(office: Office) -> None:
    office.peer.misbehaves = Misbehaviour.SAYS_429
    conversation = await office.answered()
    found = await office.tried(conversation)
    assert (found.next_at or 0) - found.at >= 600_000


async def test_what_is_refused_is_given_up_with_the_reason(office: Office) -> None:
    office.peer.misbehaves = Misbehaviour.SAYS_400
    conversation = await office.answered()
    found = await office.reaches(conversation, FAILED)
    assert "21211" in (found.reason or "") or "number" in (found.reason or "")
    listed = (await office.api.get("/v1/deliveries/failed?endpoint=text", office.api.supervisor)).body
    assert [one["conversation"] for one in listed] == [conversation]


@pytest.mark.parametrize("misbehaviour", [Misbehaviour.DROPS_AFTER_TAKING, Misbehaviour.DROPS_BEFORE_READING])
async def test_a_call_that_ends_without_an_answer_may_have_arrived(office: Office, misbehaviour: Misbehaviour) -> None:
    office.peer.misbehaves = misbehaviour
    conversation = await office.answered()
    found = await office.tried(conversation)
    assert (found.state, found.ambiguous) == (DeliveryState.QUEUED, True)


async def test_a_provider_that_is_not_there_has_nothing(redis_url: str, workspace: str, tmp_path: Path) -> None:
    nowhere = Twilio(account_sid=SID, auth_token=TOKEN, api_url="http://127.0.0.1:1")
    async with open_office(redis_url, workspace, tmp_path, twilio=nowhere) as office:
        found = await office.tried(await office.answered())
        assert (found.state, found.ambiguous) == (DeliveryState.QUEUED, False)
        assert found.reason == "The provider cannot be reached."


async def test_a_text_that_is_too_long_is_refused_at_once(office: Office) -> None:
    await office.write()
    answer = await office.reply("x" * (9 * 153 + 1))
    assert (answer.status, answer.code) == (413, "too_large")
    assert answer.body["detail"].startswith("The text takes 10 SMS; 9 are allowed.")
    wide = await office.reply("ж" * (9 * 67 + 1))
    assert "Without ж more letters fit" in wide.body["detail"]
    endless = await office.reply("x" * 64_000)
    assert (endless.code, endless.body["detail"]) == (
        "too_large",
        "The text takes many more than the 9 SMS that are allowed. Make it shorter, or send two.",
    )
    assert (await office.reply("x" * 9 * 153)).status == 201


async def test_the_parts_of_a_text_are_counted_before_it_is_sent(office: Office) -> None:
    await office.write()
    path = f"/v1/conversations/{(await office.the_conversation()).id}/segments"
    counted = (await office.api.post(path, {"text": "x" * 161}, office.api.supervisor)).body
    assert (counted["encoding"], counted["units"], counted["parts"], counted["left_in_part"]) == ("gsm", 161, 2, 145)
    wide = (await office.api.post(path, {"text": "naïve"}, office.api.supervisor)).body
    assert (wide["encoding"], wide["forcing"], wide["left_in_part"]) == ("ucs2", ["ï"], 65)


async def test_only_sms_are_counted(office: Office) -> None:
    other = await office.api.write()
    answer = await office.api.post(f"/v1/conversations/{other.conversation}/segments", {"text": "x"})
    assert (answer.status, answer.code) == (409, "conflict")


async def test_typographic_quotes_are_made_plain_where_that_is_wanted(
    redis_url: str, workspace: str, tmp_path: Path
) -> None:
    async with open_office(redis_url, workspace, tmp_path, plain_punctuation=True) as office:
        conversation = await office.answered("It’s “here” – today…")
        await office.reaches(conversation, SENT)
        assert office.peer.texts == ['It\'s "here" - today...']


async def test_messages_leave_at_the_pace_that_the_provider_takes(
    redis_url: str, workspace: str, tmp_path: Path
) -> None:
    async with open_office(redis_url, workspace, tmp_path, messages_per_s=20) as office:
        for who in range(6):
            await office.write(who=f"+4915112345{who:03}")
        started = asyncio.get_running_loop().time()
        found = [one.id for one in await office.conversations()]
        for conversation in found:
            await office.reply("hello", conversation)
        for conversation in found:
            assert (await office.reaches(conversation, SENT)).attempts == 1
        assert asyncio.get_running_loop().time() - started >= 5 * 0.05


async def test_a_turn_that_is_far_ahead_is_waited_for_in_the_outbox(office: Office) -> None:
    store = office.api.parts.store
    at = store.clock() + 3600_000
    await store.pipeline.call("SET", f"{store.root}:pace:text", at)
    conversation = await office.answered()

    async def held() -> bool:
        return (await office.delivery(conversation)).next_at is not None

    await wait_until(held, 10)
    found = await office.delivery(conversation)
    assert (found.next_at, found.attempts, office.peer.calls) == (at, 0, 0)


async def test_in_quiet_hours_an_answer_waits_for_their_end(redis_url: str, workspace: str, tmp_path: Path) -> None:
    async with open_office(redis_url, workspace, tmp_path, quiet_hours="00:00-23:59", awake_s=0) as office:
        conversation = await office.answered()

        async def held() -> bool:
            return (await office.delivery(conversation)).next_at is not None

        await wait_until(held, 10)
        found = await office.delivery(conversation)
        assert found.next_at is not None
        assert (found.next_at // 60_000 % 60, found.attempts, office.peer.calls) == (59, 0, 0)
        assert (found.reason or "").startswith("It is a quiet hour there until ")


async def test_who_has_just_written_is_answered_in_quiet_hours_too(
    redis_url: str, workspace: str, tmp_path: Path
) -> None:
    async with open_office(redis_url, workspace, tmp_path, quiet_hours="00:00-23:59") as office:
        conversation = await office.answered()
        await office.reaches(conversation, DeliveryState.SENT)
        assert office.peer.texts == ["It left today."]


async def test_files_go_as_links_that_the_provider_can_fetch(office: Office) -> None:
    await office.write()
    conversation = (await office.the_conversation()).id
    sent = await office.api.call(
        "POST", f"/v1/conversations/{conversation}/attachments", raw=b"%PDF", token=office.api.supervisor,
        Content_Type="application/pdf", X_File_Name="bill.pdf",
    )  # fmt: skip
    file = sent.body["attachment"]
    file = {name: file[name] for name in ("key", "name", "content_type")}
    path = f"/v1/conversations/{conversation}/reply"
    assert (await office.api.post(path, {"text": "Your bill", "files": [file]}, office.api.supervisor)).status == 201
    await office.reaches(conversation, SENT)
    url = office.peer.taken[0]["MediaUrl"]
    assert url.startswith("https://care.example.com/v1/attachments/")
    async with office.api.session.get(url.replace("https://care.example.com", office.api.url)) as response:
        assert (response.status, await response.read()) == (200, b"%PDF")


async def test_more_files_than_a_provider_takes_are_refused(office: Office) -> None:
    await office.write()
    found, store = await office.the_conversation(), office.api.parts.attachments
    folder = sent_folder(found.id)
    files = [await store.put(folder, f"{n}".encode(), f"{n}.txt", "text/plain") for n in range(11)]
    sent = [{"key": file.key, "name": file.name, "content_type": file.content_type} for file in files]
    path = f"/v1/conversations/{found.id}/reply"
    assert (await office.api.post(path, {"text": "All", "files": sent}, office.api.supervisor)).status == 201
    assert (await office.reaches(found.id, FAILED)).reason == (
        "One SMS takes at most 10 files. Send the others with another."
    )


async def test_nobody_can_write_to_a_name(office: Office) -> None:
    await office.write("Your code is 123", who="Example")
    await office.reply()
    found = await office.reaches((await office.the_conversation()).id, FAILED)
    assert found.reason == "Example is a name and no number, so nobody can write to it."
    assert office.peer.calls == 0


async def test_figures_of_the_outbox_are_metrics(office: Office) -> None:
    office.peer.misbehaves = Misbehaviour.SAYS_400
    await office.reaches(await office.answered(), FAILED)
    text = (await office.api.get("/metrics")).raw.decode()
    assert 'duetime_failed_deliveries{endpoint="text"} 1.0' in text
    assert 'route="/channels/sms/{endpoint}/inbound",status="200"' in text
