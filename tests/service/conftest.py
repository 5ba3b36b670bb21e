"""A world for the tests of the services, with the people and queues of the queues' tests."""

from collections.abc import AsyncIterator

import pytest

from tests.clock import VirtualClock
from tests.queues.conftest import DOCUMENT
from tests.world import World, open_world


@pytest.fixture
async def world(redis_url: str, workspace: str, clock: VirtualClock) -> AsyncIterator[World]:
    async with open_world(redis_url, workspace, clock, DOCUMENT) as opened:
        yield opened
