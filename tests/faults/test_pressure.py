"""Daemon that are slow or hostile, and nobody there to answer: bounded, refused or kept waiting, and never lost."""

import asyncio
import random
import subprocess
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import aiohttp
import pytest

from tests.daemon import DaemonProcess, daemon_process
from tests.faults.campaign import SETTINGS
from tests.journal import cursors_of, read_journal, shown_to
from tests.journeys.conftest import ROUTING
from tests.journeys.desk import accept
from tests.waiting import wait_until

MEGABYTE = 1024 * 1024
GARBAGE = [
    "",
    "{",
    "[]",
    "null",
    '{"type":"hello"}',
    '{"type":"hello","ticket":7}',
    '{"type":"reply","id":"1"}',
    '{"type":"message","id":"1","text":"I never said hello"}',
    "[" * 50_000,
    '{"type":"hello","endpoint":"web","name":"' + "\\ud800" * 60 + '"}',
    '{"type":"hello","endpoint":"../../etc","resume_token":"x"}',
    "x" * 60_000,
    "\x00\x01\x02",
]


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[DaemonProcess]:
    async with daemon_process(tmp_path, ROUTING, **SETTINGS) as running:
        yield running


def memory_of(daemon: DaemonProcess) -> int:
    """Bytes that the daemon's process has in memory."""
    said = subprocess.run(
        ["ps", "-o", "rss=", "-p", str(daemon.process.pid)], capture_output=True, text=True, check=True
    )
    return 1024 * int(said.stdout)


async def test_a_desk_that_does_not_read_costs_little_and_resumes_without_loss(daemon: DaemonProcess) -> None:
    slow = await daemon.desk("ana")
    start = slow.cursor
    conversation = (await daemon.write("Hello"))["conversation"]
    await accept(slow, conversation)
    before = memory_of(daemon)

    slow.stop_reading()
    for _ in range(300):
        await daemon.post(f"/v1/conversations/{conversation}/notes", {"text": "x" * 60_000})

    assert memory_of(daemon) - before < 30 * MEGABYTE
    slow.go_on_reading()
    await slow.ended()
    resumed = await daemon.desk("ana", cursor=slow.cursor)
    expected = shown_to("ana", read_journal(daemon.redis_url, after=start))
    await wait_until(lambda: [*cursors_of(slow.frames), *cursors_of(resumed.frames)] == expected)


async def test_everything_is_taken_while_nobody_is_there(daemon: DaemonProcess) -> None:
    accepted = await asyncio.gather(*(daemon.write("Hello?", who=f"contact-{number}") for number in range(200)))
    assert (await daemon.get("/v1/queues/general"))["waiting"] == 200

    ana = await daemon.desk("ana")

    # Two units of capacity: the two who came first.
    first = sorted(accepted, key=lambda message: message["conversation"])[:2]
    for message in first:
        await accept(ana, message["conversation"])
    assert (await daemon.get("/v1/queues/general"))["waiting"] == 198
    assert "Everything agrees" in daemon.examine()


@pytest.mark.parametrize("path", ["/v1/desk", "/v1/chat"])
async def test_a_flood_of_garbage_hurts_nobody_else(daemon: DaemonProcess, path: str) -> None:
    before = memory_of(daemon)
    flooding = [asyncio.create_task(flood(daemon, path, random.Random(number))) for number in range(20)]

    ana = await daemon.desk("ana")
    for number in range(10):
        conversation = (await daemon.write("Hello", who=f"contact-{number}"))["conversation"]
        await accept(ana, conversation)
        await ana.do("reply", conversation=conversation, text="Good morning.")
        await ana.do("close", conversation=conversation)
        assert await daemon.answers(conversation) == ["Good morning."]

    closed = await asyncio.gather(*flooding)
    assert set().union(*closed) <= {1003, 1006, 1007, 1008, 1009, 4001, 4029}
    assert memory_of(daemon) - before < 60 * MEGABYTE
    assert "Traceback" not in daemon.log
    assert await daemon.ready()
    assert "Everything agrees" in daemon.examine()


async def flood(daemon: DaemonProcess, path: str, dice: random.Random) -> set[int]:
    """Garbage on one connection after the other; gives the codes with which they were closed."""
    codes = set()
    for _ in range(10):
        with suppress(aiohttp.ClientError):
            async with daemon.session.ws_connect(daemon.url + path, max_msg_size=0) as socket:
                with suppress(ConnectionError):
                    for text in dice.choices(GARBAGE, k=30):
                        await (socket.send_bytes(text.encode()) if dice.random() < 0.2 else socket.send_str(text))
                while (await socket.receive()).type is aiohttp.WSMsgType.TEXT:
                    pass
                codes.add(socket.close_code or 1006)
    return codes


async def test_half_requests_and_no_requests_do_not_hold_up_a_stop(daemon: DaemonProcess) -> None:
    port = int(daemon.url.rpartition(":")[2])
    halves = [b"", b"GET /rea", b"POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf"]
    writers = []
    for half in halves * 5:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(half)
        writers.append(writer)
    assert await daemon.ready()

    assert await daemon.stop() == 0
    for writer in writers:
        writer.close()
