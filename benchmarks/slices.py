"""What happens beside everything else when very much is open: a new configuration, and the watch over targets."""

import asyncio
import statistics
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec

from benchmarks.figures import Figures, spread
from benchmarks.processes import OTHER_CPU, pin
from benchmarks.report import Section, Table
from benchmarks.shape import Shape
from benchmarks.world import World, open_world
from duetime.router.events import EventType
from duetime.router.routing import Routing
from duetime.router.targets import TargetRule
from duetime.service.adoption import bring_in_step
from duetime.service.silence import Silence
from duetime.service.timekeeper import Timekeeper

CROWD = Shape(waiting=100_000, associates=1_000)
AT_RISK_S = 5
DUE_S = (5_400, 3_600)
"""The targets between which the configuration changes. What waits came evenly over the last hour, so with the second
one as much becomes due in the next."""
WATCHED_S = 15.0


class Pause(msgspec.Struct):
    """What other callers felt meanwhile, in ms."""

    longest_ms: float = 0.0
    usual_ms: float = 0.0
    """The 99th percentile."""
    script_ms: float = 0.0
    """The longest single command, as the server counts it itself."""
    disk_ms: float = 0.0
    """The longest that the server waited for the disk to have what it was told, which it does before it answers."""


async def measure(rounds: int) -> Section:
    seconds, pauses, lags = Figures[str, float](), Figures[str, Pause](), Figures[str, float]()
    async with open_world(CROWD) as world:
        for number in range(rounds):
            await _round(world, number, seconds, pauses, lags)
    return Section(name="slices", tables=[_apply_table(seconds, pauses), _lag_table(lags)])


async def _round(
    world: World, number: int, seconds: Figures[str, float], pauses: Figures[str, Pause], lags: Figures[str, float]
) -> None:
    """The one way, and the other way back, so that each round begins like the first."""
    routing = world.routing
    for due_s in DUE_S:
        routing = _routing(world, due_s)
        async with _feeling(world) as pause:
            began = time.perf_counter()
            current = await world.store.configs.current()
            version = current.version if current else 0
            await world.store.configs.apply("", routing, current=version, who="benchmark", why=f"round {number}")
            await world.store.topology.compile(routing)
            seconds.add("applied", time.perf_counter() - began)
            changed = await bring_in_step(world.store, routing)
            seconds.add("in step", time.perf_counter() - began)
        seconds.add("changed", changed)
        pauses.add("", pause)
    for name, lag_s in (await _watch(world, routing)).items():
        lags.add(name, lag_s)


def _routing(world: World, due_s: int) -> Routing:
    queues = {
        name: msgspec.structs.replace(queue, targets=(TargetRule(first_response_s=due_s),), at_risk_s=AT_RISK_S)
        for name, queue in world.routing.queues.items()
    }
    return msgspec.structs.replace(world.routing, queues=queues)


@asynccontextmanager
async def _feeling(world: World) -> AsyncIterator[Pause]:
    """The pause is filled in at the end."""
    await world.call("CONFIG", "SET", "slowlog-log-slower-than", 1000, "slowlog-max-len", 100_000)
    await world.call("SLOWLOG", "RESET")
    await world.call("CONFIG", "SET", "latency-monitor-threshold", 1)
    await world.call("LATENCY", "RESET")
    pause, pipe = Pause(), asyncio.subprocess.PIPE
    probe = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.probe", world.url, stdin=pipe, stdout=pipe
    )
    pin(probe.pid, OTHER_CPU)
    yield pause
    said, _ = await probe.communicate(b"")  # ends its input
    pause.longest_ms, pause.usual_ms = map(float, said.split())
    slow = await world.call("SLOWLOG", "GET", -1)
    waits = {name: longest_ms for name, _, _, longest_ms, *_ in await world.call("LATENCY", "LATEST")}
    pause.disk_ms = waits.get("aof-fsync-always", 0)
    pause.script_ms = max((int(entry[2]) for entry in slow), default=1000) / 1000


async def _watch(world: World, routing: Routing) -> dict[str, float]:
    """How fast those are seen that are overdue at first, in 1/s, and how late those are seen that come due meanwhile,
    in s: the latest and the median."""
    timekeeper = Timekeeper(world.store, lambda: routing, Silence(world.store, lambda: routing, {}))
    overdue = await world.call("ZCOUNT", f"{world.store.root}:timers", "-inf", world.clock())
    starts = time.perf_counter()
    running = asyncio.create_task(timekeeper.run())
    while not await _is_up_to_date(world):  # noqa: ASYNC110 - what is left is in the server
        await asyncio.sleep(0.1)
    per_s = overdue / (time.perf_counter() - starts)
    cursor, began = await world.store.journal.last_cursor(), world.clock()
    await asyncio.sleep(WATCHED_S)
    running.cancel()
    events = await world.store.journal.between(cursor, limit=100_000)
    lags = []
    for event in events:
        if event.type in (EventType.TARGET_AT_RISK, EventType.TARGET_BREACHED):
            moment = event.data["due_at"] - (1000 * AT_RISK_S if event.type == EventType.TARGET_AT_RISK else 0)
            if moment >= began:
                lags.append((event.at - moment) / 1000)
    return {"latest": max(lags), "median": statistics.median(lags), "seen": len(lags), "per_s": per_s}


async def _is_up_to_date(world: World) -> bool:
    """Whether nothing has been due for long."""
    first = await world.call("ZRANGE", f"{world.store.root}:timers", 0, 0, "WITHSCORES")
    return not first or float(first[1]) > world.clock() - 500


def _apply_table(seconds: Figures[str, float], pauses: Figures[str, Pause]) -> Table:
    changed = seconds.median("changed", float)
    rows = [
        ["in force: policies and graph, s", spread(seconds.values("applied", float), 2)],
        [f"{changed:,.0f} conversations have their new due times, s", spread(seconds.values("in step", float), 1)],
        ["longest call of another caller, ms", spread(pauses.values("", lambda pause: pause.longest_ms), 1)],
        ["longest wait of the server for its disk, ms", spread(pauses.values("", lambda pause: pause.disk_ms), 1)],
        ["99th percentile of its calls, ms", spread(pauses.values("", lambda pause: pause.usual_ms), 1)],
        ["longest command, as the server counts, ms", spread(pauses.values("", lambda pause: pause.script_ms), 1)],
    ]
    return Table(
        title=f"Applying a configuration with other targets while {CROWD.waiting:,} wait",
        columns=["", "median [least..most] of the rounds"],
        rows=rows,
    )


def _lag_table(lags: Figures[str, float]) -> Table:
    seen = lags.median("seen", float)
    rows = [
        ["latest, s", spread(lags.values("latest", float), 3)],
        ["median, s", spread(lags.values("median", float), 3)],
        ["seen in a second when very many are overdue", spread(lags.values("per_s", float))],
    ]
    return Table(
        title=f"How late a target at risk or breached is seen with {CROWD.waiting:,} open: {seen:,.0f} of them in"
        f" {WATCHED_S:.0f} s",
        columns=["", "median [least..most] of the rounds"],
        rows=rows,
    )
