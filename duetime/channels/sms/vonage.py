"""Vonage's SMS API, and the webhooks of its Messages API for SMS.

Sources, at https://developer.vonage.com: "Inbound SMS", "Delivery receipts" and "Troubleshooting SMS"
(messaging/sms/guides), "Messaging opted-out numbers" (opt-out-assist/guides), "Send an SMS" (api/sms), and "Inbound
message" and "Message status" (api/messages).
"""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from duetime.channels.sms.provider import (
    Acknowledged,
    InboundSms,
    Later,
    Media,
    OutboundSms,
    Part,
    Receipt,
    Refused,
    Request,
    Sent,
    Webhook,
)
from duetime.channels.sms.reading import (
    Fields,
    as_id,
    as_text,
    check_address,
    check_id,
    check_text,
    check_url,
    digits,
    first_line,
    parse_object,
    read_flat,
    read_path,
    retry_after_s,
    with_links,
    with_plus,
)
from duetime.channels.sms.segments import Encoding, encoding_of
from duetime.channels.sms.vonage_codes import FAILED, OPTED_OUT, REFUSED, SETTINGS
from duetime.channels.sms.vonage_signature import check_fields, check_token
from duetime.config.sms_providers import Vonage
from duetime.router.errors import Unreadable
from duetime.router.message import DeliveryState

PARTS_MAX: Final = 255
_MEDIA: Final = ("image", "audio", "video", "file", "vcard")
"""What a message of the Messages API may hold beside text."""
_STATES: Final = {
    "accepted": DeliveryState.SENT,
    "buffered": DeliveryState.SENT,
    "submitted": DeliveryState.SENT,
    "delivered": DeliveryState.DELIVERED,
    "read": DeliveryState.READ,
    "failed": DeliveryState.FAILED,
    "expired": DeliveryState.FAILED,
    "rejected": DeliveryState.FAILED,
    "deleted": DeliveryState.FAILED,
    "undeliverable": DeliveryState.FAILED,
}


class VonageProvider:
    def __init__(self, account: Vonage) -> None:
        self._account = account

    @property
    def acknowledged(self) -> Acknowledged:
        return Acknowledged()

    def verify(self, webhook: Webhook) -> None:
        if self._account.signature == "jwt":
            check_token(webhook, self._account)
        else:
            check_fields(webhook, self._account)

    def read_inbound(self, webhook: Webhook) -> list[InboundSms]:
        message = _messages_api(webhook)
        if message is not None:
            return [_inbound(message)]
        fields = read_flat(webhook)
        return [
            InboundSms(
                id=check_id(fields.one("messageId"), "messageId"),
                sender=with_plus(check_address(fields.one("msisdn"), "msisdn")),
                to=with_plus(check_address(fields.one("to"), "to")),
                text=check_text(_text(fields)),
                part=_part(fields),
            )
        ]

    def read_receipts(self, webhook: Webhook) -> list[Receipt]:
        message = _messages_api(webhook)
        if message is not None:
            return [_receipt(message)]
        fields = read_flat(webhook)
        state = _STATES.get(fields.one("status"))
        code = fields.maybe("err-code") or ""
        failed = state is DeliveryState.FAILED
        return [
            Receipt(
                id=check_id(fields.one("messageId"), "messageId"),
                state=state,
                reason=_failure(code) if failed else None,
                opted_out=failed and code == OPTED_OUT,
                ours=as_id(fields.maybe("client-ref")),
            )
        ]

    def request(self, message: OutboundSms) -> Request:
        text = with_links(message.text, message.media)
        fields = {
            "api_key": self._account.api_key,
            "api_secret": self._account.api_secret,
            "from": digits(message.sender),
            "to": digits(message.to),
            "text": text,
            "type": "text" if encoding_of(text) is Encoding.GSM else "unicode",
            "client-ref": message.id,
            "status-report-req": "1",
        }
        if message.status_url:
            fields["callback"] = message.status_url
        return Request(
            method="POST",
            url=f"{self._account.api_url}/sms/json",
            headers={"content-type": "application/x-www-form-urlencoded"},
            body=urlencode(fields).encode(),
        )

    def read_answer(self, status: int, headers: Mapping[str, str], body: bytes) -> Sent | Later | Refused:
        """An answer has an entry for each part. If one was taken, the message is not sent again; its receipts repeat
        our id."""
        if not 200 <= status < 300:
            return Later(f"Vonage answered with HTTP {status}.", retry_after_s(headers))
        try:
            parts = [part for part in parse_object(body)["messages"] if isinstance(part, dict)]
        except (Unreadable, KeyError, TypeError):
            return Later(f'Vonage answered "{first_line(body)}".')
        taken = next((part for part in parts if part.get("status") == "0"), None)
        if taken is not None:
            return Sent(as_id(taken.get("message-id")))
        code = as_text(parts[0].get("status")) if parts else None
        if code in REFUSED:
            return Refused(REFUSED[code])
        sentence = SETTINGS.get(code or "", "Vonage did not take it.")
        return Later(sentence if code is None else f"{sentence} (Vonage's status {code})")

    def media_headers(self, url: str) -> dict[str, str]:
        return {}


def _messages_api(webhook: Webhook) -> dict[str, Any] | None:
    """The body, if it is one of the Messages API. Raises Unreadable."""
    if webhook.method == "GET" or not webhook.body.lstrip().startswith(b"{"):
        return None
    body = parse_object(webhook.body)
    return body if "message_uuid" in body else None


def _inbound(message: Mapping[str, Any]) -> InboundSms:
    media = [
        found for kind in ("image", "audio", "video", "file", "vcard") if (found := read_path(message, f"{kind}.url"))
    ]
    return InboundSms(
        id=check_id(_member(message, "message_uuid"), "message_uuid"),
        sender=with_plus(check_address(_member(message, "from"), "from")),
        to=with_plus(check_address(_member(message, "to"), "to")),
        text=check_text(as_text(message.get("text")) or ""),
        media=tuple(Media(url=check_url(as_text(url) or "")) for url in media),
    )


def _receipt(message: Mapping[str, Any]) -> Receipt:
    state = _STATES.get(_member(message, "status"))
    failed = state is DeliveryState.FAILED
    code = (as_text(read_path(message, "error.title")) or "") if failed else ""
    return Receipt(
        id=check_id(_member(message, "message_uuid"), "message_uuid"),
        state=state,
        reason=_failure(code) if failed else None,
        ours=as_id(message.get("client_ref")),
    )


def _member(message: Mapping[str, Any], name: str) -> str:
    text = as_text(message.get(name))
    if text is None:
        raise Unreadable(f"The field {name} is missing.")
    return text


def _text(fields: Fields) -> str:
    data = fields.maybe("data")
    return fields.maybe("text") or (f"(A message that is no text: {data})" if data else "")


def _part(fields: Fields) -> Part | None:
    if fields.maybe("concat") != "true":
        return None
    number, total = _small(fields, "concat-part"), _small(fields, "concat-total")
    if number > total:
        raise Unreadable("The field concat-part is greater than concat-total.")
    return Part(reference=check_id(fields.one("concat-ref"), "concat-ref"), number=number, total=total)


def _small(fields: Fields, name: str) -> int:
    text = fields.one(name)
    if not text.isascii() or not text.isdecimal() or len(text) > 3 or not 1 <= int(text) <= PARTS_MAX:
        raise Unreadable(f"The field {name} is no number from 1 to {PARTS_MAX}.")
    return int(text)


def _failure(code: str) -> str:
    sentence = FAILED.get(code, "Vonage could not deliver it.")
    return f"{sentence} (Vonage's code {code[:40]})" if code.isascii() and code.isalnum() else sentence
