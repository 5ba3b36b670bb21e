"""What changes of queues between two routing configurations, in words."""

from collections.abc import Callable
from itertools import zip_longest
from typing import Any, Final

from duetime.config.change import ChangeList
from duetime.config.problems import Where, shown
from duetime.config.words import duration, joined, step_words, yes_no
from duetime.router.message import Channel
from duetime.router.route import Actions, Queue, Step
from duetime.router.routing import Routing
from duetime.router.targets import TargetRule

Show = Callable[[Any], str]
TargetKey = tuple[Channel | None, str | None]

_FIELDS: Final[tuple[tuple[str, str, Show], ...]] = (
    ("name", "title", shown),
    ("calendar", "calendar", lambda name: name or "around the clock"),
    ("at_risk_s", "at risk before due", duration),
    ("overload", "overload", str),
    ("late_behind_s", "late ones wait behind what is due within", duration),
    ("after_hours_queue", "after hours", lambda name: name or "stays here"),
    ("max_waiting", "full", lambda count: "never" if count is None else f"at {count} waiting"),
    ("full_queue", "when full", lambda name: name or "stays here"),
    ("auto_accept", "assigned without asking", yes_no),
    ("offer_timeout_s", "offer timeout", duration),
    ("cooldown_s", "cooldown", duration),
    ("reassign_after_s", "reassigned after", duration),
    ("preferred_s", "waits for the preferred associate", duration),
    ("wrap_up_s", "wrap-up", duration),
    ("answer", "answer by mail", lambda text: shown(text) if text else "as it is"),
    ("signature", "signature", lambda text: shown(text) if text else "none"),
    ("acknowledgement", "acknowledgement", lambda text: shown(text) if text else "none"),
)
_TARGETS: Final = (
    ("first_response_s", "first response"),
    ("next_response_s", "next response"),
    ("resolution_s", "resolution"),
    ("at_risk_s", "at risk before due"),
)
_ACTIONS: Final[tuple[tuple[str, str, Show], ...]] = (
    ("boost_s", "boost", duration),
    ("widen", "widen", yes_no),
    ("reassign", "reassign", yes_no),
    ("escalate_to", "escalate to", lambda name: name or "nobody"),
    ("notify", "notify", lambda whom: joined(whom, "nobody")),
    ("webhook", "webhook", yes_no),
)


def queue_changes(changes: ChangeList, old: Routing, new: Routing) -> None:
    for id_ in changes.gone(old.queues, new.queues):
        changes.say(("queues", id_), f"queue {id_} is gone: what waits there moves to the default queue of its channel")
    for id_, queue in new.queues.items():
        if id_ not in old.queues:
            changes.say(("queues", id_), f"queue {id_} is new: {queue.name}")
        else:
            _queue(changes, old.queues[id_], queue)


def _queue(changes: ChangeList, old: Queue, new: Queue) -> None:
    where, subject = ("queues", new.id), new.id
    before, now = old.requirement, new.requirement
    changes.value(
        (*where, "teams"), subject, "teams", before.teams, now.teams, lambda teams: joined(teams, "everybody")
    )
    changes.levels((*where, "skills"), subject, "asks for", before.skills, now.skills)
    for name, label, show in _FIELDS:
        changes.value((*where, name), subject, label, getattr(old, name), getattr(new, name), show)
    _targets(changes, where, subject, old.targets, new.targets)
    _actions(changes, (*where, "on_risk"), f"{subject}: at risk", old.on_risk, new.on_risk)
    _actions(changes, (*where, "on_breach"), f"{subject}: breach", old.on_breach, new.on_breach)
    _route(changes, (*where, "route"), subject, old.steps, new.steps)


def _targets(
    changes: ChangeList, where: Where, subject: str, old: tuple[TargetRule, ...], new: tuple[TargetRule, ...]
) -> None:
    for name, label in _TARGETS:
        before, now = _said(old, name), _said(new, name)
        for key in {**before, **now}:
            said = f"{label}{_for_whom(key)}"
            changes.value((*where, "targets"), subject, said, _promise(before, key), _promise(now, key))


def _said(rules: tuple[TargetRule, ...], name: str) -> dict[TargetKey, int]:
    """What the rules say of one target, by the conversations for which they say it; the first one counts."""
    said: dict[TargetKey, int] = {}
    for rule in rules:
        value = getattr(rule, name)
        if value is not None:
            said.setdefault((rule.channel, rule.priority), value)
    return said


def _promise(said: dict[TargetKey, int], key: TargetKey) -> str:
    if key in said:
        return duration(said[key])
    return "none" if key == (None, None) else "as otherwise"


def _for_whom(key: TargetKey) -> str:
    channel, priority = key
    return (f" in {channel}" if channel else "") + (f" for {priority}" if priority else "")


def _actions(changes: ChangeList, where: Where, subject: str, old: Actions, new: Actions) -> None:
    for name, label, show in _ACTIONS:
        changes.value((*where, name), subject, label, getattr(old, name), getattr(new, name), show)


def _route(changes: ChangeList, where: Where, subject: str, old: tuple[Step, ...], new: tuple[Step, ...]) -> None:
    for number, (before, now) in enumerate(zip_longest(old, new)):
        here = (*where, number)
        if before is None:
            changes.say(here, f"{subject}: step {number + 1} is new: {step_words(now)}")
        elif now is None:
            changes.say(here, f"{subject}: step {number + 1} is gone: {step_words(before)}")
        else:
            changes.value(here, subject, f"step {number + 1}", before, now, step_words)
