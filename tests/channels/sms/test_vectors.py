"""The signature vectors of the providers all verify, and no byte of them can be another one."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import msgspec
import pytest

from duetime.channels.sms.messagebird import MessageBirdProvider
from duetime.channels.sms.provider import BadSignature, Provider, Webhook
from duetime.channels.sms.twilio import TwilioProvider
from duetime.channels.sms.vonage import VonageProvider
from duetime.config.sms_providers import MessageBird, Twilio, Vonage

FORM = "application/x-www-form-urlencoded"
URL = "https://care.example.com/channels/sms/text/inbound"

Parts = Mapping[str, str]
"""What a vector is made of, by name: what is signed, the signature, the secret."""


class Signed(msgspec.Struct, frozen=True):
    """A vector of which every part can be another one."""

    name: str
    parts: Parts
    webhook: Callable[[Parts], Webhook]
    provider: Callable[[str], Provider]
    """By its secret."""

    def is_taken(self, **changes: str) -> bool:
        parts = {**self.parts, **changes}
        try:
            self.provider(parts["secret"]).verify(self.webhook(parts))
        except BadSignature:
            return False
        return True


@pytest.fixture(scope="session")
def vectors(shared_dir: Path) -> Any:
    return json.loads((shared_dir / "sms" / "webhook_vectors.json").read_text(encoding="utf-8"))


def changed(text: str) -> Iterator[str]:
    """The text with each of its bytes another one, in its lowest bit and in its case, left out, and with one more."""
    for place, char in enumerate(text):
        for other in (chr(ord(char) ^ 1), chr(ord(char) ^ 0x20), ""):
            yield text[:place] + other + text[place + 1 :]
    yield f"{text}x"


def twilio(secret: str) -> Provider:
    return TwilioProvider(Twilio(account_sid="AC1", auth_token=secret))


def vonage(method: Any) -> Callable[[str], Provider]:
    return lambda secret: VonageProvider(
        Vonage(api_key="k", api_secret="s", signature_secret=secret, signature=method, signature_age_s=300)
    )


def messagebird(secret: str) -> Provider:
    return MessageBirdProvider(MessageBird(access_key="k", signing_key=secret))


def pairs_in(parts: Parts) -> list[tuple[str, str]]:
    """The fields, whose names and values are parts of their own."""
    names = sorted(name for name in parts if name.startswith("name"))
    return [(parts[name], parts[name.replace("name", "value")]) for name in names]


def as_parts(params: Mapping[str, Any]) -> dict[str, str]:
    pairs = [
        (name, str(one)) for name, given in params.items() for one in (given if isinstance(given, list) else [given])
    ]
    names = {f"name{number}": name for number, (name, _) in enumerate(pairs)}
    return names | {f"value{number}": value for number, (_, value) in enumerate(pairs)}


def twilio_form(vector: Any) -> Signed:
    def webhook(parts: Parts) -> Webhook:
        headers = {"content-type": FORM, "x-twilio-signature": parts["signature"]}
        body = urlencode(pairs_in(parts)).encode()
        return Webhook(method="POST", url=parts["url"], headers=headers, body=body, at=0)

    about = {"url": vector["url"], "signature": vector["expected"], "secret": vector["token"]}
    return Signed(f"twilio {vector['url']}", as_parts(vector["params"]) | about, webhook, twilio)


def twilio_body(vector: Any) -> Signed:
    def webhook(parts: Parts) -> Webhook:
        headers = {"content-type": "application/json", "x-twilio-signature": parts["signature"]}
        return Webhook(method="POST", url=parts["url"], headers=headers, body=parts["body"].encode(), at=0)

    names = {"url": "url", "signature": "expected", "secret": "token", "body": "body"}
    return Signed("twilio body", {part: vector[name] for part, name in names.items()}, webhook, twilio)


def vonage_fields(vector: Any) -> Signed:
    def webhook(parts: Parts) -> Webhook:
        query = urlencode([*pairs_in(parts), ("sig", parts["signature"])])
        at = vector["params"]["timestamp"] * 1000
        return Webhook(method="GET", url=f"{URL}?{query}", headers={}, body=b"", at=at)

    about = {"signature": vector["expected"], "secret": vector["secret"]}
    return Signed(f"vonage {vector['alg']}", as_parts(vector["params"]) | about, webhook, vonage(vector["alg"]))


def vonage_token(vector: Any) -> Signed:
    def webhook(parts: Parts) -> Webhook:
        headers = {"authorization": f"Bearer {parts['token']}"}
        return Webhook(method="POST", url=URL, headers=headers, body=b"", at=vector["claims"]["iat"] * 1000)

    parts = {"token": vector["token"], "secret": vector["secret"]}
    return Signed("vonage token", parts, webhook, vonage("jwt"))


def messagebird_token(vector: Any) -> Signed:
    def webhook(parts: Parts) -> Webhook:
        return Webhook(
            method=vector["method"],
            url=parts["url"],
            headers={"messagebird-signature-jwt": parts["token"]},
            body=parts["payload"].encode("latin-1"),
            at=int(datetime.fromisoformat(vector["timestamp"]).timestamp() * 1000),
        )

    parts = {name: vector.get(name) or "" for name in ("url", "token", "secret", "payload")}
    return Signed(f"messagebird {vector['name']}", parts, webhook, messagebird)


def all_signed(vectors: Any) -> Iterator[Signed]:
    yield from map(twilio_form, vectors["twilio"])
    yield twilio_body(vectors["twilio_body"])
    yield from map(vonage_fields, vectors["vonage"])
    yield vonage_token(vectors["vonage_jwt"])
    yield from (messagebird_token(vector) for vector in vectors["messagebird"] if vector["valid"])


def test_every_vector_verifies(vectors: Any) -> None:
    signed = list(all_signed(vectors))
    assert len(signed) > 30
    assert [one.name for one in signed if not one.is_taken()] == []


def test_no_vector_that_is_wrong_verifies(vectors: Any) -> None:
    wrong = [messagebird_token(vector) for vector in vectors["messagebird"] if not vector["valid"]]
    assert len(wrong) > 10
    assert [one.name for one in wrong if one.is_taken()] == []


def test_no_byte_of_a_vector_can_be_another_one(vectors: Any) -> None:
    checked = 0
    for signed in all_signed(vectors):
        for name, text in signed.parts.items():
            for other in changed(text):
                checked += 1
                assert not signed.is_taken(**{name: other}), f"{signed.name}: {name} {other!r}"
            assert not text or not signed.is_taken(**{name: ""}), f"{signed.name}: no {name}"
    assert checked > 30_000


def test_no_byte_of_a_form_can_be_another_one_that_means_something_else(vectors: Any) -> None:
    """The encoding of a field is not signed, its text is: %2B and %2b are the same."""
    for vector in vectors["twilio"]:
        signed = twilio_form(vector)
        webhook = signed.webhook(signed.parts)
        meant = sorted(pairs_in(signed.parts))
        provider = twilio(vector["token"])
        for place in range(len(webhook.body)):
            for bit in range(8):
                body = bytearray(webhook.body)
                body[place] ^= 1 << bit
                other = msgspec.structs.replace(webhook, body=bytes(body))
                assert not is_verified(provider, other) or same_text(bytes(body), meant), bytes(body)


def is_verified(provider: Provider, webhook: Webhook) -> bool:
    try:
        provider.verify(webhook)
    except BadSignature:
        return False
    return True


def same_text(body: bytes, meant: list[tuple[str, str]]) -> bool:
    return sorted(parse_qsl(body.decode(), keep_blank_values=True)) == meant
