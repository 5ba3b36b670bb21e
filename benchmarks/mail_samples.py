"""Mails of three sizes, as mail programs write them; the same in every run."""

import random
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Final

SIZES: Final = {"5 KB": 5_000, "40 KB": 40_000, "1 MB": 1_000_000}
_WORDS: Final = [
    "order",
    "parcel",
    "thank",
    "you",
    "please",
    "number",
    "Grüße",
    "invoice",
    "Rechnung",
    "street",
    "tomorrow",
    "address",
    "delivery",
]
_TRACE: Final = (
    "from mx{0}.example.org (mx{0}.example.org [192.0.2.{0}]) by mx.example.com with ESMTPS id 4Qx{0}7J for "
    "<help@example.com>; Sat, 21 Nov 2026 10:00:0{0} +0000"
)
_QUOTED: Final = "On Sat, Nov 21, 2026 at 9:00 AM Ana Ruiz <ana@example.com> wrote:"


def make_mail(size_bytes: int) -> bytes:
    """A reply with text and HTML; what is missing to the size beyond 40 KB is a file."""
    dice = random.Random(size_bytes)
    letters = min(size_bytes, 40_000) // 5
    text = _text(dice, letters)
    quoted = "\n".join(f"> {line}" for line in _text(dice, letters // 2).split("\n"))
    mail = EmailMessage(policy=SMTP)
    for number in range(5):
        mail["Received"] = _TRACE.format(number)
    mail["From"] = Address("Mía Ruiz", "mia", "example.org")
    mail["To"] = Address("Help", "help", "example.com")
    mail["Subject"] = "Re: Grüße und Rechnung 4711"
    mail["Message-ID"] = f"<{size_bytes}@example.org>"
    mail["References"] = " ".join(f"<{number}@example.com>" for number in range(3))
    mail.set_content(f"{text}\n\n{_QUOTED}\n{quoted}\n")
    mail.add_alternative(_page(text, quoted), subtype="html")
    missing = size_bytes - len(mail.as_bytes())
    if missing > 10_000:
        content = dice.randbytes(missing * 57 // 78)
        mail.add_attachment(content, maintype="image", subtype="jpeg", filename="photo.jpg")
    return mail.as_bytes()


def _text(dice: random.Random, letters: int) -> str:
    lines = []
    while letters > 0:
        line = " ".join(dice.choices(_WORDS, k=9))
        letters -= len(line)
        lines.append(line)
    return "\n".join(lines)


def _page(text: str, quoted: str) -> str:
    paragraphs = "".join(f'<p style="margin:0">{line}</p>\n' for line in text.split("\n"))
    below = f"<blockquote>{quoted[: len(quoted) // 2]}</blockquote>"
    return f'<html><body><div dir="ltr">{paragraphs}</div>{below}</body></html>'
