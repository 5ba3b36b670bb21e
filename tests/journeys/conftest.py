"""A small company: ana and ben answer what is general, tom what is technical."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.daemon import Daemon, DaemonProcess, daemon_here, daemon_process

ROUTING = """
default_queue = "general"

[skills]
german = "German"

[teams]
support = "Support"
tech = "Technicians"

[channels.chat]
cost_units = 1
[channels.api]
cost_units = 1
idle_release_s = 300
reopen_within_s = 3600

[associates.ana]
name = "Ana Ruiz"
teams = ["support"]
capacity_units = 2

[associates.ben]
name = "Ben Okafor"
teams = ["support"]
capacity_units = 2

[associates.tom]
name = "Tom Lee"
teams = ["tech"]
capacity_units = 2

[queues.general]
name = "General"
teams = ["support"]
offer_timeout_s = 60
cooldown_s = 60

[queues.tech]
name = "Technical"
teams = ["tech"]
auto_accept = true

[queues.orders]
name = "Orders"
teams = ["support"]
wrap_up_s = 60

[[triage]]
name = "router words"
queue = "tech"
[triage.when]
text_contains = ["router"]

[[triage]]
name = "order words"
queue = "orders"
[triage.when]
text_contains = ["order"]

[[triage]]
name = "German speakers"
skills = { german = 3 }
[triage.when]
language = "de"
"""


@pytest.fixture
async def office(tmp_path: Path, redis_url: str, workspace: str) -> AsyncIterator[Daemon]:
    """A daemon that nobody kills or stops, in this process."""
    async with daemon_here(tmp_path, ROUTING, redis_url=redis_url, workspace=workspace) as clients:
        yield clients


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[DaemonProcess]:
    """A daemon of its own process, with the embedded server."""
    async with daemon_process(tmp_path, ROUTING) as running:
        yield running
