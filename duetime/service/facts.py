"""What is known of one conversation when it is explained, and how its parts are said."""

from collections import Counter
from typing import Final

import msgspec

from duetime.queues.lines import Standing
from duetime.queues.records import Conversation
from duetime.router.ids import AssociateId
from duetime.router.remedy import Remedy
from duetime.router.route import WaitingClass
from duetime.router.routing import Routing
from duetime.router.skill import Requirement
from duetime.router.targets import NEVER
from duetime.router.words import NAMED_MOST, listed, requirement_words, span
from duetime.service.estimates import Estimate
from duetime.service.explanation import Ahead, Decision, Person, Readiness

_MANY: Final = {
    Readiness.HAS_IT: "have it",
    Readiness.FREE: "could take it now",
    Readiness.COOLING: "are not asked again yet",
    Readiness.KEPT: "are kept for others",
    Readiness.AT_LIMIT: "have as many of the channel as they may",
    Readiness.FULL: "are full",
    Readiness.BUSY: "are busy",
    Readiness.AWAY: "are away",
    Readiness.OFFLINE: "are offline",
}
_ABSENT: Final = frozenset({Readiness.BUSY, Readiness.AWAY, Readiness.OFFLINE})


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What the sentences are made from."""

    now: int
    routing: Routing
    conversation: Conversation
    standing: Standing
    waiting: WaitingClass
    """The class in which it waits or last waited; behind a personal line, the one of its queue's first step."""
    needs: dict[int, Requirement]
    """What each step of the route that is taken asks for."""
    people: list[Person]
    names: dict[AssociateId, str]
    decision: Decision | None = None
    ahead: Ahead | None = None
    estimate: Estimate | None = None
    never: str | None = None
    """The sentence that says so, when nobody can ever take it."""
    remedies: list[Remedy] = []

    def name(self, associate: AssociateId) -> str:
        return self.names.get(associate, associate)

    @property
    def holder(self) -> str:
        found = self.conversation.associate
        return self.name(found) if found else "nobody"

    def need(self, step: int) -> str:
        """What a step asks for; of one that is not taken, what the one before it does."""
        taken = max((each for each in self.needs if each <= step), default=min(self.needs))
        return f"{requirement_words(self.routing, self.needs[taken])} who takes {self.waiting.channel}"

    def due(self, before: str) -> str:
        """Nothing when nothing is owed."""
        left = self.conversation.due_at - self.now
        if self.conversation.due_at >= NEVER:
            return ""
        return f"{before}is due in {span(left)}" if left >= 0 else f"{before}is late by {span(-left)}"


def states(facts: Facts, people: list[Person]) -> str:
    """How things are with each of them; of many, with how many of them."""
    if len(people) <= NAMED_MOST:
        said: list[str] = []
        for each in Readiness:
            alike = [person for person in people if person.readiness is each]
            if len(alike) > 1 and each in _ABSENT:
                said.append(f"{listed([person.name for person in alike])} {_MANY[each]}")
            else:
                said += [f"{person.name} {state(facts, person)}" for person in alike]
        return "; ".join(said) if any(" and " in part for part in said) else listed(said)
    counts = Counter(person.readiness for person in people)
    return listed([f"{counts[each]} {_MANY[each]}" for each in Readiness if counts[each]])


def state(facts: Facts, person: Person) -> str:
    """Completes the person's name: ``is full (3 of 3 units)``."""
    channel = facts.waiting.channel
    cost, free = facts.routing.channels[channel].cost_units, person.capacity_units - person.load_units
    match person.readiness:
        case Readiness.HAS_IT:
            return "has it"
        case Readiness.FREE:
            return "could take it now"
        case Readiness.COOLING:
            return f"declined or missed it and is not asked again for {span((person.until or 0) - facts.now)}"
        case Readiness.KEPT:
            return "is kept for a conversation that ranks before it"
        case Readiness.AT_LIMIT:
            return f"has {person.channel_count} of {person.channel_limit} {channel} conversations"
        case Readiness.FULL if free > 0:
            return f"has {free} of {person.capacity_units} units free, and it takes {cost}"
        case Readiness.FULL:
            return f"is full ({person.load_units} of {person.capacity_units} units)"
        case other:
            return f"is {other.value}"
