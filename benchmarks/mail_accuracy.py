"""How often what is understood of real mails is what they say: `mail/dev` of the reference material, whose
expectations were agreed by other parsers or asserted by the projects that the mails come from."""

import re
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec

from duetime.channels.email.mail import Mail
from duetime.channels.email.parse import parse_mail
from duetime.channels.email.reply import trim_reply

AIMS: Final = {
    "from": 99.8,
    "message id": 99.8,
    "subject": 99.5,
    "text": 99.0,
    "attachment names": 99.0,
    "machine": 99.5,
    "reply": 85.0,
}
"""Percent that should be right, by what is compared. The others of `Score` have no aim."""
_INVISIBLE: Final = re.compile("[\u200b\ufeff]")


class Score(msgspec.Struct):
    """How many of one thing were right, and the files in which it was not."""

    right: int = 0
    wrong: list[str] = msgspec.field(default_factory=list)

    @property
    def percent(self) -> float:
        return 100 * self.right / max(self.right + len(self.wrong), 1)

    def __str__(self) -> str:
        return f"{self.percent:.2f} % ({self.right} of {self.right + len(self.wrong)})"


def measure_accuracy(shared: Path) -> dict[str, Score]:
    """Parses every mail; one that raises ends the measurement."""
    scores: dict[str, Score] = {}
    folder = shared / "mail" / "dev"
    for item in msgspec.json.decode((folder / "expectations.json").read_bytes())["items"]:
        mail = parse_mail((folder / item["file"]).read_bytes())
        for name, right in _compare(mail, item["expect"]).items():
            _count(scores, name, right, item["file"])
    for item in msgspec.json.decode((folder / "replies.json").read_bytes()):
        right = collapse(trim_reply(item["body"].replace("\r\n", "\n"))) == collapse(item["reply"])
        _count(scores, "reply", right, item["id"])
    return scores


def _count(scores: dict[str, Score], name: str, right: bool, file: str) -> None:
    score = scores.setdefault(name, Score())
    if right:
        score.right += 1
    else:
        score.wrong.append(file)


def _compare(mail: Mail, expect: dict[str, Any]) -> dict[str, bool]:
    """What is expected of this mail, and whether it is so."""
    text = collapse(mail.text)
    failed = mail.failed_address or ""
    compared: dict[str, tuple[str, Callable[[Any], bool]]] = {
        "from_addr": ("from", lambda want: (mail.from_addr or "") == want.lower()),
        "message_id": ("message id", lambda want: (mail.message_id or "") == want),
        "subject": ("subject", lambda want: collapse(mail.subject) == collapse(want)),
        "text_contains": ("text", lambda want: all(collapse(piece) in text for piece in want)),
        "attachment_names": ("attachment names", lambda want: _names(mail) == sorted(want)),
        "kind": ("machine", lambda want: mail.machine == want),
        "in_reply_to": ("in reply to", lambda want: mail.in_reply_to[:1] == ((want,) if want else ())),
        "references": ("references", lambda want: list(mail.references) == want),
        "bounce_addresses": ("failed address", lambda want: not want or failed in map(str.lower, want)),
    }
    return {name: right(expect[key]) for key, (name, right) in compared.items() if key in expect}


def _names(mail: Mail) -> list[str]:
    return sorted(attachment.name for attachment in mail.attachments if attachment.name)


def collapse(text: str) -> str:
    """The text as it is compared: composed, blanks of any kind as one."""
    return " ".join(_INVISIBLE.sub("", unicodedata.normalize("NFC", text)).split())
