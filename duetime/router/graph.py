"""The bipartite graph of classes and pools, compiled from who the associates are and what waits.

Associates who are eligible for the same classes at the same rings form one pool, so a decision looks at pools, of
which there are few, and never at all associates.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping

import msgspec

from duetime.router.associate import Profile
from duetime.router.ids import AssociateId, ClassId, PoolId, QueueId
from duetime.router.message import Channel
from duetime.router.route import Queue, WaitingClass, rings
from duetime.router.routing import ChannelRules
from duetime.router.skill import Requirement

Edges = Mapping[ClassId, int]
"""For one pool: the classes it may take, each with the ring at which it became eligible."""


class Graph(msgspec.Struct, frozen=True):
    """Who is in which pool, and what each pool may take."""

    pools: dict[PoolId, Edges] = {}
    members: dict[AssociateId, PoolId] = {}


class _Index:
    """Sets of associates per skill level, team and channel, so that a requirement costs a few intersections."""

    def __init__(self, profiles: Iterable[Profile], channels: Mapping[Channel, ChannelRules], reserved: int) -> None:
        self._all: set[AssociateId] = set()
        self._skilled: defaultdict[tuple[str, int], set[AssociateId]] = defaultdict(set)
        self._teams: defaultdict[str, set[AssociateId]] = defaultdict(set)
        self.takes: defaultdict[tuple[Channel, bool], set[AssociateId]] = defaultdict(set)
        self._met: dict[tuple[frozenset[str], tuple[tuple[str, int], ...]], set[AssociateId]] = {}
        for profile in profiles:
            self._all.add(profile.id)
            for skill, proficiency in profile.skills.items():
                for level in range(1, proficiency + 1):
                    self._skilled[skill, level].add(profile.id)
            for team in profile.teams:
                self._teams[team].add(profile.id)
            for channel, limit in profile.limits.items():
                rules = channels.get(channel)
                if limit <= 0 or rules is None:
                    continue
                for urgent in (False, True):
                    if rules.cost_units <= profile.capacity_units - (0 if urgent else reserved):
                        self.takes[channel, urgent].add(profile.id)

    def meet(self, requirement: Requirement) -> set[AssociateId]:
        key = (frozenset[str](requirement.teams), tuple(sorted(requirement.skills.items())))
        if key not in self._met:
            found = (
                set[AssociateId]().union(*(self._teams[team] for team in requirement.teams))
                if requirement.teams
                else self._all
            )
            for skill, level in requirement.skills.items():
                found = found & self._skilled[skill, level]
            self._met[key] = found
        return self._met[key]


def compile_graph(
    profiles: Iterable[Profile],
    classes: Iterable[WaitingClass],
    queues: dict[QueueId, Queue],
    channels: Mapping[Channel, ChannelRules],
    reserved: int = 0,
) -> dict[tuple[tuple[ClassId, int], ...], set[AssociateId]]:
    """Associates grouped by equal eligibility: edges (class, ring) in the order of the classes → who has them.
    Associates who can take nothing form the group with no edges. ``reserved`` units are for urgent classes alone."""
    profiles = list(profiles)
    index = _Index(profiles, channels, reserved)
    edges: dict[AssociateId, list[tuple[ClassId, int]]] = {profile.id: [] for profile in profiles}
    for waiting in classes:
        class_id = waiting.id
        seen: set[AssociateId] = set()
        for ring, requirement in enumerate(rings(waiting, queues)):
            fresh = (index.meet(requirement) & index.takes[waiting.channel, waiting.urgent]) - seen
            for associate in fresh:
                edges[associate].append((class_id, ring))
            seen |= fresh
    groups: defaultdict[tuple[tuple[ClassId, int], ...], set[AssociateId]] = defaultdict(set)
    for associate, found in edges.items():
        groups[tuple(found)].add(associate)
    return dict(groups)


def settle(current: Graph, groups: Mapping[tuple[tuple[ClassId, int], ...], set[AssociateId]], next_pool: int) -> Graph:
    """The target graph with pool ids, which keeps the ids of pools that stay, so that a change moves few people.

    A pool that exists keeps its id if its edges stay the same, or if everyone who will be in it is in it already. Any
    other reuse would let a newcomer briefly take what neither the old nor the new graph gives them, because a change
    of many people is applied in slices. ``next_pool`` is the first free number for new pools.
    """
    by_edges = {tuple(sorted(edges.items())): pool for pool, edges in current.pools.items()}
    taken: set[PoolId] = set()
    pools: dict[PoolId, Edges] = {}
    members: dict[AssociateId, PoolId] = {}
    rest = []
    for edges, who in groups.items():
        same = by_edges.get(tuple(sorted(edges)))
        if same is None:
            rest.append((edges, who))
            continue
        taken.add(same)
        pools[same] = dict(edges)
        members.update(dict.fromkeys(who, same))
    for edges, who in sorted(rest, key=lambda item: -len(item[1])):
        old = {current.members.get(associate) for associate in who}
        pool = old.pop() if len(old) == 1 else None
        if pool is None or pool in taken:
            pool = PoolId(f"p{next_pool}")
            next_pool += 1
        taken.add(pool)
        pools[pool] = dict(edges)
        members.update(dict.fromkeys(who, pool))
    return Graph(pools, members)
