"""Power cuts at bad moments: in the middle of a first start, and in the middle of a write."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
import redis

from duetime.queues.keys import key, root
from tests.daemon import DaemonProcess, daemon_process
from tests.journeys.conftest import ROUTING
from tests.journeys.desk import accept
from tests.waiting import wait_until

WORKSPACE = root("main")


def stored(daemon: DaemonProcess, command: str, *parts: str) -> bool:
    try:
        with redis.Redis.from_url(daemon.redis_url) as client:
            return bool(client.execute_command(command, key(WORKSPACE, *parts)))
    except redis.ConnectionError:
        return False


@pytest.mark.parametrize(
    "reached",
    [
        lambda daemon: stored(daemon, "SCARD", "associates"),
        lambda daemon: stored(daemon, "EXISTS", "config"),
        lambda daemon: (daemon.data_dir / "tokens.json").exists(),
    ],
    ids=["an associate is known", "the configuration is there", "the tokens are written"],
)
async def test_a_first_start_that_was_cut_off_is_made_up_for(
    tmp_path: Path, reached: Callable[[DaemonProcess], bool]
) -> None:
    daemon = DaemonProcess(tmp_path, ROUTING)
    try:
        daemon.launch()
        await wait_until(lambda: reached(daemon), 60)
        daemon.kill()

        await daemon.start()

        names = [found["profile"]["id"] for found in await daemon.get("/v1/associates")]
        assert names == ["ana", "ben", "tom"]
        for token in (daemon.tokens.admin, daemon.tokens.integration, *daemon.tokens.associates.values()):
            await daemon.get("/v1/me", token)
        ana = await daemon.desk("ana")
        await accept(ana, (await daemon.write("Hello"))["conversation"])
        assert "Everything agrees" in daemon.examine()
    finally:
        await daemon.close()


async def test_a_write_that_was_torn_by_a_power_cut_is_forgotten(tmp_path: Path) -> None:
    async with daemon_process(tmp_path, ROUTING) as daemon:
        conversation = (await daemon.write("Hello"))["conversation"]
        daemon.kill()
        os.kill(daemon.server_pid, signal.SIGKILL)
        [journal] = (daemon.data_dir / "appendonlydir").glob("*.incr.aof")
        with journal.open("ab") as file:
            file.write(b"*3\r\n$5\r\nMULTI\r\n$3\r\nS")

        await daemon.start()

        assert [message["text"] for message in await daemon.get(f"/v1/conversations/{conversation}/messages")] == [
            "Hello"
        ]
        ana = await daemon.desk("ana")
        await accept(ana, conversation)
        assert "Everything agrees" in daemon.examine()
