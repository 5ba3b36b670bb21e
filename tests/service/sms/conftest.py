"""A daemon with numbers of ours."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from duetime.queues.doctor import examine
from tests.service.sms.office import Office, open_office


@pytest.fixture
async def office(redis_url: str, workspace: str, tmp_path: Path) -> AsyncIterator[Office]:
    """Whatever a test leaves behind, the doctor finds nothing."""
    async with open_office(redis_url, workspace, tmp_path) as opened:
        yield opened
        assert await examine(opened.api.parts.store) == []
