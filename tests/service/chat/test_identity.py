"""Who a visitor is: signed by the site, for this chat, and not for ever."""

import base64
import hmac
import time
from hashlib import sha256
from typing import Any

import msgspec
import pytest

from duetime.queues.chat_sessions import Identity
from duetime.router.errors import Unauthenticated
from duetime.service.chat.identity import read_identity
from tests.service.chat.site import SECRET, hashed, signed

NOW_S = int(time.time())


def read(text: str) -> Identity:
    return read_identity(text, "web", SECRET, 1000 * int(time.time()))[0]


def test_a_jwt_says_who_it_is_and_until_when() -> None:
    text = signed(
        name="Mia", email="Mia@Customer.example", phone="+49 30 123456", exp=NOW_S + 3600, aud=["shop", "web"]
    )
    found, ends_at = read_identity(text, "web", SECRET, 1000 * int(time.time()))
    assert found == Identity(user="7", name="Mia", email="mia@customer.example", phone="+4930123456")
    assert ends_at == 1000 * (NOW_S + 3600)


def test_an_hmac_says_who_it_is_and_no_more() -> None:
    assert read_identity(hashed("customer:7"), "web", SECRET, 0) == (Identity(user="customer:7"), None)


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": None},
        {"exp": NOW_S - 1},
        {"exp": NOW_S + 25 * 3600},
        {"exp": "tomorrow"},
        {"exp": True},
        {"exp": float("nan")},
        {"exp": float("inf")},
        {"iat": NOW_S + 7200},
        {"iat": "now"},
        {"nbf": NOW_S + 7200},
        {"sub": None},
        {"sub": 7},
        {"sub": ""},
        {"sub": "x" * 201},
        {"sub": "a\nb"},
        {"aud": "other"},
        {"aud": []},
        {"endpoint": "other"},
    ],
)
def test_claims_that_prove_too_little_or_too_much_are_refused(claims: dict[str, Any]) -> None:
    with pytest.raises(Unauthenticated):
        read(signed(claims.pop("sub", "7"), **claims))


def part(value: object) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(value)).rstrip(b"=").decode()


CLAIMS = {"sub": "7", "exp": NOW_S + 3600}


@pytest.mark.parametrize(
    "text",
    [
        "",
        ":",
        "...",
        "7",
        "7:",
        "7:" + "0" * 64,
        signed(secret="another secret of at least 32 characters"),
        signed(header={"alg": "HS512"}),
        f"{part({'alg': 'none'})}.{part(CLAIMS)}.",
        f"{part({'alg': 'HS256'})}.{part(CLAIMS)}.",
        f"{part({'alg': 'HS256'})}.{part(['7'])}.x",
        hashed("7", "another secret of at least 32 characters"),
        hashed("7").upper(),
        "é.é.é",
        "a:é",
        "\ud800:x",
    ],
    ids=map(str, range(16)),  # in none of them the time at which it was collected
)
def test_what_is_not_signed_by_the_site_is_refused(text: str) -> None:
    with pytest.raises(Unauthenticated):
        read(text)


@pytest.mark.parametrize("text", [signed("customer-7", name="Mia"), hashed("customer-7")], ids=["JWT", "HMAC"])
def test_no_character_of_an_identity_can_be_changed(text: str) -> None:
    for at in range(len(text)):
        # The last character of base64 has bits that say nothing.
        for other in ("A", "z") if at < len(text) - 1 else ("!",):
            if text[at] != other:
                with pytest.raises(Unauthenticated):
                    read(f"{text[:at]}{other}{text[at + 1 :]}")


def test_a_user_id_that_looks_like_a_jwt_cannot_be_turned_into_one() -> None:
    forged = f"{part({'alg': 'HS256'})}.{part({'sub': 'the boss', 'exp': NOW_S + 3600})}"
    signature = bytes.fromhex(hashed(forged).rpartition(":")[2])
    with pytest.raises(Unauthenticated):
        read(f"{forged}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}")
    ours = hmac.new(SECRET.encode(), forged.encode(), sha256).digest()
    assert read(f"{forged}.{base64.urlsafe_b64encode(ours).rstrip(b'=').decode()}").user == "the boss"


def test_what_is_odd_besides_the_user_is_left_out() -> None:
    assert read(signed(name=" Mia\n" + "x" * 100, email="none", phone="030", iat=None)) == Identity(
        user="7", name="Mia" + "x" * 76
    )
    assert read(signed(email="mia@customer.example", email_verified=False)) == Identity(user="7")
    assert read(signed(name=7, email=["a@b.example"])) == Identity(user="7")
