"""Queues of which the truth is known: what the product does on them, beside the formulas of Erlang, Palm and Cobham."""

import itertools
import math
import random
import statistics
from collections.abc import Callable, Iterable, Sequence

import msgspec

from benchmarks.quality_centre import Centre, run_all
from benchmarks.quality_work import A_MINUTE_MS, FIRST_COME, Served, Work, arrivals, exponential_ms
from benchmarks.report import Table
from duetime.queues.connection import Pipeline
from duetime.router.associate import Profile
from duetime.router.due_time import BOOST_MAX_S
from duetime.router.ids import AssociateId, QueueId
from duetime.router.message import Channel
from duetime.router.route import Queue
from duetime.router.routing import ChannelRules, Routing

CARE = QueueId("care")
CHANNEL = Channel.CHAT
SHORT_MS = 20_000
STANDARD_ERRORS = 3
SIMULATIONS = 16
"""Independent ones: the standard error is that of their mean. It takes so many because long waits are rare."""

Figure = Callable[[Sequence[Served]], float]


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """Arrivals a minute by priority, handled by so many at a rate a minute each. Contacts may give up."""

    name: str
    associates: int
    rates: dict[str, float]
    service_rate: float
    patience_min: float | None = None
    warm_up: int
    """So many conversations are not counted: at first as many are being handled as on average, but nobody waits."""
    conversations: int
    """Counted in each simulation."""
    truth: dict[str, tuple[float, Figure]]
    """The known values, and how each is measured."""


def mean_wait_min(served: Iterable[Served]) -> float:
    return statistics.mean(one.waited_ms for one in served) / A_MINUTE_MS


def share_waiting(served: Iterable[Served]) -> float:
    return statistics.mean(one.waited_ms > 0 for one in served)


def share_in_20_s(served: Iterable[Served]) -> float:
    """Of all that came: who waits no longer, whether they are served then or give up."""
    return statistics.mean(one.waited_ms <= SHORT_MS for one in served)


def share_abandoned(served: Iterable[Served]) -> float:
    return statistics.mean(one.associate is None for one in served)


def _mean_wait_of(priority: str) -> Figure:
    return lambda served: mean_wait_min([one for one in served if one.work.priority == priority])


CASES = [
    Case(
        name="M/M/12",
        associates=12,
        rates={"normal": 4.2},
        service_rate=0.5,
        warm_up=200,
        conversations=5_000,
        truth={
            "share that waits": (0.183889, share_waiting),
            "share that waits no longer than 20 s": (0.899080, share_in_20_s),
            "mean wait, minutes": (0.102160, mean_wait_min),
        },
    ),
    Case(
        name="M/M/12, patience of 1 minute",
        associates=12,
        rates={"normal": 4.2},
        service_rate=0.5,
        patience_min=1,
        warm_up=200,
        conversations=5_000,
        truth={
            "share that gives up": (0.029679, share_abandoned),
            "share that waits no longer than 20 s": (0.967872, share_in_20_s),
        },
    ),
    Case(
        name="M/M/50",
        associates=50,
        rates={"normal": 48},
        service_rate=1,
        warm_up=3_000,
        conversations=7_000,
        truth={"mean wait, minutes": (0.347228, mean_wait_min)},
    ),
    Case(
        name="M/M/10, three priorities",
        associates=10,
        rates={"high": 1, "normal": 2, "low": 1.5},
        service_rate=0.5,
        warm_up=1_000,
        conversations=5_000,
        truth={
            "mean wait of high, minutes": (0.167183, _mean_wait_of("high")),
            "mean wait of normal, minutes": (0.417957, _mean_wait_of("normal")),
            "mean wait of low, minutes": (3.343658, _mean_wait_of("low")),
        },
    ),
]


def works_of(case: Case, number: int) -> list[Work]:
    dice = random.Random(f"{case.name} {number}")
    rate = sum(case.rates.values())
    count = case.warm_up + case.conversations
    works = []
    at_first = itertools.repeat(0, round(rate / case.service_rate))
    later = arrivals(dice, [(math.inf, rate)])
    for place, at in enumerate(itertools.islice(itertools.chain(at_first, later), count)):
        works.append(
            Work(
                number=place,
                at_ms=at,
                handling_ms=exponential_ms(dice, 1 / case.service_rate),
                channel=CHANNEL,
                queue=CARE,
                priority=dice.choices(list(case.rates), list(case.rates.values()))[0],
                patience_ms=exponential_ms(dice, case.patience_min) if case.patience_min else None,
            )
        )
    return works


def routing_of(case: Case) -> Routing:
    """Priorities so far apart that the lower one waits until no higher one does."""
    people = [
        Profile(id=AssociateId(f"a{number}"), name=f"Associate {number}", limits={CHANNEL: 1})
        for number in range(case.associates)
    ]
    return Routing(
        queues={CARE: Queue(id=CARE, name="Care", targets=FIRST_COME, auto_accept=True)},
        channels={channel: ChannelRules(default_queue=CARE) for channel in Channel},
        priorities={"high": BOOST_MAX_S, "normal": 0, "low": -BOOST_MAX_S},
        associates={profile.id: profile for profile in people},
    )


async def simulate(pipeline: Pipeline, workspace: str, case: Case, number: int) -> list[Served]:
    centre = Centre(pipeline, workspace, routing_of(case))
    await centre.set_up()
    return (await centre.run(works_of(case, number)))[case.warm_up :]


def estimate(values: Sequence[float]) -> tuple[float, float]:
    """The mean and its standard error."""
    return statistics.mean(values), statistics.stdev(values) / math.sqrt(len(values))


async def measure(pipeline: Pipeline) -> list[Table]:
    rows = []
    for case in CASES:
        runs = [
            lambda workspace, case=case, number=number: simulate(pipeline, workspace, case, number)
            for number in range(SIMULATIONS)
        ]
        results: list[list[Served]] = await run_all(pipeline, runs)
        for name, (truth, figure) in case.truth.items():
            mean, error = estimate([figure(served) for served in results])
            off = abs(mean - truth) / error
            verdict = "yes" if off <= STANDARD_ERRORS else "**no**"
            rows.append([case.name, name, f"{truth:.4f}", f"{mean:.4f}", f"{error:.4f}", f"{off:.1f}", verdict])
    return [
        Table(
            title="Queues with a known truth",
            columns=["", "", "truth", "measured", "standard error", "errors apart", f"within {STANDARD_ERRORS}"],
            rows=rows,
        )
    ]
