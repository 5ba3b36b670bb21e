"""Twilio: what it posts is verified and read, what it takes is written, what it answers is told apart."""

from urllib.parse import parse_qsl

import pytest

from duetime.channels.sms.provider import InboundSms, Later, Media, Receipt, Refused, Sent, Webhook
from duetime.channels.sms.twilio import TwilioProvider
from duetime.channels.sms.words import Word
from duetime.config.sms_providers import Twilio
from duetime.router.errors import Unreadable
from duetime.router.message import DeliveryState
from tests.channels.sms.webhooks import STATUS_URL, URL, form, get, is_taken, outbound, raw, twilio_signature

ACCOUNT = Twilio(account_sid="AC1", auth_token="token")
PROVIDER = TwilioProvider(ACCOUNT)
MESSAGE = {"MessageSid": "SM1", "AccountSid": "AC1", "From": "+4915112345678", "To": "+14155550100", "Body": "Grüße"}


def signed(fields: dict[str, str], url: str = URL, called: str | None = None) -> Webhook:
    """A webhook to `url`, signed as one to `called`."""
    text = (called or url) + "".join(name + fields[name] for name in sorted(fields))
    return form(fields, url, x_twilio_signature=twilio_signature(text, "token"))


def test_a_message_is_read() -> None:
    webhook = signed(MESSAGE)
    assert is_taken(PROVIDER, webhook)
    expected = InboundSms(id="SM1", sender="+4915112345678", to="+14155550100", text="Grüße")
    assert PROVIDER.read_inbound(webhook) == [expected]


def test_a_message_by_get_is_read() -> None:
    webhook = get(MESSAGE)
    webhook = get(MESSAGE, **{"x-twilio-signature": twilio_signature(webhook.url, "token")})
    assert is_taken(PROVIDER, webhook)
    assert PROVIDER.read_inbound(webhook)[0].text == "Grüße"


def test_files_of_a_message_are_named() -> None:
    media = {"NumMedia": "2", "MediaUrl0": "https://api.twilio.com/a", "MediaContentType0": "image/jpeg"}
    (found,) = PROVIDER.read_inbound(form(MESSAGE | media | {"MediaUrl1": "https://api.twilio.com/b", "Body": ""}))
    assert found.media == (
        Media(url="https://api.twilio.com/a", content_type="image/jpeg"),
        Media(url="https://api.twilio.com/b"),
    )
    assert found.text == ""


def test_a_word_that_twilio_knows_is_told() -> None:
    (found,) = PROVIDER.read_inbound(form(MESSAGE | {"OptOutType": "STOP", "Body": "genug"}))
    assert found.word is Word.STOP


@pytest.mark.parametrize("called", [URL, URL.replace("example.com", "example.com:443")])
def test_the_port_of_the_scheme_may_be_signed_or_not(called: str) -> None:
    assert is_taken(PROVIDER, signed(MESSAGE, URL, called))
    assert is_taken(PROVIDER, signed(MESSAGE, URL.replace("example.com", "example.com:443"), called))


def test_another_port_or_address_is_not_taken() -> None:
    assert not is_taken(PROVIDER, signed(MESSAGE, URL, URL.replace("example.com", "example.com:8443")))
    assert not is_taken(PROVIDER, signed(MESSAGE, URL, URL.replace("inbound", "status")))


def test_a_body_that_the_signature_does_not_cover_is_not_taken() -> None:
    signature = twilio_signature(URL, "token")
    assert is_taken(PROVIDER, raw(b"", "application/json", URL, x_twilio_signature=signature))
    assert not is_taken(PROVIDER, raw(b'{"a": 1}', "application/json", URL, x_twilio_signature=signature))
    twice = f"{URL}?bodySHA256=0&bodySHA256=0"
    assert not is_taken(PROVIDER, raw(b"{}", "application/json", twice, x_twilio_signature=signature))


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("queued", None),
        ("sending", None),
        ("sent", DeliveryState.SENT),
        ("delivered", DeliveryState.DELIVERED),
        ("read", DeliveryState.READ),
        ("something new", None),
    ],
)
def test_a_receipt_says_how_far_a_message_got(status: str, state: DeliveryState | None) -> None:
    webhook = form({"MessageSid": "SM1", "MessageStatus": status})
    assert PROVIDER.read_receipts(webhook) == [Receipt(id="SM1", state=state)]


@pytest.mark.parametrize(
    ("code", "reason", "opted_out"),
    [
        ("30005", "The number is unknown, or no longer in service. (Twilio's error 30005)", False),
        ("21610", "The recipient opted out of messages from this number. (Twilio's error 21610)", True),
        ("99999", "Twilio could not deliver it. (Twilio's error 99999)", False),
        ("x", "Twilio could not deliver it, and does not say why.", False),
    ],
)
def test_a_receipt_of_a_failure_says_why(code: str, reason: str, opted_out: bool) -> None:
    (receipt,) = PROVIDER.read_receipts(form({"MessageSid": "SM1", "MessageStatus": "undelivered", "ErrorCode": code}))
    assert receipt == Receipt(id="SM1", state=DeliveryState.FAILED, reason=reason, opted_out=opted_out)


def test_a_message_is_sent_with_the_accounts_credentials() -> None:
    request = PROVIDER.request(outbound("Grüße €", media=("https://care.example.com/a", "https://care.example.com/b")))
    assert (request.method, request.url) == ("POST", "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages.json")
    assert request.headers["authorization"] == "Basic QUMxOnRva2Vu"
    assert parse_qsl(request.body.decode()) == [
        ("To", "+4915112345678"),
        ("From", "+14155550100"),
        ("Body", "Grüße €"),
        ("StatusCallback", STATUS_URL),
        ("MediaUrl", "https://care.example.com/a"),
        ("MediaUrl", "https://care.example.com/b"),
    ]


def test_an_api_key_and_a_messaging_service_stand_in() -> None:
    provider = TwilioProvider(
        Twilio(
            account_sid="AC1",
            auth_token="token",
            api_key_sid="SK1",
            api_key_secret="s",
            messaging_service_sid="MG1",
            api_url="http://127.0.0.1:9",
        )
    )
    request = provider.request(outbound(status_url=None))
    assert request.url.startswith("http://127.0.0.1:9/2010-04-01/Accounts/AC1/")
    assert request.headers["authorization"] == "Basic U0sxOnM="
    assert ("MessagingServiceSid", "MG1") in parse_qsl(request.body.decode())
    assert b"StatusCallback" not in request.body


@pytest.mark.parametrize(
    ("status", "body", "answer"),
    [
        (201, b'{"sid": "SM1", "status": "queued"}', Sent("SM1")),
        (201, b"not JSON", Sent(None)),
        (400, b'{"code": 21211}', Refused("The number does not exist.")),
        (
            400,
            b'{"code": 21610}',
            Refused("The recipient opted out of messages from this number.", opted_out=True),
        ),
        (
            400,
            b'{"code": 12345}',
            Refused("Twilio refused it with error 12345: https://www.twilio.com/docs/api/errors/12345"),
        ),
        (401, b'{"code": 20003}', Later("Twilio does not accept the account's credentials. (Twilio's error 20003)")),
        (403, b"", Later("Twilio does not accept the account's credentials (HTTP 403).")),
        (
            400,
            b'{"code": 21606}',
            Later("Our number is not one of the account's that can send. (Twilio's error 21606)"),
        ),
        (429, b"", Later("Twilio answered with HTTP 429.", 7.0)),
        (503, b"<html>", Later("Twilio answered with HTTP 503.", 7.0)),
    ],
)
def test_what_is_our_settings_fault_is_tried_again_and_what_is_the_messages_fault_is_not(
    status: int, body: bytes, answer: object
) -> None:
    assert PROVIDER.read_answer(status, {"retry-after": "7"}, body) == answer


def test_credentials_go_to_twilios_own_api_alone() -> None:
    assert "authorization" in PROVIDER.media_headers(
        "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME1"
    )
    for url in (
        "https://api.twilio.com.evil.example/x",
        "http://api.twilio.com/x",
        "https://evil.example/api.twilio.com/",
    ):
        assert PROVIDER.media_headers(url) == {}


@pytest.mark.parametrize(
    "webhook",
    [
        form({name: value for name, value in MESSAGE.items() if name != "MessageSid"}),
        form({name: value for name, value in MESSAGE.items() if name != "From"}),
        form([*MESSAGE.items(), ("From", "+4915100000000")]),
        form(MESSAGE | {"MessageSid": "SM1\x00"}),
        form(MESSAGE | {"MessageSid": "S" * 201}),
        form(MESSAGE | {"From": "\n"}),
        form(MESSAGE | {"Body": "x" * 64_001}),
        form(MESSAGE | {"NumMedia": "1"}),
        form(MESSAGE | {"NumMedia": "-1"}),
        form(MESSAGE | {"NumMedia": "1", "MediaUrl0": "file:///etc/passwd"}),
        form(MESSAGE | {"NumMedia": "1", "MediaUrl0": "https://a\r\nb"}),
        form([(f"f{number}", "") for number in range(1000)]),
        raw(b"MessageSid=%FF&From=1&To=2", "application/x-www-form-urlencoded"),
        raw("MessageSid=ü".encode(), "application/x-www-form-urlencoded"),
    ],
)
def test_what_is_no_message_is_unreadable(webhook: Webhook) -> None:
    with pytest.raises(Unreadable):
        PROVIDER.read_inbound(webhook)


def test_what_no_screen_shows_is_left_out_of_a_text() -> None:
    (found,) = PROVIDER.read_inbound(form(MESSAGE | {"Body": "a\x00b\x1b[31m\nc"}))
    assert found.text == "ab[31m\nc"


def test_the_answer_to_a_webhook_sends_nothing_back() -> None:
    assert PROVIDER.acknowledged.body.endswith(b"<Response/>")
