"""One websocket with a bounded buffer towards its client.

Whoever has something to say calls `Connection.send`, which never waits: a slow client must not hold up the
feed, nor take memory without end. A client that is too far behind is disconnected with `CLOSE_SLOW` and
resumes from its cursor. A client that keeps up is written to at once; for one that does not, a task
writes, which lives only as long as there is something to write. No connection has a timer, so that an idle
one costs little more than its socket.
"""

import asyncio
from typing import Final

from aiohttp import WSMsgType, web

from duetime.service.sockets.frames import CLOSE_SLOW, framed

BUFFER_BYTES: Final = 4 * 1024 * 1024
"""The most that waits for one client, besides what the operating system holds."""
BEHIND_BYTES: Final = 32 * 1024
"""With so much in its transport a client is behind."""
CLOSE_TIMEOUT_S: Final = 5.0
"""How long a client may take to read what is left and to answer the close frame."""


class Connection:
    __slots__ = (
        "_alive",
        "_buffer",
        "_bytes",
        "_closing",
        "_frames_max",
        "_pinging",
        "_socket",
        "_transport",
        "_writing",
    )

    def __init__(self, socket: web.WebSocketResponse, transport: asyncio.Transport | None, frames_max: int) -> None:
        """``socket`` is prepared, and does not answer pings by itself; ``transport`` is what it was
        prepared on."""
        self._socket = socket
        self._transport = transport
        self._frames_max = frames_max
        self._buffer: list[bytes] = []
        self._bytes = 0
        self._alive = True
        self._writing: asyncio.Task[None] | None = None
        self._pinging: asyncio.Task[None] | None = None
        self._closing: asyncio.Task[None] | None = None

    @property
    def closing(self) -> bool:
        return self._closing is not None

    def send(self, frame: bytes) -> None:
        """Send when the client has taken what came before. Does nothing once the connection is being
        closed."""
        if self._closing is not None:
            return
        transport = self._transport
        if self._writing is None and transport is not None and self._keeps_up(transport):
            transport.write(framed(frame))
            return
        if len(self._buffer) >= self._frames_max or self._bytes + len(frame) > BUFFER_BYTES:
            self.close(CLOSE_SLOW, "too slow, resume with your cursor")
            return
        self._buffer.append(frame)
        self._bytes += len(frame)
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())

    async def send_waiting(self, frame: bytes) -> None:
        """Send, and wait until the client has room for more: for what may be larger than the buffer."""
        while self._writing is not None:
            await asyncio.wait([self._writing])
        if self._closing is None:
            await self._put(frame, WSMsgType.TEXT)

    async def receive(self) -> str | None:
        """The next text message; "" for one that is not text, None when the connection has ended."""
        while True:
            message = await self._socket.receive()
            self._alive = True
            if message.type is WSMsgType.TEXT:
                return str(message.data)
            if message.type is WSMsgType.PING:
                await self._put(message.data, WSMsgType.PONG)
            elif message.type is not WSMsgType.PONG:
                return "" if message.type is WSMsgType.BINARY else None

    def beat(self) -> None:
        """Drop the connection if nothing came since the last beat, not even an answer to its ping; else
        ping."""
        if not self._alive:
            self._abort()
        elif self._closing is None:
            self._alive = False
            self._pinging = asyncio.create_task(self._put(b"", WSMsgType.PING))

    def close(self, code: int, reason: str) -> None:
        """Begin to close; the first reason counts."""
        if self._closing is None:
            self._closing = asyncio.create_task(self._close(code, reason))

    async def closed(self) -> None:
        """Wait until a close that was begun has ended."""
        if self._closing is not None:
            await self._closing

    def _keeps_up(self, transport: asyncio.Transport) -> bool:
        ended = self._socket.closed or transport.is_closing()
        return not ended and transport.get_write_buffer_size() < BEHIND_BYTES

    async def _write(self) -> None:
        try:
            while self._buffer:
                frame = self._buffer.pop(0)
                self._bytes -= len(frame)
                await self._put(frame, WSMsgType.TEXT)
        finally:
            self._writing = None

    async def _put(self, data: bytes, kind: WSMsgType) -> None:
        try:
            await self._socket.send_frame(data, kind)
        except ConnectionError:
            self._buffer.clear()  # the reader sees the end too, and ends the handler

    async def _close(self, code: int, reason: str) -> None:
        """Say why, give the client a moment to read it, then drop what it does not take: a transport that
        is only closed waits for a stalled peer for ever."""
        if self._writing is not None and code == CLOSE_SLOW:
            self._writing.cancel()
        elif self._writing is not None:
            await asyncio.wait([self._writing], timeout=CLOSE_TIMEOUT_S)
        try:
            async with asyncio.timeout(2 * CLOSE_TIMEOUT_S):
                await self._socket.close(code=code, message=reason.encode(), drain=False)
        except (TimeoutError, ConnectionError):
            pass
        finally:
            self._abort()

    def _abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()
