"""Fixtures for all tests: a real server, a workspace of one's own, a virtual clock."""

import asyncio
import os
import signal
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
import redis
import uvloop
from hypothesis import HealthCheck, settings

from duetime.service.embedded import EmbeddedServer, EmbeddedServerFailed, find_binary
from tests.clock import VirtualClock
from tests.components import MISSING, missing

# How long an example takes says something about the machine and nothing about the code.
settings.register_profile("duetime", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("duetime")


def pytest_configure() -> None:
    # A run that is told to end, by a time limit say, ends like one that is interrupted: it stops its servers.
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def pytest_asyncio_loop_factories(
    item: pytest.Item,
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Tests run on uvloop like the daemon; those marked `both_loops` on asyncio's own loop as well."""
    factories: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {"uvloop": uvloop.new_event_loop}
    if item.get_closest_marker("both_loops"):
        factories["asyncio"] = asyncio.new_event_loop
    return factories


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reasons = [report.longrepr[2] for report in terminalreporter.stats.get("skipped", [])]
    if told := {found[1] for reason in reasons if (found := MISSING.fullmatch(reason))}:
        terminalreporter.section("skipped components")
        for sentence in sorted(told):
            terminalreporter.write_line(sentence)


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a real server, started for this run; tests share it, each in a workspace of its own."""
    try:
        find_binary()
    except EmbeddedServerFailed as error:
        missing("A Valkey or Redis server", str(error))
    server = EmbeddedServer(tmp_path_factory.mktemp("server"), fsync="no")
    yield asyncio.run(server.start())
    asyncio.run(server.stop())


@pytest.fixture
def workspace(redis_url: str) -> Iterator[str]:
    """A workspace name that no other test uses; its keys are deleted afterwards."""
    name = f"test-{uuid.uuid4().hex[:12]}"
    yield name
    with redis.Redis.from_url(redis_url) as client:
        if keys := list(client.scan_iter(match=f"{{{name}}}*", count=1000)):
            client.unlink(*keys)


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """The folder of reference material: env DUETIME_SHARED, else `shared` beside the checkout."""
    beside = Path(__file__).parent.parent.parent / "shared"
    found = Path(os.environ.get("DUETIME_SHARED", beside))
    if not found.is_dir():
        missing(f"The folder {found}", "Set DUETIME_SHARED to the folder of reference material.")
    return found
