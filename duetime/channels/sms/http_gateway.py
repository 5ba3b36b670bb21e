"""A gateway that the settings describe.

Kannel's smsbox is one: "Kannel 1.4.5 User's Guide" (https://www.kannel.org/download/1.4.5/userguide-1.4.5/userguide.html),
chapter 6, "Using the HTTP interface to send SMS messages", "Delivery reports" and the escape codes of ``get-url``. It
answers ``0: Accepted for delivery`` without an id, so its receipts carry ours in ``dlr-url``, and their ``%d`` is 1
delivered, 2 failed, 4 queued, 8 taken by the network, 16 refused by it.
"""

from base64 import b64encode
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, urlencode

import msgspec

from duetime.channels.sms.http_fields import Said
from duetime.channels.sms.http_verify import check_webhook
from duetime.channels.sms.provider import (
    Acknowledged,
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
    check_address,
    check_id,
    check_text,
    check_url,
    digits,
    first_line,
    is_form,
    parse_object,
    query_of,
    read_path,
    retry_after_s,
    shown,
    with_links,
)
from duetime.channels.sms.segments import Encoding, encoding_of
from duetime.config.sms_gateway import HttpGateway
from duetime.router.errors import Unreadable
from duetime.router.message import DeliveryState
from duetime.router.template import fill, has_place

_CODINGS: Final = {Encoding.GSM: "0", Encoding.UCS2: "2"}


class HttpGatewayProvider:
    def __init__(self, gateway: HttpGateway) -> None:
        self._gateway = gateway
        self._states = {
            word.casefold(): state
            for state, words in (
                (DeliveryState.SENT, gateway.receipts.sent),
                (DeliveryState.DELIVERED, gateway.receipts.delivered),
                (DeliveryState.READ, gateway.receipts.read),
                (DeliveryState.FAILED, gateway.receipts.failed),
            )
            for word in words
        }

    @property
    def acknowledged(self) -> Acknowledged:
        return Acknowledged(status=self._gateway.answer_status, body=self._gateway.answer_body.encode())

    def verify(self, webhook: Webhook) -> None:
        check_webhook(webhook, self._gateway.verify)

    def read_inbound(self, webhook: Webhook) -> list[InboundSms]:
        where = self._gateway.inbound
        said = self._said(webhook)
        charset = (said.maybe(where.charset_field) or "").lower() if where.charset_field else ""
        media = said.every(where.media_field)[:MEDIA_MAX] if where.media_field else []
        return [
            InboundSms(
                id=check_id(said.one(where.id_field), where.id_field),
                sender=check_address(said.one(where.from_field), where.from_field),
                to=check_address(said.one(where.to_field), where.to_field),
                text=check_text(said.text(where.text_field, charset)),
                media=tuple(Media(url=check_url(url)) for url in media),
            )
        ]

    def read_receipts(self, webhook: Webhook) -> list[Receipt]:
        where = self._gateway.receipts
        said = self._said(webhook)
        state = self._states.get(said.one(where.status_field).strip().casefold())
        reason = said.maybe(where.reason_field) if where.reason_field else None
        return [
            Receipt(
                id=check_id(said.one(where.id_field), where.id_field),
                state=state,
                reason=_failure(reason) if state is DeliveryState.FAILED else None,
            )
        ]

    def request(self, message: OutboundSms) -> Request:
        gateway = self._gateway
        fields = self._fields(message)
        if gateway.method == "GET":
            url = f"{gateway.url}{'&' if '?' in gateway.url else '?'}{urlencode(fields)}"
            return Request(method="GET", url=url, headers=self._authorization())
        if gateway.format == "json":
            kind, body = "application/json", msgspec.json.encode(_nested(fields))
        else:
            kind, body = "application/x-www-form-urlencoded", urlencode(fields).encode()
        headers = {"content-type": kind, **self._authorization()}
        return Request(method="POST", url=gateway.url, headers=headers, body=body)

    def read_answer(self, status: int, headers: Mapping[str, str], body: bytes) -> Sent | Later | Refused:
        gateway = self._gateway
        said = first_line(body)
        sentence = f"The gateway answered with HTTP {status}" + (f': "{said}".' if said else ".")
        if status in gateway.refused_statuses:
            return Refused(sentence)
        if not 200 <= status < 300:
            return Later(sentence, retry_after_s(headers))
        if gateway.sent_prefixes and not said.startswith(gateway.sent_prefixes):
            return Later(sentence)
        if gateway.id_field is None:
            return Sent()
        try:
            return Sent(as_id(read_path(parse_object(body), gateway.id_field)))
        except Unreadable:
            return Sent()  # It is there, and must not go twice for want of an id.

    def media_headers(self, url: str) -> dict[str, str]:
        return {}

    def _authorization(self) -> dict[str, str]:
        gateway = self._gateway
        match gateway.auth:
            case "basic":
                return {"authorization": f"Basic {b64encode(f'{gateway.user}:{gateway.password}'.encode()).decode()}"}
            case "bearer":
                return {"authorization": f"Bearer {gateway.password}"}
        return {}

    def _fields(self, message: OutboundSms) -> dict[str, str]:
        gateway = self._gateway
        text = with_links(message.text, message.media)
        values = {
            "from": message.sender,
            "to": message.to,
            "from_digits": digits(message.sender),
            "to_digits": digits(message.to),
            "text": text,
            "id": message.id,
            "coding": _CODINGS[encoding_of(text)],
            "user": gateway.user,
            "password": gateway.password or "",
            "secret": gateway.verify.secret or "",
        }
        quoted = {name: quote(value, safe="") for name, value in values.items()}
        fields = {}
        for name, template in gateway.fields.items():
            if not has_place(template, "status_url"):
                fields[name] = fill(template, values)
            elif message.status_url:  # The rest of an address is written as an address wants it.
                fields[name] = fill(template, quoted | {"status_url": message.status_url})
        return fields

    def _said(self, webhook: Webhook) -> Said:
        """What a webhook says. Where its body is signed, nothing beside the body counts."""
        if webhook.method != "GET" and webhook.body and not is_form(webhook):
            return Said(tree=parse_object(webhook.body))
        try:
            body = webhook.body.decode("ascii")
        except UnicodeDecodeError as error:
            raise Unreadable("The form is not percent-encoded.") from error
        signed = self._gateway.verify.hmac_secret is not None
        parts = [body] if signed else [query_of(webhook.url), body if webhook.method != "GET" else ""]
        return Said(form="&".join(filter(None, parts)))


def _nested(fields: Mapping[str, str]) -> dict[str, Any]:
    """``{"message.to": "+49"}`` → ``{"message": {"to": "+49"}}``."""
    tree: dict[str, Any] = {}
    for path, value in fields.items():
        *tables, name = path.split(".")
        table = tree
        for step in tables:
            table = table.setdefault(step, {})
        table[name] = value
    return tree


def _failure(said: str | None) -> str:
    if not said:
        return "The gateway could not deliver it, and does not say why."
    return f'The gateway could not deliver it: "{shown(said)}".'
