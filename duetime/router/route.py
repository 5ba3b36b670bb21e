"""Queues and their routes: the ordered steps by which the requirements of a waiting conversation relax.

Step 0 is the queue's own requirement plus what triage asked for. Every later step changes the requirement of the one
before it and lasts ``try_s`` seconds; the last one lasts until somebody takes the conversation. Who was eligible stays
eligible: the *ring* of an associate is the first step at which they meet the requirement, and lower rings are
preferred. Overflow is a step that adds those who meet another queue's requirement.
"""

from collections.abc import Iterator
from enum import StrEnum

import msgspec

from duetime.router.ids import AssociateId, CalendarId, ClassId, QueueId, SkillId, TeamId
from duetime.router.message import Channel
from duetime.router.skill import Requirement
from duetime.router.targets import TargetRule


class During(StrEnum):
    """When a step is taken: always, or only while the queue's calendar is open, or only while it is closed."""

    ALWAYS = "always"
    OPEN = "open"
    CLOSED = "closed"


class Overload(StrEnum):
    """Whom a queue serves first when not everything can be in time."""

    DUE = "due"
    """The earliest due first: all wait alike."""
    SAVE = "save"
    """Those that can still be in time first; a late one is passed over for at most ``late_behind_s``."""


class Notify(StrEnum):
    ASSOCIATE = "associate"
    TEAM = "team"
    SUPERVISORS = "supervisors"


class Actions(msgspec.Struct, frozen=True, kw_only=True):
    """What happens when a target is at risk, or is breached."""

    boost_s: int = 0
    widen: bool = False
    """Take the next step of the route now."""
    reassign: bool = False
    """Take it from an associate who has not answered, for somebody else."""
    escalate_to: QueueId | None = None
    notify: frozenset[Notify] = frozenset({Notify.ASSOCIATE, Notify.SUPERVISORS})
    webhook: bool = False


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One widening of a route. ``relax`` lowers proficiencies, ``drop`` forgets skills, ``add_teams`` widens."""

    after_s: int
    """How long the step before this one is tried."""
    relax: dict[SkillId, int] = {}
    drop: frozenset[SkillId] = frozenset()
    add_teams: frozenset[TeamId] = frozenset()
    overflow_to: QueueId | None = None
    boost_s: int = 0
    during: During = During.ALWAYS

    def taken(self, *, closed: bool) -> bool:
        """Whether the step is taken while the queue's calendar is closed, or open."""
        return self.during is During.ALWAYS or (self.during is During.CLOSED) == closed

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
    at_risk_s: int = 300
    """This long before the due time a conversation is at risk."""
    auto_accept: bool = False
    offer_timeout_s: int = 30
    cooldown_s: int = 60
    reassign_after_s: int = 120
    preferred_s: int = 60
    """How long a conversation that comes back waits for the associate who had it."""
    answer: str | None = None
    """A `template` around the answers sent by mail."""
    signature: str | None = None
    """A `template` that stands below the answers sent by mail."""
    acknowledgement: str | None = None
    """A `template` that who opens a conversation by mail is sent at once."""
    wrap_up_s: int = 0
    calendar: CalendarId | None = None
    """Business time for its targets and steps; None: always open."""
    targets: tuple[TargetRule, ...] = ()
    overload: Overload = Overload.DUE
    late_behind_s: int = 14_400
    """Under ``save``: a late conversation goes before those that are due more than this after it was."""
    on_risk: Actions = Actions(notify=frozenset({Notify.ASSOCIATE}))
    on_breach: Actions = Actions()
    after_hours_queue: QueueId | None = None
    """Takes what comes while the calendar is closed."""
    max_waiting: int | None = None
    """Beyond so many that wait, what comes goes to ``full_queue``."""
    full_queue: QueueId | None = None


class WaitingClass(msgspec.Struct, frozen=True):
    """Conversations with equal requirements. ``skills`` is what triage added to the queue's own."""

    queue: QueueId
    step: int
    channel: Channel
    skills: dict[SkillId, int] = {}
    urgent: bool = False
    """They may use the capacity that is reserved."""
    closed: bool = False
    """The route's steps for closed hours are taken, not those for open ones."""

    @property
    def id(self) -> ClassId:
        step = f"{self.step}{'c' if self.closed else ''}"
        skills = "+".join(f"{skill}:{level}" for skill, level in sorted(self.skills.items()))
        return ClassId(f"{self.queue}/{step}/{lane(self.channel, urgent=self.urgent)}/{skills}")


def parse_class(text: str) -> WaitingClass:
    """The class of a `WaitingClass.id`. Raises ValueError for a personal line or anything else."""
    queue, step, lane_name, skills = text.split("/")
    pairs = (pair.split(":") for pair in skills.split("+") if pair)
    return WaitingClass(
        QueueId(queue),
        int(step.removesuffix("c")),
        Channel(lane_name.removesuffix("!")),
        {SkillId(s): int(level) for s, level in pairs},
        urgent=lane_name.endswith("!"),
        closed=step.endswith("c"),
    )


def lane(channel: Channel, *, urgent: bool) -> str:
    """The channel, or its urgent side: the same work, which may also use the capacity reserved for urgent work."""
    return f"{channel.value}!" if urgent else channel.value


def personal_line(associate: AssociateId, channel: Channel, *, urgent: bool = False) -> ClassId:
    """The line of conversations that wait for one person: a preferred associate or a direct transfer."""
    return ClassId(f"@{associate}/{lane(channel, urgent=urgent)}")


def rings(waiting: WaitingClass, queues: dict[QueueId, Queue]) -> Iterator[Requirement]:
    """The requirements of step 0 to the class's own step; who meets the n-th first is at ring n."""
    queue = queues.get(waiting.queue)
    if queue is None:
        return
    requirement = queue.requirement.plus(waiting.skills)
    yield requirement
    for step in queue.steps[: waiting.step]:
        if not step.taken(closed=waiting.closed):
            continue
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
