"""Checking a routing configuration: all errors, and a warning for whatever in it can never do anything."""

from duetime.config.build import read_routing
from duetime.config.coverage import Coverage
from duetime.config.problems import ConfigProblems, Problem, Report, Where
from duetime.router.associate import Profile
from duetime.router.ids import SkillId
from duetime.router.message import Channel
from duetime.router.route import Queue
from duetime.router.routing import Routing
from duetime.router.triage import Rule, When


def check_routing(text: str) -> list[Problem]:
    """All problems of this TOML document. Warnings are only looked for when there is no error: with a part of
    it missing, much of the rest would look useless."""
    try:
        routing, report = read_routing(text)
    except ConfigProblems as problems:
        return problems.problems
    if routing is not None:
        find_futile(routing, report)
    return report.problems()


def find_futile(routing: Routing, report: Report) -> None:
    """Adds a warning for everything that can be applied and can never do anything."""
    _rules(routing.triage, report)
    _skills(routing, report)
    for queue in routing.queues.values():
        _due_times(queue, report)
    coverage = Coverage(routing)
    if coverage.is_too_large:
        report.warning((), "is too large to look for queues, steps and rules that nobody can serve")
        return
    for profile in coverage.idle:
        report.warning(("associates", profile.id), _why_idle(profile, routing))
    for queue in routing.queues.values():
        _queue(queue, coverage, report)
    _channels(routing, coverage, report)
    for number, rule in enumerate(routing.triage):
        if not coverage.serves(rule):
            report.warning(("triage", number), "nobody can ever take what this rule asks for")


def _rules(rules: tuple[Rule, ...], report: Report) -> None:
    first: dict[str, int] = {}
    for number, rule in enumerate(rules):
        if first.setdefault(rule.name, number) != number:
            sentence = f"is the name of triage[{first[rule.name]}] too, so explanations cannot tell them apart"
            report.warning(("triage", number, "name"), sentence)
        for earlier in rules[:number]:
            if _implies(rule.when, earlier.when):
                sentence = f'never decides: what it is for, the rule "{earlier.name}" before it takes'
                report.warning(("triage", number), sentence)
                break


def _implies(when: When, other: When) -> bool:
    """Whether every message for which the first holds also is one for which the other holds."""
    return (
        other.channel in (None, when.channel)
        and other.endpoint in (None, when.endpoint)
        and other.language in (None, when.language)
        and other.attributes.items() <= when.attributes.items()
        and (not other.text_contains or _contains_any(when.text_contains, other.text_contains))
    )


def _contains_any(parts: tuple[str, ...], others: tuple[str, ...]) -> bool:
    """Whether a text with any of the parts has any of the others in it too."""
    folded = [other.casefold() for other in others]
    return bool(parts) and all(any(other in part.casefold() for other in folded) for part in parts)


def _skills(routing: Routing, report: Report) -> None:
    """Skills that nobody has as well as they are asked for."""
    best: dict[SkillId, Profile] = {}
    for profile in routing.associates.values():
        for skill, proficiency in profile.skills.items():
            if skill not in best or best[skill].skills[skill] < proficiency:
                best[skill] = profile
    asked: list[tuple[Where, dict[SkillId, int]]] = []
    asked += [(("queues", queue.id, "skills"), queue.requirement.skills) for queue in routing.queues.values()]
    asked += [(("triage", number, "skills"), rule.skills) for number, rule in enumerate(routing.triage)]
    for where, skills in asked:
        for skill, level in skills.items():
            if skill not in best:
                report.warning((*where, skill), "nobody has this skill")
            elif best[skill].skills[skill] < level:
                has = f"the best is {best[skill].id} with {best[skill].skills[skill]}"
                report.warning((*where, skill), f"nobody has this skill at {level}: {has}")


def _due_times(queue: Queue, report: Report) -> None:
    """Conversations that are late before their first offer has ended."""
    if queue.auto_accept:
        return
    due = {f"due_s.{channel.value}": due_s for channel, due_s in queue.due_s.items()}
    if len(due) < len(Channel):
        due["due_default_s"] = queue.due_default_s
    for key, due_s in due.items():
        if due_s < queue.offer_timeout_s:
            sentence = f"{due_s} s is over before the first offer is: offer_timeout_s is {queue.offer_timeout_s}"
            report.warning(("queues", queue.id, *key.split(".")), sentence)


def _why_idle(profile: Profile, routing: Routing) -> str:
    cheapest = min(routing.channels, key=lambda channel: routing.channels[channel].cost_units)
    cost_units = routing.channels[cheapest].cost_units
    if profile.capacity_units < cost_units:
        return (
            f"has no room for any conversation: capacity_units is {profile.capacity_units}, "
            f"and the cheapest, {cheapest.value}, costs {cost_units}"
        )
    return "no queue can ever use this associate, for want of a team, a skill or a limit"


def _queue(queue: Queue, coverage: Coverage, report: Report) -> None:
    rings = coverage.rings_of_queue(queue.id)
    if not rings:
        report.warning(("queues", queue.id), "nobody can ever take a conversation of this queue")
        return
    for number, step in enumerate(queue.steps):
        if number + 1 not in rings and not step.boost_s:
            sentence = "widens nothing: whoever could take a conversation here could take it before"
            report.warning(("queues", queue.id, "route", number), sentence)


def _channels(routing: Routing, coverage: Coverage, report: Report) -> None:
    for channel, rules in routing.channels.items():
        queue = rules.default_queue
        if coverage.rings_of_queue(queue) and not coverage.rings_of(queue, channel):
            sentence = f'nobody takes {channel.value} in "{queue}", which gets what no rule sends elsewhere'
            report.warning(("channels", channel.value, "default_queue"), sentence)
