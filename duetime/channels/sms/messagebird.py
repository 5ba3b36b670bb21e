"""MessageBird's SMS API, which Bird keeps up.

Sources, at https://developers.messagebird.com/api: "SMS messaging" (messages, status reports, received messages, and
error codes in "API errors") and "Verifying webhook requests" (``MessageBird-Signature-JWT``); for what is received as
an MMS "MMS messaging".
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from duetime.channels.sms.provider import (
    Acknowledged,
    BadSignature,
    InboundSms,
    Later,
    Media,
    OutboundSms,
    Receipt,
    Refused,
    Request,
    Sent,
    Webhook,
)
from duetime.channels.sms.reading import (
    MEDIA_MAX,
    as_id,
    as_text,
    check_address,
    check_id,
    check_text,
    check_url,
    digits,
    is_form,
    parse_object,
    read_flat,
    read_form,
    read_path,
    retry_after_s,
    shown,
    with_links,
    with_plus,
)
from duetime.channels.sms.segments import Encoding, encoding_of
from duetime.channels.sms.signed_token import check_hash, read_claims, time_of
from duetime.config.sms_providers import MessageBird
from duetime.router.errors import Unreadable
from duetime.router.message import DeliveryState

CLOCKS_S: Final = 300
"""So far two clocks may be apart. A token is good for a minute."""
_STATES: Final = {
    "sent": DeliveryState.SENT,
    "delivered": DeliveryState.DELIVERED,
    "expired": DeliveryState.FAILED,
    "delivery_failed": DeliveryState.FAILED,
}
_FAILED: Final = {
    "carrier rejected": "The network refused the message.",
    "expired": "The message could not be delivered in time.",
    "incorrect number": "The number does not exist.",
    "insufficient balance": "The account at MessageBird has too little credit.",
    "opted out": "The recipient opted out of messages from this number.",
    "received network error": "The recipient's network had a fault.",
    "unavailable subscriber": "The phone cannot be reached, it may be off.",
    "unknown subscriber": "The number is not in service.",
}
"""By a receipt's ``statusReason``."""
_OPTED_OUT: Final = "103"
"""A receipt's ``statusErrorCode``: EC_SUBSCRIBER_OPTEDOUT."""
_OURS: Final = {
    2: "MessageBird does not accept the access key.",
    25: "The account at MessageBird has too little credit.",
    98: "MessageBird does not know the address of its API: see api_url.",
    99: "MessageBird had a fault.",
}
"""By the ``code`` of an error: not the message's fault."""
_OF_MESSAGE: Final = frozenset({"body", "recipient", "recipients"})
"""Parameters whose errors are the message's own fault."""


class MessageBirdProvider:
    def __init__(self, account: MessageBird) -> None:
        self._account = account

    @property
    def acknowledged(self) -> Acknowledged:
        return Acknowledged(body=b"OK")

    def verify(self, webhook: Webhook) -> None:
        """A token of a minute, with hashes of the URL and of the body."""
        claims = read_claims(webhook.headers.get("messagebird-signature-jwt", ""), self._account.signing_key)
        begins, ends = time_of(claims, "nbf"), time_of(claims, "exp")
        if claims.get("iss") != "MessageBird" or begins is None or ends is None:
            raise BadSignature
        if not begins - CLOCKS_S <= webhook.at / 1000 <= ends + CLOCKS_S:
            raise BadSignature
        check_hash(claims, "url_hash", webhook.url.encode(errors="replace"))
        if webhook.body or "payload_hash" in claims:
            if not webhook.body:
                raise BadSignature
            check_hash(claims, "payload_hash", webhook.body)

    def read_inbound(self, webhook: Webhook) -> list[InboundSms]:
        fields = read_flat(webhook)
        text = fields.maybe("body")
        return [
            InboundSms(
                id=check_id(fields.one("id"), "id"),
                sender=with_plus(check_address(fields.one("originator"), "originator")),
                to=with_plus(check_address(fields.one("recipient"), "recipient")),
                text=check_text(text if text is not None else fields.maybe("payload") or ""),
                media=tuple(Media(url=check_url(url)) for url in _media(webhook)),
            )
        ]

    def read_receipts(self, webhook: Webhook) -> list[Receipt]:
        fields = read_flat(webhook)
        state = _STATES.get(fields.one("status"))
        code, said = fields.maybe("statusErrorCode") or "", (fields.maybe("statusReason") or "").lower()
        failed = state is DeliveryState.FAILED
        opted_out = failed and (code == _OPTED_OUT or said == "opted out")
        return [
            Receipt(
                id=check_id(fields.one("id"), "id"),
                state=state,
                reason=_failure(code, "opted out" if opted_out else said) if failed else None,
                opted_out=opted_out,
                ours=as_id(fields.maybe("reference")),
            )
        ]

    def request(self, message: OutboundSms) -> Request:
        text = with_links(message.text, message.media)
        body = {
            "originator": digits(message.sender),
            "recipients": [digits(message.to)],
            "body": text,
            "datacoding": "plain" if encoding_of(text) is Encoding.GSM else "unicode",
            "reference": message.id,
        }
        if message.status_url:
            body["reportUrl"] = message.status_url
        return Request(
            method="POST",
            url=f"{self._account.api_url}/messages",
            headers={"content-type": "application/json", **self._authorization()},
            body=msgspec.json.encode(body),
        )

    def read_answer(self, status: int, headers: Mapping[str, str], body: bytes) -> Sent | Later | Refused:
        try:
            answer = parse_object(body)
        except Unreadable:
            answer = {}
        if 200 <= status < 300:
            return Sent(as_id(answer.get("id")))
        code, parameter = read_path(answer, "errors.0.code"), read_path(answer, "errors.0.parameter")
        if isinstance(code, int) and code in _OURS:
            return Later(f"{_OURS[code]} (MessageBird's error {code})", retry_after_s(headers))
        said = shown(as_text(read_path(answer, "errors.0.description")) or "")
        if 400 <= status < 500 and isinstance(parameter, str) and parameter in _OF_MESSAGE:
            return Refused(f"MessageBird does not take it: {said}.")
        if status in (401, 403):
            return Later(f"MessageBird does not accept the access key (HTTP {status}).")
        sentence = f"MessageBird answered with HTTP {status}"
        return Later(f"{sentence}: {said}." if said else f"{sentence}.", retry_after_s(headers))

    def media_headers(self, url: str) -> dict[str, str]:
        return self._authorization() if url.startswith(f"{self._account.api_url}/") else {}

    def _authorization(self) -> dict[str, str]:
        return {"authorization": f"AccessKey {self._account.access_key}"}


def _media(webhook: Webhook) -> list[str]:
    """The addresses of an MMS's files, which come as a list."""
    if webhook.method == "GET":
        return []
    if is_form(webhook):
        return [value for name, value in read_form(webhook) if name in ("mediaUrls", "mediaUrls[]")][:MEDIA_MAX]
    urls: Any = parse_object(webhook.body).get("mediaUrls")
    return [as_text(url) or "" for url in urls][:MEDIA_MAX] if isinstance(urls, list) else []


def _failure(code: str, said: str) -> str:
    sentence = _FAILED.get(said, "The message could not be delivered.")
    is_code = code.isascii() and code.isdecimal() and len(code) < 9
    return f"{sentence} (MessageBird's code {code})" if is_code else sentence
