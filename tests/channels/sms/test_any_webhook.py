"""Whatever is posted, it is read, or said to be unreadable; it is verified, or it is not."""

import contextlib
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetime.channels.sms.provider import BadSignature, InboundSms, Provider, Receipt, Webhook
from duetime.channels.sms.providers import provider_of
from duetime.config.sms_gateway import GatewayVerify, HttpGateway
from duetime.config.sms_providers import MessageBird, Twilio, Vonage
from duetime.config.sms_settings import SmsEndpoint
from duetime.router.errors import Unreadable
from tests.channels.sms.webhooks import FORM, NOW_MS, URL, token

VERIFY = GatewayVerify(secret="s", hmac_secret="s", networks=("10.0.0.0/8",))
VONAGE = Vonage(api_key="k", api_secret="s", signature_secret="s")
ENDPOINTS = {
    "twilio": SmsEndpoint(number="1234", twilio=Twilio(account_sid="AC1", auth_token="s")),
    "vonage": SmsEndpoint(number="1234", vonage=VONAGE),
    "vonage jwt": SmsEndpoint(number="1234", vonage=msgspec.structs.replace(VONAGE, signature="jwt")),
    "messagebird": SmsEndpoint(number="1234", messagebird=MessageBird(access_key="k", signing_key="s")),
    "http": SmsEndpoint(number="1234", http=HttpGateway(url="http://127.0.0.1/x", verify=VERIFY)),
}
PROVIDERS = {name: provider_of(endpoint) for name, endpoint in ENDPOINTS.items()}

NAMES = st.sampled_from(
    [
        *("MessageSid", "From", "To", "Body", "NumMedia", "MediaUrl0", "MessageStatus", "ErrorCode", "bodySHA256"),
        *(
            "messageId",
            "msisdn",
            "to",
            "text",
            "concat",
            "concat-ref",
            "concat-part",
            "concat-total",
            "sig",
            "timestamp",
        ),
        *("id", "originator", "recipient", "body", "mediaUrls", "status", "statusErrorCode", "from", "charset", "key"),
        *("timestamp", "message_uuid", "image", "error", ""),
    ]
)
VALUES = st.sampled_from(["1", "true", "delivered", "failed", "4915112345678", "https://a.example/b", "\x00", "ü", ""])
JSON = st.recursive(
    VALUES | st.none() | st.booleans() | st.integers() | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=20,
)
FIELDS = st.lists(st.tuples(NAMES, VALUES | st.text(max_size=20)), max_size=12)
BODIES = st.one_of(
    st.binary(max_size=300),
    FIELDS.map(lambda pairs: "&".join(f"{name}={value}" for name, value in pairs).encode(errors="replace")),
    st.dictionaries(NAMES, JSON, max_size=8).map(msgspec.json.encode),
    st.sampled_from([b"[" * 200_000, b'{"a":' * 50_000, b"\xef\xbb\xbf{}", b'"\\ud800"', b'{"id": "\\ud800"}']),
)
HEADERS = st.dictionaries(
    st.sampled_from(
        ["content-type", "x-twilio-signature", "authorization", "messagebird-signature-jwt", "x-signature"]
    ),
    st.sampled_from([FORM, "application/json", "multipart/form-data", "Bearer a.b.c", "a.b.c", ". .", "ü", ""])
    | st.text(max_size=50),
)
WEBHOOKS = st.builds(
    Webhook,
    method=st.sampled_from(["GET", "POST", "PUT"]),
    url=st.text(max_size=60).map(lambda query: f"{URL}?{query}") | st.text(max_size=30),
    headers=HEADERS,
    body=BODIES,
    at=st.just(NOW_MS),
    client=st.sampled_from(["10.0.0.1", "::1", "", "x"]),
)


@pytest.mark.parametrize("provider", PROVIDERS.values(), ids=PROVIDERS)
@given(webhook=WEBHOOKS)
def test_any_webhook_is_read_or_unreadable(provider: Provider, webhook: Webhook) -> None:
    for read in (provider.read_inbound, provider.read_receipts):
        found: list[InboundSms] | list[Receipt] = []
        with contextlib.suppress(Unreadable):
            found = read(webhook)
        for one in found:
            assert one.id.isprintable()
            assert msgspec.json.decode(msgspec.json.encode(one), type=type(one)) == one


@pytest.mark.parametrize("provider", PROVIDERS.values(), ids=PROVIDERS)
@given(webhook=WEBHOOKS)
def test_no_webhook_that_is_made_up_is_taken(provider: Provider, webhook: Webhook) -> None:
    with pytest.raises(BadSignature):
        provider.verify(webhook)


@given(claims=JSON, header=JSON)
def test_any_token_that_is_signed_is_taken_or_not(claims: Any, header: Any) -> None:
    signed = token(claims, "s", header)
    headers = {"authorization": f"Bearer {signed}", "messagebird-signature-jwt": signed}
    webhook = Webhook(method="GET", url=URL, headers=headers, body=b"", at=NOW_MS)
    for name in ("vonage jwt", "messagebird"):
        with contextlib.suppress(BadSignature):
            PROVIDERS[name].verify(webhook)
            assert isinstance(claims, dict)


@pytest.mark.parametrize("provider", PROVIDERS.values(), ids=PROVIDERS)
@given(status=st.integers(100, 599), headers=HEADERS, body=BODIES, after=st.text(max_size=10))
def test_any_answer_is_told_apart(
    provider: Provider, status: int, headers: dict[str, str], body: bytes, after: str
) -> None:
    answer = provider.read_answer(status, headers | {"retry-after": after}, body)
    assert msgspec.json.encode(answer)
