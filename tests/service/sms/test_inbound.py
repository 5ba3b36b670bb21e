"""What a provider brings is proven, taken in once, and kept before it is answered."""

import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from msgspec.structs import replace

from duetime.queues.connection import ServerLost
from duetime.service.http.sms_webhooks import INBOUND, STATUS
from tests.service.http.api import PLENTY
from tests.service.sms.office import KIM, OURS, SALES, Office, open_office
from tests.service.sms.peer import twilio_signature, vonage_signed


async def test_a_message_opens_a_conversation_with_a_number_that_is_proven(office: Office) -> None:
    status, body = await office.twilio.call("inbound", office.twilio.inbound("Where is my order?", KIM))
    assert (status, body) == (200, b'<?xml version="1.0" encoding="UTF-8"?><Response/>')
    found = await office.the_conversation()
    assert (found.channel, found.endpoint, found.address, found.doubted) == ("sms", "text", KIM, False)
    (message,) = await office.history()
    assert (message.text, message.remark) == ("Where is my order?", None)


async def test_the_same_webhook_again_is_answered_alike_and_changes_nothing(office: Office) -> None:
    fields = office.twilio.inbound("hello", KIM)
    answers = [await office.twilio.call("inbound", fields) for _ in range(3)]
    assert len(set(answers)) == 1
    assert (await office.the_conversation()).messages == 1


async def test_an_id_that_comes_with_another_text_is_the_first_message(office: Office) -> None:
    await office.write("first", sid="SM1")
    await office.write("second", sid="SM1")
    assert [message.text for message in await office.history()] == ["first"]


async def test_numbers_are_written_in_one_form(office: Office) -> None:
    await office.write("one", who="+49 151 12345678")
    await office.write("two", who=KIM)
    assert (await office.the_conversation()).address == KIM


async def test_a_name_or_a_short_code_proves_nothing(office: Office) -> None:
    await office.write("Your code is 123", who="Example")
    found = await office.the_conversation()
    store = office.api.parts.store
    proven = await store.pipeline.call("HGET", f"{store.root}:contact:{found.contact}", "a:sms:Example")
    assert (found.address, proven) == ("Example", "0")


async def test_two_numbers_of_ours_are_two_threads_of_one_contact(office: Office) -> None:
    assert await office.twilio.write("to support", KIM) == 200
    assert await office.sales.write("to sales", KIM) == 200
    sales, support = await office.conversations()
    assert (sales.endpoint, support.endpoint) == ("sales", "text")
    assert sales.contact == support.contact


REFUSED = '{"type":"urn:duetime:problem:unauthenticated"'


@pytest.mark.parametrize("kind", [INBOUND, STATUS])
@pytest.mark.parametrize("endpoint", ["text", "nowhere", "web", "TEXT", "%74ext%2f"])
async def test_whoever_is_not_proven_learns_nothing(office: Office, kind: str, endpoint: str) -> None:
    url = f"{office.api.url}/channels/sms/{endpoint}/{kind}"
    fields = office.twilio.inbound("let me in", KIM)
    async with office.api.session.post(url, data=fields, headers={"X-Twilio-Signature": "x"}) as response:
        body = await response.text()
        assert response.status == 401
    unsigned = await office.api.session.post(f"{office.api.url}/channels/sms/text/{kind}", data=fields)
    assert (unsigned.status, await unsigned.text()) == (401, body)
    assert body.startswith(REFUSED)
    assert await office.conversations() == []


@pytest.mark.parametrize(
    "change", [{"Body": "another"}, {"From": "+4915100000000"}, {"Extra": "x"}, {"MessageSid": "SM2"}]
)
async def test_a_signature_holds_for_what_it_was_made_for(office: Office, change: Mapping[str, str]) -> None:
    fields = office.twilio.inbound("hello", KIM)
    signature = twilio_signature("https://care.example.com/channels/sms/text/inbound", fields)
    status, _ = await office.twilio.call("inbound", {**fields, **change}, signature=signature)
    assert status == 401


async def test_a_signature_over_another_address_than_ours_is_none(office: Office) -> None:
    fields = office.twilio.inbound("hello", KIM)
    for url in (f"{office.api.url}/channels/sms/text/inbound", "https://care.example.com/channels/sms/text/status"):
        status, _ = await office.twilio.call("inbound", fields, signature=twilio_signature(url, fields))
        assert status == 401


async def test_a_signature_for_one_number_is_none_for_another(office: Office) -> None:
    fields = office.twilio.inbound("hello", KIM)
    signature = twilio_signature("https://care.example.com/channels/sms/sales/inbound", fields)
    assert (await office.twilio.call("inbound", fields, signature=signature))[0] == 401


async def test_the_query_of_the_request_is_signed_too(office: Office) -> None:
    fields = office.twilio.inbound("hello", KIM)
    assert (await office.twilio.call("inbound", fields, query="?a=1&b=%20c"))[0] == 200
    signature = twilio_signature("https://care.example.com/channels/sms/text/inbound?a=1", fields)
    assert (await office.twilio.call("inbound", fields, query="?a=2", signature=signature))[0] == 401


async def test_who_guesses_is_slowed_down_and_nobody_else(redis_url: str, workspace: str, tmp_path: Path) -> None:
    limits = replace(PLENTY, logins_per_minute_per_ip=3)
    async with open_office(redis_url, workspace, tmp_path, limits=limits) as office:
        fields = office.twilio.inbound("hello", KIM)
        guesses = [(await office.twilio.call("inbound", fields, signature="x"))[0] for _ in range(5)]
        assert guesses == [401, 401, 401, 429, 429]
        assert (await office.twilio.call("inbound", fields))[0] == 200


async def test_what_is_too_large_is_refused_before_it_is_looked_at(office: Office) -> None:
    status, _ = await office.twilio.call("inbound", office.twilio.inbound("x" * 300_000, KIM))
    assert status == 413


async def test_a_method_that_no_provider_uses_is_refused(office: Office) -> None:
    async with office.api.session.delete(f"{office.api.url}/channels/sms/text/inbound") as response:
        assert (response.status, response.headers["Allow"]) == (405, "GET, POST")


async def test_a_webhook_that_cannot_be_read_is_told_so(office: Office) -> None:
    status, body = await office.twilio.call("inbound", {"Nothing": "of what is needed"})
    assert status == 422
    assert b'"unreadable"' in body


async def test_without_redis_nothing_is_accepted(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*args: object, **options: object) -> None:
        raise ServerLost("gone")

    fields = office.twilio.inbound("hello", KIM)
    with monkeypatch.context() as patch:
        patch.setattr(office.api.parts.store.conversations, "take_in", away)
        assert (await office.twilio.call("inbound", fields))[0] == 503
    assert await office.conversations() == []
    assert (await office.twilio.call("inbound", fields))[0] == 200
    assert (await office.the_conversation()).messages == 1


async def test_a_daemon_that_stops_takes_nothing_new(office: Office) -> None:
    office.api.parts.stopping.set()
    assert await office.twilio.write("hello", KIM) == 503


async def test_the_logs_have_neither_texts_nor_numbers(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    await office.write("my secret is 4711", media={f"{office.peer.url}/nowhere": "image/png"})
    await office.twilio.call("inbound", office.twilio.inbound("my secret is 4711", KIM), signature="x")
    await office.write("STOP")
    said = "".join(capsys.readouterr())
    assert "webhook_not_proven" in said
    assert [word for word in ("4711", KIM, KIM[1:]) if word in said] == []


def part(number: int, text: str, *, total: int = 3, reference: str = "7") -> dict[str, str]:
    return {
        "messageId": f"V{reference}-{number}",
        "msisdn": KIM[1:],
        "to": "442079460000",
        "text": text,
        "type": "text",
        "concat": "true",
        "concat-ref": reference,
        "concat-part": str(number),
        "concat-total": str(total),
    }


async def bring(office: Office, fields: Mapping[str, str]) -> int:
    signed = vonage_signed(fields, int(time.time()))
    async with office.api.session.get(f"{office.api.url}/channels/sms/parts/inbound", params=signed) as response:
        return response.status


async def test_parts_are_joined_in_their_order_and_once(office: Office) -> None:
    for number, text in ((3, "c"), (1, "a"), (1, "a"), (2, "b"), (2, "b"), (3, "c")):
        assert await bring(office, part(number, text)) == 200
    (message,) = await office.history()
    assert (message.text, message.remark) == ("abc", None)


async def test_parts_that_cannot_be_joined_hold_up_no_others(office: Office) -> None:
    await bring(office, part(1, "fine", reference="8"))
    store = office.api.parts.store
    await store.message_parts.keep(0, "parts/broken/1/2", 1, 2, "no part of ours", "parts:x")
    await let_time_pass(office)
    assert [message.text for message in await office.history()] == ["fine[…][…]"]
    await store.message_parts.drop(0, "parts/broken/1/2", [])


async def let_time_pass(office: Office) -> None:
    """Parts have waited long enough for the others."""
    store = office.api.parts.store
    for group in await store.pipeline.call("ZRANGE", f"{store.root}:parts", 0, -1):
        await store.pipeline.call("ZADD", f"{store.root}:parts", 0, group)
    await office.api.parts.sms.reception.join_late()


async def test_what_there_is_of_parts_is_taken_in_when_the_others_do_not_come(office: Office) -> None:
    for number, text in ((3, "c"), (1, "a")):
        await bring(office, part(number, text))
    assert await office.conversations() == []
    await let_time_pass(office)
    (message,) = await office.history()
    assert (message.text, message.remark) == ("a[…]c", "Of 3 parts did not come: 2.")
    await bring(office, part(2, "b"))
    assert (await office.the_conversation()).messages == 1  # it waits for the others again, of which it knows nothing


async def test_addresses_are_listed_with_how_they_do(office: Office) -> None:
    listed = (await office.api.get("/v1/endpoints", office.api.supervisor)).body
    numbers = {one["endpoint"]: (one["channel"], one["address"], one["problem"]) for one in listed}
    assert numbers["text"] == ("sms", OURS, None)
    assert numbers["sales"] == ("sms", SALES, None)
