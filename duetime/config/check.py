"""Checking a routing configuration: all errors, and a warning for whatever in it can never do anything."""

from duetime.config.build import read_routing
from duetime.config.check_rules import find_futile_rules
from duetime.config.check_targets import find_futile_targets
from duetime.config.coverage import Coverage, is_timed
from duetime.config.problems import ConfigProblems, Problem, Report, Where
from duetime.router.associate import Profile
from duetime.router.ids import SkillId
from duetime.router.route import During, Queue
from duetime.router.routing import Reserve, Routing


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


def load_and_check(text: str) -> tuple[Routing, list[Problem]]:
    """The routing of this TOML document, and its warnings. Raises `ConfigProblems` with all its errors."""
    routing, report = read_routing(text)
    report.raise_errors()
    assert routing is not None  # noqa: S101 - without errors there is a routing
    find_futile(routing, report)
    return routing, report.problems()


def find_futile(routing: Routing, report: Report) -> None:
    """Adds a warning for everything that can be applied and can never do anything."""
    find_futile_rules(routing.triage, report)
    find_futile_targets(routing, report)
    _skills(routing, report)
    for calendar in routing.calendars.keys() - {queue.calendar for queue in routing.queues.values()}:
        report.warning(("calendars", calendar), "no queue goes by this calendar")
    coverage = Coverage(routing)
    if coverage.is_too_large:
        report.warning((), "is too large to look for queues, steps and rules that nobody can serve")
        return
    for profile in coverage.idle:
        report.warning(("associates", profile.id), _why_idle(profile, routing))
    if routing.reserve is not None:
        _reserve(routing.reserve, routing, coverage, report)
    for queue in routing.queues.values():
        _queue(queue, coverage, report)
    _channels(routing, coverage, report)
    for number, rule in enumerate(routing.triage):
        if not coverage.serves(rule):
            report.warning(("triage", number), "nobody can ever take what this rule asks for")


def _skills(routing: Routing, report: Report) -> None:
    """Skills that nobody has as well as they are asked for."""
    best: dict[SkillId, Profile] = {}
    for profile in routing.associates.values():
        for skill, proficiency in profile.skills.items():
            if skill not in best or best[skill].skills[skill] < proficiency:
                best[skill] = profile
    asked: list[tuple[Where, SkillId, int]] = []
    for queue in routing.queues.values():
        asked += [(("queues", queue.id, "skills", skill), skill, n) for skill, n in queue.requirement.skills.items()]
    for number, rule in enumerate(routing.triage):
        asked += [(("triage", number, "skills", skill), skill, n) for skill, n in rule.skills.items()]
    asked += [(("languages", tag), skill, routing.language_level) for tag, skill in routing.languages.items()]
    for where, skill, level in asked:
        if skill not in best:
            report.warning(where, "nobody has this skill")
        elif best[skill].skills[skill] < level:
            has = f"the best is {best[skill].id} with {best[skill].skills[skill]}"
            report.warning(where, f"nobody has this skill at {level}: {has}")


def _why_idle(profile: Profile, routing: Routing) -> str:
    cheapest = min(routing.channels, key=lambda channel: routing.channels[channel].cost_units)
    cost_units = routing.channels[cheapest].cost_units
    if profile.capacity_units < cost_units:
        return (
            f"has no room for any conversation: capacity_units is {profile.capacity_units}, "
            f"and the cheapest, {cheapest.value}, costs {cost_units}"
        )
    return "no queue can ever use this associate, for want of a team, a skill or a limit"


def _reserve(reserve: Reserve, routing: Routing, coverage: Coverage, report: Report) -> None:
    cheapest_units = min(rules.cost_units for rules in routing.channels.values())
    idle = {profile.id for profile in coverage.idle}
    taken = [
        profile.id
        for profile in routing.associates.values()
        if profile.id not in idle and profile.capacity_units - reserve.units < cheapest_units
    ]
    if taken:
        others = f" and {len(taken) - 1} more" if len(taken) > 1 else ""
        sentence = f"leaves {taken[0]}{others} no room for anything less urgent than {reserve.priority}"
        report.warning(("reserve", "units"), sentence)


def _queue(queue: Queue, coverage: Coverage, report: Report) -> None:
    where = ("queues", queue.id)
    steps = coverage.steps_of_queue(queue.id)
    if not steps:
        report.warning(where, "nobody can ever take a conversation of this queue")
        return
    for when in ("open", "closed") if is_timed(queue) else ():
        if not coverage.steps_while(queue.id, closed=when == "closed"):
            report.warning(where, f"nobody can take a conversation of this queue while its calendar is {when}")
    for number, step in enumerate(queue.steps):
        here = (*where, "route", number)
        if step.during is During.CLOSED and queue.calendar is None:
            report.warning((*here, "during"), "is never taken: the queue has no calendar, so it is never closed")
        elif number + 1 not in steps and not step.boost_s:
            sentence = "widens nothing: whoever could take a conversation here could take it before"
            report.warning(here, sentence)
    for key, actions in (("on_risk", queue.on_risk), ("on_breach", queue.on_breach)):
        if actions.widen and not queue.steps:
            report.warning((*where, key, "widen"), "widens nothing: the queue has no route")


def _channels(routing: Routing, coverage: Coverage, report: Report) -> None:
    for channel, rules in routing.channels.items():
        queue = rules.default_queue
        if coverage.steps_of_queue(queue) and not coverage.takes(queue, channel):
            sentence = f'nobody takes {channel.value} in "{queue}", which gets what no rule sends elsewhere'
            report.warning(("channels", channel.value, "default_queue"), sentence)
