"""Who waits when not everything can be in time: the overload policies, and two older ways, on identical arrivals."""

import random
import statistics
from collections import Counter
from collections.abc import Callable, Sequence
from enum import StrEnum

import msgspec

from benchmarks.quality_centre import Centre, run_all
from benchmarks.quality_reference import serve
from benchmarks.quality_work import A_MINUTE_MS, Profile, Served, Work, arrivals, choose, lognormal_ms
from benchmarks.report import Table
from duetime.queues.connection import Pipeline
from duetime.router import associate
from duetime.router.ids import AssociateId, QueueId
from duetime.router.message import Channel
from duetime.router.route import Overload, Queue
from duetime.router.routing import ChannelRules, Routing
from duetime.router.targets import TargetRule

CARE = QueueId("care")
SLOTS = 120
SHARES = {Channel.CHAT: 0.45, Channel.SMS: 0.25, Channel.EMAIL: 0.30}
TARGETS_S = {Channel.CHAT: 60, Channel.SMS: 600, Channel.EMAIL: 4 * 3600}
HANDLING_MIN = {Channel.CHAT: 10, Channel.SMS: 12, Channel.EMAIL: 12}
VARIATION = 1.0
A_DAY_S = 86_400

SCENARIOS: dict[str, Profile] = {
    "peaks": ((120, 0.80), (180, 1.25), (300, 0.80), (360, 1.15), (600, 0.75)),
    "sustained": ((60, 0.85), (420, 1.12), (720, 0.70)),
    "deep": ((480, 1.30), (900, 0.60)),
}
"""Until which minute offered work is which share of what all slots can do."""


class Policy(StrEnum):
    FIFO = "first in, first out"
    ROUND_ROBIN = "round robin over the channels"
    DUE = "`due`"
    SAVE = "`save`"


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """Shares in time, the greatest lateness, and the spread of work over associates (standard deviation over mean)."""

    in_time: float
    by_channel: dict[Channel, float]
    lateness_s: float
    spread: float


class RoundRobin:
    """One conversation of each channel that has any, in turn; within a channel first in, first out. The rank is the
    round in which a conversation's turn comes."""

    def __init__(self) -> None:
        self._round = 0
        self._last: Counter[Channel] = Counter()
        self._rounds: dict[int, int] = {}

    def arrived(self, work: Work) -> int:
        turn = max(self._round, self._last[work.channel] + 1)
        self._last[work.channel] = self._rounds[work.number] = turn
        return 1 + turn

    def started(self, work: Work) -> None:
        self._round = max(self._round, self._rounds[work.number])


def works_of(scenario: str, day: int) -> list[Work]:
    dice = random.Random(f"{scenario} {day}")
    mean_min = sum(share * HANDLING_MIN[channel] for channel, share in SHARES.items())
    profile = [(until, rho * SLOTS / mean_min) for until, rho in SCENARIOS[scenario]]
    works = []
    for number, at in enumerate(arrivals(dice, profile)):
        channel = choose(dice, SHARES)
        handling = lognormal_ms(dice, HANDLING_MIN[channel], VARIATION)
        works.append(Work(number=number, at_ms=at, handling_ms=handling, channel=channel, queue=CARE))
    return works


def routing_of(policy: Policy, late_behind_s: int | None = None) -> Routing:
    """``late_behind_s``: instead of the default."""
    equal = policy is Policy.FIFO
    rules = (TargetRule(channel=channel, first_response_s=A_DAY_S if equal else s) for channel, s in TARGETS_S.items())
    queue = Queue(
        id=CARE,
        name="Care",
        targets=tuple(rules),
        at_risk_s=0,
        auto_accept=True,
        overload=Overload.SAVE if policy is Policy.SAVE else Overload.DUE,
    )
    if late_behind_s is not None:
        queue = msgspec.structs.replace(queue, late_behind_s=late_behind_s)
    people = (
        associate.Profile(id=AssociateId(f"a{number}"), name=f"Associate {number}", limits=dict.fromkeys(SHARES, 1))
        for number in range(SLOTS)
    )
    return Routing(
        queues={CARE: queue},
        channels={channel: ChannelRules(default_queue=CARE, idle_release_s=7 * A_DAY_S) for channel in Channel},
        priorities={"normal": 0},
        associates={profile.id: profile for profile in people},
    )


def due_of(work: Work) -> int:
    return work.at_ms + 1000 * TARGETS_S[work.channel]


def day_of(served: Sequence[Served]) -> Day:
    late_s = [one.waited_ms / 1000 - TARGETS_S[one.work.channel] for one in served]
    channels = {
        channel: statistics.mean(
            late <= 0 for one, late in zip(served, late_s, strict=True) if one.work.channel is channel
        )
        for channel in SHARES
    }
    worked: Counter[str] = Counter()
    for one in served:
        worked[one.associate or ""] += one.work.handling_ms
    return Day(
        in_time=statistics.mean(late <= 0 for late in late_s),
        by_channel=channels,
        lateness_s=max(0.0, *late_s),
        spread=statistics.pstdev(worked.values()) / statistics.mean(worked.values()),
    )


async def simulate(pipeline: Pipeline, workspace: str, policy: Policy, works: Sequence[Work]) -> Day:
    order = RoundRobin() if policy is Policy.ROUND_ROBIN else None
    centre = Centre(pipeline, workspace, routing_of(policy), order=order, keeps_time=policy is Policy.SAVE)
    await centre.set_up()
    return day_of(await centre.run(works))


def reference_of(policy: Policy, works: Sequence[Work]) -> float | None:
    """The share in time of the same in plain Python."""
    if policy is Policy.ROUND_ROBIN:
        return None
    late_behind_ms = 1000 * routing_of(policy).queues[CARE].late_behind_s if policy is Policy.SAVE else None
    order: Callable[[Work], int] = (lambda work: work.at_ms) if policy is Policy.FIFO else due_of
    return day_of(serve(works, SLOTS, order, late_behind_ms)).in_time


async def measure(pipeline: Pipeline, days: int) -> list[Table]:
    tables = []
    for scenario in SCENARIOS:
        works = [works_of(scenario, day) for day in range(days)]
        runs = [
            lambda workspace, policy=policy, some=some: simulate(pipeline, workspace, policy, some)
            for policy in Policy
            for some in works
        ]
        results = await run_all(pipeline, runs)
        rows = []
        for place, policy in enumerate(Policy):
            found = results[place * days : (place + 1) * days]
            references = [share for some in works if (share := reference_of(policy, some)) is not None]
            rows.append(_row(policy, found, references))
        rhos = ", ".join(f"until minute {until:g} {rho:.2f}" for until, rho in SCENARIOS[scenario])
        tables.append(
            Table(
                title=f"{scenario}: offered work over capacity {rhos}",
                columns=["", "in time", "chat", "SMS", "email", "latest by", "spread of work", "in plain Python"],
                rows=rows,
            )
        )
    return tables


def _row(policy: Policy, days: list[Day], references: list[float]) -> list[str]:
    """The median of the days, each figure by itself."""
    minutes = round(statistics.median(day.lateness_s for day in days) * 1000 / A_MINUTE_MS)
    return [
        policy.value,
        _share(statistics.median(day.in_time for day in days)),
        *(_share(statistics.median(day.by_channel[channel] for day in days)) for channel in SHARES),
        f"{minutes // 60} h {minutes % 60:02} min",
        f"{statistics.median(day.spread for day in days):.3f}",
        _share(statistics.median(references)) if references else "",
    ]


def _share(value: float) -> str:
    return f"{value:.4f}".removeprefix("0")
