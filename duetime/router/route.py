"""Queues and their routes: the ordered steps by which the requirements of a waiting conversation relax.

Step 0 is the queue's own requirement plus what triage asked for. Every later step changes the requirement of the one
before it and lasts ``try_s`` seconds; the last one lasts until somebody takes the conversation. Who was eligible stays
eligible: the *ring* of an associate is the first step at which they meet the requirement, and lower rings are
preferred. Overflow is a step that adds those who meet another queue's requirement.
"""

from collections.abc import Iterator

import msgspec

from duetime.router.ids import AssociateId, ClassId, QueueId, SkillId, TeamId
from duetime.router.message import Channel
from duetime.router.skill import Requirement


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One widening of a route. ``relax`` lowers proficiencies, ``drop`` forgets skills, ``add_teams`` widens."""

    after_s: int
    """How long the step before this one is tried."""
    relax: dict[SkillId, int] = {}
    drop: frozenset[SkillId] = frozenset()
    add_teams: frozenset[TeamId] = frozenset()
    overflow_to: QueueId | None = None
    boost_s: int = 0

    def widen(self, requirement: Requirement) -> Requirement:
        skills = {
            skill: min(level, self.relax.get(skill, level))
            for skill, level in requirement.skills.items()
            if skill not in self.drop
        }
        return Requirement(requirement.teams | self.add_teams if requirement.teams else requirement.teams, skills)


class Queue(msgspec.Struct, frozen=True, kw_only=True):
    """What the operations team says about one queue. Durations in seconds."""

    id: QueueId
    name: str
    requirement: Requirement = Requirement()
    steps: tuple[Step, ...] = ()
    due_s: dict[Channel, int] = {}
    """First response per channel; a channel that is not named has ``due_default_s``."""
    due_default_s: int = 3600
    at_risk_s: int = 300
    """This long before the due time a conversation is at risk."""
    auto_accept: bool = False
    offer_timeout_s: int = 30
    cooldown_s: int = 60
    reassign_after_s: int = 120
    preferred_s: int = 60
    """How long a conversation that comes back waits for the associate who had it."""
    wrap_up_s: int = 0

    def due_in_s(self, channel: Channel) -> int:
        return self.due_s.get(channel, self.due_default_s)


class WaitingClass(msgspec.Struct, frozen=True):
    """Conversations with equal requirements. ``skills`` is what triage added to the queue's own."""

    queue: QueueId
    step: int
    channel: Channel
    skills: dict[SkillId, int] = {}

    @property
    def id(self) -> ClassId:
        skills = "+".join(f"{skill}:{level}" for skill, level in sorted(self.skills.items()))
        return ClassId(f"{self.queue}/{self.step}/{self.channel.value}/{skills}")


def parse_class(text: str) -> WaitingClass:
    """The class of a `WaitingClass.id`. Raises ValueError for a personal line or anything else."""
    queue, step, channel, skills = text.split("/")
    pairs = (pair.split(":") for pair in skills.split("+") if pair)
    return WaitingClass(QueueId(queue), int(step), Channel(channel), {SkillId(s): int(level) for s, level in pairs})


def personal_line(associate: AssociateId, channel: Channel) -> ClassId:
    """The line of conversations that wait for one person: a preferred associate or a direct transfer."""
    return ClassId(f"@{associate}/{channel.value}")


def rings(waiting: WaitingClass, queues: dict[QueueId, Queue]) -> Iterator[Requirement]:
    """The requirements of step 0 to the class's own step; who meets the n-th first is at ring n."""
    queue = queues.get(waiting.queue)
    if queue is None:
        return
    requirement = queue.requirement.plus(waiting.skills)
    yield requirement
    for step in queue.steps[: waiting.step]:
        requirement = step.widen(requirement)
        target = queues.get(step.overflow_to) if step.overflow_to else None
        if target is not None:
            extra = {s: level for s, level in requirement.skills.items() if s in waiting.skills}
            yield target.requirement.plus(extra)
        else:
            yield requirement


def step_boost_s(queue: Queue, step: int) -> int:
    """The boosts of all steps up to and with this one."""
    return sum(passed.boost_s for passed in queue.steps[:step])


def next_step_after_s(queue: Queue, step: int) -> int | None:
    """How long this step is tried before the next, or None if it is the last."""
    return queue.steps[step].after_s if step < len(queue.steps) else None
