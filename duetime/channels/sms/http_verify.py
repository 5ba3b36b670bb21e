"""By what the webhooks of a gateway are known: a secret in them, an HMAC of their body, where they come from."""

import hmac
from base64 import b64encode
from ipaddress import ip_address, ip_network

from duetime.channels.sms.provider import BadSignature, Webhook
from duetime.channels.sms.reading import Fields, read_query
from duetime.config.sms_gateway import GatewayVerify
from duetime.router.errors import Unreadable


def check_webhook(webhook: Webhook, verify: GatewayVerify) -> None:
    """Everything that is configured, and something must be. Raises BadSignature."""
    right = []
    if verify.secret is not None:
        right.append(_same(_given_secret(webhook, verify), verify.secret))
    if verify.hmac_secret is not None:
        right.append(bool(webhook.body) and _has_hmac(webhook, verify, verify.hmac_secret))
    if verify.networks:
        right.append(_is_within(webhook.client, verify.networks))
    if not right or not all(right):
        raise BadSignature


def _same(given: str, right: str) -> bool:
    return hmac.compare_digest(given.encode(errors="replace"), right.encode(errors="replace"))


def _given_secret(webhook: Webhook, verify: GatewayVerify) -> str:
    if verify.header is not None:
        return webhook.headers.get(verify.header, "")
    try:
        return Fields(read_query(webhook)).maybe(verify.query) or ""
    except Unreadable as error:
        raise BadSignature from error


def _has_hmac(webhook: Webhook, verify: GatewayVerify, secret: str) -> bool:
    digest = hmac.digest(secret.encode(), webhook.body, verify.hmac_algorithm)
    given = webhook.headers.get(verify.hmac_header, "").removeprefix(f"{verify.hmac_algorithm}=")
    forms = (digest.hex(), digest.hex().upper(), b64encode(digest).decode())
    return sum(_same(given, form) for form in forms) > 0


def _is_within(client: str, networks: tuple[str, ...]) -> bool:
    try:
        address = ip_address(client)
    except ValueError:
        return False
    return any(address in ip_network(network, strict=False) for network in networks)
