"""A daemon that runs for all tests of the command line."""

import asyncio
from collections.abc import Iterator

import pytest
import structlog
from yarl import URL

from duetime.queues.records import Associate, Conversation, Page
from duetime.router.associate import Presence
from duetime.router.conversation import State
from duetime.service.cli.client import connected
from duetime.service.embedded import EmbeddedServerFailed, find_binary
from tests.components import missing
from tests.service.cli.running import Daemon, running_daemon


@pytest.fixture(scope="session")
def server_binary() -> None:
    try:
        find_binary()
    except EmbeddedServerFailed as error:
        missing("A Valkey or Redis server", str(error))


@pytest.fixture(scope="session")
def shared_daemon(server_binary: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    with running_daemon(tmp_path_factory.mktemp("daemon")) as daemon:
        yield daemon


@pytest.fixture
def daemon(shared_daemon: Daemon) -> Iterator[Daemon]:
    """The daemon that all tests share, with nothing open in it and nobody there."""
    yield shared_daemon
    shared_daemon.kill_command_lines()
    asyncio.run(_clear(shared_daemon))


@pytest.fixture
def own_daemon(server_binary: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """One to kill."""
    with running_daemon(tmp_path_factory.mktemp("own")) as daemon:
        yield daemon


async def _clear(daemon: Daemon) -> None:
    async with connected(URL(daemon.url), daemon.tokens.admin) as client:
        for associate in daemon.tokens.associates:
            # Whose desk has just closed is vouched for during the grace.
            presence = {"presence": Presence.AVAILABLE, "lease_s": 0}
            await client.call("PUT", f"/v1/associates/{associate}/presence", Associate, body=presence)
        page = await client.get("/v1/conversations", Page, limit=200)
        for conversation in page.conversations:
            if conversation.state is not State.CLOSED:
                await client.post(f"/v1/conversations/{conversation.id}/close", Conversation, {})


@pytest.fixture(autouse=True)
def logs_as_they_were() -> Iterator[None]:
    """Commands that run in this process set up its logs."""
    yield
    structlog.reset_defaults()
