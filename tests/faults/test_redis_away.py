"""Redis frozen or away: requests wait for a moment, then are refused, and what is connected goes on afterwards."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.daemon import DaemonProcess, daemon_process
from tests.faults.campaign import SETTINGS
from tests.journal import cursors_of, read_journal, shown_to
from tests.journeys.conftest import ROUTING
from tests.journeys.desk import accept
from tests.servers import OwnServer, own_server
from tests.waiting import wait_until

BODY = {"sender": {"address": "maria"}, "text": "Hello"}


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[OwnServer]:
    """A Redis that no daemon starts again."""
    async with own_server(tmp_path / "redis") as server:
        yield server


@pytest.fixture
async def daemon(tmp_path: Path, server: OwnServer) -> AsyncIterator[DaemonProcess]:
    async with daemon_process(tmp_path, ROUTING, **SETTINGS, redis_url=server.url) as running:
        yield running


async def test_a_frozen_redis_delays_and_loses_nothing(daemon: DaemonProcess, server: OwnServer) -> None:
    ana = await daemon.desk("ana")
    start = ana.cursor
    server.freeze()
    writing = [asyncio.create_task(daemon.write("Hello", who=f"contact-{number}")) for number in range(20)]
    await wait_until(lambda: not_ready(daemon), what="the daemon to notice")
    server.thaw()

    accepted = await asyncio.gather(*writing)

    assert len({message["conversation"] for message in accepted}) == 20
    await wait_until(daemon.ready)
    expected = shown_to("ana", read_journal(server.url, after=start))
    await wait_until(lambda: cursors_of(ana.frames) == expected)
    assert expected
    assert ana.close_code is None


async def test_while_redis_is_away_requests_are_refused_and_afterwards_everything_goes_on(
    daemon: DaemonProcess, server: OwnServer
) -> None:
    ana, visitor = await daemon.desk("ana"), await daemon.chat()
    conversation = (await visitor.do("message", text="Hello"))["conversation"]
    await accept(ana, conversation)
    token = daemon.tokens.integration

    server.kill()
    refused = await daemon.call("POST", "/v1/messages", BODY, token=token, Idempotency_Key="k")
    assert (refused.status, refused.code) == (503, "not_ready")
    assert int(refused.headers["Retry-After"]) >= 1
    assert await ana.refusal("reply", conversation=conversation, text="Hello") == "not_ready"
    assert await not_ready(daemon)
    async with daemon.session.get(f"{daemon.url}/healthz") as response:
        assert response.status == 200

    await server.start()
    await wait_until(daemon.ready)
    accepted = await daemon.call("POST", "/v1/messages", BODY, token=token, Idempotency_Key="k")
    assert (accepted.status, accepted.body["number"]) == (202, 1)
    await ana.do("reply", conversation=conversation, text="Good morning.")
    await visitor.text("Good morning.")
    await accept(ana, accepted.body["conversation"])
    assert (ana.close_code, visitor.close_code) == (None, None)
    assert "Everything agrees" in daemon.examine()


@pytest.mark.parametrize(
    ("trouble", "remedy"),
    [
        (("CONFIG", "SET", "maxmemory", "1mb"), ("CONFIG", "SET", "maxmemory", "0")),
        (("REPLICAOF", "127.0.0.1", "1"), ("REPLICAOF", "NO", "ONE")),
    ],
    ids=["is full", "became a replica"],
)
async def test_a_redis_that_cannot_write_is_as_if_it_were_away(
    daemon: DaemonProcess, server: OwnServer, trouble: tuple[str, ...], remedy: tuple[str, ...]
) -> None:
    ana = await daemon.desk("ana")
    conversation = (await daemon.write("Hello", who="jo"))["conversation"]
    await accept(ana, conversation)
    before = read_journal(server.url)

    server.command(*trouble)
    refused = await daemon.call("POST", "/v1/messages", BODY, token=daemon.tokens.integration, Idempotency_Key="k")
    assert (refused.status, refused.code) == (503, "not_ready")
    assert await ana.refusal("reply", conversation=conversation, text="Hello") == "not_ready"
    server.command(*remedy)

    assert read_journal(server.url) == before
    await ana.do("reply", conversation=conversation, text="Good morning.")
    await ana.do("close", conversation=conversation)
    accepted = await daemon.post("/v1/messages", BODY, daemon.tokens.integration, Idempotency_Key="k")
    await accept(ana, accepted["conversation"])
    assert "Everything agrees" in daemon.examine()


async def test_a_daemon_that_is_stopped_while_redis_is_away_ends_in_good_time(
    daemon: DaemonProcess, server: OwnServer
) -> None:
    ana = await daemon.desk("ana")
    server.kill()

    assert await daemon.stop() == 0  # within the drain and the patience for Redis

    assert await ana.ended() == 1012
    await server.start()


async def not_ready(daemon: DaemonProcess) -> bool:
    return not await daemon.ready()
