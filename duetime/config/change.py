"""One change of a routing configuration as a sentence with its place, and how such sentences are collected."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import msgspec

from duetime.config.problems import Where, path_text

Key = TypeVar("Key", bound=str)
Value = TypeVar("Value")


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """Something that the new configuration says differently."""

    path: str
    """Like ``queues.billing.route[0]``, in the new document if it still has it."""
    sentence: str


class ChangeList:
    """What was found so far, in order."""

    def __init__(self) -> None:
        self.found: list[Change] = []

    def say(self, where: Where, sentence: str) -> None:
        self.found.append(Change(path=path_text(where), sentence=sentence))

    def value(
        self,
        where: Where,
        subject: str,
        label: str,
        old: Value,
        new: Value,
        show: Callable[[Value], Any] = str,
    ) -> None:
        """``billing: first response 30 min → 20 min``, if they differ."""
        if old != new:
            self.say(where, f"{subject}: {label}{' ' if label else ''}{show(old)} → {show(new)}")

    def levels(self, where: Where, subject: str, label: str, old: Mapping[Key, int], new: Mapping[Key, int]) -> None:
        """Skills with their levels; ``label`` goes before each, such as ``asks for``."""
        for skill in {**old, **new}:
            said = f"{label} {skill}" if label else skill
            self.value((*where, skill), subject, said, old.get(skill, "none"), new.get(skill, "none"))

    @staticmethod
    def gone(old: Mapping[Key, Any], new: Mapping[Key, Any]) -> list[Key]:
        """The names that only the old one has."""
        return [name for name in old if name not in new]
