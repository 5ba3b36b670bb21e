"""MessageBird: what it posts is verified by its token and read, and what it answers is told apart."""

from hashlib import sha256
from typing import Any

import msgspec
import pytest

from duetime.channels.sms.messagebird import MessageBirdProvider
from duetime.channels.sms.provider import InboundSms, Later, Media, Receipt, Refused, Sent, Webhook
from duetime.config.sms_providers import MessageBird
from duetime.router.errors import Unreadable
from duetime.router.message import DeliveryState
from tests.channels.sms.webhooks import NOW_MS, STATUS_URL, form, get, is_taken, json_post, outbound, token

PROVIDER = MessageBirdProvider(MessageBird(access_key="key", signing_key="s"))
NOW_S = NOW_MS // 1000
MESSAGE = {"id": "m1", "originator": "4915112345678", "recipient": "31208080808", "body": "Grüße"}


def signed(webhook: Webhook, **claims: Any) -> Webhook:
    said = {"iss": "MessageBird", "nbf": NOW_S, "exp": NOW_S + 60, "url_hash": sha256(webhook.url.encode()).hexdigest()}
    if webhook.body:
        said["payload_hash"] = sha256(webhook.body).hexdigest()
    given = {name: value for name, value in (said | claims).items() if value is not None}
    headers = {**webhook.headers, "messagebird-signature-jwt": token(given, "s")}
    return msgspec.structs.replace(webhook, headers=headers)


@pytest.mark.parametrize("make", [get, form, json_post])
def test_a_message_is_taken_in_each_form(make: Any) -> None:
    webhook = signed(make(MESSAGE))
    assert is_taken(PROVIDER, webhook)
    expected = InboundSms(id="m1", sender="+4915112345678", to="+31208080808", text="Grüße")
    assert PROVIDER.read_inbound(webhook) == [expected]


def test_files_of_a_message_are_named() -> None:
    urls = ["https://media.messagebird.com/1", "https://media.messagebird.com/2"]
    (found,) = PROVIDER.read_inbound(json_post(MESSAGE | {"mediaUrls": urls}))
    assert found.media == tuple(Media(url=url) for url in urls)
    (same,) = PROVIDER.read_inbound(form([*MESSAGE.items(), *(("mediaUrls[]", url) for url in urls)]))
    assert same.media == found.media


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "Other"},
        {"nbf": None},
        {"exp": None},
        {"nbf": NOW_S + 301, "exp": NOW_S + 361},
        {"nbf": NOW_S - 361, "exp": NOW_S - 301},
        {"url_hash": None},
        {"url_hash": sha256(b"https://other.example.com").hexdigest()},
        {"payload_hash": None},
        {"payload_hash": "ü"},
        {"nbf": "now"},
        {"exp": True},
    ],
)
def test_a_token_for_something_else_is_not_taken(claims: dict[str, Any]) -> None:
    assert is_taken(PROVIDER, signed(form(MESSAGE)))
    assert not is_taken(PROVIDER, signed(form(MESSAGE), **claims))


def test_a_webhook_without_a_token_is_not_taken() -> None:
    assert not is_taken(PROVIDER, get(MESSAGE))
    assert not is_taken(PROVIDER, form(MESSAGE, messagebird_signature_jwt="a.b.c"))


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("scheduled", None),
        ("buffered", None),
        ("sent", DeliveryState.SENT),
        ("delivered", DeliveryState.DELIVERED),
    ],
)
def test_a_receipt_says_how_far_a_message_got(status: str, state: DeliveryState | None) -> None:
    webhook = get({"id": "m1", "reference": "ms_1", "recipient": "4915112345678", "status": status})
    assert PROVIDER.read_receipts(webhook) == [Receipt(id="m1", state=state, ours="ms_1")]


@pytest.mark.parametrize(
    ("fields", "reason", "opted_out"),
    [
        ({"statusReason": "unknown subscriber"}, "The number is not in service.", False),
        ({"statusReason": "Opted out"}, "The recipient opted out of messages from this number.", True),
        (
            {"statusErrorCode": "103"},
            "The recipient opted out of messages from this number. (MessageBird's code 103)",
            True,
        ),
        ({"statusErrorCode": "<b>"}, "The message could not be delivered.", False),
    ],
)
def test_a_receipt_of_a_failure_says_why(fields: dict[str, str], reason: str, opted_out: bool) -> None:
    (receipt,) = PROVIDER.read_receipts(get({"id": "m1", "status": "delivery_failed"} | fields))
    assert (receipt.state, receipt.reason, receipt.opted_out) == (DeliveryState.FAILED, reason, opted_out)


def test_a_message_is_sent_in_the_cheapest_alphabet() -> None:
    request = PROVIDER.request(outbound("Hello", media=("https://care.example.com/a",)))
    assert (request.method, request.url) == ("POST", "https://rest.messagebird.com/messages")
    assert request.headers["authorization"] == "AccessKey key"
    assert msgspec.json.decode(request.body) == {
        "originator": "14155550100",
        "recipients": ["4915112345678"],
        "body": "Hello\nhttps://care.example.com/a",
        "datacoding": "plain",
        "reference": "ms_1",
        "reportUrl": STATUS_URL,
    }
    assert b'"unicode"' in PROVIDER.request(outbound("привет")).body
    assert b"reportUrl" not in PROVIDER.request(outbound(status_url=None)).body


def error(code: int, description: str, parameter: str | None = None) -> bytes:
    return msgspec.json.encode({"errors": [{"code": code, "description": description, "parameter": parameter}]})


@pytest.mark.parametrize(
    ("status", "body", "answer"),
    [
        (201, b'{"id": "m1"}', Sent("m1")),
        (201, b"", Sent(None)),
        (
            422,
            error(9, "no (correct) recipients found", "recipient"),
            Refused("MessageBird does not take it: no (correct) recipients found."),
        ),
        (422, error(10, "it is bad", "originator"), Later("MessageBird answered with HTTP 422: it is bad.")),
        (401, error(2, "No"), Later("MessageBird does not accept the access key. (MessageBird's error 2)")),
        (403, b"", Later("MessageBird does not accept the access key (HTTP 403).")),
        (402, error(25, "No"), Later("The account at MessageBird has too little credit. (MessageBird's error 25)")),
        (500, b"<html>", Later("MessageBird answered with HTTP 500.")),
        (429, b"[]", Later("MessageBird answered with HTTP 429.")),
        (500, b'{"errors": []}', Later("MessageBird answered with HTTP 500.")),
    ],
)
def test_answers_are_told_apart(status: int, body: bytes, answer: object) -> None:
    assert PROVIDER.read_answer(status, {}, body) == answer


def test_the_access_key_goes_to_messagebirds_own_api_alone() -> None:
    assert PROVIDER.media_headers("https://rest.messagebird.com/mms/1") == {"authorization": "AccessKey key"}
    assert PROVIDER.media_headers("https://rest.messagebird.com.evil.example/mms/1") == {}


@pytest.mark.parametrize(
    "webhook",
    [
        form({name: value for name, value in MESSAGE.items() if name != "id"}),
        form([*MESSAGE.items(), ("originator", "4915100000000")]),
        json_post([MESSAGE]),
        json_post(MESSAGE | {"id": {"a": 1}}),
        json_post(MESSAGE | {"mediaUrls": [None]}),
        form(MESSAGE | {"id": "a b"}),
    ],
)
def test_what_is_no_message_is_unreadable(webhook: Webhook) -> None:
    with pytest.raises(Unreadable):
        PROVIDER.read_inbound(webhook)
