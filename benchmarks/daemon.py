"""A real daemon in a process of its own, for the measurements that need one."""

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import msgspec

from benchmarks.processes import OTHER_CPU, SERVER_CPU, free_ports, pin
from duetime.service.welcome import LocalTokens, read_local_tokens

START_TIMEOUT_S = 60.0
RUN = "from duetime.service.cli.main import main; main()"
SETTINGS = """
[limits]
requests_per_s_per_token = 1_000_000
connections_per_ip = 100_000
desk_requests_per_s = 1_000_000
desks_per_associate = 10_000
[log]
level = "warning"
"""


class Daemon(msgspec.Struct, frozen=True, kw_only=True):
    pid: int
    redis_pid: int
    port: int
    tokens: LocalTokens


@asynccontextmanager
async def run_daemon(routing: str) -> AsyncIterator[Daemon]:
    """Starts `duetime run` with this routing configuration, pinned to the first processor and its Redis to the
    second, and stops it."""
    with tempfile.TemporaryDirectory(prefix="duetime-bench-") as folder:
        place = Path(folder)
        (place / "settings.toml").write_text(SETTINGS)
        (place / "routing.toml").write_text(routing)
        port = next(free_ports())
        environ = {name: value for name, value in os.environ.items() if not name.startswith("DUETIME_")}
        environ |= {
            "DUETIME_HTTP_PORT": str(port),
            "DUETIME_DATA_DIR": str(place / "data"),
            "DUETIME_ROUTING_FILE": str(place / "routing.toml"),
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-c", RUN, "run", "--settings", str(place / "settings.toml")),
            env=environ,
            stdout=asyncio.subprocess.DEVNULL,
            start_new_session=True,  # a ctrl-C ends it once, by the signal below
        )
        try:
            tokens = await _wait_until_ready(process, port, place / "data")
            redis_pid = int((place / "data" / "server.pid").read_text())
            pin(process.pid, SERVER_CPU)
            pin(redis_pid, OTHER_CPU)
            yield Daemon(pid=process.pid, redis_pid=redis_pid, port=port, tokens=tokens)
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()


async def _wait_until_ready(process: asyncio.subprocess.Process, port: int, data: Path) -> LocalTokens:
    async with asyncio.timeout(START_TIMEOUT_S), aiohttp.ClientSession() as session:
        while process.returncode is None:
            try:
                async with session.get(f"http://127.0.0.1:{port}/readyz") as response:
                    if response.status == 200 and (tokens := read_local_tokens(data)):
                        return tokens
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.1)
    raise RuntimeError("The daemon ended instead of getting ready.")


def routing_text(associates: int, capacity_units: int) -> str:
    """One queue that assigns at once, served by everybody."""
    people = "\n".join(
        f'[associates.a{number}]\nname = "Associate {number}"\ncapacity_units = {capacity_units}\n'
        f"limits = {{ api = {capacity_units} }}"
        for number in range(associates)
    )
    return f"""
default_queue = "general"
[channels.api]
cost_units = 1
[queues.general]
name = "General"
auto_accept = true
{people}
"""
