"""DKIM signatures, checked by the library's own verifier against a key of the test's own."""

from base64 import b64encode

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from duetime.channels.email.signing import UnusableKey, sign
from duetime.config.email_settings import Dkim
from tests.channels.email.test_compose import composed

KEY = rsa.generate_private_key(65537, 2048)
PEM = KEY.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
SETTINGS = Dkim(domain="shop.example", selector="mail", private_key=PEM)


def record(name: bytes, timeout: int = 5) -> bytes:
    """What the name server has."""
    assert name == b"mail._domainkey.shop.example."
    public = KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return b"v=DKIM1; k=rsa; p=" + b64encode(public)


def verified(raw: bytes) -> bool:
    return bool(dkim.verify(raw, dnsfunc=record))


def test_a_signed_mail_is_proven_to_be_ours() -> None:
    raw = composed(references=("a@b",)).raw
    signed = sign(raw, SETTINGS)
    assert signed.endswith(raw)
    assert verified(signed)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"Where is my parcel?", b"Where is my money?"),
        (b"It comes tomorrow.", b"Send money tomorrow."),
        (b"maria@example.org", b"eve@evil.example"),
        (b"From: ", b"From: ceo@shop.example\r\nFrom: "),
    ],
)
def test_what_was_changed_on_the_way_is_not(before: bytes, after: bytes) -> None:
    signed = sign(composed().raw, SETTINGS)
    assert before in signed
    assert not verified(signed.replace(before, after))


@pytest.mark.parametrize("key", ["nonsense", "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----"])
def test_a_key_that_cannot_sign_is_named_and_not_shown(key: str) -> None:
    with pytest.raises(UnusableKey, match=r"shop\.example \(mail\) cannot sign") as failed:
        sign(composed().raw, Dkim(domain="shop.example", selector="mail", private_key=key))
    assert "AAAA" not in str(failed.value)
