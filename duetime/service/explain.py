"""Explain: why a conversation is with whom it is, or why it still waits, and what happens next."""

from collections.abc import Callable
from typing import Final

import msgspec

from duetime.queues.lines import Standing
from duetime.queues.records import Associate, Conversation
from duetime.queues.store import Store
from duetime.router.associate import Presence
from duetime.router.conversation import HOLDING, State
from duetime.router.eligibility import needs_by_step, takes, units_needed
from duetime.router.ids import AssociateId
from duetime.router.route import WaitingClass, parse_class
from duetime.router.routing import Routing
from duetime.router.skill import Requirement
from duetime.service.estimates import Estimates
from duetime.service.explanation import Ahead, Decision, Explanation, Need, Person, Readiness
from duetime.service.facts import Facts
from duetime.service.sentences import sentences
from duetime.service.unroutable import never_sentence, nobody_ever, suggest

PEOPLE_MOST: Final = 50

_ABSENT: Final = {
    Presence.OFFLINE: Readiness.OFFLINE,
    Presence.AWAY: Readiness.AWAY,
    Presence.BUSY: Readiness.BUSY,
}
_ORDER: Final = {readiness: number for number, readiness in enumerate(Readiness)}


class Explainer:
    def __init__(self, store: Store, routing: Callable[[], Routing], estimates: Estimates) -> None:
        self._store = store
        self._routing = routing
        self._estimates = estimates

    async def explain(self, found: Conversation) -> Explanation:
        """Whether somebody may know is for the caller to decide."""
        facts = await self._facts(found)
        counts = [sum(person.step == step for person in facts.people) for step in facts.needs]
        return Explanation(
            conversation=found.id,
            at=facts.now,
            sentences=sentences(facts),
            state=found.state,
            queue=found.queue,
            channel=found.channel,
            step=found.step,
            line=found.line,
            rule=facts.standing.rule,
            due_at=found.due_at,
            associate=found.associate,
            decision=facts.decision,
            route=[
                Need(
                    step=step,
                    teams=sorted(need.teams),
                    skills=need.skills,
                    people=count,
                    present=step == found.step and not found.line.startswith("@"),
                )
                for (step, need), count in zip(facts.needs.items(), counts, strict=True)
            ],
            people=facts.people[:PEOPLE_MOST],
            people_total=len(facts.people),
            ahead=facts.ahead,
            estimate=facts.estimate,
            next_step_at=facts.standing.step_until if found.state is State.WAITING else None,
            kept_by=facts.standing.kept_by,
            never=facts.never is not None,
            remedies=facts.remedies,
            park_reason=found.park_reason,
            wake_at=found.wake_at,
        )

    async def _facts(self, found: Conversation) -> Facts:
        store, routing = self._store, self._routing()
        standing = await store.lines.standing(found.id, found.queue)
        waiting = _class_of(found)
        needs = needs_by_step(waiting, routing)
        now = store.clock()
        people: list[Person] = []
        names: dict[AssociateId, str] = {}
        asked = _Asked(conversation=found, standing=standing, waiting=waiting, needs=needs, routing=routing, now=now)
        async for associate in store.lines.people():
            names[associate.profile.id] = associate.profile.name
            person = asked.person(associate)
            if person is not None:
                people.append(person)
        people.sort(key=lambda person: (person.step, _ORDER[person.readiness], person.associate))
        facts = Facts(
            now=now,
            routing=routing,
            conversation=found,
            standing=standing,
            waiting=waiting,
            needs=needs,
            people=people,
            names=names,
            decision=msgspec.json.decode(standing.why, type=Decision) if standing.why else None,
        )
        return await self._waiting(facts) if found.state is State.WAITING else facts

    async def _waiting(self, facts: Facts) -> Facts:
        found, waiting = facts.conversation, facts.waiting
        if nobody_ever(facts.routing, await self._store.lines.edges(), waiting.id):
            staff = [(person.profile, person.presence) async for person in self._store.lines.people()]
            remedies = suggest(waiting, facts.routing, staff)
            return msgspec.structs.replace(facts, never=never_sentence(waiting, facts.routing), remedies=remedies)
        ahead = await self._ahead(found, waiting, facts.standing)
        return msgspec.structs.replace(facts, ahead=ahead, estimate=await self._estimates.of(found, fresh=True))

    async def _ahead(self, found: Conversation, waiting: WaitingClass, standing: Standing) -> Ahead | None:
        place = await self._store.views.position(found.id)
        if place is None or standing.rank is None:
            return None
        lines = self._store.lines
        edges, heads = await lines.edges(), await lines.heads()
        same = {other for pool in edges.pools.get(waiting.id, ()) for other in edges.served[pool]}
        nearer = [other for other in same if heads.get(other, standing.rank) < standing.rank]
        before = await lines.before(nearer, standing.rank)
        return Ahead(in_queue=place - 1, for_the_same_people=sum(before.values()))


class _Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What the readiness of an associate is asked for."""

    conversation: Conversation
    standing: Standing
    waiting: WaitingClass
    needs: dict[int, Requirement]
    routing: Routing
    now: int

    def person(self, associate: Associate) -> Person | None:
        """How things stand between an associate and the conversation; None for one who may not take it at any step."""
        profile, channel = associate.profile, self.waiting.channel
        step = next((step for step, need in self.needs.items() if need.met_by(profile)), None)
        has_it = profile.id == self.conversation.associate and self.conversation.state in HOLDING
        if not has_it and (step is None or not takes(self.waiting, self.routing, profile)):
            return None
        reserved = units_needed(self.waiting, self.routing) - self.routing.channels[channel].cost_units
        readiness = Readiness.HAS_IT if has_it else self._readiness(associate, profile.capacity_units - reserved)
        return Person(
            associate=profile.id,
            name=profile.name,
            step=step or 0,
            readiness=readiness,
            load_units=associate.load_units,
            capacity_units=profile.capacity_units - reserved,
            channel_count=associate.counts.get(channel, 0),
            channel_limit=profile.limits.get(channel, 0),
            until=self.standing.cooling[profile.id] if readiness is Readiness.COOLING else None,
        )

    def _readiness(self, associate: Associate, capacity_units: int) -> Readiness:
        profile, channel = associate.profile, self.waiting.channel
        if associate.presence in _ABSENT:
            return _ABSENT[associate.presence]
        if self.standing.cooling.get(profile.id, 0) > self.now:
            return Readiness.COOLING
        if associate.kept_for not in (None, self.conversation.id):
            return Readiness.KEPT
        if associate.load_units + self.routing.channels[channel].cost_units > capacity_units:
            return Readiness.FULL
        if associate.counts.get(channel, 0) >= profile.limits.get(channel, 0):
            return Readiness.AT_LIMIT
        return Readiness.FREE


def _class_of(conversation: Conversation) -> WaitingClass:
    """The class in which it waits or last waited; behind a personal line, the one of its queue's first step."""
    return parse_class(conversation.base if conversation.line.startswith("@") else conversation.line)
