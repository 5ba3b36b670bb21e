"""How Vonage signs its webhooks: by the fields of the SMS API, or by the token of the Messages API.

Sources, at https://developer.vonage.com: "Signing messages" (getting-started/concepts/signing-messages) and "Decoding
signed webhooks" (getting-started/concepts/webhooks#decoding-signed-webhooks).
"""

import hashlib
import hmac
from typing import Final

from duetime.channels.sms.provider import BadSignature, Webhook
from duetime.channels.sms.reading import is_form, read_flat, read_form, read_query
from duetime.channels.sms.signed_token import check_hash, read_claims, time_of
from duetime.config.sms_providers import Vonage
from duetime.router.errors import Unreadable

AHEAD_S: Final = 300
"""So far another clock may be ahead of ours."""
_REPLACED: Final = str.maketrans("&=", "__")


def check_fields(webhook: Webhook, account: Vonage) -> None:
    """The ``sig`` among the fields, which is made of all others. Raises BadSignature."""
    try:
        fields = _fields(webhook)
    except Unreadable as error:
        raise BadSignature from error
    given = fields.pop("sig", "")
    if not _is_one_of(given, _signature(fields, account)):
        raise BadSignature
    at = fields.get("timestamp", "")
    if not at.isascii() or not at.isdecimal() or len(at) > 12:
        raise BadSignature
    _check_age(int(at), webhook.at, account)


def check_token(webhook: Webhook, account: Vonage) -> None:
    """The token in ``Authorization``, with a hash of the body. Raises BadSignature."""
    scheme, _, token = webhook.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise BadSignature
    claims = read_claims(token, account.signature_secret)
    issued, expires = time_of(claims, "iat"), time_of(claims, "exp")
    if issued is None or (expires is not None and expires * 1000 < webhook.at):
        raise BadSignature
    _check_age(issued, webhook.at, account)
    if webhook.body or "payload_hash" in claims:
        check_hash(claims, "payload_hash", webhook.body)


def _check_age(issued_s: float, now_ms: int, account: Vonage) -> None:
    if not -AHEAD_S <= now_ms / 1000 - issued_s <= account.signature_age_s:
        raise BadSignature


def _fields(webhook: Webhook) -> dict[str, str]:
    """Those of the query and of the body. Raises Unreadable."""
    pairs = read_query(webhook)
    if webhook.method != "GET" and webhook.body:
        inside = read_form(webhook) if is_form(webhook) else list(_single(webhook))
        pairs += inside
    if len(dict(pairs)) != len(pairs):
        raise Unreadable("A field comes twice.")
    return dict(pairs)


def _single(webhook: Webhook) -> list[tuple[str, str]]:
    return [(name, value) for name, values in read_flat(webhook).values.items() for value in values]


def _signature(fields: dict[str, str], account: Vonage) -> str:
    signed = "".join(f"&{name}={fields[name].translate(_REPLACED)}" for name in sorted(fields))
    text, secret = signed.encode(errors="replace"), account.signature_secret.encode()
    if account.signature == "md5hash":
        return hashlib.md5(text + secret).hexdigest()  # noqa: S324 - an account's default at Vonage, until it is changed
    return hmac.digest(secret, text, account.signature).hex()


def _is_one_of(given: str, signature: str) -> bool:
    """In lower or upper case: Vonage writes both."""
    correct = [hmac.compare_digest(one.encode(), given.encode(errors="replace")) for one in _both_cases(signature)]
    return sum(correct) > 0


def _both_cases(signature: str) -> tuple[str, str]:
    return signature, signature.upper()
