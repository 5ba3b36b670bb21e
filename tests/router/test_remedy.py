"""Every change that is suggested is enough by itself, and the smallest comes first."""

import msgspec
from hypothesis import assume, given
from hypothesis import strategies as st

from duetime.router.associate import Profile
from duetime.router.eligibility import may_take
from duetime.router.ids import AssociateId, QueueId, SkillId, TeamId
from duetime.router.message import Channel
from duetime.router.remedy import Remedy, RemedyKind, remedies
from duetime.router.route import Queue, Step, WaitingClass
from duetime.router.routing import ChannelRules, Reserve, Routing
from duetime.router.skill import Requirement
from tests.router import strategies

GERMAN, SUPPORT, TECH = SkillId("german"), TeamId("support"), TeamId("tech")
GENERAL = QueueId("general")


@st.composite
def routings(draw: st.DrawFn) -> Routing:
    queues = draw(strategies.topologies())
    rules = {channel: ChannelRules(default_queue=GENERAL, cost_units=draw(st.integers(1, 4))) for channel in Channel}
    reserve = draw(st.none() | st.builds(Reserve, units=st.integers(1, 2), priority=st.just("urgent")))
    return Routing(queues=queues, channels=rules, priorities={}, reserve=reserve)


def last_step(waiting: WaitingClass, routing: Routing) -> WaitingClass:
    return routing.class_at(waiting, len(routing.queues[waiting.queue].steps))


def somebody(waiting: WaitingClass, routing: Routing, staff: list[Profile]) -> bool:
    return any(may_take(last_step(waiting, routing), routing, profile) for profile in staff)


def after(remedy: Remedy, waiting: WaitingClass, routing: Routing, staff: list[Profile]) -> bool:
    """Whether somebody may take it once the change is made."""
    changed = [with_change(remedy, profile) if profile.id == remedy.associate else profile for profile in staff]
    return somebody(waiting, changed_routing(remedy, routing), changed)


def with_change(remedy: Remedy, profile: Profile) -> Profile:
    value = remedy.value or 0
    match remedy.kind:
        case RemedyKind.LIMIT:
            assert remedy.channel is not None
            return msgspec.structs.replace(profile, limits={**profile.limits, remedy.channel: value})
        case RemedyKind.CAPACITY:
            limits = {**profile.limits, remedy.channel: 1} if remedy.channel else profile.limits
            return msgspec.structs.replace(profile, capacity_units=value, limits=limits)
        case RemedyKind.TEAM:
            assert remedy.team is not None
            return msgspec.structs.replace(profile, teams=profile.teams | {remedy.team})
        case _:
            assert remedy.skill is not None
            return msgspec.structs.replace(profile, skills={**profile.skills, remedy.skill: value})


def changed_routing(remedy: Remedy, routing: Routing) -> Routing:
    if remedy.kind is RemedyKind.COST:
        assert remedy.channel is not None
        assert remedy.value is not None
        rules = msgspec.structs.replace(routing.channels[remedy.channel], cost_units=remedy.value)
        return msgspec.structs.replace(routing, channels={**routing.channels, remedy.channel: rules})
    if remedy.queue is None:
        return routing
    step = Step(after_s=60)
    if remedy.kind is RemedyKind.STEP_TEAM:
        assert remedy.team is not None
        step = Step(after_s=60, add_teams=frozenset({remedy.team}))
    elif remedy.skill is not None:
        dropped = remedy.kind is RemedyKind.STEP_DROP
        step = (
            Step(after_s=60, drop=frozenset({remedy.skill})) if dropped else relaxing(remedy.skill, remedy.value or 0)
        )
    queue = routing.queues[remedy.queue]
    longer = msgspec.structs.replace(queue, steps=(*queue.steps, step))
    return msgspec.structs.replace(routing, queues={**routing.queues, queue.id: longer})


def relaxing(skill: SkillId, level: int) -> Step:
    return Step(after_s=60, relax={skill: level})


@given(routings(), strategies.staffs(), strategies.waiting_classes, st.booleans())
def test_every_change_alone_lets_somebody_take_it(
    routing: Routing, staff: list[Profile], waiting: WaitingClass, urgent: bool
) -> None:
    waiting = msgspec.structs.replace(waiting, step=0, urgent=urgent)
    assume(waiting.queue in routing.queues)
    assume(not somebody(waiting, routing, staff))
    found = remedies(waiting, routing, staff)
    assert found
    kinds = [remedy.kind for remedy in found]
    assert kinds == sorted(set(kinds), key=list(RemedyKind).index)
    for remedy in found:
        if remedy.kind is RemedyKind.ASSOCIATE:
            assert len(found) == 1
        else:
            assert after(remedy, waiting, routing, staff), remedy


def person(name: str, **profile: object) -> Profile:
    facts = {"teams": frozenset({SUPPORT}), "limits": {Channel.EMAIL: 2}, "capacity_units": 3, **profile}
    return msgspec.convert({"id": name.lower(), "name": name, **msgspec.to_builtins(facts, str_keys=True)}, Profile)


def company(*steps: Step, cost_units: int = 1, teams: tuple[TeamId, ...] = (SUPPORT,), level: int = 4) -> Routing:
    requirement = Requirement(frozenset(teams), {GERMAN: level})
    queue = Queue(id=GENERAL, name="General", requirement=requirement, steps=steps)
    rules = {channel: ChannelRules(default_queue=GENERAL, cost_units=cost_units) for channel in Channel}
    return Routing(
        queues={GENERAL: queue},
        channels=rules,
        priorities={},
        skills={GERMAN: "German"},
        teams={SUPPORT: "Support", TECH: "Engineering"},
    )


def said(routing: Routing, *staff: Profile) -> list[str]:
    found = remedies(WaitingClass(GENERAL, 0, Channel.EMAIL), routing, staff)
    return [remedy.sentence for remedy in found]


def test_who_knows_a_little_less_is_asked_for_before_who_knows_nothing() -> None:
    assert said(
        company(), person("Ana"), person("Ben", skills={"german": 2}), person("Cleo", skills={"german": 3})
    ) == [
        "Raise German of Cleo from 3 to 4.",
        "Give Ana the skill German at 4.",
        "Add a step to the route of General that relaxes German from 4 to 3, which Cleo has.",
        "Add a step to the route of General that drops German, for Ana.",
    ]


def test_the_channel_alone_is_the_smallest_change() -> None:
    assert said(company(), person("Ana", skills={"german": 5}, limits={"chat": 2}))[0] == (
        "Let Ana take email: limits.email = 1."
    )


def test_capacity_is_raised_or_the_cost_lowered() -> None:
    assert said(company(cost_units=5), person("Ana", skills={"german": 5})) == [
        "Raise the capacity of Ana from 3 to 5 units.",
        "Lower the cost of email from 5 to 3 units.",
    ]


def test_a_limit_that_is_0_for_want_of_capacity_is_raised_with_it() -> None:
    assert said(company(cost_units=5), person("Ana", skills={"german": 5}, limits={"chat": 2})) == [
        "Raise the capacity of Ana from 3 to 5 units, and limits.email to 1."
    ]


def test_a_team_is_joined_or_added() -> None:
    assert said(company(), person("Eva", skills={"german": 5}, teams=["tech"])) == [
        "Add Eva to the team Support.",
        "Add a step to the route of General that adds the team Engineering, with Eva.",
    ]


def test_of_equals_it_is_the_one_who_was_named_first() -> None:
    assert said(company(), person("Zoe"), person("Ana"))[0] == "Give Zoe the skill German at 4."


def test_nobody_is_one_change_away() -> None:
    assert said(company(), person("Tom", teams=["tech"])) == [
        "Add an associate in the team Support with German at 4 or more who takes email."
    ]


def test_a_remedy_says_what_to_change_as_data() -> None:
    found = remedies(WaitingClass(GENERAL, 0, Channel.EMAIL), company(), [person("Ana")])[0]
    assert (found.kind, found.associate, found.skill, found.value) == (RemedyKind.SKILL, AssociateId("ana"), GERMAN, 4)
