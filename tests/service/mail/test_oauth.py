"""Access tokens from a real token endpoint and from real commands."""

import asyncio
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from duetime.config.email_settings import OAuth
from duetime.service.mail import oauth
from duetime.service.mail.oauth import AccessTokens, TokenRefused

SECRETS: dict[str, Any] = {"client_secret": "s3cr3t-client", "refresh_token": "s3cr3t-refresh"}


@dataclass
class Endpoint:
    """Gives ``answer`` with ``status``, and remembers what it was asked."""

    url: str = ""
    status: int = 200
    answer: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)
    freely: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, request: web.Request) -> web.Response:
        self.asked.append({name: str(value) for name, value in (await request.post()).items()})
        await self.freely.wait()
        answer = self.answer
        if answer is None:
            answer = {"access_token": f"token-{len(self.asked)}", "expires_in": 3600}
        if isinstance(answer, bytes):
            return web.Response(status=self.status, body=answer, headers=self.headers)
        return web.json_response(answer, status=self.status, headers=self.headers)

    def tokens(self, clock_s: Any = None) -> AccessTokens:
        settings = OAuth(token_url=self.url, client_id="us", **SECRETS)
        return AccessTokens(settings, clock_s) if clock_s else AccessTokens(settings)


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    found = Endpoint()
    found.freely.set()
    app = web.Application()
    app.router.add_post("/token", found.serve)
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    found.url = f"http://127.0.0.1:{runner.addresses[0][1]}/token"
    yield found
    found.freely.set()
    await runner.cleanup()


class Seconds:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def printing(text: str, more: str = "") -> AccessTokens:
    return AccessTokens(OAuth(command=(sys.executable, "-c", f"import sys; sys.stdout.write({text!r}); {more}")))


async def test_a_refresh_token_is_exchanged_for_an_access_token(endpoint: Endpoint) -> None:
    assert await endpoint.tokens().token() == "token-1"
    assert endpoint.asked == [{"grant_type": "refresh_token", "client_id": "us", **SECRETS}]


async def test_a_token_is_used_until_shortly_before_its_end(endpoint: Endpoint) -> None:
    clock = Seconds()
    tokens = endpoint.tokens(clock)
    assert await tokens.token() == await tokens.token() == "token-1"
    clock.now_s = 3600 - oauth.EARLY_S - 1
    assert await tokens.token() == "token-1"
    clock.now_s += 1
    assert await tokens.token() == "token-2"


async def test_a_token_that_is_not_taken_is_asked_for_anew(endpoint: Endpoint) -> None:
    tokens = endpoint.tokens()
    await tokens.token()
    tokens.forget()
    assert await tokens.token() == "token-2"


async def test_many_who_need_a_token_ask_once(endpoint: Endpoint) -> None:
    tokens = endpoint.tokens()
    assert set(await asyncio.gather(*(tokens.token() for _ in range(20)))) == {"token-1"}
    assert len(endpoint.asked) == 1


async def test_a_new_refresh_token_takes_the_place_of_the_old_one(endpoint: Endpoint) -> None:
    endpoint.answer = {"access_token": "a", "expires_in": 0, "refresh_token": "next"}
    tokens = endpoint.tokens()
    await tokens.token()
    await tokens.token()
    assert [asked["refresh_token"] for asked in endpoint.asked] == [SECRETS["refresh_token"], "next"]


@pytest.mark.parametrize(
    ("status", "answer", "says"),
    [
        (400, {"error": "invalid_grant", "error_description": "s3cr3t-refresh"}, r"\(400, invalid_grant\): sign in"),
        (401, {"error": "your s3cr3t-client is wrong"}, r"\(401, no reason\)"),
        (401, {}, "no reason"),
        (500, b"<html>", r"answer \(500\) cannot be read"),
        (200, b"", "cannot be read"),
        (200, b"{}", "cannot be read"),
        (200, b"\xff", "cannot be read"),
        (200, {"access_token": ""}, "cannot be read"),
        (200, {"access_token": 5}, "cannot be read"),
        (200, b'"' + b"x" * 100_000, "cannot be read"),
    ],
)
async def test_a_refusal_says_why_and_holds_no_secret(endpoint: Endpoint, status: int, answer: Any, says: str) -> None:
    endpoint.status, endpoint.answer = status, answer
    with pytest.raises(TokenRefused, match=says) as refused:
        await endpoint.tokens().token()
    assert str(refused.value).startswith("127.0.0.1 gives no access token")
    assert "s3cr3t" not in str(refused.value)


async def test_secrets_do_not_follow_a_redirect(endpoint: Endpoint) -> None:
    endpoint.status, endpoint.headers = 307, {"Location": endpoint.url + "?again"}
    with pytest.raises(TokenRefused, match="307"):
        await endpoint.tokens().token()
    assert len(endpoint.asked) == 1


async def test_an_endpoint_that_is_not_there_or_silent_is_named(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = AccessTokens(OAuth(token_url="http://127.0.0.1:1/token", **SECRETS))
    with pytest.raises(TokenRefused, match=r"127\.0\.0\.1 gives no access token: it cannot be reached"):
        await nowhere.token()
    monkeypatch.setattr(oauth, "ANSWER_S", 0.05)
    endpoint.freely.clear()
    with pytest.raises(TokenRefused, match="did not answer"):
        await endpoint.tokens().token()


async def test_without_settings_for_either_way_it_is_said_which_are_missing() -> None:
    with pytest.raises(TokenRefused, match="token_url and refresh_token, or a command"):
        await AccessTokens(OAuth()).token()


async def test_a_command_prints_the_token() -> None:
    assert await printing("ya29.abc\n").token() == "ya29.abc"


async def test_no_shell_reads_the_command(tmp_path: Path) -> None:
    command = (sys.executable, "-c", "import sys; print(sys.argv[1])", f"$HOME;touch{tmp_path}/x")
    assert await AccessTokens(OAuth(command=command)).token() == f"$HOME;touch{tmp_path}/x"


@pytest.mark.parametrize(
    ("text", "more", "says"),
    [
        ("", "", "print an access token and nothing else"),
        ("two words", "", "nothing else"),
        ("x" * 70_000, "", "nothing else"),
        ("s3cr3t", "sys.exit(3)", "failed with exit code 3"),
    ],
)
async def test_a_command_that_prints_no_token_is_named_with_its_failure(text: str, more: str, says: str) -> None:
    with pytest.raises(TokenRefused, match=says) as refused:
        await printing(text, more).token()
    assert "s3cr3t" not in str(refused.value)


async def test_a_command_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(oauth, "ANSWER_S", 0.5)
    with pytest.raises(TokenRefused, match="gave no access token within"):
        await printing("", "import time; time.sleep(60)").token()
    with pytest.raises(TokenRefused, match="cannot be run"):
        await AccessTokens(OAuth(command=(str(tmp_path / "none"),))).token()
