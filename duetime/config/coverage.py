"""Who could ever serve what: the graph of all classes that a configuration can make, at their last steps.

Who may take a class at an earlier step may take it at the last one too, at a lower ring. A queue with steps for opening
hours has two last steps, one while its calendar is open and one while it is closed.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from duetime.router.associate import Profile
from duetime.router.graph import compile_graph
from duetime.router.ids import AssociateId, ClassId, QueueId, SkillId
from duetime.router.message import Channel
from duetime.router.route import During, Queue, WaitingClass
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
        self._steps: defaultdict[ClassId, set[int]] = defaultdict(set)
        self._queue_steps: defaultdict[tuple[QueueId, bool], set[int]] = defaultdict(set)
        self.idle: list[Profile] = []
        """Associates who can take nothing."""
        kinds = _kinds(routing.associates.values())
        classes = {waiting.id: waiting for waiting in self._classes()}
        self.is_too_large = len(kinds) * len(classes) > PAIRS_MAX
        """Then nothing was looked at."""
        if not self.is_too_large:
            self._compile(kinds, classes)

    def steps_of_queue(self, queue: QueueId) -> set[int]:
        """The steps of its route at which anybody becomes eligible for anything ordinary in this queue; 0 is the
        start."""
        return self.steps_while(queue, closed=False) | self.steps_while(queue, closed=True)

    def steps_while(self, queue: QueueId, *, closed: bool) -> set[int]:
        """The same, while its calendar is open, or closed."""
        return self._queue_steps[queue, closed]

    def takes(self, queue: QueueId, channel: Channel) -> bool:
        """Whether anybody can take conversations of this queue and channel."""
        return any(self._steps[waiting.id] for waiting in self._last_classes(queue, channel, {}))

    def serves(self, rule: Rule) -> bool:
        """Whether anybody can take something that this triage rule sends to a queue."""
        return any(self._steps[waiting.id] for waiting in self._classes_of_rule(rule))

    def _compile(self, kinds: Kinds, classes: Mapping[ClassId, WaitingClass]) -> None:
        profiles = [twins[0] for twins in kinds.values()]
        routing = self._routing
        urgent = [msgspec.structs.replace(w, urgent=True) for w in classes.values() if routing.reserve]
        reserved = routing.reserve.units if routing.reserve else 0
        graph = compile_graph(profiles, [*classes.values(), *urgent], routing.queues, routing.channels, reserved)
        for edges, who in graph.items():
            if not edges:
                self.idle = [profile for associate in who for profile in kinds[associate]]
            for class_id, ring in edges:
                waiting = classes.get(class_id)
                if waiting is not None:
                    step = _step_of(ring, routing.queues[waiting.queue], closed=waiting.closed)
                    self._steps[class_id].add(step)
                    self._queue_steps[waiting.queue, waiting.closed].add(step)

    def _classes(self) -> Iterator[WaitingClass]:
        for queue in self._routing.queues:
            for channel in Channel:
                yield from self._last_classes(queue, channel, {})
        for rule in self._routing.triage:
            yield from self._classes_of_rule(rule)

    def _classes_of_rule(self, rule: Rule) -> Iterator[WaitingClass]:
        for channel in [rule.when.channel] if rule.when.channel else Channel:
            for queue in rule.split or ([rule.queue] if rule.queue else self._default_queues(rule, channel)):
                yield from self._last_classes(queue, channel, rule.skills)

    def _default_queues(self, rule: Rule, channel: Channel) -> Iterable[QueueId]:
        """Where a message may go that no rule gives a queue. The channel of an endpoint is not known here."""
        endpoints = self._routing.endpoints
        if rule.when.endpoint in endpoints:
            return {endpoints[rule.when.endpoint]}
        others = () if rule.when.endpoint else endpoints.values()
        return {self._routing.channels[channel].default_queue, *others}

    def _last_classes(self, queue: QueueId, channel: Channel, skills: dict[SkillId, int]) -> Iterator[WaitingClass]:
        found = self._routing.queues[queue]
        yield WaitingClass(queue, len(found.steps), channel, skills)
        if is_timed(found):
            yield WaitingClass(queue, len(found.steps), channel, skills, closed=True)


def is_timed(queue: Queue) -> bool:
    """Whether its route differs while its calendar is closed."""
    return queue.calendar is not None and any(step.during is not During.ALWAYS for step in queue.steps)


def _step_of(ring: int, queue: Queue, *, closed: bool) -> int:
    """The step of the route, from 1, that makes this ring; ring 0 is the start."""
    taken = [number for number, step in enumerate(queue.steps, 1) if step.taken(closed=closed)]
    return taken[ring - 1] if ring else 0


def _kinds(profiles: Iterable[Profile]) -> Kinds:
    kinds: defaultdict[bytes, list[Profile]] = defaultdict(list)
    encoder = msgspec.json.Encoder(order="deterministic")
    for profile in profiles:
        limits = {channel: limit > 0 for channel, limit in profile.limits.items()}
        kind = encoder.encode([profile.teams, profile.skills, profile.capacity_units, limits])
        kinds[kind].append(profile)
    return {twins[0].id: twins for twins in kinds.values()}
