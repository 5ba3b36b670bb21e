"""Which single change would let somebody take what nobody can take.

Each remedy alone is enough: what a person or the configuration lacks is worked out for every ring of the route, and
those who lack one thing only are a remedy away.
"""

from collections.abc import Iterable, Iterator
from enum import StrEnum

import msgspec

from duetime.router.associate import Profile
from duetime.router.eligibility import units_needed
from duetime.router.ids import AssociateId, QueueId, SkillId, TeamId
from duetime.router.message import Channel
from duetime.router.route import Queue, WaitingClass, rings
from duetime.router.routing import Routing
from duetime.router.skill import Requirement
from duetime.router.words import queue_name, requirement_words, skill_name, team_name

MOST = 5


class RemedyKind(StrEnum):
    """What is changed, the smallest change first."""

    LIMIT = "limit"
    CAPACITY = "capacity"
    TEAM = "team"
    PROFICIENCY = "proficiency"
    SKILL = "skill"
    STEP_RELAX = "step_relax"
    STEP_TEAM = "step_team"
    STEP_DROP = "step_drop"
    COST = "cost"
    ASSOCIATE = "associate"


class Remedy(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One change, in words and as data; of the data what this change needs."""

    kind: RemedyKind
    sentence: str
    """What to do: ``Give Ben Okafor the skill German at 3.``"""
    associate: AssociateId | None = None
    queue: QueueId | None = None
    skill: SkillId | None = None
    team: TeamId | None = None
    channel: Channel | None = None
    """Whose limit becomes 1, or whose cost changes."""
    value: int | None = None
    """The proficiency, limit or units that it takes."""


class _Lack(msgspec.Struct, frozen=True):
    """What one associate lacks for one requirement on one channel."""

    team: bool
    skills: dict[SkillId, int]
    limit: bool
    units: bool

    @property
    def things(self) -> int:
        """How many; a limit of 0 because the capacity is too small is the same thing as that."""
        return self.team + len(self.skills) + (self.limit or self.units)


_Sized = tuple[int, Remedy]
"""A remedy and how large a change it is, among those of its kind."""


def remedies(waiting: WaitingClass, routing: Routing, profiles: Iterable[Profile]) -> list[Remedy]:
    """The best change of each kind, the smallest first, at most `MOST`. Of equal changes the one for the profile that
    comes first. ``waiting`` is of a queue that the configuration has, and nobody can take it at any step."""
    queue = routing.queues[waiting.queue]
    staff = list(profiles)
    requirements = list(rings(routing.class_at(waiting, len(queue.steps)), routing.queues))
    widest = _widest(waiting, queue)
    found: dict[RemedyKind, _Sized] = {}
    for profile in staff:
        options = [*_steps(waiting, widest, profile, routing)]
        for requirement in requirements:
            options += _for_one(waiting, requirement, profile, routing)
        for size, remedy in options:
            if remedy.kind not in found or size < found[remedy.kind][0]:
                found[remedy.kind] = size, remedy
    if not found:
        return [_somebody_new(waiting, widest, routing)]
    return [found[kind][1] for kind in RemedyKind if kind in found][:MOST]


def _widest(waiting: WaitingClass, queue: Queue) -> Requirement:
    """What the queue's own last step asks for: what a further step would widen."""
    requirement = queue.requirement.plus(waiting.skills)
    for step in queue.steps:
        if step.taken(closed=waiting.closed):
            requirement = step.widen(requirement)
    return requirement


def _lack(waiting: WaitingClass, requirement: Requirement, profile: Profile, routing: Routing) -> _Lack:
    return _Lack(
        team=bool(requirement.teams) and requirement.teams.isdisjoint(profile.teams),
        skills={skill: n for skill, n in requirement.skills.items() if profile.skills.get(skill, 0) < n},
        limit=profile.limits.get(waiting.channel, 0) == 0,
        units=units_needed(waiting, routing) > profile.capacity_units,
    )


def _for_one(waiting: WaitingClass, requirement: Requirement, profile: Profile, routing: Routing) -> Iterator[_Sized]:
    """A change of this associate that is enough, if there is one."""
    lack = _lack(waiting, requirement, profile, routing)
    who, name, channel = profile.id, profile.name, waiting.channel
    if lack.things != 1:
        return
    if lack.units:
        has, needed = profile.capacity_units, units_needed(waiting, routing)
        too = f", and limits.{channel} to 1" if lack.limit else ""
        text = f"Raise the capacity of {name} from {has} to {needed} units{too}."
        limited = channel if lack.limit else None
        yield (
            needed - has,
            Remedy(kind=RemedyKind.CAPACITY, sentence=text, associate=who, channel=limited, value=needed),
        )
    elif lack.limit:
        text = f"Let {name} take {channel}: limits.{channel} = 1."
        yield 1, Remedy(kind=RemedyKind.LIMIT, sentence=text, associate=who, channel=channel, value=1)
    elif lack.team:
        team = min(requirement.teams)
        text = f"Add {name} to the team {team_name(routing, team)}."
        yield 1, Remedy(kind=RemedyKind.TEAM, sentence=text, associate=who, team=team)
    else:
        ((skill, level),) = lack.skills.items()
        has, title = profile.skills.get(skill, 0), skill_name(routing, skill)
        kind = RemedyKind.PROFICIENCY if has else RemedyKind.SKILL
        said = f"Raise {title} of {name} from {has} to {level}" if has else f"Give {name} the skill {title} at {level}"
        yield level - has, Remedy(kind=kind, sentence=f"{said}.", associate=who, skill=skill, value=level)


def _steps(waiting: WaitingClass, widest: Requirement, profile: Profile, routing: Routing) -> Iterator[_Sized]:
    """A change of the configuration by which this associate could take it: a further step, or a lower cost."""
    channel, queue = waiting.channel, waiting.queue
    step = f"Add a step to the route of {queue_name(routing, queue)} that"
    lack = _lack(waiting, widest, profile, routing)
    if lack.things != 1 or lack.limit:
        return
    cost = routing.channels[channel].cost_units
    units = profile.capacity_units - (units_needed(waiting, routing) - cost)
    if lack.units and units > 0:
        text = f"Lower the cost of {channel} from {cost} to {units} units."
        yield cost - units, Remedy(kind=RemedyKind.COST, sentence=text, channel=channel, value=units)
    elif lack.team and profile.teams:
        team = min(profile.teams)
        text = f"{step} adds the team {team_name(routing, team)}, with {profile.name}."
        yield 1, Remedy(kind=RemedyKind.STEP_TEAM, sentence=text, queue=queue, team=team)
    elif lack.skills:
        ((skill, level),) = lack.skills.items()
        has, title = profile.skills.get(skill, 0), skill_name(routing, skill)
        if has:
            text = f"{step} relaxes {title} from {level} to {has}, which {profile.name} has."
            yield level - has, Remedy(kind=RemedyKind.STEP_RELAX, sentence=text, queue=queue, skill=skill, value=has)
        else:
            text = f"{step} drops {title}, for {profile.name}."
            yield 1, Remedy(kind=RemedyKind.STEP_DROP, sentence=text, queue=queue, skill=skill)


def _somebody_new(waiting: WaitingClass, widest: Requirement, routing: Routing) -> Remedy:
    who = requirement_words(routing, widest).replace("somebody", "an associate", 1)
    text = f"Add {who} who takes {waiting.channel}."
    return Remedy(kind=RemedyKind.ASSOCIATE, sentence=text, channel=waiting.channel)
