"""Twilio's Programmable Messaging.

Sources, all at https://www.twilio.com/docs: "Webhooks security" and "Security" (signatures), "Twilio's request to your
incoming message webhook URL" (what comes), "Message resource" (what we send, and its status callbacks), "Error and
warning dictionary" (codes), "Programmable Messaging and opt-out" (``OptOutType``).
"""

import hmac
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Final
from urllib.parse import quote, urlencode, urlsplit

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
    Fields,
    as_id,
    check_address,
    check_id,
    check_text,
    check_url,
    is_form,
    parse_object,
    read_form,
    read_query,
    retry_after_s,
)
from duetime.channels.sms.twilio_codes import FAILED, OPTED_OUT, REFUSED, SETTINGS
from duetime.channels.sms.words import Word
from duetime.config.sms_providers import Twilio
from duetime.router.errors import Unreadable
from duetime.router.message import DeliveryState

OUTBOUND_MEDIA_MAX: Final = 10
_STATES: Final = {
    "sent": DeliveryState.SENT,
    "delivered": DeliveryState.DELIVERED,
    "read": DeliveryState.READ,
    "undelivered": DeliveryState.FAILED,
    "failed": DeliveryState.FAILED,
    "canceled": DeliveryState.FAILED,
}
_WORDS: Final = {"STOP": Word.STOP, "START": Word.START, "HELP": Word.HELP}
_CONTENT_TYPE: Final = re.compile(r"[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,60}\Z", re.ASCII | re.IGNORECASE)
_PORTS: Final = {"http": 80, "https": 443}


class TwilioProvider:
    def __init__(self, account: Twilio) -> None:
        self._account = account
        self._token = account.auth_token.encode()

    @property
    def acknowledged(self) -> Acknowledged:
        return Acknowledged(content_type="text/xml", body=b'<?xml version="1.0" encoding="UTF-8"?><Response/>')

    def verify(self, webhook: Webhook) -> None:
        """HMAC-SHA1 of the URL and the form's fields; for another body the URL has its hash, in ``bodySHA256``."""
        given = webhook.headers.get("x-twilio-signature", "")
        try:
            fields = self._signed_fields(webhook)
        except Unreadable as error:
            raise BadSignature from error
        correct = [self._signature(url + fields) for url in _with_and_without_port(webhook.url)]
        if sum(hmac.compare_digest(one, given.encode(errors="replace")) for one in correct) == 0:
            raise BadSignature

    def read_inbound(self, webhook: Webhook) -> list[InboundSms]:
        fields = _fields(webhook)
        return [
            InboundSms(
                id=check_id(fields.one("MessageSid"), "MessageSid"),
                sender=check_address(fields.one("From"), "From"),
                to=check_address(fields.one("To"), "To"),
                text=check_text(fields.maybe("Body") or ""),
                media=tuple(_media(fields)),
                word=_WORDS.get(fields.maybe("OptOutType") or ""),
            )
        ]

    def read_receipts(self, webhook: Webhook) -> list[Receipt]:
        fields = _fields(webhook)
        state = _STATES.get(fields.one("MessageStatus"))
        code = _code(fields.maybe("ErrorCode"))
        return [
            Receipt(
                id=check_id(fields.one("MessageSid"), "MessageSid"),
                state=state,
                reason=_failure(code) if state is DeliveryState.FAILED else None,
                opted_out=code == OPTED_OUT,
            )
        ]

    def request(self, message: OutboundSms) -> Request:
        account = self._account
        fields = [("To", message.to), ("From", message.sender), ("Body", message.text)]
        if account.messaging_service_sid:
            fields.append(("MessagingServiceSid", account.messaging_service_sid))
        if message.status_url:
            fields.append(("StatusCallback", message.status_url))
        fields += [("MediaUrl", url) for url in message.media[:OUTBOUND_MEDIA_MAX]]
        return Request(
            method="POST",
            url=f"{account.api_url}/2010-04-01/Accounts/{quote(account.account_sid)}/Messages.json",
            headers={"content-type": "application/x-www-form-urlencoded", **self._authorization()},
            body=urlencode(fields).encode(),
        )

    def read_answer(self, status: int, headers: Mapping[str, str], body: bytes) -> Sent | Later | Refused:
        try:
            answer = parse_object(body)
        except Unreadable:
            answer = {}
        if 200 <= status < 300:
            return Sent(as_id(answer.get("sid")))
        said = answer.get("code")
        code = said if isinstance(said, int) else 0
        if code in REFUSED:
            return Refused(REFUSED[code], opted_out=code == OPTED_OUT)
        if code in SETTINGS:
            after_s = retry_after_s(headers) if status == 429 else None
            return Later(f"{SETTINGS[code]} (Twilio's error {code})", after_s)
        if status == 400 and code:
            return Refused(f"Twilio refused it with error {code}: https://www.twilio.com/docs/api/errors/{code}")
        if status in (401, 403):
            return Later(f"Twilio does not accept the account's credentials (HTTP {status}).")
        return Later(f"Twilio answered with HTTP {status}.", retry_after_s(headers))

    def media_headers(self, url: str) -> dict[str, str]:
        """The account's credentials for its API, which hands on to a store that needs none."""
        return self._authorization() if url.startswith(f"{self._account.api_url}/") else {}

    def _authorization(self) -> dict[str, str]:
        account = self._account
        user, password = account.api_key_sid or account.account_sid, account.api_key_secret or account.auth_token
        return {"authorization": f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"}

    def _signed_fields(self, webhook: Webhook) -> str:
        """What stands behind the URL where the signature is made. Raises BadSignature for a body that it does not
        cover, and Unreadable."""
        hashes = Fields(read_query(webhook)).values.get("bodySHA256")
        if hashes is not None:
            digest = sha256(webhook.body).hexdigest().encode()
            if not hmac.compare_digest(digest, hashes[0].encode(errors="replace")) or len(hashes) > 1:
                raise BadSignature
            return ""
        if not webhook.body:
            return ""
        if not is_form(webhook):
            raise BadSignature
        fields = Fields(read_form(webhook)).values
        # A field that comes several times counts once with each of its values.
        return "".join(name + value for name in sorted(fields) for value in sorted(set(fields[name])))

    def _signature(self, text: str) -> bytes:
        return b64encode(hmac.digest(self._token, text.encode(errors="replace"), "sha1"))


def _with_and_without_port(url: str) -> Iterator[str]:
    """The URL as it is, and the other way: Twilio signs some requests with the scheme's port, others without one."""
    yield url
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return
    host = parts.netloc.removesuffix(f":{port}")
    other = host if port is not None else f"{host}:{_PORTS.get(parts.scheme, 443)}"
    yield url.replace(f"//{parts.netloc}", f"//{other}", 1)


def _fields(webhook: Webhook) -> Fields:
    return Fields(read_query(webhook) if webhook.method == "GET" else read_form(webhook))


def _media(fields: Fields) -> Iterator[Media]:
    count = fields.maybe("NumMedia") or "0"
    if not count.isascii() or not count.isdecimal() or len(count) > 3:
        raise Unreadable("The field NumMedia is no number.")
    for number in range(min(int(count), MEDIA_MAX)):
        url = check_url(fields.one(f"MediaUrl{number}"))
        said = fields.maybe(f"MediaContentType{number}") or ""
        yield Media(url=url, content_type=said if _CONTENT_TYPE.match(said) else None)


def _code(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 10 else None


def _failure(code: int | None) -> str:
    if code is None:
        return "Twilio could not deliver it, and does not say why."
    sentence = FAILED.get(code) or REFUSED.get(code) or SETTINGS.get(code) or "Twilio could not deliver it."
    return f"{sentence} (Twilio's error {code})"
