"""A daemon with a chat, a shop on another origin that embeds it, and a browser. The browser is started once."""

import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, async_playwright, expect

from tests.components import missing
from tests.daemon import Daemon, daemon_here
from tests.journeys.conftest import ROUTING
from tests.web.site import Site, serve_site
from tests.web.visitor import Visitor

TIMEOUT_MS = 15_000
SETTINGS = """
[chat.endpoints.web]
name = "Tea shop"
allowed_origins = ["{origin}"]
"""

Come = Callable[..., Awaitable[Visitor]]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    path = shutil.which("chromium")
    if path is None:
        missing("Chromium", "On Debian and Ubuntu: apt-get install chromium.")
    expect.set_options(timeout=TIMEOUT_MS)
    async with async_playwright() as playwright:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = await playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def site() -> AsyncIterator[Site]:
    async with serve_site() as serving:
        yield serving


@pytest.fixture
def settings_text() -> str:
    """The settings of the daemon; ``{origin}`` is the shop's."""
    return SETTINGS


@pytest_asyncio.fixture(loop_scope="session")
async def office(
    tmp_path: Path, redis_url: str, workspace: str, site: Site, settings_text: str
) -> AsyncIterator[Daemon]:
    settings = tmp_path / "settings.toml"
    settings.write_text(settings_text.replace("{origin}", site.origin))
    plenty = {"limits_chat_sessions_per_minute_per_ip": 1000, "limits_chat_messages_per_minute": 6000}
    daemon = daemon_here(tmp_path, ROUTING, redis_url=redis_url, workspace=workspace, settings=settings, **plenty)
    async with daemon as running:
        site.daemon = running.url
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def come(browser: Browser, site: Site, office: Daemon) -> AsyncIterator[Come]:
    """Somebody comes to the shop with a browser of their own, or with one that is given; in the end none of their pages
    complained. ``look``: of the browser."""
    visitors: list[Visitor] = []
    async with AsyncExitStack() as stack:

        async def arrive(
            context: BrowserContext | None = None, *, look: Mapping[str, Any] | None = None, **how: Any
        ) -> Visitor:
            if context is None:
                context = await browser.new_context(**{"locale": "en-GB", **(look or {})})
                context.set_default_timeout(TIMEOUT_MS)
                stack.push_async_callback(context.close)
            visitor = await Visitor.arrive(context, how.pop("url", site.origin), **how)
            visitors.append(visitor)
            return visitor

        yield arrive
    assert [visitor.complaints for visitor in visitors if visitor.complaints] == []
