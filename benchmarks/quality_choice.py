"""Who is chosen of those who have room: the wait, and the time in which chats are done."""

import random
import statistics
from collections.abc import Sequence

from benchmarks.quality_centre import Centre, run_all
from benchmarks.quality_sharing import SLOWER, SharingCentre, share
from benchmarks.quality_truth import mean_wait_min
from benchmarks.quality_work import A_MINUTE_MS, FIRST_COME, Served, Work, arrivals, lognormal_ms
from benchmarks.report import Table
from duetime.queues.connection import Pipeline
from duetime.router.associate import Profile
from duetime.router.ids import AssociateId, QueueId, SkillId
from duetime.router.message import Channel
from duetime.router.route import Queue
from duetime.router.routing import ChannelRules, Routing
from duetime.router.skill import Requirement

TYPES = 6
ONE_SKILL, TWO_SKILLS, ALL_SKILLS = 8, 4, 18
"""Associates of each type with that skill alone, with it and the next one, and with all of them."""
RHO = 0.90
HANDLING_MIN, VARIATION = 10, 1.0
MINUTES, WARM_UP_MIN = 720, 60
DAYS = 12
"""How long one waits differs more from day to day than by the choice."""

CHATTERS, CHATS_AT_ONCE, CHATS_PER_MIN = 40, 3, 7.1

CHANNELS = {channel: ChannelRules(default_queue=QueueId("q0")) for channel in Channel}


def skills_of_all() -> list[list[int]]:
    """The skills of every associate."""
    found = []
    for kind in range(TYPES):
        found += [[kind]] * ONE_SKILL + [[kind, (kind + 1) % TYPES]] * TWO_SKILLS
    return found + [list(range(TYPES))] * ALL_SKILLS


def skilled_routing() -> Routing:
    people = [
        Profile(
            id=AssociateId(f"a{number}"),
            name=f"Associate {number}",
            skills={SkillId(f"s{skill}"): 3 for skill in skills},
            limits={Channel.CHAT: 1},
        )
        for number, skills in enumerate(skills_of_all())
    ]
    queues = [
        Queue(
            id=QueueId(f"q{kind}"),
            name=f"Queue {kind}",
            requirement=Requirement(frozenset(), {SkillId(f"s{kind}"): 1}),
            targets=FIRST_COME,
            auto_accept=True,
        )
        for kind in range(TYPES)
    ]
    return Routing(
        queues={queue.id: queue for queue in queues},
        channels=CHANNELS,
        priorities={"normal": 0},
        skills={SkillId(f"s{kind}"): f"Skill {kind}" for kind in range(TYPES)},
        associates={profile.id: profile for profile in people},
    )


def chat_routing() -> Routing:
    people = [
        Profile(
            id=AssociateId(f"a{number}"),
            name=f"Associate {number}",
            capacity_units=CHATS_AT_ONCE,
            limits={Channel.CHAT: CHATS_AT_ONCE},
        )
        for number in range(CHATTERS)
    ]
    return Routing(
        queues={QueueId("q0"): Queue(id=QueueId("q0"), name="Chats", targets=FIRST_COME, auto_accept=True)},
        channels=CHANNELS,
        priorities={"normal": 0},
        associates={profile.id: profile for profile in people},
    )


def works_of(name: str, day: int, rate: float, kinds: int) -> list[Work]:
    dice = random.Random(f"{name} {day}")
    return [
        Work(
            number=number,
            at_ms=at,
            handling_ms=lognormal_ms(dice, HANDLING_MIN, VARIATION),
            channel=Channel.CHAT,
            queue=QueueId(f"q{dice.randrange(kinds)}"),
        )
        for number, at in enumerate(arrivals(dice, [(MINUTES, rate)]))
    ]


def is_counted(work: Work) -> bool:
    return work.at_ms >= A_MINUTE_MS * WARM_UP_MIN


async def mean_wait(pipeline: Pipeline, workspace: str, works: Sequence[Work], *, flexibility: bool) -> float:
    centre = Centre(pipeline, workspace, skilled_routing())
    await centre.set_up()
    if not flexibility:
        await centre.weigh_rings_only()
    served: list[Served] = await centre.run(works)
    return mean_wait_min(one for one in served if is_counted(one.work))


def mean_time(works: Sequence[Work], ended: dict[int, int]) -> float:
    """Minutes from arrival to end."""
    times = (ended[work.number] - work.at_ms for work in works if is_counted(work))
    return statistics.mean(times) / A_MINUTE_MS


async def time_in_system(pipeline: Pipeline, workspace: str, works: Sequence[Work]) -> float:
    centre = SharingCentre(pipeline, workspace, chat_routing())
    await centre.set_up()
    await centre.run(works)
    return mean_time(works, centre.ended)


async def measure(pipeline: Pipeline) -> list[Table]:
    return [await _skills(pipeline), await _chats(pipeline)]


async def _skills(pipeline: Pipeline) -> Table:
    rate = RHO * len(skills_of_all()) / HANDLING_MIN
    works = [works_of("skills", day, rate, TYPES) for day in range(DAYS)]
    runs = [
        lambda workspace, some=some, flexibility=flexibility: mean_wait(
            pipeline, workspace, some, flexibility=flexibility
        )
        for flexibility in (True, False)
        for some in works
    ]
    waits = await run_all(pipeline, runs)
    flexible, idle = statistics.mean(waits[:DAYS]), statistics.mean(waits[DAYS:])
    people = f"{ONE_SKILL} with one skill and {TWO_SKILLS} with two for each of {TYPES} skills, {ALL_SKILLS} with all"
    return Table(
        title=f"Mixed skills: {people}; offered work over capacity {RHO:.2f}",
        columns=["who is chosen", "mean wait, seconds", "of longest idle"],
        rows=[
            ["the least flexible, of equal ones the longest idle", f"{60 * flexible:.1f}", f"{flexible / idle:.3f}"],
            ["the longest idle (weights without flexibility)", f"{60 * idle:.1f}", "1"],
        ],
    )


async def _chats(pipeline: Pipeline) -> Table:
    works = [works_of("chats", day, CHATS_PER_MIN, 1) for day in range(DAYS)]
    runs = [lambda workspace, some=some: time_in_system(pipeline, workspace, some) for some in works]
    product = statistics.mean(await run_all(pipeline, runs))
    people = [f"a{number}" for number in range(CHATTERS)]
    rows = [["least loaded", f"{product:.2f}"]]
    for name, prefer in (("least loaded, in plain Python", 1), ("one filled up first, in plain Python", -1)):
        found = [
            mean_time(some, share(some, people, CHATS_AT_ONCE, lambda load, sign=prefer: sign * load))  # type: ignore[misc]
            for some in works
        ]
        rows.append([name, f"{statistics.mean(found):.2f}"])
    return Table(
        title=f"Chats at once: {CHATTERS} associates with up to {CHATS_AT_ONCE}, of whom each other chat slows all by"
        f" {SLOWER:.0%}; {CHATS_PER_MIN} a minute of {HANDLING_MIN} minutes each",
        columns=["who is chosen", "mean time until a chat is done, minutes"],
        rows=rows,
    )
