"""Vonage: both ways to sign, messages in one or several parts, receipts, and what it answers."""

import hmac
from hashlib import md5, sha256
from typing import Any
from urllib.parse import parse_qsl

import msgspec
import pytest

from duetime.channels.sms.provider import InboundSms, Later, Media, Part, Receipt, Refused, Sent, Webhook
from duetime.channels.sms.vonage import VonageProvider
from duetime.config.sms_providers import Vonage
from duetime.router.errors import Unreadable
from duetime.router.message import DeliveryState
from tests.channels.sms.webhooks import NOW_MS, STATUS_URL, form, get, is_taken, json_post, outbound, raw, token

NOW_S = NOW_MS // 1000
MESSAGE = {
    "messageId": "0C01",
    "msisdn": "4915112345678",
    "to": "14155550100",
    "text": "Grüße & = mehr",
    "type": "unicode",
}
UUID = "aaaaaaaa-bbbb-cccc-dddd-0123456789ab"


def provider(signature: Any = "sha256", age_s: int = 300) -> VonageProvider:
    return VonageProvider(
        Vonage(api_key="key", api_secret="api", signature_secret="s", signature=signature, signature_age_s=age_s)
    )


PROVIDER = provider()


def signed(fields: dict[str, str], at_s: int = NOW_S, *, upper: bool = False) -> dict[str, str]:
    stamped = fields | {"timestamp": str(at_s), "nonce": "n"}
    text = "".join(f"&{name}={stamped[name].replace('&', '_').replace('=', '_')}" for name in sorted(stamped))
    sig = hmac.digest(b"s", text.encode(), "sha256").hex()
    return stamped | {"sig": sig.upper() if upper else sig}


@pytest.mark.parametrize("make", [get, form, json_post])
def test_a_message_is_taken_in_each_form_that_vonage_posts(make: Any) -> None:
    webhook = make(signed(MESSAGE))
    assert is_taken(PROVIDER, webhook)
    expected = InboundSms(id="0C01", sender="+4915112345678", to="+14155550100", text="Grüße & = mehr")
    assert PROVIDER.read_inbound(webhook) == [expected]


def test_the_accounts_first_method_is_taken_where_it_is_set() -> None:
    text = "".join(f"&{name}={value}" for name, value in (("a", "1"), ("timestamp", str(NOW_S))))
    webhook = get({"a": "1", "timestamp": str(NOW_S), "sig": md5((text + "s").encode()).hexdigest()})  # noqa: S324
    assert is_taken(provider("md5hash"), webhook)
    assert not is_taken(PROVIDER, webhook)


def test_a_signature_in_upper_case_is_the_same() -> None:
    assert is_taken(PROVIDER, get(signed(MESSAGE, upper=True)))


@pytest.mark.parametrize(
    ("at_s", "taken"), [(NOW_S - 300, True), (NOW_S - 301, False), (NOW_S + 300, True), (NOW_S + 301, False)]
)
def test_an_old_signature_is_not_taken(at_s: int, taken: bool) -> None:
    assert is_taken(PROVIDER, get(signed(MESSAGE, at_s))) is taken


def test_a_webhook_that_is_resent_for_a_day_is_taken_unless_the_settings_say_otherwise() -> None:
    yesterday = Vonage(api_key="key", api_secret="api", signature_secret="s")
    assert is_taken(VonageProvider(yesterday), get(signed(MESSAGE, NOW_S - 80_000)))


@pytest.mark.parametrize(
    "webhook",
    [
        get(MESSAGE),
        get(MESSAGE | {"sig": ""}),
        get([*signed(MESSAGE).items(), ("text", "another")]),
        json_post(signed(MESSAGE) | {"more": "1"}),
        form(signed(MESSAGE), "https://care.example.com/x?more=1"),
        raw(b"\xff", "application/json"),
        get({"sig": "ü"}),
    ],
)
def test_what_vonage_did_not_sign_is_not_taken(webhook: Webhook) -> None:
    assert not is_taken(PROVIDER, webhook)


def bearer(body: Any, **claims: Any) -> Webhook:
    webhook = json_post(body)
    said = {"iat": NOW_S, "payload_hash": sha256(webhook.body).hexdigest(), **claims}
    return json_post(
        body, authorization=f"Bearer {token({key: value for key, value in said.items() if value is not None}, 's')}"
    )


def test_a_token_with_the_hash_of_the_body_is_taken() -> None:
    webhook = bearer({"message_uuid": UUID})
    assert is_taken(provider("jwt"), webhook)
    assert not is_taken(provider("jwt"), msgspec.structs.replace(webhook, body=webhook.body + b" "))


@pytest.mark.parametrize(
    "claims",
    [
        {"payload_hash": None},
        {"payload_hash": 1},
        {"iat": None},
        {"iat": "now"},
        {"iat": NOW_S - 301},
        {"iat": NOW_S + 301},
        {"exp": NOW_S - 1},
    ],
)
def test_a_token_that_is_old_or_says_nothing_of_the_body_is_not_taken(claims: dict[str, Any]) -> None:
    assert not is_taken(provider("jwt"), bearer({"message_uuid": UUID}, **claims))


def test_a_token_without_a_signature_is_not_taken() -> None:
    for header in ({"alg": "none"}, {"alg": "HS512"}, ["HS256"]):
        webhook = json_post({}, authorization=f"Bearer {token({'iat': NOW_S}, 's', header)}")
        assert not is_taken(provider("jwt"), webhook)
    assert not is_taken(provider("jwt"), json_post({}, authorization="Basic x"))
    assert not is_taken(provider("jwt"), json_post({}))


def test_a_message_in_parts_says_which_one_it_is() -> None:
    part = {"concat": "true", "concat-ref": "ref1", "concat-part": "2", "concat-total": "3"}
    (found,) = PROVIDER.read_inbound(get(MESSAGE | part))
    assert found.part == Part(reference="ref1", number=2, total=3)


def test_a_message_that_is_no_text_shows_its_bytes() -> None:
    fields = {name: value for name, value in MESSAGE.items() if name != "text"} | {"type": "binary", "data": "0A0B"}
    assert PROVIDER.read_inbound(get(fields))[0].text == "(A message that is no text: 0A0B)"


def test_a_message_of_the_messages_api_is_read() -> None:
    body = {"channel": "sms", "message_uuid": UUID, "from": "4915112345678", "to": "14155550100", "text": "Hi"}
    (found,) = PROVIDER.read_inbound(json_post(body | {"image": {"url": "https://media.example.com/1"}}))
    assert found == InboundSms(
        id=UUID,
        sender="+4915112345678",
        to="+14155550100",
        text="Hi",
        media=(Media(url="https://media.example.com/1"),),
    )


def test_a_receipt_says_how_far_a_message_got() -> None:
    fields = {"messageId": "0C01", "status": "delivered", "err-code": "0", "client-ref": "ms_1"}
    assert PROVIDER.read_receipts(get(fields)) == [Receipt(id="0C01", state=DeliveryState.DELIVERED, ours="ms_1")]
    assert PROVIDER.read_receipts(get(fields | {"status": "buffered"}))[0].state is DeliveryState.SENT
    assert PROVIDER.read_receipts(get(fields | {"status": "unknown"}))[0].state is None


def test_a_receipt_of_a_failure_says_why() -> None:
    (receipt,) = PROVIDER.read_receipts(get({"messageId": "0C01", "status": "failed", "err-code": "9"}))
    assert receipt.reason == "The recipient opted out of messages from this number. (Vonage's code 9)"
    assert receipt.opted_out
    (receipt,) = PROVIDER.read_receipts(get({"messageId": "0C01", "status": "expired", "err-code": "2"}))
    assert receipt.reason == "The phone cannot be reached, it may be off. (Vonage's code 2)"


def test_a_receipt_of_the_messages_api_is_read() -> None:
    body = {"message_uuid": UUID, "status": "rejected", "client_ref": "ms_1", "error": {"title": "1"}}
    (receipt,) = PROVIDER.read_receipts(json_post(body))
    assert (receipt.id, receipt.state, receipt.ours) == (UUID, DeliveryState.FAILED, "ms_1")
    assert receipt.reason == "The network could not deliver it, and does not say why. (Vonage's code 1)"


def test_a_message_is_sent_in_the_cheapest_alphabet() -> None:
    request = PROVIDER.request(outbound("Hello €", media=("https://care.example.com/a",)))
    assert request.url == "https://rest.nexmo.com/sms/json"
    assert dict(parse_qsl(request.body.decode())) == {
        "api_key": "key",
        "api_secret": "api",
        "from": "14155550100",
        "to": "4915112345678",
        "text": "Hello €\nhttps://care.example.com/a",
        "type": "text",
        "client-ref": "ms_1",
        "status-report-req": "1",
        "callback": STATUS_URL,
    }
    assert b"type=unicode" in PROVIDER.request(outbound("привет")).body
    assert "secret" not in repr(request)


@pytest.mark.parametrize(
    ("status", "body", "answer"),
    [
        (200, {"messages": [{"status": "0", "message-id": "a"}, {"status": "0", "message-id": "b"}]}, Sent("a")),
        (200, {"messages": [{"status": "1"}, {"status": "0", "message-id": "b"}]}, Sent("b")),
        (
            200,
            {"messages": [{"status": "1"}]},
            Later("Vonage takes no more messages in this second. (Vonage's status 1)"),
        ),
        (
            200,
            {"messages": [{"status": "4"}]},
            Later("Vonage does not accept the account's key and secret. (Vonage's status 4)"),
        ),
        (200, {"messages": [{"status": "6"}]}, Refused("Vonage cannot send to this number.")),
        (200, {"messages": [{"status": "77"}]}, Later("Vonage did not take it. (Vonage's status 77)")),
        (200, {"messages": []}, Later("Vonage did not take it.")),
        (200, {"messages": 1}, Later('Vonage answered "{"messages": 1}".')),
        (429, {}, Later("Vonage answered with HTTP 429.", 7.0)),
        (500, {}, Later("Vonage answered with HTTP 500.", 7.0)),
    ],
)
def test_answers_are_told_apart(status: int, body: Any, answer: object) -> None:
    assert PROVIDER.read_answer(status, {"retry-after": "7"}, json_post(body).body) == answer


@pytest.mark.parametrize(
    "changes",
    [
        {"messageId": ""},
        {"msisdn": ""},
        {"concat": "true"},
        {"concat": "true", "concat-ref": "r", "concat-part": "3", "concat-total": "2"},
        {"concat": "true", "concat-ref": "r", "concat-part": "0", "concat-total": "2"},
        {"concat": "true", "concat-ref": "r", "concat-part": "1", "concat-total": "999"},
    ],
)
def test_what_is_no_message_is_unreadable(changes: dict[str, str]) -> None:
    with pytest.raises(Unreadable):
        PROVIDER.read_inbound(get(MESSAGE | changes))


def test_no_credentials_go_with_a_request_for_a_file() -> None:
    assert PROVIDER.media_headers("https://rest.nexmo.com/x") == {}


def test_deep_json_is_no_message() -> None:
    with pytest.raises(Unreadable):
        PROVIDER.read_inbound(raw(b'{"a":' * 100_000, "application/json"))
