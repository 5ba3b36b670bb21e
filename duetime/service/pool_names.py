"""Names for pools that people understand: the queues that a pool serves first, and the skills that set it apart.

``general``, ``general-german``, ``billing+general``, ``general-german-2``; who takes nothing is in ``nothing``, and who
only helps out later is in a pool such as ``later-billing``.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

import msgspec

from duetime.router.associate import Profile
from duetime.router.graph import compile_graph
from duetime.router.ids import AssociateId, ClassId, QueueId
from duetime.router.route import WaitingClass
from duetime.router.routing import Routing

QUEUES_MAX = 3
"""The most queues that a name lists."""

Edges = tuple[tuple[ClassId, int], ...]


class Seat(msgspec.Struct, frozen=True, kw_only=True):
    """Where an associate is in the graph."""

    pool: str
    queues: frozenset[QueueId]
    """All that they may take something of, at once or later."""


def seats(
    profiles: Iterable[Profile], classes: Iterable[WaitingClass], routing: Routing
) -> tuple[dict[AssociateId, Seat], set[ClassId]]:
    """Everybody's place in the graph of these classes, and the classes that somebody may take."""
    by_id = {waiting.id: waiting for waiting in classes}
    reserved = routing.reserve.units if routing.reserve else 0
    groups = compile_graph(profiles, by_id.values(), routing.queues, routing.channels, reserved)
    names = _names(groups, by_id)
    found: dict[AssociateId, Seat] = {}
    for edges, who in groups.items():
        seat = Seat(pool=names[edges], queues=frozenset(by_id[name].queue for name, _ in edges))
        found.update(dict.fromkeys(who, seat))
    return found, {name for edges in groups for name, _ in edges}


def _names(groups: Mapping[Edges, object], classes: Mapping[ClassId, WaitingClass]) -> dict[Edges, str]:
    by_queues: defaultdict[str, list[Edges]] = defaultdict(list)
    for edges in sorted(groups):
        by_queues[_by_queues(edges, classes)].append(edges)
    names: dict[Edges, str] = {}
    taken: defaultdict[str, int] = defaultdict(int)
    for base, alike in by_queues.items():
        skills = {edges: _skills(edges, classes) for edges in alike}
        common = frozenset.intersection(*skills.values())
        for edges in sorted(alike, key=lambda edges: (len(skills[edges]), edges)):
            name = "-".join([base, *sorted(skills[edges] - common)])
            taken[name] += 1
            names[edges] = name if taken[name] == 1 else f"{name}-{taken[name]}"
    return names


def _by_queues(edges: Edges, classes: Mapping[ClassId, WaitingClass]) -> str:
    first = sorted({classes[name].queue for name, ring in edges if ring == 0 and not classes[name].skills})
    if first:
        return _listed(first)
    later = sorted({classes[name].queue for name, _ in edges})
    return f"later-{_listed(later)}" if later else "nothing"


def _listed(queues: list[QueueId]) -> str:
    if len(queues) <= QUEUES_MAX:
        return "+".join(queues)
    return "+".join([*queues[: QUEUES_MAX - 1], f"{len(queues) - QUEUES_MAX + 1} more"])


def _skills(edges: Edges, classes: Mapping[ClassId, WaitingClass]) -> frozenset[str]:
    """The skills beyond the queues' own for which the pool is asked."""
    return frozenset(skill for name, _ in edges for skill in classes[name].skills)
