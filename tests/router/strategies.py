"""Random associates, queues and classes over a small world of names, so that they often meet."""

from hypothesis import strategies as st

from duetime.router.associate import Profile
from duetime.router.ids import AssociateId, QueueId, SkillId, TeamId
from duetime.router.message import Channel
from duetime.router.route import Queue, Step, WaitingClass
from duetime.router.routing import ChannelRules
from duetime.router.skill import Requirement

QUEUES = [QueueId("q1"), QueueId("q2"), QueueId("q3")]
SKILLS = [SkillId("german"), SkillId("refunds"), SkillId("vip")]
TEAMS = [TeamId("support"), TeamId("tech")]

channels = st.sampled_from(Channel)
levels = st.integers(1, 5)
skills = st.dictionaries(st.sampled_from(SKILLS), levels)
teams = st.frozensets(st.sampled_from(TEAMS))
requirements = st.builds(Requirement, teams, skills)
steps = st.builds(
    Step,
    after_s=st.integers(1, 600),
    relax=skills,
    drop=st.frozensets(st.sampled_from(SKILLS)),
    add_teams=teams,
    boost_s=st.integers(-600, 600),
) | st.builds(Step, after_s=st.integers(1, 600), overflow_to=st.sampled_from(QUEUES))
routes = st.lists(steps, max_size=4).map(tuple)


@st.composite
def topologies(draw: st.DrawFn) -> dict[QueueId, Queue]:
    return {
        queue: Queue(id=queue, name=queue, requirement=draw(requirements), steps=draw(routes))
        for queue in draw(st.sets(st.sampled_from(QUEUES), min_size=1))
    }


@st.composite
def staffs(draw: st.DrawFn) -> list[Profile]:
    """Up to ten associates, some alike."""
    return [
        Profile(
            id=AssociateId(f"a{number}"),
            name=f"A{number}",
            teams=draw(teams),
            skills=draw(skills),
            capacity_units=draw(st.integers(1, 4)),
            limits=draw(st.dictionaries(channels, st.integers(0, 2))),
        )
        for number in range(draw(st.integers(0, 10)))
    ]


waiting_classes = st.builds(WaitingClass, st.sampled_from(QUEUES), st.integers(0, 4), channels, skills)
channel_rules = st.dictionaries(
    channels, st.builds(ChannelRules, default_queue=st.just(QUEUES[0]), cost_units=st.integers(1, 4))
)
