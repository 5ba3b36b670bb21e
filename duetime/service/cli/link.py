"""A socket that stays: it connects again after every loss, says hello with what is already known, and sends
again what was not answered and may be repeated, so nothing is lost and nothing doubled."""

import asyncio
import itertools
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, Final, Protocol

import aiohttp
import msgspec

from duetime.router.errors import NotReady, TooMany
from duetime.service.cli.client import Client, unreachable
from duetime.service.cli.exits import Refused, Unreachable
from duetime.service.cli.terminal import clean
from duetime.service.sockets.frames import CLOSE_MANY, CLOSE_RULES, CLOSE_UNKNOWN

HEARTBEAT_S: Final = 20
FRAME_LIMIT_BYTES: Final = 64 * 1024 * 1024
"""A snapshot carries the recent messages of every conversation at the desk."""
HELLO_TIMEOUT_S: Final = 15
_PAUSE_S: Final = (0.2, 2.0)
_INSIST_S: Final = 30
"""How long a request that may be repeated is, while the daemon's Redis is away."""
_FINAL_CLOSES: Final = {
    CLOSE_RULES: "it broke the rules of the socket",
    CLOSE_UNKNOWN: "who asks is not known, or no longer",
    CLOSE_MANY: "too many connections of the same party",
}
"""Close codes after which the same hello would be refused again."""
_LATER: Final = (NotReady.code, TooMany.code)
"""Refusals of a hello after which the same hello may be welcome."""

TRYING: Final = "not connected, trying again"

Frame = dict[str, Any]


class Party(Protocol):
    """Whose socket it is: what to say first, and what to do with what comes."""

    path: str

    async def hello(self) -> Frame:
        """The first frame, with the cursor or number up to which everything is known."""
        ...

    def take(self, frame: Frame) -> None:
        """A frame that answers no request; the first one after each hello greets."""
        ...

    def lost(self, reason: str) -> None: ...

    def found(self) -> None: ...


@dataclass
class _Request:
    frame: Frame
    answer: asyncio.Future[Any]
    repeat: bool


class Link:
    """One party's socket to the daemon."""

    def __init__(self, client: Client, party: Party) -> None:
        self._client = client
        self._party = party
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._requests: dict[str, _Request] = {}
        self._telling: set[asyncio.Task[None]] = set()
        self._ids = itertools.count(1)
        self.welcomed = asyncio.Event()
        """Set after the first greeting."""

    async def run_with(self, *others: Coroutine[Any, Any, None]) -> None:
        """Keep the socket until the first of the others ends. Raises what it raises, Unreachable if the
        socket never came up, and Refused when the daemon will not have it (any more)."""
        tasks = [asyncio.create_task(work) for work in (self._run(), *others)]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self) -> None:
        pause_s, longest_s = _PAUSE_S
        while True:
            try:
                reason = await self._converse()
                pause_s = _PAUSE_S[0]
            except (Refused, Unreachable) as error:
                if isinstance(error, Refused) and error.code not in _LATER:
                    raise
                reason = error.message
            finally:
                self._socket = None
                self._give_up()
            if not self.welcomed.is_set():
                raise Unreachable(reason)
            self._party.lost(reason)
            await asyncio.sleep(pause_s)
            pause_s = min(longest_s, pause_s * 2)

    async def request(self, type_: str, *, repeat: bool = False, id_: str | None = None, **fields: Any) -> Any:
        """Send a request and wait for its result. One that may be repeated waits for the socket to come back.

        Raises Refused with the daemon's sentence, Unreachable if the answer was lost with the socket.
        """
        until = time.monotonic() + _INSIST_S
        while True:
            try:
                return await self._request(type_, repeat, id_ or str(next(self._ids)), fields)
            except Refused as refused:
                if not repeat or refused.code != NotReady.code or time.monotonic() > until:
                    raise
            await asyncio.sleep(_PAUSE_S[1])

    async def _request(self, type_: str, repeat: bool, id_: str, fields: dict[str, Any]) -> Any:
        frame = {
            "type": type_,
            "id": id_,
            **{name: value for name, value in fields.items() if value is not None},
        }
        if self._socket is None and not repeat:
            raise Unreachable("Not connected at the moment: try again when the desk is back.")
        request = _Request(frame, asyncio.get_running_loop().create_future(), repeat)
        self._requests[id_] = request
        try:
            await self._send(frame)
            return await request.answer
        finally:
            self._requests.pop(id_, None)

    def tell(self, type_: str, **fields: Any) -> None:
        """Send a frame that nobody answers, or nothing while the socket is away."""
        telling = asyncio.create_task(self._send({"type": type_, **fields}))
        self._telling.add(telling)
        telling.add_done_callback(self._telling.discard)

    async def _converse(self) -> str:
        """One connection, from hello to its end; returns why it ended."""
        hello = await self._party.hello()
        try:
            async with self._client.session.ws_connect(
                self._client.url / self._party.path.lstrip("/"),
                heartbeat=HEARTBEAT_S,
                max_msg_size=FRAME_LIMIT_BYTES,
                compress=0,
            ) as socket:
                await socket.send_str(msgspec.json.encode(hello).decode())
                self._greet(await self._read(socket, HELLO_TIMEOUT_S))
                self._socket = socket
                self._party.found()
                self.welcomed.set()
                for request in list(self._requests.values()):
                    await self._send(request.frame)
                while True:
                    self._route(await self._read(socket, None))
        except aiohttp.WSServerHandshakeError as error:
            raise _handshake_refused(error) from error
        except _Ended as end:
            return str(end)
        except (msgspec.DecodeError, msgspec.ValidationError) as error:
            raise Refused(f"The daemon speaks another version of the frames: {error}.") from error
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise unreachable(self._client.url, error) from error

    async def _read(self, socket: aiohttp.ClientWebSocketResponse, timeout_s: float | None) -> Frame:
        """The next frame. Raises _Ended when there is none, Refused when the daemon ended it for good."""
        message = await socket.receive(timeout_s)
        if message.type is aiohttp.WSMsgType.TEXT:
            return msgspec.json.decode(message.data, type=Frame)
        code = socket.close_code or 1006
        said = f" ({clean(message.extra)})" if isinstance(message.extra, str) and message.extra else ""
        if code in _FINAL_CLOSES:
            raise Refused(f"The daemon closed the connection: {_FINAL_CLOSES[code]}{said}.")
        raise _Ended(f"closed with {code}{said}.")

    def _greet(self, frame: Frame) -> None:
        """The answer to the hello. Raises Refused, and _Ended when the daemon stops at this very moment."""
        if frame.get("type") == "goodbye":
            raise _Ended("The daemon is about to restart.")
        if frame.get("type") == "error":
            raise _refused(frame)
        self._party.take(frame)

    def _route(self, frame: Frame) -> None:
        request = self._requests.get(str(frame.get("id")))
        if frame.get("type") != "result" or request is None:
            self._party.take(frame)
        elif request.answer.done():
            return
        elif frame.get("ok"):
            request.answer.set_result(frame.get("data"))
        else:
            request.answer.set_exception(_refused(frame))

    async def _send(self, frame: Frame) -> None:
        socket = self._socket
        if socket is None:
            return
        try:
            await socket.send_str(msgspec.json.encode(frame).decode())
        except (aiohttp.ClientError, OSError):
            return  # the reader sees the loss too, and `run` connects again

    def _give_up(self) -> None:
        for request in self._requests.values():
            if not request.repeat and not request.answer.done():
                request.answer.set_exception(
                    Unreachable("The connection broke before the answer came: look with `list` what became of it.")
                )


class _Ended(Exception):
    """The socket was closed in a way after which connecting again is right."""


def _refused(frame: Frame) -> Refused:
    error = frame.get("error") or {}
    sentence = error.get("detail") or error.get("title") or "The daemon refused without a reason."
    return Refused(clean(str(sentence)), str(error.get("code", "refused")))


def _handshake_refused(error: aiohttp.WSServerHandshakeError) -> Refused | Unreachable:
    if error.status in (429, 503) or error.status >= 500:
        return Unreachable(f"The daemon takes no connection now: it said {error.status}.")
    return Refused(f"The daemon refused the connection: it said {error.status}.")
