"""Any bytes are read, and what a program wrote comes back as it was."""

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from duetime.channels.email.mail import Mail
from duetime.channels.email.parse import parse_mail

_LINES = st.sampled_from(
    [
        b"From: a@b.c",
        b"From: <<<",
        b"Subject: =?utf-8?b?w6Q=?= =?x?q?=?=",
        b"Content-Type: multipart/mixed; boundary=b",
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=b",
        b"Content-Type: message/delivery-status",
        b"Content-Type: text/html; charset=utf-7",
        b"Content-Type: text/plain; format=flowed; charset=iso-2022-jp",
        b'Content-Type: ; ;=;="',
        b"Content-Disposition: attachment; filename*0*=x''%FF; filename*1=",
        b"Content-Transfer-Encoding: base64",
        b"Content-Transfer-Encoding: x-uuencode",
        b"Content-Transfer-Encoding: quoted-printable",
        b"begin 644 x",
        b"M\xff",
        b"--b",
        b"--b--",
        b"",
        b"<div><svg>&#xD800;",
        b"+2AA- \x1b$B!!\x1b(B",
        b"On 1 Jan 2026 a@b.c wrote:",
        b"> x",
        b"Date: 99 Foo 99999999999 99:99:99 +9999",
        b"\x00\xff\xfe",
    ]
)


def _survives(mail: Mail) -> None:
    """It can be handed from one process to another."""
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(mail), type=Mail) == mail


@given(st.binary(max_size=500))
def test_any_bytes_are_read(raw: bytes) -> None:
    _survives(parse_mail(raw))


@given(st.lists(_LINES, max_size=30), st.sampled_from([b"\r\n", b"\n", b"\r"]))
def test_any_lines_of_mails_are_read(lines: list[bytes], end: bytes) -> None:
    _survives(parse_mail(end.join(lines)))


_TEXT = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=40)
_WORD = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=12)
_CHARSETS = {"utf-8": "日本 Grüße", "iso-8859-1": "Grüße", "koi8-r": "Привет", "iso-2022-jp": "日本", "big5": "你好"}


@given(_TEXT, _TEXT, _WORD, _WORD, st.sampled_from(sorted(_CHARSETS)), _TEXT, st.binary(max_size=300))
def test_what_a_program_wrote_comes_back_as_it_was(
    name: str, subject: str, user: str, host: str, charset: str, file: str, content: bytes
) -> None:
    written = EmailMessage(policy=SMTP)
    written["From"] = Address(name, user, f"{host}.example")
    written["To"] = "help@example.com"
    written["Subject"] = subject
    written["Message-ID"] = f"<{user}@{host}>"
    written.set_content(f"{_CHARSETS[charset]}\nend", charset=charset)
    written.add_alternative("<p>page</p>", subtype="html")
    written.add_attachment(content, maintype="application", subtype="octet-stream", filename=file)
    mail = parse_mail(written.as_bytes())
    assert (mail.from_addr, mail.message_id) == (f"{user}@{host}.example", f"{user}@{host}")
    assert (mail.subject, mail.text, mail.html) == (subject, f"{_CHARSETS[charset]}\nend", "<p>page</p>")
    assert [(found.name, found.content) for found in mail.attachments] == [(file, content)]
    # A name in quotes of its own is the name.
    assert mail.from_name == (name.strip("'\" ") or None)
