"""The routing configuration as the router uses it: checked, complete, and without I/O."""

import msgspec

from duetime.router.associate import Profile
from duetime.router.calendar import Calendar
from duetime.router.due_time import boost_ms
from duetime.router.ids import AssociateId, CalendarId, EndpointId, QueueId, SkillId, TeamId
from duetime.router.message import Channel
from duetime.router.route import Queue, WaitingClass, step_boost_s
from duetime.router.triage import Rule


class ChannelRules(msgspec.Struct, frozen=True, kw_only=True):
    """What one channel costs and how its conversations rest. Durations in seconds."""

    default_queue: QueueId
    cost_units: int = 1
    idle_release_s: int = 300
    """After the associate's answer, this long until the conversation gives its capacity back; 0: at once."""
    reopen_within_s: int = 3600
    remind_after_s: int = 0
    """After the associate's answer, this long until a silent contact is reminded; 0: never."""
    reminder: str = "Are you still there?"
    """A template, see `router.template`."""
    close_after_s: int = 0
    """After the associate's answer, this long until the conversation of a silent contact closes; 0: never."""


class Reserve(msgspec.Struct, frozen=True, kw_only=True):
    """Capacity of every associate that only conversations with enough boost may use: urgent work may interrupt."""

    units: int
    priority: str
    """This priority and those with a larger boost."""


class Routing(msgspec.Struct, frozen=True, kw_only=True):
    """One version of the routing configuration."""

    queues: dict[QueueId, Queue]
    channels: dict[Channel, ChannelRules]
    priorities: dict[str, int]
    """Priority name to boost in seconds."""
    triage: tuple[Rule, ...] = ()
    associates: dict[AssociateId, Profile] = {}
    """Associates as the document introduces them. Changes made live afterwards win over it."""
    endpoints: dict[EndpointId, QueueId] = {}
    """Endpoints with a default queue of their own, before the channel's."""
    skills: dict[SkillId, str] = {}
    """The skills that may be used, with their titles."""
    languages: dict[str, SkillId] = {}
    """Language tag to the skill that a message in it asks for, at ``language_level``."""
    language_level: int = 3
    teams: dict[TeamId, str] = {}
    """The teams that there are, with their titles."""
    calendars: dict[CalendarId, Calendar] = {}
    reserve: Reserve | None = None
    missed_offers_max: int = 3
    """An associate who lets this many offers in a row expire becomes away."""
    version: int = 0

    def boost_ms(self, queue: Queue, step: int, priority: str) -> int:
        return boost_ms(self.priorities.get(priority, 0), step_boost_s(queue, step))

    def class_at(self, waiting: WaitingClass, step: int) -> WaitingClass:
        return msgspec.structs.replace(waiting, step=step)
