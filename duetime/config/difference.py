"""What changes between two routing configurations, in words."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from duetime.config.change import Change, ChangeList
from duetime.config.difference_queues import Show, queue_changes
from duetime.config.problems import shown
from duetime.config.words import day_name, duration, hours_words, joined, levels, when_words
from duetime.router.associate import Profile
from duetime.router.calendar import Calendar
from duetime.router.ids import AssociateId
from duetime.router.message import Channel
from duetime.router.routing import Reserve, Routing
from duetime.router.triage import Rule


def differences(old: Routing, new: Routing) -> list[Change]:
    """All that the new one says differently, in the order of a document."""
    changes = ChangeList()
    _named(changes, "endpoints", "endpoint", old.endpoints, new.endpoints, lambda queue: f"queue {queue}")
    _named(changes, "skills", "skill", old.skills, new.skills, shown)
    _named(changes, "languages", "language", old.languages, new.languages, lambda skill: f"skill {skill}")
    changes.value(("language_level",), "languages", "asked for at", old.language_level, new.language_level)
    _named(changes, "teams", "team", old.teams, new.teams, shown)
    _named(changes, "priorities", "priority", old.priorities, new.priorities, duration)
    _calendars(changes, old, new)
    _channels(changes, old, new)
    _associates(changes, old, new)
    queue_changes(changes, old, new)
    _triage(changes, old.triage, new.triage)
    changes.value(("reserve",), "reserve", "", old.reserve, new.reserve, _reserve)
    missed = ("presence", "missed_offers_max")
    changes.value(missed, "presence", "missed offers", old.missed_offers_max, new.missed_offers_max)
    return changes.found


def _named(
    changes: ChangeList,
    table: str,
    kind: str,
    old: Mapping[Any, Any],
    new: Mapping[Any, Any],
    show: Callable[[Any], str],
) -> None:
    """A table of names with one value each."""
    for name in changes.gone(old, new):
        changes.say((table, name), f"{kind} {name} is gone")
    for name, value in new.items():
        if name not in old:
            changes.say((table, name), f"{kind} {name} is new: {show(value)}")
        elif old[name] != value:
            changes.say((table, name), f"{kind} {name}: {show(old[name])} → {show(value)}")


def _calendars(changes: ChangeList, old: Routing, new: Routing) -> None:
    for id_ in changes.gone(old.calendars, new.calendars):
        changes.say(("calendars", id_), f"calendar {id_} is gone")
    for id_, calendar in new.calendars.items():
        if id_ not in old.calendars:
            changes.say(("calendars", id_), f"calendar {id_} is new")
        else:
            _calendar(changes, id_, old.calendars[id_], calendar)


def _calendar(changes: ChangeList, id_: str, old: Calendar, new: Calendar) -> None:
    where, subject = ("calendars", id_), f"calendar {id_}"
    changes.value((*where, "zone"), subject, "zone", old.zone, new.zone)
    for weekday in range(7):
        before, now = hours_words(old, weekday), hours_words(new, weekday)
        changes.value((*where, "hours"), subject, day_name(weekday), before, now)
    changes.value((*where, "country"), subject, "public holidays of", old.country, new.country, _or_none)
    changes.value((*where, "region"), subject, "public holidays of the region", old.region, new.region, _or_none)
    for closure in new.closures:
        if closure not in old.closures:
            changes.say((*where, "closures"), f"{subject}: closed {_days(closure)}")
    for closure in old.closures:
        if closure not in new.closures:
            changes.say((*where, "closures"), f"{subject}: no longer closed {_days(closure)}")


def _days(closure: tuple[Any, Any]) -> str:
    first, last = closure
    return f"on {first}" if first == last else f"from {first} to {last}"


_CHANNEL: Final[tuple[tuple[str, str, Show], ...]] = (
    ("cost_units", "costs", str),
    ("idle_release_s", "idle release", duration),
    ("reopen_within_s", "reopens within", duration),
    ("remind_after_s", "reminds after", duration),
    ("reminder", "reminder", shown),
    ("close_after_s", "closes after silence of", duration),
    ("default_queue", "default queue", str),
)


def _channels(changes: ChangeList, old: Routing, new: Routing) -> None:
    for channel, rules in new.channels.items():
        for field, title, show in _CHANNEL:
            before, after = getattr(old.channels[channel], field), getattr(rules, field)
            changes.value(("channels", channel.value, field), channel.value, title, before, after, show)


def _associates(changes: ChangeList, old: Routing, new: Routing) -> None:
    for id_ in changes.gone(old.associates, new.associates):
        changes.say(("associates", id_), f"{id_} is no longer in the document, and stays an associate")
    for id_, profile in new.associates.items():
        if id_ not in old.associates:
            changes.say(("associates", id_), f"{id_} is new: {profile.name}")
        else:
            _associate(changes, old.associates[id_], profile)
            _limits(changes, old, new, id_)


def _associate(changes: ChangeList, old: Profile, new: Profile) -> None:
    where, subject = ("associates", new.id), new.id
    changes.value((*where, "name"), subject, "name", old.name, new.name, shown)
    changes.value((*where, "teams"), subject, "teams", old.teams, new.teams, lambda teams: joined(teams, "none"))
    changes.levels((*where, "skills"), subject, "", old.skills, new.skills)
    changes.value((*where, "capacity_units"), subject, "capacity", old.capacity_units, new.capacity_units)


def _limits(changes: ChangeList, old: Routing, new: Routing, id_: AssociateId) -> None:
    """Limits, but for those that only follow the capacity."""
    for channel in new.associates[id_].limits:
        before, paid_before = _limit(old, id_, channel)
        now, pays_now = _limit(new, id_, channel)
        if before != paid_before or now != pays_now:
            changes.value(("associates", id_, "limits", channel.value), id_, f"at most in {channel}", before, now)


def _limit(routing: Routing, id_: AssociateId, channel: Channel) -> tuple[int, int]:
    """How many conversations of a channel an associate may have, and how many their capacity pays for."""
    profile = routing.associates[id_]
    return profile.limits.get(channel, 0), profile.capacity_units // routing.channels[channel].cost_units


def _triage(changes: ChangeList, old: tuple[Rule, ...], new: tuple[Rule, ...]) -> None:
    before, now = _by_name(old), _by_name(new)
    for name in changes.gone(before, now):
        changes.say(("triage",), f"rule {shown(name)} is gone")
    for name, (number, rule) in now.items():
        if name not in before:
            changes.say(("triage", number), f"rule {shown(name)} is new, as number {number + 1}: {_outcome(rule)}")
        else:
            _rule(changes, number, before[name][1], rule)
    stayed = [name for name in now if name in before]
    if stayed != [name for name in before if name in now]:
        first = " → ".join(shown(name) for name in list(now)[:5])
        changes.say(("triage",), f"rules are tried in another order: {first}{' → …' if len(now) > 5 else ''}")


def _by_name(rules: tuple[Rule, ...]) -> dict[str, tuple[int, Rule]]:
    """Rules with their numbers. Of one name the second is told apart by it."""
    found: dict[str, tuple[int, Rule]] = {}
    for number, rule in enumerate(rules):
        found[rule.name if rule.name not in found else f"{rule.name} ({number + 1})"] = (number, rule)
    return found


def _rule(changes: ChangeList, number: int, old: Rule, new: Rule) -> None:
    where, subject = ("triage", number), f"rule {shown(new.name)}"
    changes.value((*where, "when"), subject, "when", when_words(old.when), when_words(new.when))
    changes.value(where, subject, "", _outcome(old), _outcome(new))


def _outcome(rule: Rule) -> str:
    """What a rule decides."""
    shares = ", ".join(f"{percent} % {queue}" for queue, percent in rule.split.items())
    asks = f", asks for {levels(rule.skills)}" if rule.skills else ""
    return f"queue {shares or rule.queue or 'by default'}, priority {rule.priority}{asks}"


def _reserve(reserve: Reserve | None) -> str:
    return "none" if reserve is None else f"{reserve.units} unit{'s' * (reserve.units > 1)} for {reserve.priority}"


def _or_none(text: str | None) -> str:
    return text or "none"
