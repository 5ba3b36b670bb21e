"""A gateway that the settings describe, and Kannel as the example in examples/settings.toml describes it."""

import hmac
import tomllib
from base64 import b64encode
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec
import pytest

from duetime.channels.sms.http_gateway import HttpGatewayProvider
from duetime.channels.sms.provider import InboundSms, Later, Media, Receipt, Refused, Sent, Webhook
from duetime.config.reference import uncommented
from duetime.config.sms_gateway import HttpGateway
from duetime.router.errors import Unreadable
from duetime.router.message import DeliveryState
from tests.channels.sms.webhooks import FORM, NOW_MS, STATUS_URL, URL, form, get, is_taken, json_post, outbound, raw

EXAMPLE = Path(__file__).parents[3] / "examples" / "settings.toml"
MESSAGE = {"id": "eef4f41c", "from": "+4915112345678", "to": "345", "text": "Grüße"}


def gateway(**changes: Any) -> HttpGatewayProvider:
    settings = {"url": "http://127.0.0.1:13013/send", "verify": {"secret": "s"}, **changes}
    return HttpGatewayProvider(msgspec.convert(settings, HttpGateway))


def kannel() -> HttpGatewayProvider:
    """As in the example, without what is there for other gateways."""
    settings = tomllib.loads(uncommented(EXAMPLE.read_text(encoding="utf-8")))["sms"]["endpoints"]["gateway"]["http"]
    settings["verify"] = {"secret": "top secret", "query": "key", "networks": ["127.0.0.0/8"]}
    del settings["id_field"], settings["inbound"]["media_field"]
    return HttpGatewayProvider(msgspec.convert(settings, HttpGateway))


def called(webhook: Webhook, client: str = "127.0.0.1") -> Webhook:
    return msgspec.structs.replace(webhook, client=client)


def test_kannel_is_asked_as_its_guide_says() -> None:
    request = kannel().request(outbound("Grüße €"))
    address, _, query = request.url.partition("?")
    assert (request.method, address, request.body) == ("GET", "http://127.0.0.1:13013/cgi-bin/sendsms", b"")
    assert dict(parse_qsl(query)) == {
        "username": "duetime",
        "password": "secret",
        "from": "+14155550100",
        "to": "+4915112345678",
        "text": "Grüße €",
        "charset": "utf-8",
        "coding": "0",
        "dlr-mask": "31",
        "dlr-url": f"{STATUS_URL}?key=top%20secret&id=ms_1&status=%d",
    }
    assert "coding=2" in kannel().request(outbound("привет")).url
    assert "dlr-url" not in kannel().request(outbound(status_url=None)).url
    assert "secret" not in repr(request)


def test_a_message_of_kannel_is_taken_and_read() -> None:
    webhook = called(get({"key": "top secret", **MESSAGE, "charset": "UTF-8"}))
    assert is_taken(kannel(), webhook)
    assert kannel().read_inbound(webhook) == [
        InboundSms(id="eef4f41c", sender="+4915112345678", to="345", text="Grüße")
    ]


@pytest.mark.parametrize(
    ("text", "charset", "read"),
    [
        (b"%04%1F%D8%3D%DE%00", "UTF-16BE", "П😀"),
        (b"Gr%FC%DFe", "ISO-8859-1", "Grüße"),
        (b"Gr%C3%BC%C3%9Fe", "8-BIT", "Grüße"),
        (b"%FF%FE", "8-BIT", "(A message that is no text: fffe)"),
        (b"%FF%FE%00", "UTF-16BE", "(A message that is no text: fffe00)"),
    ],
)
def test_a_text_in_any_charset_is_read_and_none_is_lost(text: bytes, charset: str, read: str) -> None:
    url = f"{URL}?key=s&id=1&from=2&to=3&charset={charset}&text={text.decode()}"
    (found,) = kannel().read_inbound(Webhook(method="GET", url=url, headers={}, body=b"", at=NOW_MS))
    assert found.text == read


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        ("1", DeliveryState.DELIVERED),
        ("2", DeliveryState.FAILED),
        ("4", None),
        ("8", DeliveryState.SENT),
        ("16", DeliveryState.FAILED),
    ],
)
def test_a_receipt_of_kannel_has_our_id(kind: str, state: DeliveryState | None) -> None:
    (receipt,) = kannel().read_receipts(get({"key": "top secret", "id": "ms_1", "status": kind}))
    assert (receipt.id, receipt.state) == ("ms_1", state)


@pytest.mark.parametrize(
    ("status", "body", "answer"),
    [
        (202, b"0: Accepted for delivery", Sent(None)),
        (202, b"3: Queued for later delivery", Sent(None)),
        (202, b"what?", Later('The gateway answered with HTTP 202: "what?".')),
        (
            400,
            b"Number(s) has/have been denied by white- and/or black-lists.",
            Refused(
                'The gateway answered with HTTP 400: "Number(s) has/have been denied by white- and/or black-lists.".'
            ),
        ),
        (
            403,
            b"Authorization failed for sendsms",
            Later('The gateway answered with HTTP 403: "Authorization failed for sendsms".', 7.0),
        ),
        (503, b"", Later("The gateway answered with HTTP 503.", 7.0)),
    ],
)
def test_kannels_answers_are_told_apart(status: int, body: bytes, answer: object) -> None:
    assert kannel().read_answer(status, {"retry-after": "7"}, body) == answer


@pytest.mark.parametrize(
    "webhook",
    [
        called(get(MESSAGE)),
        called(get({"key": "other", **MESSAGE})),
        called(get([("key", "top secret"), ("key", "top secret"), *MESSAGE.items()])),
        called(form({"key": "top secret", **MESSAGE})),
        called(get({"key": "top secret", **MESSAGE}), "192.0.2.1"),
        called(get({"key": "top secret", **MESSAGE}), ""),
    ],
)
def test_everything_that_is_configured_must_be_right(webhook: Webhook) -> None:
    assert not is_taken(kannel(), webhook)


def test_a_secret_may_stand_in_a_header() -> None:
    provider = gateway(verify={"secret": "Bearer s", "header": "authorization"})
    assert is_taken(provider, json_post(MESSAGE, authorization="Bearer s"))
    assert not is_taken(provider, json_post(MESSAGE, authorization="Bearer S"))
    assert not is_taken(provider, get({"key": "Bearer s", **MESSAGE}))


def test_nothing_is_taken_where_nothing_is_configured() -> None:
    assert not is_taken(gateway(verify={}), get(MESSAGE))


@pytest.mark.parametrize("form_of", ["{hex}", "{HEX}", "{base64}", "sha256={hex}"])
def test_an_hmac_of_the_body_is_taken_as_gateways_write_it(form_of: str) -> None:
    body = json_post(MESSAGE).body
    digest = hmac.digest(b"s", body, "sha256")
    signature = form_of.format(hex=digest.hex(), HEX=digest.hex().upper(), base64=b64encode(digest).decode())
    provider = gateway(verify={"hmac_secret": "s"})
    assert is_taken(provider, raw(body, "application/json", x_signature=signature))
    assert not is_taken(provider, raw(body + b" ", "application/json", x_signature=signature))
    assert not is_taken(provider, raw(body, "application/json", x_signature=signature[:-1]))


def test_what_an_hmac_does_not_cover_does_not_count() -> None:
    provider = gateway(verify={"hmac_secret": "s"})
    empty = hmac.digest(b"s", b"", "sha256").hex()
    assert not is_taken(provider, get(MESSAGE, **{"x-signature": empty}))
    with pytest.raises(Unreadable):
        provider.read_inbound(form({"id": "1"}, f"{URL}?from=2&to=3&text=x"))


def test_a_gateway_with_json_is_described_by_paths() -> None:
    provider = gateway(
        format="json",
        auth="bearer",
        password="key",
        fields={"message.to": "{to_digits}", "message.text": "{text}", "message.id": "{id}"},
        id_field="messages.0.id",
        inbound={
            "id_field": "message.id",
            "from_field": "message.from",
            "to_field": "message.to",
            "text_field": "message.text",
            "media_field": "message.media",
        },
        receipts={"id_field": "id", "status_field": "report.status", "reason_field": "report.why"},
    )
    request = provider.request(outbound("Hi"))
    assert request.headers["authorization"] == "Bearer key"
    assert msgspec.json.decode(request.body) == {"message": {"to": "4915112345678", "text": "Hi", "id": "ms_1"}}
    assert provider.read_answer(200, {}, b'{"messages": [{"id": 7}]}') == Sent("7")
    assert provider.read_answer(200, {}, b"OK") == Sent(None)
    (found,) = provider.read_inbound(json_post({"message": MESSAGE | {"media": ["https://gateway.example.com/1"]}}))
    assert found.media == (Media(url="https://gateway.example.com/1"),)
    receipt = {"id": "7", "report": {"status": "Rejected", "why": "barred"}}
    assert provider.read_receipts(json_post(receipt)) == [
        Receipt(id="7", state=DeliveryState.FAILED, reason='The gateway could not deliver it: "barred".')
    ]


def test_a_gateway_may_want_a_form_and_a_password() -> None:
    request = gateway(auth="basic", user="u", password="p").request(outbound("a b"))
    assert request.headers == {"content-type": FORM, "authorization": "Basic dTpw"}
    assert parse_qsl(request.body.decode()) == [("from", "+14155550100"), ("to", "+4915112345678"), ("text", "a b")]


def test_a_url_with_a_query_keeps_it() -> None:
    request = gateway(url="http://127.0.0.1/send?route=1", method="GET").request(outbound())
    assert parse_qsl(urlsplit(request.url).query)[0] == ("route", "1")


def test_what_a_text_says_of_places_is_text() -> None:
    request = gateway(password="hunter2").request(outbound("{password} {{x}}"))
    assert dict(parse_qsl(request.body.decode()))["text"] == "{password} {{x}}"


def test_the_answer_to_a_webhook_is_what_the_settings_say() -> None:
    answer = gateway(answer_status=202, answer_body="ACK/Jasmin").acknowledged
    assert (answer.status, answer.body) == (202, b"ACK/Jasmin")


def test_no_credentials_go_with_a_request_for_a_file() -> None:
    assert gateway(auth="bearer", password="p").media_headers("http://127.0.0.1:13013/send/1") == {}


@pytest.mark.parametrize(
    "webhook",
    [
        get({name: value for name, value in MESSAGE.items() if name != "text"}),
        get([*MESSAGE.items(), ("from", "+4915100000000")]),
        get(MESSAGE | {"id": ""}),
        raw(b"id=%FF&from=1&to=2&text=3", FORM),
        raw("id=ü".encode(), FORM),
        raw(b"[]", "application/json"),
    ],
)
def test_what_is_no_message_is_unreadable(webhook: Webhook) -> None:
    with pytest.raises(Unreadable):
        gateway().read_inbound(webhook)
