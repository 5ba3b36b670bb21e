"""The associate: who answers, what they can do, and how much at once."""

from enum import StrEnum

import msgspec

from duetime.router.ids import AssociateId, SkillId, TeamId
from duetime.router.message import Channel


class Presence(StrEnum):
    AVAILABLE = "available"
    """Takes new conversations while there is room."""
    BUSY = "busy"
    """At work, takes nothing new, keeps the offers already made."""
    AWAY = "away"
    """Not at the desk: offers are rescinded, assigned conversations stay."""
    OFFLINE = "offline"
    """No desk and no lease: offers are rescinded, conversations move on after the queue's ``reassign_after_s``."""


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """What routing needs to know of an associate; changes of it change pools, not single decisions."""

    id: AssociateId
    name: str
    teams: frozenset[TeamId] = frozenset()
    skills: dict[SkillId, int] = {}
    """Skill to proficiency, 1 to 5."""
    capacity_units: int = 1
    limits: dict[Channel, int] = {}
    """The most conversations at once per channel. A channel that is not named takes none."""
    version: int = 0
