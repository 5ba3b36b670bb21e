"""How a person says it: durations, lists, requirements."""

from collections.abc import Iterable, Sequence

from duetime.router.ids import QueueId, SkillId, TeamId
from duetime.router.routing import Routing
from duetime.router.skill import Requirement

NAMED_MOST = 5


def span(duration_ms: float) -> str:
    """Its two largest units at most: ``45 s``, ``3 min``, ``2 h 5 min``, ``3 days``."""
    seconds = max(0, round(duration_ms / 1000))
    if seconds < 120:
        return f"{seconds} s"
    minutes = round(seconds / 60)
    if minutes < 120:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    return f"{round(hours / 24)} days"


def listed(names: Sequence[str], last: str = "and") -> str:
    """``a``, ``a and b``, ``a, b and c``; of many the first few, and how many more there are."""
    shown, more = list(names[:NAMED_MOST]), len(names) - NAMED_MOST
    if more > 0:
        shown.append(f"{more} more" if last == "and" else f"one of {more} more")
    return f" {last} ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)


def queue_name(routing: Routing, queue: QueueId) -> str:
    found = routing.queues.get(queue)
    return found.name if found else queue


def skill_name(routing: Routing, skill: SkillId) -> str:
    return routing.skills.get(skill, skill)


def team_name(routing: Routing, team: TeamId) -> str:
    return routing.teams.get(team, team)


def level_words(routing: Routing, skills: Iterable[tuple[SkillId, int]]) -> str:
    """``German at 3 or more and Refunds at 2 or more``; the best proficiency has nothing above it."""
    return listed([f"{skill_name(routing, s)} at {n}{' or more' if n < 5 else ''}" for s, n in sorted(skills)])


def requirement_words(routing: Routing, requirement: Requirement) -> str:
    """Completes "it needs": ``somebody in the team Support with German at 3 or more``."""
    text = "somebody"
    if requirement.teams:
        text += f" in the team {listed([team_name(routing, team) for team in sorted(requirement.teams)], 'or')}"
    if requirement.skills:
        text += f" with {level_words(routing, requirement.skills.items())}"
    return text
