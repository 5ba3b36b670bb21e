"""Who a visitor is, signed by the site that embeds the chat.

Two forms are taken. A JWT (HS256) says who it is and until when; `duetime/config/chat_settings.py` has its secret::

    {"sub": "customer-7", "exp": 1792003600, "iat": 1792000000, "name": "Mia", "email": "mia@customer.example"}

``<user id>:<HMAC-SHA256 of "user:" and the user id, in hex>`` is for sites without a JWT library. It says who it is and
no more, and is good for as long as the secret. Without the word before the user id, one who may choose theirs could
choose the text of a JWT for somebody else, and have it signed.
"""

import hmac
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from duetime.queues.chat_sessions import Identity
from duetime.router.errors import Unauthenticated
from duetime.service.chat.own_addresses import read_email, read_phone

LASTS_AT_MOST_S: Final = 24 * 3600
"""A signature that is stolen is good for no longer."""
CLOCKS_DIFFER_S: Final = 60
"""So far the clock of the site may be ahead of ours."""
USER_CHARS: Final = 200
NAME_CHARS: Final = 80


def read_identity(text: str, endpoint: str, secret: str, now_ms: int) -> tuple[Identity, int | None]:
    """The visitor's identity on this chat endpoint, and until when it is good (epoch ms; None: without end). Raises
    Unauthenticated."""
    user, colon, signature = text.rpartition(":")
    if colon:
        return _signed_user(user, signature, secret), None
    try:
        claims = jwt.decode(text, OctKey.import_key(secret), algorithms=["HS256"]).claims
    except (JoseError, ValueError, TypeError, RecursionError):
        raise _refused("it is not a JWT that was signed with HS256 and the secret of this chat") from None
    ends_at_s = _checked_end(claims, now_ms // 1000)
    meant_for = claims.get("aud", claims.get("endpoint", endpoint))
    if endpoint not in (meant_for if isinstance(meant_for, list) else [meant_for]):
        raise _refused("it is meant for another chat (aud, endpoint)")
    return _identity(claims), 1000 * ends_at_s


def _signed_user(user: str, signature: str, secret: str) -> Identity:
    expected = hmac.new(secret.encode(), f"user:{user}".encode(errors="surrogatepass"), sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), signature.encode(errors="surrogatepass")):
        raise _refused("its HMAC is not the one that the secret of this chat gives")
    return Identity(user=_checked_user(user))


def _checked_end(claims: Mapping[str, Any], now_s: int) -> int:
    ends_at_s, begins_at_s = claims.get("exp"), max(_number(claims, "iat"), _number(claims, "nbf"))
    if not isinstance(ends_at_s, int | float) or isinstance(ends_at_s, bool):
        raise _refused("it has no exp, which says until when it is good")
    if not ends_at_s > now_s:
        raise _refused("it has expired (exp)")
    if ends_at_s > now_s + LASTS_AT_MOST_S + CLOCKS_DIFFER_S:
        raise _refused("it is good for longer than 24 hours (exp)")
    if begins_at_s > now_s + CLOCKS_DIFFER_S:
        raise _refused("it is from the future (iat, nbf): look at the clock of the site's server")
    return int(ends_at_s)


def _number(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name, 0)
    if not isinstance(value, int | float):
        raise _refused(f"its {name} is not a number")
    return value


def _identity(claims: Mapping[str, Any]) -> Identity:
    """What is unusable besides the user id is left out: a customer whose number is written oddly may still chat."""
    email = _text(claims, "email") if claims.get("email_verified", True) is True else ""
    return Identity(
        user=_checked_user(claims.get("sub")),
        name=_text(claims, "name")[:NAME_CHARS].strip() or None,
        email=read_email(email),
        phone=read_phone(_text(claims, "phone")),
    )


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    return "".join(char for char in value if char.isprintable()) if isinstance(value, str) else ""


def _checked_user(user: object) -> str:
    if not isinstance(user, str) or not user.isprintable() or not 1 <= len(user) <= USER_CHARS:
        raise _refused(f"its user id (sub) is not a text of 1 to {USER_CHARS} characters")
    return user


def _refused(why: str) -> Unauthenticated:
    return Unauthenticated(f"The identity of the visitor is not accepted: {why}.")
