"""A webhook's JSON Web Token (RFC 7519), signed with a secret of both sides (HS256, HS384, HS512).

The signature is compared as text, with the one that it must be, before anything of the token is read: so no other
spelling of the same bytes is taken, no other algorithm that a header names, and no hostile JSON is parsed.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

from duetime.channels.sms.provider import BadSignature
from duetime.channels.sms.reading import parse_object
from duetime.router.errors import Unreadable

_ALGORITHMS: Final = {43: ("HS256", "sha256"), 64: ("HS384", "sha384"), 86: ("HS512", "sha512")}
"""By the length of the signature in base 64."""


def read_claims(token: str, secret: str) -> Mapping[str, Any]:
    """What a token says that was signed with this secret. Raises BadSignature."""
    signed, _, signature = token.rpartition(".")
    header, dot, claims = signed.partition(".")
    if not dot or len(signature) not in _ALGORITHMS:
        raise BadSignature
    name, digest = _ALGORITHMS[len(signature)]
    expected = urlsafe_b64encode(hmac.digest(secret.encode(), signed.encode(errors="replace"), digest)).rstrip(b"=")
    if not hmac.compare_digest(expected, signature.encode(errors="replace")):
        raise BadSignature
    try:
        if parse_object(_decode(header)).get("alg") != name:
            raise BadSignature
        return parse_object(_decode(claims))
    except (Unreadable, ValueError) as error:
        raise BadSignature from error


def check_hash(claims: Mapping[str, Any], name: str, of: bytes) -> None:
    """That the claim is the SHA-256 of these bytes in hexadecimal. Raises BadSignature."""
    claimed = claims.get(name)
    if not isinstance(claimed, str):
        raise BadSignature
    if not hmac.compare_digest(claimed.encode(errors="replace"), sha256(of).hexdigest().encode()):
        raise BadSignature


def time_of(claims: Mapping[str, Any], name: str) -> float | None:
    """A claimed time in epoch seconds. Raises BadSignature if it is none."""
    value = claims.get(name)
    if value is not None and (not isinstance(value, int | float) or isinstance(value, bool)):
        raise BadSignature
    return value


def _decode(part: str) -> bytes:
    return urlsafe_b64decode(part.encode() + b"=" * (-len(part) % 4))
