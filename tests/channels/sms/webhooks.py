"""Webhooks as providers write them, signed."""

import hmac
import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from duetime.channels.sms.provider import BadSignature, OutboundSms, Provider, Webhook

URL = "https://care.example.com/channels/sms/text/inbound"
STATUS_URL = "https://care.example.com/channels/sms/text/status"
NOW_MS = 1_800_000_000_000
FORM = "application/x-www-form-urlencoded"

Fields = Mapping[str, str] | Sequence[tuple[str, str]]


def get(fields: Fields, url: str = URL, **headers: str) -> Webhook:
    return Webhook(method="GET", url=f"{url}?{urlencode(fields)}", headers=headers, body=b"", at=NOW_MS)


def form(fields: Fields, url: str = URL, **headers: str) -> Webhook:
    return raw(urlencode(fields).encode(), FORM, url, **headers)


def json_post(value: Any, url: str = URL, **headers: str) -> Webhook:
    return raw(json.dumps(value).encode(), "application/json", url, **headers)


def raw(body: bytes, content_type: str, url: str = URL, **headers: str) -> Webhook:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Webhook(method="POST", url=url, headers={"content-type": content_type, **named}, body=body, at=NOW_MS)


def is_taken(provider: Provider, webhook: Webhook) -> bool:
    try:
        provider.verify(webhook)
    except BadSignature:
        return False
    return True


def token(claims: Mapping[str, Any], secret: str, header: Any = None) -> str:
    """A JSON Web Token, signed with HS256."""
    parts = [json.dumps(part).encode() for part in (header or {"alg": "HS256", "typ": "JWT"}, claims)]
    signed = b".".join(urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    signature = urlsafe_b64encode(hmac.digest(secret.encode(), signed, sha256)).rstrip(b"=")
    return f"{signed.decode()}.{signature.decode()}"


def twilio_signature(text: str, secret: str) -> str:
    return b64encode(hmac.digest(secret.encode(), text.encode(), "sha1")).decode()


def outbound(text: str = "Hello", *, media: tuple[str, ...] = (), status_url: str | None = STATUS_URL) -> OutboundSms:
    return OutboundSms(
        id="ms_1", sender="+14155550100", to="+4915112345678", text=text, media=media, status_url=status_url
    )
