"""A running daemon with chats of every kind, and a page that asks it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from duetime.config.settings import Limits, Settings
from tests.service.chat.site import CHATS, Page
from tests.service.sockets.office import Office, open_office, settings_for


@pytest.fixture
def limits() -> Limits:
    return Limits()


@pytest.fixture
def settings(redis_url: str, workspace: str, tmp_path: Path, limits: Limits) -> Settings:
    return settings_for(redis_url, workspace, tmp_path, limits=limits, chat=CHATS)


@pytest.fixture
async def office(settings: Settings) -> AsyncIterator[Office]:
    async with open_office(settings) as opened:
        yield opened


@pytest.fixture
def page(office: Office) -> Page:
    return Page(office.sockets.session, office.sockets.url)
