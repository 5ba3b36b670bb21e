"""Requests of every kind to the visitors' routes: none is a fault of ours, each refusal is a problem that says why."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from duetime.config.settings import Limits
from tests.service.chat.site import Page, PageAnswer, signed
from tests.service.sockets.office import Office

PLENTY = 1_000_000
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-2, 2**60)
    | st.text(max_size=20)
    | st.sampled_from(["web", "form", "members", "m1", "a@b.example", "https://shop.example", "waiting", signed("7")])
)
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner))
FRAMES = st.fixed_dictionaries(
    {
        "type": st.sampled_from(
            ["message", "typing", "read", "delivered", "transcript", "leave_message", "ping", "state"]
        )
    },
    optional=dict.fromkeys(("id", "text", "files", "number", "email", "name", "key"), VALUES),
)
HELLO = ("resume_token", "conversation", "after", "name", "language", "identity", "form", "page", "state")
POLLS = st.fixed_dictionaries(
    {"endpoint": st.sampled_from(["web", "form", "help"]) | VALUES},
    optional=dict.fromkeys(HELLO, VALUES) | {"wait_s": st.sampled_from([0, -1, "1", None, 26])},
)
RIGHT = {
    "message": {"id": "m1", "text": "hello"},
    "transcript": {"id": "t1", "email": "a@b.example"},
    "leave_message": {"id": "l1", "email": "a@b.example", "text": "hello"},
    "ping": {"id": "p1"},
}


@pytest.fixture
def limits() -> Limits:
    return Limits(chat_sessions_per_minute_per_ip=PLENTY, chat_messages_per_minute=PLENTY)


async def try_many(values: st.SearchStrategy[Any], ask: Callable[[Any], Awaitable[PageAnswer]]) -> None:
    loop = asyncio.get_running_loop()

    @settings(max_examples=80, phases=[Phase.generate], suppress_health_check=list(HealthCheck), database=None)
    @given(value=values)
    def one(value: Any) -> None:
        answer = asyncio.run_coroutine_threadsafe(_asked(value), loop).result(20)
        assert answer.status < 500, (value, answer.raw)
        if answer.status >= 400:
            assert answer.headers["Content-Type"] == "application/problem+json"
            assert answer.body["detail"]

    async def _asked(value: Any) -> PageAnswer:
        return await ask(value)

    await asyncio.to_thread(one)


async def test_any_poll_is_answered(page: Page) -> None:
    await try_many(POLLS | VALUES, lambda body: page.ask("POST", "/v1/chat/poll", body))


async def test_any_batch_is_answered(office: Office, page: Page) -> None:
    token = (await office.sockets.chat()).welcome["resume_token"]

    async def send(frames: Any) -> PageAnswer:
        frame, *_ = frames if isinstance(frames, list) and frames else [frames]
        if isinstance(frame, dict):
            frame |= {name: value for name, value in RIGHT.get(frame.get("type", ""), {}).items() if name not in frame}
        body = {"endpoint": "web", "resume_token": token, "frames": frames}
        return await page.ask("POST", "/v1/chat/send", body)

    await try_many(st.lists(FRAMES, max_size=2) | VALUES, send)


async def test_any_query_is_answered(office: Office, page: Page) -> None:
    token = (await office.sockets.chat()).welcome["resume_token"]

    async def about(query: str) -> PageAnswer:
        return await page.ask("GET", f"/v1/chat/config?{query}")

    async def upload(query: str) -> PageAnswer:
        return await page.ask("POST", f"/v1/chat/files?{query}", raw=b"x", Authorization=f"Bearer {token}")

    queries = st.from_regex(
        r"(endpoint=(web|form)|[a-z%&=/\x00-\xff]{0,20})(&name=[a-zA-Z%.0-9é]{0,20})?", fullmatch=True
    )
    await try_many(queries, about)
    await try_many(queries, upload)
