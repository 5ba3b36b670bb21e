"""Clients of both sockets, as plain as they can be: they remember every frame and hide none."""

import asyncio
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Self

import aiohttp
import msgspec

from tests.waiting import wait_until

Frame = dict[str, Any]


class SocketClient:
    """One websocket. Frames that answer a request are given to who asked; all others are kept in `frames`."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.frames: list[Frame] = []
        self.results: dict[str, Frame] = {}
        self._reader = asyncio.create_task(self._read())

    @property
    def close_code(self) -> int | None:
        return self.socket.close_code

    async def send(self, **frame: Any) -> None:
        await self.socket.send_str(msgspec.json.encode(frame).decode())

    async def ask(self, type_: str, *, within_s: float = 20, **fields: Any) -> Frame:
        """Send a request and give its whole result."""
        id_ = str(fields.pop("id", secrets.token_hex(8)))
        await self.send(type=type_, id=id_, **fields)
        return await wait_until(lambda: self.results.pop(id_, None), within_s, f"the result of {type_}")

    async def do(self, type_: str, **fields: Any) -> Any:
        """Send a request that is carried out, and give its data."""
        result = await self.ask(type_, **fields)
        assert result["ok"], result
        return result["data"]

    async def refusal(self, type_: str, **fields: Any) -> str:
        """Send a request that is refused, and give the code."""
        result = await self.ask(type_, **fields)
        assert not result["ok"], result
        return str(result["error"]["code"])

    async def frame(self, type_: str, where: Callable[[Frame], object] = bool) -> Frame:
        """Wait for a frame."""

        def found() -> Frame | None:
            return next((frame for frame in self.frames if frame["type"] == type_ and where(frame)), None)

        return await wait_until(found, what=f"a frame {type_}; there are {[f['type'] for f in self.frames]}")

    async def ended(self) -> int | None:
        """Wait until the daemon has closed, and give the code."""
        await self._reader
        return self.close_code

    async def close(self) -> None:
        await self.socket.close()
        await self._reader

    def stop_reading(self) -> None:
        """Leave what comes where it is."""
        self._reader.cancel()

    def go_on_reading(self) -> None:
        self._reader = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for message in self.socket:
            assert message.type is aiohttp.WSMsgType.TEXT, message
            frame = msgspec.json.decode(message.data, type=Frame)
            if frame["type"] == "result":
                self.results[frame["id"]] = frame
            else:
                self.frames.append(frame)


class DeskClient(SocketClient):
    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        super().__init__(socket)
        self.accepted: Counter[str] = Counter()
        """Conversation to how many of its offers were accepted here."""

    @property
    def events(self) -> list[Frame]:
        return [frame["event"] for frame in self.frames if frame["type"] == "event"]

    @property
    def cursor(self) -> str:
        """Of the last frame that carried one."""
        return str([frame["cursor"] for frame in self.frames if "cursor" in frame][-1])

    async def event(self, type_: str, **fields: Any) -> Frame:
        """Wait for an event with these fields."""

        def found() -> Frame | None:
            for event in self.events:
                if event["type"] == type_ and fields.items() <= event.items():
                    return event
            return None

        return await wait_until(found, what=f"{type_}; there are {[event['type'] for event in self.events]}")


class ChatClient(SocketClient):
    welcome: Frame

    @property
    def messages(self) -> list[Frame]:
        return [*self.welcome["messages"], *(frame for frame in self.frames if frame["type"] == "message")]

    @property
    def texts(self) -> list[str]:
        return [message["text"] for message in self.messages]

    @property
    def resume(self) -> dict[str, Any]:
        """What a client says after a reconnect."""
        seen = self.messages[-1] if self.messages else {"conversation": None, "number": 0}
        return {
            "resume_token": self.welcome["resume_token"],
            "conversation": seen["conversation"],
            "after": seen["number"],
        }

    async def text(self, text: str) -> Frame:
        """Wait for a message."""
        return await wait_until(
            lambda: next((message for message in self.messages if message["text"] == text), None),
            what=f"the message {text!r}; there are {self.texts}",
        )

    async def state(self, **fields: Any) -> Frame:
        """Wait until the conversation stands like this."""

        def found() -> Frame | None:
            states = [frame for frame in self.frames if frame["type"] == "state"]
            newest = states[-1] if states else self.welcome["conversation"]
            return newest if newest and fields.items() <= newest.items() else None

        return await wait_until(found, what=f"the state {fields}; there are {self.frames}")


class Sockets:
    """Opens clients on one daemon, and closes those that are left."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self.session = session
        self.url = url
        self.clients: list[SocketClient] = []

    async def raw(self, path: str, **headers: str) -> SocketClient:
        client = SocketClient(await self._connect(path, headers))
        self.clients.append(client)
        return client

    async def desk(self, ticket: str, *, cursor: str | None = None, **headers: str) -> DeskClient:
        """A desk that has said hello."""
        client = DeskClient(await self._connect("/v1/desk", headers))
        self.clients.append(client)
        await client.send(type="hello", ticket=ticket, cursor=cursor)
        return client

    async def chat(self, *, headers: dict[str, str] | None = None, **hello: Any) -> ChatClient:
        """A visitor who was welcomed."""
        client = ChatClient(await self._connect("/v1/chat", headers or {}))
        self.clients.append(client)
        await client.send(**{"type": "hello", "endpoint": "web", **hello})
        client.welcome = await client.frame("welcome")
        return client

    async def _connect(self, path: str, headers: dict[str, str]) -> aiohttp.ClientWebSocketResponse:
        return await self.session.ws_connect(self.url + path, headers=headers, max_msg_size=0)

    async def close(self) -> None:
        await asyncio.gather(*(client.close() for client in self.clients))

    @classmethod
    @asynccontextmanager
    async def opened(cls, url: str) -> AsyncIterator[Self]:
        async with aiohttp.ClientSession() as session:
            sockets = cls(session, url)
            try:
                yield sockets
            finally:
                await sockets.close()
