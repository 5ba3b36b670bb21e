"""A world in which two people serve two queues."""

from collections.abc import AsyncIterator

import pytest

from tests.clock import VirtualClock
from tests.world import World, open_world

DOCUMENT = """
default_queue = "general"

[skills]
german = "German"

[teams]
support = "Support"
tech = "Technicians"

[priorities]
urgent = 7200

[channels.chat]
cost_units = 2
idle_release_s = 300
[channels.email]
cost_units = 3
idle_release_s = 0
[channels.sms]
cost_units = 1
[channels.api]
cost_units = 1
idle_release_s = 300
reopen_within_s = 3600

[associates.ana]
name = "Ana"
teams = ["support"]
skills = { german = 4 }
capacity_units = 3
limits = { api = 3, chat = 1, email = 1, sms = 3 }

[associates.ben]
name = "Ben"
teams = ["support"]
capacity_units = 3
limits = { api = 3, chat = 1, email = 1, sms = 3 }

[associates.tom]
name = "Tom"
teams = ["tech"]
capacity_units = 2
limits = { api = 2 }

[queues.general]
name = "General"
teams = ["support"]
at_risk_s = 600
offer_timeout_s = 30
cooldown_s = 60
reassign_after_s = 120
preferred_s = 45

[queues.tech]
name = "Technical"
teams = ["tech"]
auto_accept = true
wrap_up_s = 20
[[queues.tech.route]]
after_s = 50
add_teams = ["support"]

[[triage]]
name = "technical words"
queue = "tech"
[triage.when]
text_contains = ["router"]

[[triage]]
name = "German speakers"
skills = { german = 3 }
[triage.when]
language = "de"

[[triage]]
name = "important people"
priority = "urgent"
[triage.when]
attributes = { plan = "gold" }
"""


@pytest.fixture
async def world(redis_url: str, workspace: str, clock: VirtualClock) -> AsyncIterator[World]:
    async with open_world(redis_url, workspace, clock, DOCUMENT) as opened:
        yield opened
