"""Mails read per second by one worker, beside other parsers; and how often what is understood is right."""

import os
import time
from collections.abc import Callable
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, Final

import uvloop

from benchmarks.figures import Figures, spread
from benchmarks.mail_accuracy import AIMS, measure_accuracy
from benchmarks.mail_samples import SIZES, make_mail
from benchmarks.report import Section, Table, show
from duetime.channels.email.parse import parse_mail
from duetime.service.mail.readers import Readers

ROUND_S: Final = 0.5
"""How long each parser reads one mail again and again, in a round."""
DUETIME: Final = "duetime"
POOL: Final = "duetime, through its worker process"
STANDARD: Final = "email, policy.default"
FAST: Final = "fast-mail-parser"


async def measure(rounds: int) -> Section:
    mails = {size: make_mail(length) for size, length in SIZES.items()}
    parsers = _parsers()
    figures = Figures[tuple[str, str], float]()
    async with Readers(count=1) as readers:
        for _ in range(rounds):
            for size, raw in mails.items():
                for name, parse in parsers.items():
                    figures.add((name, size), _per_second(parse, raw))
                figures.add((POOL, size), await _through_pool(readers, raw))
    notes = [] if FAST in parsers else [f"Without {FAST}: there is no wheel of it for this machine."]
    tables = [_speed_table(figures, [*parsers, POOL])]
    if (shared := _find_shared()) is not None:
        tables.append(_accuracy_table(shared))
    else:
        notes.append("Without the reference material: no figures of accuracy. Set DUETIME_SHARED.")
    return Section(name="mail", tables=tables, notes=notes)


def _find_shared() -> Path | None:
    """The folder of reference material: env DUETIME_SHARED, else `shared` beside the checkout."""
    shared = Path(os.environ.get("DUETIME_SHARED", Path(__file__).parent.parent.parent / "shared"))
    return shared if shared.is_dir() else None


def _parsers() -> dict[str, Callable[[bytes], object]]:
    parsers: dict[str, Callable[[bytes], object]] = {DUETIME: parse_mail, STANDARD: _read_with_standard}
    try:
        from fast_mail_parser import parse_email
    except ImportError:
        return parsers
    return {**parsers, FAST: parse_email}


def _read_with_standard(raw: bytes) -> list[Any]:
    """The fields, texts and attachments, which the standard library reads only when asked for them."""
    mail = message_from_bytes(raw, policy=default)
    if not isinstance(mail, EmailMessage):
        raise TypeError("The policy makes EmailMessage.")
    found: list[Any] = [mail[name] for name in ("From", "To", "Subject", "Message-ID", "References")]
    for preferred in ("plain", "html"):
        body = mail.get_body((preferred,))
        found.append(body.get_content() if body is not None else None)
    return found + [part.get_content() for part in mail.iter_attachments()]


def _per_second(parse: Callable[[bytes], object], raw: bytes) -> float:
    count, start = 0, time.perf_counter()
    while (passed_s := time.perf_counter() - start) < ROUND_S:
        parse(raw)
        count += 1
    return count / passed_s


async def _through_pool(readers: Readers, raw: bytes) -> float:
    await readers.read(raw)
    count, start = 0, time.perf_counter()
    while (passed_s := time.perf_counter() - start) < ROUND_S:
        await readers.read(raw)
        count += 1
    return count / passed_s


def _speed_table(figures: Figures[tuple[str, str], float], names: list[str]) -> Table:
    rows = [[name, *(spread(figures.values((name, size), float)) for size in SIZES)] for name in names]
    for other in names[1:-1]:
        ratios = [f"{figures.ratio((DUETIME, size), (other, size), float):.2f}" for size in SIZES]
        rows.append([f"{DUETIME} ÷ {other}", *ratios])
    return Table(
        title="Mails read per second by one process. Duetime also makes the HTML safe, finds the reply and what it is",
        columns=["parser", *SIZES],
        rows=rows,
    )


def _accuracy_table(shared: Path) -> Table:
    return Table(
        title="What is understood of real mails is what they say",
        columns=["of", "right", "aim"],
        rows=[
            [name, str(score), f"{AIMS[name]} %" if name in AIMS else ""]
            for name, score in measure_accuracy(shared).items()
        ],
    )


if __name__ == "__main__":
    show(uvloop.run(measure(rounds=3)))
