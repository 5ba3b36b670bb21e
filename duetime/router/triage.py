"""Triage: from a message and its attributes to a queue, extra skills and a priority, by ordered rules.

The first rule whose conditions all hold decides. If none matches, the endpoint's or the channel's default queue takes
the message: nothing is refused because no rule fits or nobody is there.
"""

import msgspec

from duetime.router.ids import EndpointId, QueueId, SkillId
from duetime.router.message import Channel, InboundMessage

NORMAL = "normal"
"""The priority of a message to which no rule gives another."""


class When(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Conditions of a rule; those left out hold for every message."""

    channel: Channel | None = None
    endpoint: EndpointId | None = None
    language: str | None = None
    attributes: dict[str, str] = {}
    contact: dict[str, str] = {}
    """Attributes of the contact, such as ``plan = "gold"``."""
    text_contains: tuple[str, ...] = ()
    """Any of these, in subject or text, in any case."""

    def holds(self, message: InboundMessage, folded_text: str, contact: dict[str, str]) -> bool:
        return (
            self.channel in (None, message.channel)
            and self.endpoint in (None, message.endpoint)
            and self.language in (None, message.language)
            and all(message.attributes.get(name) == value for name, value in self.attributes.items())
            and all(contact.get(name) == value for name, value in self.contact.items())
            and (not self.text_contains or any(part.casefold() in folded_text for part in self.text_contains))
        )


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    when: When = When()
    queue: QueueId | None = None
    """None keeps the default queue and only adds skills or priority."""
    split: dict[QueueId, int] = {}
    """Instead of ``queue``: several queues and the share of each in percent, 100 together."""
    skills: dict[SkillId, int] = {}
    priority: str = NORMAL


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    queue: QueueId
    split: dict[QueueId, int] = {}
    skills: dict[SkillId, int] = {}
    priority: str = NORMAL
    rule: str | None = None
    """The rule that decided; None for the default queue."""


def triage(
    message: InboundMessage, rules: tuple[Rule, ...], default: QueueId, contact: dict[str, str] | None = None
) -> Verdict:
    """The first rule that holds, else the default queue at normal priority. ``contact``: the contact's attributes."""
    folded = f"{message.subject or ''}\n{message.text}".casefold() if any(r.when.text_contains for r in rules) else ""
    for rule in rules:
        if rule.when.holds(message, folded, contact or {}):
            return Verdict(
                queue=rule.queue or default,
                split=rule.split,
                skills=rule.skills,
                priority=rule.priority,
                rule=rule.name,
            )
    return Verdict(queue=default)
