"""What an explanation consists of: the sentences, and the data that they were made from. Times are epoch ms."""

from enum import StrEnum

import msgspec

from duetime.router.conversation import ParkReason, State
from duetime.router.ids import AssociateId, ClassId, ConversationId, QueueId, SkillId, TeamId
from duetime.router.message import Channel
from duetime.router.remedy import Remedy
from duetime.service.estimates import Estimate


class Readiness(StrEnum):
    """Whether an associate can take a conversation now, and if not, what is first in the way."""

    HAS_IT = "has_it"
    FREE = "free"
    COOLING = "cooling"
    """Has declined or missed it, and is not asked again until a time."""
    KEPT = "kept"
    """What they free next is kept for another conversation."""
    AT_LIMIT = "at_limit"
    """Has as many conversations of the channel as they may."""
    FULL = "full"
    """Has too few units of capacity left."""
    BUSY = "busy"
    AWAY = "away"
    OFFLINE = "offline"


class Person(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One associate who may take the conversation, as things are now."""

    associate: AssociateId
    name: str
    step: int
    """The first step of the route at which they may take it."""
    readiness: Readiness
    load_units: int
    capacity_units: int
    """What this conversation may use of their capacity: all of it but what is reserved for urgent ones."""
    channel_count: int
    """How many conversations of the channel they have, and may have at most."""
    channel_limit: int
    until: int | None = None
    """Until when they are not asked again."""


class Need(msgspec.Struct, frozen=True, kw_only=True):
    """What one step of the route asks for."""

    step: int
    teams: list[TeamId]
    """Any of these; none: any team."""
    skills: dict[SkillId, int]
    people: int
    """How many associates may take it from this step on, and did not before."""
    present: bool
    """The conversation stands at this step."""


class Decision(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The last decision who gets it, as it was stored when it was made."""

    by: str
    """``arrival``: it came while they had room; ``room``: they gained room while it waited; ``woken``: it returned to
    whoever had it; ``hand``: a person decided."""
    line: ClassId
    queue: QueueId
    step: int
    waited_ms: int
    rank: int
    """Its due time less its boost, epoch ms: of what an associate may take, the lowest goes first."""
    load: int
    """The units that the associate held at that moment, before this conversation."""
    capacity: int
    pool: str | None = None
    associate: AssociateId | None = None
    at: int | None = None


class Ahead(msgspec.Struct, frozen=True, kw_only=True):
    """How many conversations are before it."""

    in_queue: int
    for_the_same_people: int
    """Of all that those who may take it serve, whichever queue it is in."""


class Explanation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why a conversation is where it is. ``sentences`` say it, the rest is what they say it from."""

    conversation: ConversationId
    at: int
    """When it was like this."""
    sentences: list[str]
    state: State
    queue: QueueId
    channel: Channel
    step: int
    line: ClassId
    """The class or personal line in which it waits or last waited."""
    rule: str | None = None
    """The triage rule by which it was opened; None: the default queue."""
    due_at: int
    associate: AssociateId | None = None
    decision: Decision | None = None
    route: list[Need] = []
    people: list[Person] = []
    """Who may take it at some step, as things are now; those who may take it at its present step first, at most 50."""
    people_total: int = 0
    ahead: Ahead | None = None
    estimate: Estimate | None = None
    next_step_at: int | None = None
    """When its route goes on, or the wait for one associate ends."""
    kept_by: AssociateId | None = None
    """What this associate frees next is kept for it."""
    never: bool = False
    """It waits, and nobody can ever take it as things are."""
    remedies: list[Remedy] = []
    """Changes each of which alone would let somebody take it."""
    park_reason: ParkReason | None = None
    wake_at: int | None = None
