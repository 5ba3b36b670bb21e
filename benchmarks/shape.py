"""How big a measured workspace is, and the routing configuration and associates that make it so."""

import itertools
import random
from collections.abc import Iterator

import msgspec

from duetime.queues.policy import base_class
from duetime.router.associate import Profile
from duetime.router.ids import AssociateId, EndpointId, QueueId, SkillId, TeamId
from duetime.router.message import Channel
from duetime.router.route import Queue, WaitingClass
from duetime.router.routing import ChannelRules, Routing
from duetime.router.skill import Requirement
from duetime.router.targets import TargetRule
from duetime.router.triage import Rule, When

A_DAY_S = 86_400
GERMAN = SkillId("german")
ROOM_UNITS = 40
"""What an associate may hold beside the one email that fills that channel."""


class Shape(msgspec.Struct, frozen=True):
    """Sizes. Each queue has a class per channel; a remainder of `classes` are classes that require a skill more."""

    waiting: int = 10_000
    associates: int = 10_000
    classes: int = 100
    pools: int = 50

    @property
    def queues(self) -> int:
        return max(1, self.classes // len(Channel))


def routing_of(shape: Shape) -> Routing:
    """One team and one endpoint per queue. Nothing expires within a day, so that only what is measured happens."""
    queues = [
        Queue(
            id=QueueId(f"q{number}"),
            name=f"Queue {number}",
            requirement=Requirement(frozenset({TeamId(f"t{number}")})),
            targets=(TargetRule(first_response_s=3600),),
            at_risk_s=0,
            offer_timeout_s=A_DAY_S,
            cooldown_s=60,
        )
        for number in range(shape.queues)
    ]
    return Routing(
        queues={queue.id: queue for queue in queues},
        channels={
            channel: ChannelRules(default_queue=queues[0].id, idle_release_s=A_DAY_S, reopen_within_s=0)
            for channel in Channel
        },
        priorities={"normal": 0},
        triage=(Rule(name="German", when=When(language="de"), skills={GERMAN: 1}),),
        endpoints={EndpointId(queue.id): queue.id for queue in queues},
        skills={GERMAN: "German"},
        teams={TeamId(f"t{number}"): f"Team {number}" for number in range(shape.queues)},
    )


def skilled_classes(shape: Shape) -> list[WaitingClass]:
    extra = max(0, shape.classes - shape.queues * len(Channel))
    return [base_class(QueueId(f"q{number}"), Channel.EMAIL, {GERMAN: 1}) for number in range(extra)]


def _memberships(shape: Shape) -> list[frozenset[int]]:
    """Which queues each pool serves: half of them, every pool another half (or fewer, while few queues there are)."""
    if shape.queues < 8:
        subsets = itertools.chain.from_iterable(
            itertools.combinations(range(shape.queues), size) for size in range(shape.queues, 0, -1)
        )
        return [frozenset(subset) for subset in itertools.islice(subsets, shape.pools)]
    dice, found = random.Random(7), set[frozenset[int]]()
    while len(found) < shape.pools:
        found.add(frozenset(dice.sample(range(shape.queues), shape.queues // 2)))
    return sorted(found, key=sorted)


def profiles_of(shape: Shape) -> Iterator[Profile]:
    """Associates spread evenly over the pools. Every second one speaks German if the shape has skilled classes."""
    memberships = _memberships(shape)
    for number in range(shape.associates):
        teams = memberships[number % len(memberships)]
        speaks = bool(skilled_classes(shape)) and number // len(memberships) % 2 == 0
        yield Profile(
            id=AssociateId(f"a{number}"),
            name=f"Associate {number}",
            teams=frozenset(TeamId(f"t{team}") for team in teams),
            skills={GERMAN: 3} if speaks else {},
            capacity_units=_room(shape) + 1,
            limits={Channel.API: _room(shape), Channel.CHAT: 4, Channel.EMAIL: 1, Channel.SMS: 4},
        )


def _room(shape: Shape) -> int:
    return max(ROOM_UNITS, 4000 // shape.associates * 2)
