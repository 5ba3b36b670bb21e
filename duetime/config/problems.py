"""What is wrong with a document: every problem with its path, its line and, where it helps, a suggestion."""

import difflib
import json
import re
from collections.abc import Iterable, Mapping
from enum import StrEnum

import msgspec

Where = tuple[str | int, ...]
"""A place in a document: keys of tables and, from 0, numbers of list entries."""

PROBLEMS_MAX = 200
"""Of more problems than this only the number is told; nobody reads them, and guessing names costs time."""

_BARE = re.compile(r"[A-Za-z0-9_-]+\Z")


class Severity(StrEnum):
    ERROR = "error"
    """The document cannot be used."""
    WARNING = "warning"
    """It can be used, but this part of it can never do anything."""


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that is wrong."""

    path: str
    """Like ``queues.billing.skills.german`` or ``triage[0].queue``, or the name of an environment variable."""
    sentence: str
    line: int | None = None
    """From 1; None where the document has no line for it."""
    hint: str | None = None
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        line = f"line {self.line}: " if self.line else ""
        warning = "warning: " if self.severity is Severity.WARNING else ""
        subject = f"{self.path}: " if self.path else ""
        hint = f" ({self.hint})" if self.hint else ""
        return f"{line}{warning}{subject}{self.sentence}{hint}"


class ConfigProblems(Exception):
    """A document that cannot be used. ``problems`` holds its warnings too, in the order of the lines."""

    def __init__(self, what: str, problems: list[Problem], untold: int = 0) -> None:
        super().__init__(what)
        self.what = what
        self.problems = problems
        self.untold = untold
        """How many more there are than `PROBLEMS_MAX`."""

    def __str__(self) -> str:
        count = len(self.problems) + self.untold
        head = f"{'1 problem' if count == 1 else f'{count} problems'} in {self.what}:"
        tail = [f"… and {self.untold} more"] if self.untold else []
        return "\n  ".join([head, *map(str, self.problems), *tail])


class Report:
    """Collects the problems of one document while it is read."""

    def __init__(self, what: str, lines: Mapping[Where, int] | None = None) -> None:
        self.what = what
        self._lines = lines or {}
        self._problems: list[Problem] = []
        self._untold = 0
        self.has_errors = False
        self.names: dict[Where, str] = {}
        """What to call a place instead of its path, such as the variable that its value came from."""

    def error(self, where: Where, sentence: str, hint: str | None = None) -> None:
        self.has_errors = True
        self._add(where, sentence, hint, Severity.ERROR)

    def warning(self, where: Where, sentence: str, hint: str | None = None) -> None:
        self._add(where, sentence, hint, Severity.WARNING)

    def unknown(self, where: Where, sentence: str, name: str, known: Iterable[str]) -> None:
        """An error about a name that does not exist, with the nearest one that does."""
        full = len(self._problems) >= PROBLEMS_MAX
        self.error(where, sentence, None if full else did_you_mean(name, known))

    def problems(self) -> list[Problem]:
        return sorted(self._problems, key=lambda problem: (problem.line or 0, problem.path))

    def raise_errors(self) -> None:
        """Raises `ConfigProblems` if there is an error among the problems."""
        if self.has_errors:
            raise ConfigProblems(self.what, self.problems(), self._untold)

    def _add(self, where: Where, sentence: str, hint: str | None, severity: Severity) -> None:
        if len(self._problems) >= PROBLEMS_MAX:
            self._untold += 1
            return
        named = next((where[:end] for end in range(len(where), 0, -1) if where[:end] in self.names), None)
        self._problems.append(
            Problem(
                path=self.names[named] + path_text(where[len(named) :]) if named else path_text(where),
                line=None if named else self._line(where),
                sentence=sentence,
                hint=hint,
                severity=severity,
            )
        )

    def _line(self, where: Where) -> int | None:
        for end in range(len(where), 0, -1):
            if where[:end] in self._lines:
                return self._lines[where[:end]]
        return None


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    if len(name) > 60:
        return None
    names = list(known)
    near = [other for other in names if other.casefold() == name.casefold()]
    near = near or difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    return f'did you mean "{near[0]}"?' if near else None


def path_text(where: Where) -> str:
    """``("queues", "billing", "route", 0)`` → ``queues.billing.route[0]``; keys that need it are quoted."""
    text = ""
    for part in where:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            shown_part = part if _BARE.match(part) else shown(part)
            text += f".{shown_part}" if text else shown_part
    return text


def shown(value: object) -> str:
    """A value of a document for a sentence: short, and with nothing in it that a terminal could obey."""
    if isinstance(value, str):
        return json.dumps(_short(value), ensure_ascii=not value.isprintable())
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int) and value.bit_length() > 64:
        return "a number of that size"
    return _short(str(value))


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"
