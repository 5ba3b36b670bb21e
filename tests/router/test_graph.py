"""The graph says exactly who may take what, and settling it moves nobody without need."""

from collections import defaultdict
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from duetime.router.associate import Profile
from duetime.router.graph import Graph, compile_graph, settle
from duetime.router.ids import AssociateId, ClassId, PoolId, QueueId
from duetime.router.message import Channel
from duetime.router.route import Queue, WaitingClass, rings
from duetime.router.routing import ChannelRules
from tests.router import strategies

Groups = dict[tuple[tuple[ClassId, int], ...], set[AssociateId]]

ANA, BEN, CLEO = AssociateId("ana"), AssociateId("ben"), AssociateId("cleo")
A, B = ClassId("a/0/chat/"), ClassId("b/0/chat/")


def ring_of(
    profile: Profile,
    waiting: WaitingClass,
    queues: dict[QueueId, Queue],
    channels: dict[Channel, ChannelRules],
) -> int | None:
    """The first step at which this associate may take this class, found by asking everything one by one."""
    rules = channels.get(waiting.channel)
    if rules is None or rules.cost_units > profile.capacity_units or not profile.limits.get(waiting.channel):
        return None
    met = [ring for ring, requirement in enumerate(rings(waiting, queues)) if requirement.met_by(profile)]
    return met[0] if met else None


@given(
    strategies.staffs(),
    st.lists(strategies.waiting_classes, max_size=8, unique_by=lambda waiting: waiting.id),
    strategies.topologies(),
    strategies.channel_rules,
)
def test_groups_are_the_associates_of_equal_eligibility(
    staff: list[Profile],
    classes: list[WaitingClass],
    queues: dict[QueueId, Queue],
    channels: dict[Channel, ChannelRules],
) -> None:
    expected: defaultdict[tuple[tuple[ClassId, int], ...], set[AssociateId]] = defaultdict(set)
    for profile in staff:
        found = [(waiting.id, ring_of(profile, waiting, queues, channels)) for waiting in classes]
        expected[tuple((class_id, ring) for class_id, ring in found if ring is not None)].add(profile.id)
    assert compile_graph(staff, classes, queues, channels) == expected


@st.composite
def groupings(draw: st.DrawFn) -> Groups:
    """A partition of some associates, with the edges that each part has."""
    edges = st.dictionaries(st.sampled_from([A, B]), st.integers(0, 2)).map(lambda found: tuple(found.items()))
    groups: Groups = {}
    for number in range(draw(st.integers(0, 8))):
        by_order = tuple(sorted(draw(edges)))
        groups.setdefault(by_order, set()).add(AssociateId(f"a{number}"))
    return groups


def settled(current: Graph, groups: Groups) -> Graph:
    """The settled graph, which numbers new pools after all that there are."""
    return settle(current, groups, 1 + max((int(pool[1:]) for pool in current.pools), default=0))


def edges_of(graph: Graph, associate: AssociateId) -> dict[ClassId, int] | None:
    pool = graph.members.get(associate)
    return None if pool is None else dict(graph.pools[pool])


@given(st.lists(groupings(), min_size=1, max_size=5))
def test_settling_gives_each_associate_the_edges_of_their_group_and_each_group_one_pool(
    history: list[Groups],
) -> None:
    graph = Graph()
    for groups in history:
        graph = settled(graph, groups)
        assert graph.members.keys() == {associate for who in groups.values() for associate in who}
        assert set(graph.pools) == set(graph.members.values())
        for edges, who in groups.items():
            assert all(edges_of(graph, associate) == dict(edges) for associate in who)
        assert len(graph.pools) == len(groups)


@given(st.lists(groupings(), min_size=1, max_size=4))
def test_settling_what_has_not_changed_changes_nothing(history: list[Groups]) -> None:
    graph = Graph()
    for groups in history:
        graph = settled(graph, groups)
    in_another_order = dict(reversed(history[-1].items()))
    assert settled(graph, in_another_order) == graph


@given(st.lists(groupings(), min_size=2, max_size=5))
def test_a_pool_whose_edges_stay_keeps_its_id(history: list[Groups]) -> None:
    graph = Graph()
    for groups in history:
        before, graph = graph, settled(graph, groups)
        kept = {pool for pool, edges in before.pools.items() if tuple(sorted(edges.items())) in groups}
        assert all(graph.pools.get(pool) == before.pools[pool] for pool in kept)


@given(st.lists(groupings(), min_size=2, max_size=5))
def test_nobody_moves_into_a_pool_whose_edges_change(history: list[Groups]) -> None:
    graph = Graph()
    for groups in history:
        before, graph = graph, settled(graph, groups)
        changed = {pool for pool in graph.pools if pool in before.pools and graph.pools[pool] != before.pools[pool]}
        for associate, pool in graph.members.items():
            assert pool not in changed or before.members[associate] == pool


@given(st.lists(groupings(), min_size=2, max_size=5), st.randoms())
def test_applied_in_slices_nobody_ever_has_edges_that_neither_graph_gives_them(
    history: list[Groups], dice: Random
) -> None:
    graph = Graph()
    for groups in history:
        before, graph = graph, settled(graph, groups)
        pools = {**graph.pools, **before.pools}  # new pools first
        members = dict(before.members)
        for associate in dice.sample(sorted(graph.members), len(graph.members)):
            members[associate] = graph.members[associate]  # then people, one by one
            now = Graph(pools, members)
            for other in members:
                assert edges_of(now, other) in (edges_of(before, other), edges_of(graph, other))
        members = {associate: members[associate] for associate in graph.members}
        for pool in graph.pools:
            pools[pool] = graph.pools[pool]  # and the edges of pools that are kept last
            now = Graph(pools, members)
            for other in members:
                assert edges_of(now, other) in (edges_of(before, other), edges_of(graph, other))


def test_who_can_take_nothing_is_in_a_pool_too() -> None:
    graph = settled(Graph(), {(): {ANA}, ((A, 0),): {BEN}})
    assert edges_of(graph, ANA) == {}
    assert edges_of(graph, BEN) == {A: 0}


def test_a_pool_that_divides_keeps_its_id_for_the_larger_part() -> None:
    graph = Graph({PoolId("p1"): {A: 0}}, {ANA: PoolId("p1"), BEN: PoolId("p1"), CLEO: PoolId("p1")})
    after = settle(graph, {((A, 1),): {ANA}, ((B, 0),): {BEN, CLEO}}, 7)
    assert after.members == {ANA: "p7", BEN: "p1", CLEO: "p1"}


def test_pools_that_become_one_with_new_edges_become_a_new_pool() -> None:
    graph = Graph({PoolId("p1"): {A: 0}, PoolId("p2"): {B: 0}}, {ANA: PoolId("p1"), BEN: PoolId("p2")})
    after = settle(graph, {((A, 0), (B, 0)): {ANA, BEN}}, 3)
    assert after == Graph({PoolId("p3"): {A: 0, B: 0}}, {ANA: PoolId("p3"), BEN: PoolId("p3")})


def test_a_newcomer_joins_the_pool_that_has_their_edges() -> None:
    graph = Graph({PoolId("p1"): {A: 0}}, {ANA: PoolId("p1")})
    assert settle(graph, {((A, 0),): {ANA, BEN}}, 2).members == {ANA: "p1", BEN: "p1"}
