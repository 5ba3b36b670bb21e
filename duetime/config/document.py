"""The routing configuration as people write it: one TOML document. Durations are in seconds.

Names of queues, teams, skills and priorities are checked against their tables while the document is decoded.
"""

from typing import Annotated

import msgspec
from msgspec import Meta

from duetime.config.fields import Boost, Duration, Language, Pause, Proficiency, Slug, Title, Units
from duetime.router.ids import SLUG
from duetime.router.message import Channel
from duetime.router.triage import NORMAL

QueueName = Annotated[str, Meta(extra={"names": "queues"})]
TeamName = Annotated[str, Meta(extra={"names": "teams"})]
SkillName = Annotated[str, Meta(extra={"names": "skills"})]
PriorityName = Annotated[str, Meta(extra={"names": "priorities", "always": (NORMAL,)})]
NewPriority = Annotated[
    str,
    Meta(
        pattern=rf"^(?!{NORMAL}(?![\s\S])){SLUG.removeprefix('^')}",
        description=f'a name of lower-case letters, digits, _ and - other than "{NORMAL}", which always is 0',
    ),
]
Overflow = Annotated[str, Meta(extra={"names": "queues", "excludes": ("relax", "drop", "add_teams")})]
Limit = Annotated[int, Meta(ge=0, le=1000)]
Part = Annotated[str, Meta(min_length=1, max_length=200)]
Attribute = Annotated[str, Meta(max_length=1000)]


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the document."""


class ChannelSection(Section, frozen=True, kw_only=True):
    """``[channels.api]``, and what the sections of the other channels share with it."""

    cost_units: Units = 1
    """What one conversation takes of an associate's capacity."""
    idle_release_s: Pause = 300
    """This long after the associate's answer the conversation gives its capacity back; 0: at once."""
    reopen_within_s: Pause = 86_400
    """A message that comes this long after closing opens the conversation again."""
    default_queue: QueueName | None = None
    """Instead of the document's ``default_queue``."""


class ChatSection(ChannelSection, frozen=True, kw_only=True):
    cost_units: Units = 2
    reopen_within_s: Pause = 3600


class EmailSection(ChannelSection, frozen=True, kw_only=True):
    cost_units: Units = 2
    idle_release_s: Pause = 0
    reopen_within_s: Pause = 7 * 86_400


class SmsSection(ChannelSection, frozen=True, kw_only=True):
    idle_release_s: Pause = 600


class ChannelsSection(Section, frozen=True, kw_only=True):
    """A section for each `Channel`, by its name."""

    api: ChannelSection = ChannelSection()
    chat: ChatSection = ChatSection()
    email: EmailSection = EmailSection()
    sms: SmsSection = SmsSection()


class AssociateSection(Section, frozen=True, kw_only=True):
    name: Title
    teams: tuple[TeamName, ...] = ()
    skills: dict[SkillName, Proficiency] = {}
    capacity_units: Units = 6
    limits: dict[Channel, Limit] = {}
    """The most conversations at once. A channel that is not named has as many as the capacity pays for."""


class StepSection(Section, frozen=True, kw_only=True):
    """One step of a queue's route."""

    after_s: Duration
    """How long the step before this one is tried."""
    relax: dict[SkillName, Proficiency] = {}
    """From here on this proficiency is enough."""
    drop: tuple[SkillName, ...] = ()
    """From here on these skills are not asked for."""
    add_teams: tuple[TeamName, ...] = ()
    overflow_to: Overflow | None = None
    """From here on those whom that queue would ask may take it too."""
    boost_s: Boost = 0


class QueueSection(Section, frozen=True, kw_only=True):
    name: Title
    teams: tuple[TeamName, ...] = ()
    """Members of any of these; none named: everybody."""
    skills: dict[SkillName, Proficiency] = {}
    due_s: dict[Channel, Duration] = {}
    """First response, by channel."""
    due_default_s: Duration = 3600
    at_risk_s: Pause = 300
    auto_accept: bool = False
    """Assign without asking the associate."""
    offer_timeout_s: Duration = 30
    cooldown_s: Pause = 60
    """For this long a declined conversation is not offered to the same associate again."""
    reassign_after_s: Pause = 120
    preferred_s: Pause = 60
    """How long a conversation that comes back waits for the associate who had it."""
    wrap_up_s: Pause = 0
    route: Annotated[tuple[StepSection, ...], Meta(max_length=20)] = ()


class WhenSection(Section, frozen=True, kw_only=True):
    """The conditions of a triage rule: all that are named must hold."""

    channel: Channel | None = None
    endpoint: Slug | None = None
    language: Language | None = None
    attributes: dict[str, Attribute] = {}
    text_contains: tuple[Part, ...] = ()
    """Any of these, in subject or text, in any case."""


class RuleSection(Section, frozen=True, kw_only=True):
    """A triage rule; the first whose conditions hold decides."""

    name: Title
    when: WhenSection = WhenSection()
    queue: QueueName | None = None
    """None: the default queue."""
    skills: dict[SkillName, Proficiency] = {}
    """Asked for beside the queue's own."""
    priority: PriorityName = NORMAL


class PresenceSection(Section, frozen=True, kw_only=True):
    missed_offers_max: Annotated[int, Meta(ge=1, le=100)] = 3
    """An associate who lets this many offers in a row expire becomes away."""


class Document(Section, frozen=True, kw_only=True):
    default_queue: QueueName
    """For messages that no rule, endpoint or channel gives another queue."""
    queues: dict[Slug, QueueSection]
    channels: ChannelsSection = ChannelsSection()
    skills: dict[Slug, Title] = {}
    """The skills that may be used, with their titles."""
    teams: dict[Slug, Title] = {}
    priorities: dict[NewPriority, Boost] = {}
    associates: dict[Slug, AssociateSection] = {}
    triage: Annotated[tuple[RuleSection, ...], Meta(max_length=1000)] = ()
    """Each message is held against them in turn."""
    endpoints: dict[Slug, QueueName] = {}
    """Endpoints with a default queue of their own."""
    presence: PresenceSection = PresenceSection()
