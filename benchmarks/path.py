"""The whole path: an HTTP post until its frame is on a desk's socket, one daemon beside the floor programs.

The floors take no token, know no contact or conversation, route nothing and keep no history; Duetime does, with the
same load from the same generator.
"""

import asyncio
import sys
from collections.abc import Callable

import msgspec

from benchmarks.daemon import Daemon, routing_text, run_daemon
from benchmarks.figures import Figures, spread
from benchmarks.floors import FloorServer, find_floors, run_floor
from benchmarks.path_load import CONVERSATIONS, DESKS, Job, Result
from benchmarks.processes import OTHER_CPU, cpu_s, pin
from benchmarks.report import Section, Table

FLOORS = ("aiohttp-redispy", "aiohttp-raw")
SECONDS = 4.0


class Round(msgspec.Struct, frozen=True, kw_only=True):
    saturated: Result
    half: Result
    """At half the rate of `saturated`."""
    server_us: float
    """Processor time of the server for one message at saturation, and of its Redis."""
    redis_us: float


async def measure(rounds: int) -> Section:
    folder = find_floors()
    figures = Figures[str, Round]()
    for _ in range(rounds):
        for kind in FLOORS:
            if folder is None:
                continue
            async with run_floor(folder, kind) as floor:
                job = Job(dialect="floor", port=floor.port, desk_port=floor.desk_port, seconds=SECONDS)
                figures.add(kind, await _round(floor, job))
        async with run_daemon(routing_text(DESKS, 2 * CONVERSATIONS // DESKS)) as daemon:
            job = Job(
                dialect="duetime",
                port=daemon.port,
                desk_port=daemon.port,
                seconds=SECONDS,
                integration_token=daemon.tokens.integration,
                desk_tokens=list(daemon.tokens.associates.values()),
            )
            figures.add("duetime", await _round(daemon, job))
    notes = [] if folder else ["Without the floor programs: no ratios."]
    return Section(name="path", tables=[_table(figures)], notes=notes)


async def _round(server: Daemon | FloorServer, job: Job) -> Round:
    await _load(server, msgspec.structs.replace(job, seconds=0.5))
    saturated, server_us, redis_us = await _load(server, job)
    half, _, _ = await _load(server, msgspec.structs.replace(job, rate=saturated.per_s / 2))
    return Round(saturated=saturated, half=half, server_us=server_us, redis_us=redis_us)


async def _load(server: Daemon | FloorServer, job: Job) -> tuple[Result, float, float]:
    """The result, and the processor time in µs per message of the server and of its Redis."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "benchmarks.path_load",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    pin(process.pid, OTHER_CPU)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(msgspec.json.encode(job) + b"\n")
    used_s = []
    for line in (b"begin\n", b"end\n"):
        if await process.stdout.readline() != line:
            raise RuntimeError("The load ended early.")
        used_s.append((cpu_s(server.pid), cpu_s(server.redis_pid)))
    result = msgspec.json.decode(await process.stdout.readline(), type=Result)
    await process.wait()
    server_us, redis_us = (1e6 * (after - before) / result.messages for before, after in zip(*used_s, strict=True))
    return result, server_us, redis_us


def _table(figures: Figures[str, Round]) -> Table:
    columns: dict[str, Callable[[Round], float]] = {
        "messages/s at saturation": lambda one: one.saturated.per_s,
        "p50 ms at half load": lambda one: one.half.p50_ms,
        "p99 ms at half load": lambda one: one.half.p99_ms,
        "server µs/message": lambda one: one.server_us,
        "its Redis µs/message": lambda one: one.redis_us,
    }
    rows = [
        [kind, *(spread(figures.values(kind, of), _digits(name)) for name, of in columns.items())]
        for kind in ("duetime", *FLOORS)
        if kind in figures
    ]
    rows += [
        [f"duetime ÷ {kind}", *(f"{figures.ratio('duetime', kind, of):.2f}" for of in columns.values())]
        for kind in FLOORS
        if kind in figures
    ]
    return Table(title="From an HTTP post to the frame on a desk, one process", columns=["", *columns], rows=rows)


def _digits(column: str) -> int:
    return 1 if " ms " in column else 0
