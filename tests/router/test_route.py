"""Routes relax step by step, and who was eligible stays eligible."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetime.router.associate import Profile
from duetime.router.ids import AssociateId, QueueId, SkillId, TeamId
from duetime.router.message import Channel
from duetime.router.route import (
    Queue,
    Step,
    WaitingClass,
    parse_class,
    personal_line,
    rings,
    step_boost_s,
)
from duetime.router.skill import Requirement
from tests.router import strategies

GERMAN, REFUNDS = SkillId("german"), SkillId("refunds")
SUPPORT, TECH = TeamId("support"), TeamId("tech")
BILLING, GENERAL = QueueId("billing"), QueueId("general")


def queue(*steps: Step, requirement: Requirement) -> Queue:
    return Queue(id=BILLING, name="Billing", requirement=requirement, steps=steps)


def rings_at_the_end(found: Queue, skills: dict[SkillId, int], *others: Queue) -> list[Requirement]:
    waiting = WaitingClass(found.id, len(found.steps), Channel.CHAT, skills)
    return list(rings(waiting, {other.id: other for other in (found, *others)}))


def test_step_0_asks_for_what_the_queue_and_triage_ask_for() -> None:
    billing = queue(requirement=Requirement(frozenset({SUPPORT}), {REFUNDS: 2, GERMAN: 1}))
    assert rings_at_the_end(billing, {GERMAN: 3}) == [Requirement(frozenset({SUPPORT}), {REFUNDS: 2, GERMAN: 3})]


def test_each_step_widens_what_the_one_before_left() -> None:
    billing = queue(
        Step(after_s=1, relax={REFUNDS: 2}),
        Step(after_s=1, add_teams=frozenset({TECH})),
        Step(after_s=1, drop=frozenset({GERMAN})),
        requirement=Requirement(frozenset({SUPPORT}), {REFUNDS: 4}),
    )
    assert rings_at_the_end(billing, {GERMAN: 3}) == [
        Requirement(frozenset({SUPPORT}), {REFUNDS: 4, GERMAN: 3}),
        Requirement(frozenset({SUPPORT}), {REFUNDS: 2, GERMAN: 3}),
        Requirement(frozenset({SUPPORT, TECH}), {REFUNDS: 2, GERMAN: 3}),
        Requirement(frozenset({SUPPORT, TECH}), {REFUNDS: 2}),
    ]


def test_a_relaxed_proficiency_never_asks_for_more_than_before() -> None:
    billing = queue(Step(after_s=1, relax={REFUNDS: 5}), requirement=Requirement(skills={REFUNDS: 2}))
    assert rings_at_the_end(billing, {})[1] == Requirement(skills={REFUNDS: 2})


def test_more_teams_do_not_narrow_a_queue_that_asks_for_none() -> None:
    everybody = queue(Step(after_s=1, add_teams=frozenset({TECH})), requirement=Requirement())
    assert rings_at_the_end(everybody, {})[1] == Requirement()


def test_overflow_asks_for_what_the_other_queue_asks_for_and_keeps_the_skills_of_triage() -> None:
    billing = queue(
        Step(after_s=1, relax={GERMAN: 2}),
        Step(after_s=1, overflow_to=GENERAL),
        Step(after_s=1, drop=frozenset({REFUNDS})),
        requirement=Requirement(frozenset({SUPPORT}), {REFUNDS: 4}),
    )
    general = Queue(id=GENERAL, name="General", requirement=Requirement(frozenset({TECH})))
    assert rings_at_the_end(billing, {GERMAN: 3}, general)[2:] == [
        Requirement(frozenset({TECH}), {GERMAN: 2}),
        Requirement(frozenset({SUPPORT}), {GERMAN: 2}),
    ]


def test_overflow_to_a_queue_that_is_gone_changes_nobody() -> None:
    billing = queue(Step(after_s=1, overflow_to=GENERAL), requirement=Requirement(skills={REFUNDS: 2}))
    first, second = rings_at_the_end(billing, {})
    assert first == second


def test_a_class_of_a_queue_that_is_gone_can_be_taken_by_nobody() -> None:
    assert list(rings(WaitingClass(BILLING, 0, Channel.CHAT), {})) == []


@given(strategies.topologies(), strategies.waiting_classes)
def test_a_later_step_has_the_rings_of_the_steps_before_it(queues: dict[QueueId, Queue], waiting: WaitingClass) -> None:
    found = list(rings(waiting, queues))
    for step in range(waiting.step):
        earlier = WaitingClass(waiting.queue, step, waiting.channel, waiting.skills)
        assert list(rings(earlier, queues)) == found[: step + 1]


@given(strategies.requirements, st.lists(strategies.steps, max_size=4), strategies.staffs())
def test_who_meets_a_requirement_meets_it_after_widening(
    requirement: Requirement, steps: list[Step], staff: list[Profile]
) -> None:
    widened = [requirement]
    for step in steps:
        widened.append(step.widen(widened[-1]))
    for before, after in pairwise(widened):
        assert all(after.met_by(profile) for profile in staff if before.met_by(profile))


def test_the_boosts_of_the_steps_add_up() -> None:
    billing = queue(
        Step(after_s=1, boost_s=10), Step(after_s=1), Step(after_s=1, boost_s=-3), requirement=Requirement()
    )
    assert [step_boost_s(billing, step) for step in range(5)] == [0, 10, 10, 7, 7]


def test_a_personal_line_is_no_class() -> None:
    line = personal_line(AssociateId("ana"), Channel.EMAIL)
    assert line == "@ana/email"
    with pytest.raises(ValueError, match="unpack"):
        parse_class(line)
