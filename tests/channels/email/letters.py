"""Mails for tests, written as bytes."""

from duetime.channels.email.mail import Mail
from duetime.channels.email.parse import parse_mail


def letter(*headers: str, body: str | bytes = "Hello\r\n", sender: str = "Mia <mia@example.org>") -> bytes:
    """A mail with these header lines besides From, To and Message-ID."""
    lines = [*([f"From: {sender}"] if sender else []), "To: help@example.com", "Message-ID: <1@example.org>", *headers]
    head = "".join(f"{line}\r\n" for line in lines).encode()
    return head + b"\r\n" + (body.encode() if isinstance(body, str) else body)


def read(*headers: str, body: str | bytes = "Hello\r\n", sender: str = "Mia <mia@example.org>") -> Mail:
    return parse_mail(letter(*headers, body=body, sender=sender))


def multipart(*parts: str, kind: str = "mixed") -> tuple[str, str]:
    """The Content-Type header and the body of a multipart with these parts."""
    body = "".join(f"--=b\r\n{part}\r\n" for part in parts) + "--=b--\r\n"
    return f'Content-Type: multipart/{kind}; boundary="=b"', body
