"""What an idle desk connection costs the daemon, and an open conversation Redis."""

import asyncio
import resource
import sys
from collections import defaultdict

import msgspec

from benchmarks.cloning import find_keys
from benchmarks.daemon import routing_text, run_daemon
from benchmarks.figures import Figures, spread
from benchmarks.floors import find_floors, run_floor
from benchmarks.path_load import Job
from benchmarks.processes import OTHER_CPU, pin, rss_kib
from benchmarks.report import Section, Table
from benchmarks.shape import Shape
from benchmarks.world import TEXT, World, each, open_world
from duetime.router.message import Channel

CONNECTIONS = 5_000
WARM_UP = 50
"""Connections opened first, so that what is loaded once is not counted."""
SETTLE_S = 2.0
ASSOCIATES = 200
CONVERSATIONS = 50_000
SAMPLED = 300
FLOOR = "aiohttp-raw"
"""A websocket of aiohttp that knows who is connected, and nothing else."""


async def measure(rounds: int) -> Section:
    folder = find_floors()
    _allow_open_files(3 * CONNECTIONS)
    connections = Figures[str, float]()
    for _ in range(rounds):
        if folder:
            async with run_floor(folder, FLOOR) as floor:
                job = Job(dialect="floor", port=floor.port, desk_port=floor.desk_port)
                connections.add(FLOOR, await _kib_per_connection(job, floor.pid))
        async with run_daemon(routing_text(ASSOCIATES, 10)) as daemon:
            job = Job(
                dialect="duetime",
                port=daemon.port,
                desk_port=daemon.port,
                desk_tokens=list(daemon.tokens.associates.values()),
            )
            connections.add("duetime", await _kib_per_connection(job, daemon.pid))
    notes = [] if folder else ["Without the floor programs: no figures to compare with."]
    return Section(name="memory", tables=[_connections_table(connections), await _conversations_table()], notes=notes)


async def _kib_per_connection(job: Job, server_pid: int) -> float:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "benchmarks.idle_desks",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    pin(process.pid, OTHER_CPU)
    process.stdin.write(msgspec.json.encode(job) + b"\n")
    sizes = []
    for count in (WARM_UP, CONNECTIONS):
        process.stdin.write(b"%d\n" % count)
        if await process.stdout.readline() != b"open\n":
            raise RuntimeError("Not all connections could be opened.")
        await asyncio.sleep(SETTLE_S)
        sizes.append(rss_kib(server_pid))
    process.stdin.close()
    await process.wait()
    return (sizes[1] - sizes[0]) / CONNECTIONS


def _allow_open_files(needed: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < needed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(needed, hard), hard))


def _connections_table(figures: Figures[str, float]) -> Table:
    return Table(
        title=f"Memory of the server process per idle connection, {CONNECTIONS:,} connections",
        columns=["server", "KiB, median [least..most] of the rounds"],
        rows=[[name, spread(figures.values(name, float), 1)] for name in ("duetime", FLOOR) if name in figures],
    )


async def _conversations_table() -> Table:
    """Conversations of contacts unknown before, each with one message, waiting because nobody is there."""
    async with open_world(Shape(waiting=0, associates=0)) as world:
        before = await _used_bytes(world)
        await each(range(CONVERSATIONS), lambda number: world.write(Channel.EMAIL, number))
        kinds = await _bytes_by_kind(world)
        total = await _used_bytes(world) - before - kinds.pop("journal")
    rows = [[kind, f"{size / CONVERSATIONS:,.0f}"] for kind, size in sorted(kinds.items(), key=lambda row: -row[1])]
    rows = [row for row in rows if row[1] != "0"]
    rows.append(["all of it, by the growth of the server's memory", f"{total / CONVERSATIONS:,.0f}"])
    rows.append(["of that, the text of the message", f"{len(TEXT)}"])
    return Table(
        title=f"Memory of the server per open conversation with its contact and one message, {CONVERSATIONS:,} waiting",
        columns=["kind of key", "bytes per conversation"],
        rows=rows,
    )


async def _used_bytes(world: World) -> int:
    info = await world.call("INFO", "memory")
    return int(next(line.partition(":")[2] for line in info.splitlines() if line.startswith("used_memory:")))


async def _bytes_by_kind(world: World) -> dict[str, float]:
    """All keys by the first part of their name; the size of many of a kind is taken from a sample."""
    names = defaultdict[str, list[str]](list)
    for name in await find_keys(world.call, world.store.root):
        names[name.removeprefix(f"{world.store.root}:").partition(":")[0]].append(name)
    sizes = {}
    for kind, found in names.items():
        sample = found[:: max(1, len(found) // SAMPLED)]
        used = await each(sample, lambda name: world.call("MEMORY", "USAGE", name, "SAMPLES", 0))
        sizes[kind] = sum(used) / len(sample) * len(found)
    return sizes
