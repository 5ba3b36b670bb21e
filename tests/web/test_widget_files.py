"""What browsers load for the widget: how much, how it is served, what is in it."""

import gzip
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from duetime.service.http.web_files import MODULES, WIDGET, join_widget, languages
from tests.daemon import Daemon, daemon_here
from tests.journeys.conftest import ROUTING

MOST_BYTES = 30_000
SINKS = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|srcdoc|DOMParser|setHTML|"
    r"createContextualFragment|setAttribute\('(?:on|style|srcdoc)|set(?:Timeout|Interval)\('"
)
TEXTS = {language: json.loads(WIDGET.joinpath("messages", f"{language}.json").read_text()) for language in languages()}


@pytest.fixture
async def daemon(tmp_path: Path, redis_url: str, workspace: str) -> AsyncIterator[Daemon]:
    async with daemon_here(tmp_path, ROUTING, redis_url=redis_url, workspace=workspace) as running:
        yield running


async def test_everything_that_the_widget_loads_is_small(daemon: Daemon) -> None:
    headers = {"Accept-Encoding": "gzip"}
    for language in languages():
        loaded = 0
        for path in ("/widget.js", f"/widget/messages/{language}.json", "/v1/chat/config?endpoint=web"):
            async with daemon.session.get(daemon.url + path, headers=headers, auto_decompress=False) as response:
                assert response.status == 200
                loaded += len(await response.read())
        assert loaded < MOST_BYTES


async def test_the_widget_is_for_any_site_and_kept_until_it_changes(daemon: Daemon) -> None:
    async with daemon.session.get(f"{daemon.url}/widget.js", auto_decompress=False) as response:
        assert gzip.decompress(await response.read()).decode() == join_widget()
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Content-Type"] == "text/javascript; charset=utf-8"
        assert response.headers["Vary"] == "Accept-Encoding"
        etag = response.headers["ETag"]
    async with daemon.session.get(f"{daemon.url}/widget.js", headers={"If-None-Match": etag}) as response:
        assert (response.status, await response.read()) == (304, b"")
    async with daemon.session.get(f"{daemon.url}/widget.js", headers={"Accept-Encoding": "identity"}) as response:
        assert (await response.read()).decode() == join_widget()


async def test_texts_are_served_by_language(daemon: Daemon) -> None:
    for language, texts in TEXTS.items():
        async with daemon.session.get(f"{daemon.url}/widget/messages/{language}.json") as response:
            assert await response.json() == texts
            assert response.headers["Access-Control-Allow-Origin"] == "*"
    for unknown in ("xx", "..%2f..%2fstart", "%00"):
        async with daemon.session.get(f"{daemon.url}/widget/messages/{unknown}.json") as response:
            assert response.status == 404


async def test_the_demo_page_embeds_the_chat_in_a_language(daemon: Daemon) -> None:
    async with daemon.session.get(f"{daemon.url}/demo?language=ar") as response:
        page = await response.text()
        assert '<html lang="ar" dir="rtl">' in page
        assert '<script src="/widget.js" data-endpoint="web" async></script>' in page
        assert "script-src 'self'" in response.headers["Content-Security-Policy"]
    async with daemon.session.get(f'{daemon.url}/demo?language="><script>alert(1)</script>') as response:
        assert '<html lang="en" dir="ltr">' in await response.text()


def test_all_modules_are_in_the_script() -> None:
    there = {file.name.removesuffix(".js") for file in WIDGET.iterdir() if file.name.endswith(".js")}
    assert sorted(MODULES) == sorted(there)


def test_nothing_in_the_widget_reads_markup_or_runs_text() -> None:
    assert SINKS.findall(join_widget()) == []


def test_all_languages_have_the_same_texts_with_the_same_places_in_them() -> None:
    assert {"en", "de", "es", "fr", "ar"} <= set(TEXTS)
    english = TEXTS["en"]
    for texts in TEXTS.values():
        assert list(texts) == list(english)
        for key, text in texts.items():
            assert text.strip()
            assert sorted(re.findall(r"\{\w+\}", text)) == sorted(re.findall(r"\{\w+\}", english[key]))


def test_every_text_is_used_and_every_text_that_is_used_is_there() -> None:
    named = set(re.findall(r"'([a-z_]+)'", join_widget())) | {
        f"field_{kind}" for kind in ("name", "email", "phone", "long")
    }
    named |= {"email_wrong", "phone_wrong"}
    assert set(TEXTS["en"]) <= named
    said = set(re.findall(r"\bsay\('([a-z_]+)'", join_widget()))
    assert said <= set(TEXTS["en"])


def test_there_are_more_than_a_hundred_injections_to_try() -> None:
    payloads = (Path(__file__).parent.parent / "data" / "injections.txt").read_text(encoding="utf-8").splitlines()
    assert len(set(payloads)) >= 100
