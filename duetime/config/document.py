"""The routing configuration as people write it: one TOML document. Durations are in seconds.

Names of queues, teams, skills and priorities are checked against their tables while the document is decoded.
"""

from typing import Annotated

import msgspec
from msgspec import Meta

from duetime.config.calendars import CalendarSection
from duetime.config.fields import Boost, Duration, Language, Pause, Proficiency, Slug, Template, Title, Units
from duetime.router.ids import SLUG
from duetime.router.message import Channel
from duetime.router.route import During, Notify, Overload
from duetime.router.triage import NORMAL

CalendarName = Annotated[str, Meta(extra={"names": "calendars"})]
QueueName = Annotated[str, Meta(extra={"names": "queues"})]
TeamName = Annotated[str, Meta(extra={"names": "teams"})]
SkillName = Annotated[str, Meta(extra={"names": "skills"})]
PriorityName = Annotated[str, Meta(extra={"names": "priorities", "always": (NORMAL,)})]
NewPriority = Annotated[
    str,
    Meta(
        pattern=rf"^(?!{NORMAL}(?![\s\S])){SLUG.removeprefix('^')}",
        description=f'a name of lower-case letters, digits, _ and - other than "{NORMAL}", which always is 0',
        extra={"called": "a name"},
    ),
]
Overflow = Annotated[str, Meta(extra={"names": "queues", "excludes": ("relax", "drop", "add_teams")})]
Split = Annotated[dict[QueueName, Annotated[int, Meta(ge=1, le=100)]], Meta(extra={"excludes": ("queue",)})]
Limit = Annotated[int, Meta(ge=0, le=1000)]
Part = Annotated[str, Meta(min_length=1, max_length=200)]
Attribute = Annotated[str, Meta(max_length=1000)]


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the document."""


class ChannelSection(Section, frozen=True, kw_only=True):
    """What a conversation of this channel costs, and how it rests. Every channel has the same keys."""

    cost_units: Units = 1
    """What one conversation takes of an associate's capacity."""
    idle_release_s: Pause = 300
    """This long after the associate's answer the conversation gives its capacity back; 0: at once."""
    reopen_within_s: Pause = 86_400
    """A message that comes this long after closing opens the conversation again."""
    remind_after_s: Pause = 0
    """This long after an answer the contact is reminded, if they say nothing; 0: never."""
    reminder: Template = "Are you still there?"
    """What they are told then. Places: {contact}, {queue}, {associate}, {subject}."""
    close_after_s: Pause = 0
    """This long after an answer the conversation closes by itself, if the contact says nothing; 0: never."""
    default_queue: QueueName | None = None
    """Instead of the document's ``default_queue``."""


class ChatSection(ChannelSection, frozen=True, kw_only=True):
    """The keys of ``[channels.api]`` with other defaults."""

    cost_units: Units = 2
    reopen_within_s: Pause = 3600


class EmailSection(ChannelSection, frozen=True, kw_only=True):
    """The keys of ``[channels.api]`` with other defaults."""

    cost_units: Units = 2
    idle_release_s: Pause = 0
    reopen_within_s: Pause = 7 * 86_400


class SmsSection(ChannelSection, frozen=True, kw_only=True):
    """The keys of ``[channels.api]`` with other defaults."""

    idle_release_s: Pause = 600


class ChannelsSection(Section, frozen=True, kw_only=True):
    """Channels, each by its name."""

    api: ChannelSection = ChannelSection()
    """Messages of other systems."""
    chat: ChatSection = ChatSection()
    """Web chat."""
    email: EmailSection = EmailSection()
    """Email."""
    sms: SmsSection = SmsSection()
    """Text messages."""


class AssociateSection(Section, frozen=True, kw_only=True):
    """Who answers. What supervisors change of an associate later holds until the document says something new."""

    name: Title
    """Shown to colleagues and contacts."""
    teams: tuple[TeamName, ...] = ()
    """The teams that they belong to."""
    skills: dict[SkillName, Proficiency] = {}
    """How well they can do what, from 1 to 5."""
    capacity_units: Units = 6
    """What they can hold at once, in the units that conversations cost."""
    limits: dict[Channel, Limit] = {}
    """The most conversations at once. A channel that is not named has as many as the capacity pays for."""


class StepSection(Section, frozen=True, kw_only=True):
    """One step of the queue's route, in order: whom to ask next when nobody took the conversation. Who was asked
    before still may take it."""

    after_s: Duration
    """How long the step before this one is tried."""
    relax: dict[SkillName, Proficiency] = {}
    """From here on this proficiency is enough."""
    drop: tuple[SkillName, ...] = ()
    """From here on these skills are not asked for."""
    add_teams: tuple[TeamName, ...] = ()
    """From here on these teams are asked too."""
    overflow_to: Overflow | None = None
    """From here on those whom that queue would ask may take it too. Stands alone in its step, except for a boost."""
    boost_s: Boost = 0
    """From here on it goes before what is due so much sooner."""
    during: During = During.ALWAYS
    """Take this step always, or only while the queue's calendar is open, or closed; else the route passes over it."""


class TargetSection(Section, frozen=True, kw_only=True):
    """What a queue promises, in its business time. Of the rules that fit a conversation the most specific one that
    names a target decides it: one for a priority before one for a channel, then the first. A queue without any rule
    promises a first response within an hour."""

    channel: Channel | None = None
    """For this channel only."""
    priority: PriorityName | None = None
    """For this priority only."""
    first_response_s: Duration | None = None
    """From the message that opened the conversation to an associate's first answer."""
    next_response_s: Duration | None = None
    """From any later message to an answer; not promised: like the first."""
    resolution_s: Duration | None = None
    """From opening to closing, without the time for which it waits for the contact."""
    at_risk_s: Pause | None = None
    """Instead of the queue's ``at_risk_s``."""


class OnRiskSection(Section, frozen=True, kw_only=True):
    """What happens when a target is at risk: ``at_risk_s`` of business time before it is due."""

    boost_s: Boost = 0
    """From now on it goes before what is due so much sooner."""
    widen: bool = False
    """Take the next step of the route now."""
    reassign: bool = False
    """Take it from an associate who has not answered, for somebody else."""
    escalate_to: QueueName | None = None
    """Hand it to this queue."""
    notify: tuple[Notify, ...] = (Notify.ASSOCIATE,)
    """Whom to tell at their desks: the associate who has it, the queue's teams, all supervisors."""
    webhook: bool = False
    """Tell the webhooks too."""


class OnBreachSection(OnRiskSection, frozen=True, kw_only=True):
    """What happens when a target is breached."""

    notify: tuple[Notify, ...] = (Notify.ASSOCIATE, Notify.SUPERVISORS)
    """Whom to tell at their desks: the associate who has it, the queue's teams, all supervisors."""


class QueueSection(Section, frozen=True, kw_only=True):
    """A queue: whom to ask, by when, and what happens otherwise."""

    name: Title
    """Shown to people."""
    teams: tuple[TeamName, ...] = ()
    """Members of any of these; none named: everybody."""
    skills: dict[SkillName, Proficiency] = {}
    """Who has all of these, at least so well."""
    calendar: CalendarName | None = None
    """Its business time; none named: around the clock."""
    targets: Annotated[tuple[TargetSection, ...], Meta(max_length=50)] = (TargetSection(first_response_s=3600),)
    """What it promises: a first response on every channel, and what else is to be kept."""
    on_risk: OnRiskSection = OnRiskSection()
    """What happens when a target is at risk."""
    on_breach: OnBreachSection = OnBreachSection()
    """What happens when a target is breached."""
    overload: Overload = Overload.DUE
    """Whom to serve first when not all can be in time: "due", the earliest due, so that all wait alike; "save", those
    that can still be in time."""
    late_behind_s: Duration = 14_400
    """Under "save" a late conversation still goes before those that are due so much later than it was."""
    after_hours_queue: QueueName | None = None
    """Takes what comes while the calendar is closed."""
    max_waiting: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None
    """When so many wait, ``full_queue`` takes what comes."""
    full_queue: QueueName | None = None
    """Takes what comes while ``max_waiting`` wait."""
    at_risk_s: Pause = 300
    """A target is at risk so long before it is due, in business time; 0: never."""
    auto_accept: bool = False
    """Assign without asking the associate."""
    offer_timeout_s: Duration = 30
    """An offer that is not answered within this time goes back."""
    cooldown_s: Pause = 60
    """For this long a declined conversation is not offered to the same associate again."""
    reassign_after_s: Pause = 120
    """An unanswered conversation whose associate is offline for so long is given to somebody else."""
    preferred_s: Pause = 60
    """How long a conversation that comes back waits for the associate who had it."""
    answer: Template | None = None
    """Around the answers that are sent by mail; ``{text}`` is what the associate wrote."""
    signature: Template | None = None
    """Stands below the answers that are sent by mail."""
    acknowledgement: Template | None = None
    """Is sent at once to who opens a conversation by mail, and is no answer; none: nothing is."""
    wrap_up_s: Pause = 0
    """After closing, so long the associate keeps the capacity to finish the paperwork."""
    route: Annotated[tuple[StepSection, ...], Meta(max_length=20)] = ()
    """Whom to ask next when nobody took it."""


class WhenSection(Section, frozen=True, kw_only=True):
    """The conditions of a rule: all that are named must hold."""

    channel: Channel | None = None
    """The channel that it came by."""
    endpoint: Slug | None = None
    """The address of ours that it came to."""
    language: Language | None = None
    """The language of the message."""
    attributes: dict[str, Attribute] = {}
    """Attributes of the message, each with this value."""
    contact: dict[str, Attribute] = {}
    """Attributes of the contact, each with this value."""
    text_contains: tuple[Part, ...] = ()
    """Any of these, in subject or text, in any case."""


class RuleSection(Section, frozen=True, kw_only=True):
    """A rule of triage. They are tried in order, and the first whose conditions all hold decides; if none does, the
    default queue takes the message."""

    name: Title
    """Shown where the decision is explained."""
    when: WhenSection = WhenSection()
    """Its conditions."""
    queue: QueueName | None = None
    """Where it goes; left out: the default queue."""
    split: Split = {}
    """Instead of ``queue``: several, and the share of each in percent, 100 together."""
    skills: dict[SkillName, Proficiency] = {}
    """Asked for beside the queue's own."""
    priority: PriorityName = NORMAL
    """One of ``[priorities]``."""


class ReserveSection(Section, frozen=True, kw_only=True):
    """Capacity of every associate that is kept for urgent work, so that it may interrupt."""

    units: Units
    """So much of everybody's capacity."""
    priority: PriorityName
    """For conversations of this priority and of those with a larger boost."""


class PresenceSection(Section, frozen=True, kw_only=True):
    """Who counts as being there."""

    missed_offers_max: Annotated[int, Meta(ge=1, le=100)] = 3
    """An associate who lets this many offers in a row expire becomes away."""


class Document(Section, frozen=True, kw_only=True):
    """Who answers what, in which order, and how fast."""

    default_queue: QueueName
    """For messages that no rule, endpoint or channel gives another queue."""
    endpoints: dict[Slug, QueueName] = {}
    """Endpoints with a default queue of their own."""
    skills: dict[Slug, Title] = {}
    """The skills that may be used, with their titles."""
    languages: dict[Language, SkillName] = {}
    """A message in this language asks for this skill, in queues whose people have it."""
    language_level: Proficiency = 3
    """How well the skill of a message's language is asked for."""
    teams: dict[Slug, Title] = {}
    """The teams that there are, with their titles."""
    priorities: dict[NewPriority, Boost] = {}
    """Priorities: each goes before what is due so many seconds sooner. "normal" is 0."""
    calendars: dict[Slug, CalendarSection] = {}
    """When who works."""
    channels: ChannelsSection = ChannelsSection()
    """What conversations cost, channel by channel."""
    associates: dict[Slug, AssociateSection] = {}
    """Who answers."""
    queues: dict[Slug, QueueSection]
    """Whom to ask, by when, and what happens otherwise."""
    triage: Annotated[tuple[RuleSection, ...], Meta(max_length=1000)] = ()
    """Which queue takes what."""
    reserve: ReserveSection | None = None
    """Capacity kept for urgent work."""
    presence: PresenceSection = PresenceSection()
    """Who counts as being there."""
