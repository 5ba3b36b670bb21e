"""A running daemon, with settings that a test module may change."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from duetime.config.settings import Desk, Limits, Settings
from tests.service.sockets.office import Office, open_office, settings_for


@pytest.fixture
def limits() -> Limits:
    return Limits()


@pytest.fixture
def desk_settings() -> Desk:
    return Desk()


@pytest.fixture
def settings(redis_url: str, workspace: str, tmp_path: Path, limits: Limits, desk_settings: Desk) -> Settings:
    return settings_for(redis_url, workspace, tmp_path, limits=limits, desk=desk_settings)


@pytest.fixture
async def office(settings: Settings) -> AsyncIterator[Office]:
    async with open_office(settings) as opened:
        yield opened
