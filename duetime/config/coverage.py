"""Who could ever serve what: the graph of all classes that a configuration can make, at their last steps.

Who may take a class at an earlier step may take it at the last one too, at a lower ring.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from duetime.router.associate import Profile
from duetime.router.graph import compile_graph
from duetime.router.ids import AssociateId, ClassId, QueueId, SkillId
from duetime.router.message import Channel
from duetime.router.route import WaitingClass
from duetime.router.routing import Routing
from duetime.router.triage import Rule

PAIRS_MAX = 4_000_000
"""The most pairs of a class and a kind of associate that are looked at, which takes seconds."""


Kinds = Mapping[AssociateId, list[Profile]]
"""Associates whom no class can tell apart, by the id of the first of each kind."""


class Coverage:
    """What the associates of a routing can do for its queues and rules."""

    def __init__(self, routing: Routing) -> None:
        self._routing = routing
        self._rings: defaultdict[ClassId, set[int]] = defaultdict(set)
        self._queue_rings: defaultdict[QueueId, set[int]] = defaultdict(set)
        self.idle: list[Profile] = []
        """Associates who can take nothing."""
        kinds = _kinds(routing.associates.values())
        classes = {waiting.id: waiting for waiting in self._classes()}
        self.is_too_large = len(kinds) * len(classes) > PAIRS_MAX
        """Then nothing was looked at."""
        if not self.is_too_large:
            self._compile(kinds, classes)

    def rings_of_queue(self, queue: QueueId) -> set[int]:
        """The rings at which anybody becomes eligible for anything in this queue."""
        return self._queue_rings[queue]

    def rings_of(self, queue: QueueId, channel: Channel) -> set[int]:
        """The rings at which anybody becomes eligible for conversations of this queue and channel."""
        return self._rings[self._last_class(queue, channel, {}).id]

    def serves(self, rule: Rule) -> bool:
        """Whether anybody can take something that this triage rule sends to a queue."""
        return any(self._rings[waiting.id] for waiting in self._classes_of_rule(rule))

    def _compile(self, kinds: Kinds, classes: Mapping[ClassId, WaitingClass]) -> None:
        profiles = [twins[0] for twins in kinds.values()]
        routing = self._routing
        groups = compile_graph(profiles, classes.values(), routing.queues, routing.channels)
        for edges, who in groups.items():
            if not edges:
                self.idle = [profile for associate in who for profile in kinds[associate]]
            for class_id, ring in edges:
                self._rings[class_id].add(ring)
                self._queue_rings[classes[class_id].queue].add(ring)

    def _classes(self) -> Iterator[WaitingClass]:
        for queue in self._routing.queues:
            for channel in Channel:
                yield self._last_class(queue, channel, {})
        for rule in self._routing.triage:
            yield from self._classes_of_rule(rule)

    def _classes_of_rule(self, rule: Rule) -> Iterator[WaitingClass]:
        for channel in [rule.when.channel] if rule.when.channel else Channel:
            for queue in [rule.queue] if rule.queue else self._default_queues(rule, channel):
                yield self._last_class(queue, channel, rule.skills)

    def _default_queues(self, rule: Rule, channel: Channel) -> Iterable[QueueId]:
        """Where a message may go that no rule gives a queue. The channel of an endpoint is not known here."""
        endpoints = self._routing.endpoints
        if rule.when.endpoint in endpoints:
            return {endpoints[rule.when.endpoint]}
        others = () if rule.when.endpoint else endpoints.values()
        return {self._routing.channels[channel].default_queue, *others}

    def _last_class(self, queue: QueueId, channel: Channel, skills: dict[SkillId, int]) -> WaitingClass:
        return WaitingClass(queue, len(self._routing.queues[queue].steps), channel, skills)


def _kinds(profiles: Iterable[Profile]) -> Kinds:
    kinds: defaultdict[bytes, list[Profile]] = defaultdict(list)
    encoder = msgspec.json.Encoder(order="deterministic")
    for profile in profiles:
        limits = {channel: limit > 0 for channel, limit in profile.limits.items()}
        kind = encoder.encode([profile.teams, profile.skills, profile.capacity_units, limits])
        kinds[kind].append(profile)
    return {twins[0].id: twins for twins in kinds.values()}
