"""The floor programs: the least that the same work can cost, from the folder of reference material.

They are found by the variable DUETIME_SHARED, else in `shared` beside the checkout. Without them figures are given
alone, and the report says so.
"""

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from benchmarks.processes import OTHER_CPU, SERVER_CPU, free_ports, pin
from duetime.service.embedded import find_binary

START_TIMEOUT_S = 30.0


def find_floors() -> Path | None:
    beside = Path(__file__).resolve().parent.parent.parent / "shared"
    folder = Path(os.environ.get("DUETIME_SHARED", beside)) / "floors"
    return folder if folder.is_dir() else None


class FloorServer(msgspec.Struct, frozen=True, kw_only=True):
    pid: int
    redis_pid: int
    port: int
    desk_port: int


@asynccontextmanager
async def run_floor(folder: Path, kind: str) -> AsyncIterator[FloorServer]:
    """The floor program for the whole path, with a Redis that keeps what it has like Duetime's own."""
    ports = free_ports()
    port, desk_port, redis_port = next(ports), next(ports), next(ports)
    with tempfile.TemporaryDirectory(prefix="duetime-bench-") as data:
        redis_options = f"--port {redis_port} --bind 127.0.0.1 --dir {data} --loglevel warning"
        kept = "--appendonly yes --appendfsync always"
        script = str(folder / "e2e_server.py")
        async with (
            _process(str(find_binary()), *redis_options.split(), *kept.split(), "--save", "") as redis,
            _process(
                sys.executable, script, kind, str(port), str(redis_port), str(desk_port), after=redis_port
            ) as server,
        ):
            await _wait_for_port(port)
            await _wait_for_port(desk_port)
            pin(redis, OTHER_CPU)
            pin(server, SERVER_CPU)
            yield FloorServer(pid=server, redis_pid=redis, port=port, desk_port=desk_port)


@asynccontextmanager
async def _process(*command: str, after: int | None = None) -> AsyncIterator[int]:
    """The pid of a process that runs as long as this; it starts when somebody listens on the port ``after``."""
    if after is not None:
        await _wait_for_port(after)
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        yield process.pid
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _wait_for_port(port: int) -> None:
    async with asyncio.timeout(START_TIMEOUT_S):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return
