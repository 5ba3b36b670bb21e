"""A socket that stays, against a peer that misbehaves as real networks and restarts do."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from yarl import URL

from duetime.service.cli.client import Client
from duetime.service.cli.exits import Refused, Unreachable
from duetime.service.cli.link import Frame, Link


class Party:
    """Notes what it is given."""

    path = "/socket"

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self.log: list[str] = []

    async def hello(self) -> Frame:
        return {"type": "hello", "seen": len(self.frames)}

    def take(self, frame: Frame) -> None:
        self.frames.append(frame)

    def lost(self, reason: str) -> None:
        self.log.append(f"lost: {reason}")

    def found(self) -> None:
        self.log.append("found")


class Peer:
    """The other end of one connection."""

    def __init__(self, request: web.Request, heard: list[Frame]) -> None:
        self._request = request
        self._heard = heard
        self.socket = web.WebSocketResponse()

    async def open(self) -> None:
        await self.socket.prepare(self._request)
        await self.hear()

    async def say(self, **frame: object) -> None:
        await self.socket.send_str(msgspec.json.encode(frame).decode())

    async def hear(self) -> Frame:
        frame: Frame = await self.socket.receive_json()
        self._heard.append(frame)
        return frame

    async def wait_for_end(self) -> None:
        await self.socket.receive()

    async def close(self, code: int, reason: str = "") -> None:
        await self.socket.close(code=code, message=reason.encode())

    def vanish(self) -> None:
        """As a pulled cable does."""
        assert self._request.transport is not None
        self._request.transport.abort()


Behaviour = Callable[[Peer], Awaitable[None]]


@asynccontextmanager
async def peers(*behaviours: Behaviour) -> AsyncIterator[tuple[Link, Party, list[Frame]]]:
    """A link to peers that behave like this, one after the other; and all that they heard."""
    heard: list[Frame] = []
    left = list(behaviours)

    async def serve(request: web.Request) -> web.StreamResponse:
        peer = Peer(request, heard)
        await peer.open()
        await left.pop(0)(peer)
        return peer.socket

    app = web.Application()
    app.router.add_get("/socket", serve)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        party = Party()
        yield Link(Client(session, URL(str(server.make_url("/"))), None), party), party, heard


async def vanish(peer: Peer) -> None:
    """Break the connection in the middle of a request."""
    await peer.say(type="welcome")
    await peer.hear()
    peer.vanish()


async def answer(peer: Peer) -> None:
    """Carry out one request."""
    await peer.say(type="welcome")
    request = await peer.hear()
    await peer.say(type="event", n=1)
    await peer.say(type="result", id=request["id"], ok=True, data={"number": 7})
    await peer.wait_for_end()


async def test_a_request_is_answered_beside_the_frames_that_come() -> None:
    async with peers(answer) as (link, party, heard):

        async def work() -> None:
            await link.welcomed.wait()
            assert await link.request("reply", text="Hi") == {"number": 7}

        await link.run_with(work())
    assert [frame["type"] for frame in party.frames] == ["welcome", "event"]
    assert heard[1] == {"type": "reply", "id": "1", "text": "Hi"}


async def test_what_may_be_repeated_is_sent_again_with_the_same_id_after_a_loss() -> None:
    async with peers(vanish, answer) as (link, party, heard):

        async def work() -> None:
            await link.welcomed.wait()
            assert await link.request("reply", repeat=True, client_id="x") == {"number": 7}

        await link.run_with(work())
    hellos = [frame["seen"] for frame in heard if frame["type"] == "hello"]
    replies = [frame for frame in heard if frame["type"] == "reply"]
    assert hellos == [0, 1]
    assert replies == [{"type": "reply", "id": "1", "client_id": "x"}] * 2
    assert party.log[0] == "found"
    assert party.log[1].startswith("lost: ")
    assert party.log[2] == "found"


async def test_what_may_not_be_repeated_fails_with_the_connection() -> None:
    async with peers(vanish, answer) as (link, _, heard):

        async def work() -> None:
            await link.welcomed.wait()
            with pytest.raises(Unreachable, match="broke before the answer came"):
                await link.request("accept_offer", offer=1)

        await link.run_with(work())
    assert [frame["type"] for frame in heard] == ["hello", "accept_offer"]


async def test_a_refusal_is_raised_with_its_code() -> None:
    async def refuse(peer: Peer) -> None:
        await peer.say(type="welcome")
        request = await peer.hear()
        error = {"code": "full", "title": "No room", "detail": "You are \x1b[1mfull."}
        await peer.say(type="result", id=request["id"], ok=False, error=error)
        await peer.wait_for_end()

    async with peers(refuse) as (link, _, _):

        async def work() -> None:
            await link.welcomed.wait()
            with pytest.raises(Refused, match=r"^You are full\.$") as caught:
                await link.request("assign")
            assert caught.value.code == "full"

        await link.run_with(work())


@pytest.mark.parametrize(("code", "says"), [(1008, "rules"), (4001, "not known"), (4029, "too many")])
async def test_a_final_close_ends_the_link(code: int, says: str) -> None:
    async def close(peer: Peer) -> None:
        await peer.say(type="welcome")
        await peer.close(code, "because")

    async with peers(close) as (link, _, _):
        with pytest.raises(Refused, match=rf"{says}.*\(because\)"):
            await link.run_with(asyncio.sleep(30))


@pytest.mark.parametrize("code", [1001, 1012, 1013, 4008])
async def test_any_other_close_is_followed_by_another_hello(code: int) -> None:
    async def close(peer: Peer) -> None:
        await peer.say(type="welcome")
        await peer.say(type="goodbye", reason="restarting")
        await peer.close(code)

    async with peers(close, answer) as (link, party, heard):

        async def work() -> None:
            await link.welcomed.wait()
            assert await link.request("reply", repeat=True) == {"number": 7}

        await link.run_with(work())
    assert [frame["type"] for frame in heard if frame["type"] == "hello"] == ["hello", "hello"]
    assert f"lost: closed with {code}" in party.log[1]


async def test_a_hello_that_is_refused_ends_the_link() -> None:
    async def refuse(peer: Peer) -> None:
        await peer.say(type="error", error={"code": "unauthenticated", "detail": "The ticket is too old."})
        await peer.close(4001)

    async with peers(refuse) as (link, _, _):
        with pytest.raises(Refused, match="The ticket is too old"):
            await link.run_with(asyncio.sleep(30))


async def test_a_daemon_that_is_not_ready_at_first_is_unreachable_and_later_is_waited_for() -> None:
    async def not_ready(peer: Peer) -> None:
        await peer.say(type="error", error={"code": "not_ready", "detail": "Redis is away."})
        await peer.close(1013)

    async with peers(not_ready) as (link, _, _):
        with pytest.raises(Unreachable, match="Redis is away"):
            await link.run_with(asyncio.sleep(30))
    async with peers(vanish, not_ready, answer) as (link, party, _):

        async def work() -> None:
            await link.welcomed.wait()
            assert await link.request("reply", repeat=True) == {"number": 7}

        await link.run_with(work())
    assert party.log[-2:] == ["lost: Redis is away.", "found"]


async def test_a_repeatable_request_outlasts_a_redis_that_is_away_for_a_moment() -> None:
    async def at_second(peer: Peer) -> None:
        await peer.say(type="welcome")
        first = await peer.hear()
        await peer.say(type="result", id=first["id"], ok=False, error={"code": "not_ready", "detail": "Away."})
        second = await peer.hear()
        await peer.say(type="result", id=second["id"], ok=True, data=None)
        await peer.wait_for_end()

    async with peers(at_second) as (link, _, heard):

        async def work() -> None:
            await link.welcomed.wait()
            assert await link.request("message", repeat=True, id_="m1", text="Hi") is None

        await link.run_with(work())
    assert [frame.get("id") for frame in heard] == [None, "m1", "m1"]
