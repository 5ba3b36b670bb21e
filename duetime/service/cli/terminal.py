"""What people see: text made harmless for a terminal, times and durations in words, JSON for scripts."""

import re
import sys
import time
from typing import Any, Final

import click
import msgspec
from rich.console import Console

# A message may hold escape sequences that retitle the window, hide text or type for the reader. Whole
# sequences go first, so that their parameters do not stay as litter; then every control character left.
_SEQUENCES: Final = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)"
    r"|\x1b[ -/]*[0-~]"
)
_HOSTILE: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters but tab and line feed
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # direction marks that reorder what is read
    "\u2028\u2029\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
_PIPE_WIDTH: Final = 240
_SPAN: Final = re.compile(r"^(\d{1,9})\s*(s|m|min|h|d)?$")
_SPAN_UNITS_S: Final = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400}


def clean(text: str) -> str:
    """The text without anything that a terminal would obey; line ends and tabs stay."""
    return _HOSTILE.sub("", _SEQUENCES.sub("", text.replace("\r\n", "\n")))


def one_line(text: str, width: int = 80) -> str:
    """The cleaned text on one line, at most ``width`` characters of it."""
    flat = " ".join(clean(text).split())
    return flat if len(flat) <= width else flat[: width - 1] + "…"


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def span(duration_ms: int) -> str:
    """A duration as a person says it, its two largest units at most: ``45 s``, ``3 min``, ``2 h 5 min``."""
    seconds = max(0, round(duration_ms / 1000))
    if seconds < 120:
        return f"{seconds} s"
    minutes = seconds // 60
    if minutes < 120:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{hours // 24} d"


def due(due_at: int, now_ms: int) -> str:
    """How the due time lies: ``due in 3 min`` or ``late by 45 s``."""
    left_ms = due_at - now_ms
    return f"due in {span(left_ms)}" if left_ms >= 0 else f"late by {span(-left_ms)}"


def parse_span(text: str) -> int:
    """Seconds of ``90s``, ``10m``, ``2h``, ``1d``; a bare number counts minutes. Raises ValueError."""
    match = _SPAN.match(text.strip().lower())
    if match is None or int(match[1]) == 0:
        raise ValueError(f"'{one_line(text, 20)}' is not a duration: say 90s, 10m, 2h or 1d.")
    return int(match[1]) * _SPAN_UNITS_S[match[2] or "m"]


def echo_json(value: Any) -> None:
    """The value as indented JSON on stdout, with what a terminal would obey escaped."""
    text = msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
    click.echo(_HOSTILE.sub(lambda hostile: f"\\u{ord(hostile[0]):04x}", text))


def console() -> Console:
    """The console for tables; markup is off because texts of strangers pass through it."""
    # A pipe has no width: what reads it wants whole ids rather than lines that fit somewhere.
    width = None if sys.stdout.isatty() else _PIPE_WIDTH
    return Console(file=sys.stdout, width=width, markup=False, highlight=False, emoji=False)


class Span(click.ParamType[int]):
    """A duration on the command line, as seconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        try:
            return parse_span(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)
