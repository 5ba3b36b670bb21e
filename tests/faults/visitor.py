"""A visitor on the chat, whose connection comes and goes."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import aiohttp
import msgspec

from tests.faults.town import ANSWER_TIMEOUT_S, LOST, Frame, Place, Town


class Visitor:
    """Writes in a chat from time to time, and reads what comes."""

    def __init__(self, town: Town, name: str) -> None:
        self.town, self.name = town, name
        self.sent: dict[str, Place] = {}
        """Client id of a message to where it was stored."""
        self.shown: list[tuple[Place, Frame]] = []
        self._token: str | None = None
        self._results: dict[str, asyncio.Future[Frame]] = {}
        self._socket: aiohttp.ClientWebSocketResponse | None = None

    async def run(self, most: int, done: Callable[[], bool]) -> None:
        """Write ``most`` messages, then read on until ``done``."""
        writing = asyncio.create_task(self._write(most))
        try:
            while not (done() and writing.done()):
                try:
                    await self._visit(done)
                except LOST:
                    await self.town.pause()
                finally:
                    self._socket = None
                    for answer in self._results.values():
                        if not answer.done():
                            answer.set_exception(TimeoutError())
            await writing
        finally:
            writing.cancel()

    async def _visit(self, done: Callable[[], bool]) -> None:
        async with self.town.socket("/v1/chat") as socket:
            conversation, number = self.shown[-1][0] if self.shown else (None, 0)
            hello = {
                "type": "hello",
                "endpoint": "web",
                "resume_token": self._token,
                "conversation": conversation,
                "after": number,
            }
            await socket.send_str(msgspec.json.encode(hello).decode())
            while not done():
                with suppress(asyncio.TimeoutError):
                    message = await socket.receive(1)
                    if message.type is not aiohttp.WSMsgType.TEXT:
                        raise aiohttp.ClientError("the chat ended")
                    self._take(msgspec.json.decode(message.data, type=Frame), socket)

    def _take(self, frame: Frame, socket: aiohttp.ClientWebSocketResponse) -> None:
        match frame["type"]:
            case "welcome":
                if self._token is not None and not frame["resumed"]:
                    self.town.faults.append(f"{self.name} lost their session")
                self._token = frame["resume_token"]
                for message in frame["messages"]:
                    self._show(message)
                self._socket = socket
            case "message":
                self._show(frame)
            case "result":
                answer = self._results.get(frame["id"])
                if answer is not None and not answer.done():
                    answer.set_result(frame)

    def _show(self, message: Frame) -> None:
        self.shown.append(((message["conversation"], message["number"]), message))

    async def _write(self, most: int) -> None:
        for number in range(most):
            id_ = f"{self.name}-{number}"
            self.sent[id_] = await self._send(id_)
            self.town.counts["chat messages"] += 1
            await asyncio.sleep(self.town.dice.uniform(0, 0.3))

    async def _send(self, id_: str) -> Place:
        """Send until it is known where it is stored."""
        while True:
            with suppress(*LOST):
                result = await self._ask(id_)
                if result["ok"]:
                    return result["data"]["conversation"], result["data"]["number"]
                if result["error"]["code"] != "not_ready":
                    self.town.faults.append(f"a chat message was refused: {result['error']}")
            await self.town.pause()

    async def _ask(self, id_: str) -> Frame:
        """One try. Raises what is in LOST."""
        if self._socket is None:
            raise TimeoutError
        answer = self._results[id_] = asyncio.get_running_loop().create_future()
        frame = {"type": "message", "id": id_, "text": f"<{id_}> hello"}
        try:
            await self._socket.send_str(msgspec.json.encode(frame).decode())
            return await asyncio.wait_for(answer, ANSWER_TIMEOUT_S)
        finally:
            self._results.pop(id_, None)
