"""A running daemon for each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.service.http.api import Api, running_api


@pytest.fixture
async def api(redis_url: str, workspace: str, tmp_path: Path) -> AsyncIterator[Api]:
    async with running_api(redis_url, workspace, tmp_path) as running:
        yield running
