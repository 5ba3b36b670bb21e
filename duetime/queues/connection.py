"""The script pipeline: one Redis connection on which all calls of a loop tick leave in one write.

A call is packed at once and waits for its reply in a queue, so any number of batches may be under way;
replies come back in the order of the calls. redis-py makes the connection (URL, TLS, password, database),
then its transport is taken over; docs/decisions/0001-script-pipeline.md has the measurements behind that.

    call ──▶ outbox ──(end of the tick, one write)──▶ server ──▶ replies ──▶ futures, oldest first

A lost connection fails the calls under way with ServerLost: whether they ran is unknown, so what is called
must be safe to repeat. Calls made while the server is away wait for it, and have not run if they fail.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, Final, NamedTuple, Self

import hiredis
import structlog
from redis.asyncio.connection import AbstractConnection, Connection, parse_url
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import (
    AuthenticationError,
    NoPermissionError,
    NoScriptError,
    RedisError,
    ResponseError,
)

CONNECT_TIMEOUT_S: Final = 2.0
RECONNECT_PAUSE_S: Final = (0.05, 1.0)
"""The pause after the first failed attempt, and the longest; it doubles in between."""

log = structlog.get_logger(__name__)

Reply = Any
"""str, int, None, or a list of replies. Bytes that are not UTF-8 are replaced by U+FFFD."""


class ServerLost(Exception):
    """Redis cannot be reached, or the connection broke before the reply came."""


class ServerUnable(ServerLost):
    """Redis answers that it cannot do that for now: it loads its data, is full, or is no longer the primary."""


class Busy(Exception):
    """Too many calls are under way: refuse new work for a moment."""


_ERROR_KINDS: Final[dict[str, type[RedisError | ServerUnable]]] = {
    "NOPERM": NoPermissionError,
    "NOSCRIPT": NoScriptError,
    **dict.fromkeys(("CLUSTERDOWN", "LOADING", "MASTERDOWN", "MISCONF", "OOM", "READONLY"), ServerUnable),
}


class Pipeline:
    """One Redis connection on which all calls of a loop tick leave in one write; replies come back in order.

    It reconnects by itself. A command that blocks the server's side of the connection (XREAD BLOCK) holds up
    whatever is called after it, so it needs a Pipeline of its own, and must block for less than `silence_s`.
    """

    def __init__(
        self,
        url: str,
        *,
        on_lost: Callable[[], None] | None = None,
        patience_s: float = 5.0,
        silence_s: float = 30.0,
        limit: int = 10_000,
    ) -> None:
        """Raises ServerLost if `url` is not a redis://, rediss:// or unix:// URL with options of redis-py.

        on_lost     called in the event loop each time the connection is lost (not when it is closed)
        patience_s  how long calls wait for a server that is away
        silence_s   a connection on which a call stays unanswered this long (twice, at most) counts as lost
        limit       calls under way or waiting, beyond which `call` raises Busy
        """
        self._where = _where(_new_connection(url))
        self._url = url
        self._on_lost = on_lost
        self._patience_s = patience_s
        self._silence_s = silence_s
        self._limit = limit
        self._loop = asyncio.get_running_loop()
        self._wire: _Wire | None = None
        self._waiting: deque[_Waiting] = deque()
        self._expiry: asyncio.TimerHandle | None = None
        self._reconnecting: asyncio.Task[None] | None = None
        self._reason = "no attempt has ended yet"
        self._closed = False

    async def open(self) -> Self:
        """Connect. Raises ServerLost if the server refuses us, or cannot be reached within `patience_s`."""
        try:
            async with asyncio.timeout(self._patience_s):
                await self._connect(refusal_is_final=True)
        except TimeoutError as error:
            raise self._lost() from error
        return self

    def call(self, *args: str | bytes | int | float) -> asyncio.Future[Reply]:
        """Send one command. The future gives its reply; an error reply as redis.exceptions.RedisError.

        Raises Busy; TypeError for an argument of another type; through the future also ServerLost.
        """
        packed = hiredis.pack_command(args)  # type: ignore[arg-type]  # its stub knows one argument only
        wire = self._wire
        if len(self._waiting if wire is None else wire.pending) >= self._limit:
            raise Busy(f"{self._limit} calls to Redis are under way.")
        future: asyncio.Future[Reply] = self._loop.create_future()
        if wire is not None:
            wire.send(packed, future)
        else:
            self._wait_for_server(packed, future)
        return future

    async def close(self) -> None:
        """Close at once; calls under way or waiting fail with ServerLost. Closing again does no harm."""
        self._closed = True
        self._reason = "this pipeline is closed"
        if self._reconnecting is not None:
            self._reconnecting.cancel()
            await asyncio.wait([self._reconnecting])
        if self._wire is not None:
            await self._wire.close()
        self._expire()

    async def _connect(self, *, refusal_is_final: bool) -> None:
        pause_s, longest_s = RECONNECT_PAUSE_S
        while True:
            connection = _new_connection(self._url)
            try:
                await connection.connect()  # type: ignore[no-untyped-call]
                await connection.send_command("PING")  # a server that still loads its data accepts connections
                await connection.read_response()
                self._use(_Wire(connection, self._ended, self._silence_s))
                return
            except (RedisError, OSError) as error:
                self._reason = str(error)
                cause = error.__cause__ or error  # redis-py wraps what a server on a unix socket answers
                if refusal_is_final and isinstance(cause, AuthenticationError | ResponseError):
                    raise self._lost() from error
            finally:
                await connection.disconnect(nowait=True)
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, longest_s)

    def _use(self, wire: "_Wire") -> None:
        self._wire = wire
        if self._expiry is not None:
            self._expiry.cancel()
            self._expiry = None
        while self._waiting:
            waiting = self._waiting.popleft()
            if not waiting.future.done():  # nobody waits for a cancelled call, so it is not made
                wire.send(waiting.packed, waiting.future)

    def _ended(self) -> None:
        self._wire = None
        if self._closed:
            return
        log.warning("redis_lost", where=self._where)
        self._reconnecting = self._loop.create_task(self._reconnect())
        if self._on_lost is not None:
            self._on_lost()

    async def _reconnect(self) -> None:
        await self._connect(refusal_is_final=False)
        log.info("redis_back", where=self._where)

    def _wait_for_server(self, packed: bytes, future: asyncio.Future[Reply]) -> None:
        if self._closed:
            future.set_exception(self._lost())
            return
        until = self._loop.time() + self._patience_s
        self._waiting.append(_Waiting(until, packed, future))
        if self._expiry is None:
            self._expiry = self._loop.call_at(until, self._expire)

    def _expire(self) -> None:
        """Fail the calls that have waited long enough; all of them once the pipeline is closed."""
        now = self._loop.time()
        while self._waiting and (self._closed or self._waiting[0].until <= now):
            future = self._waiting.popleft().future
            if not future.done():
                future.set_exception(self._lost())
        if self._expiry is not None:
            self._expiry.cancel()
        self._expiry = self._loop.call_at(self._waiting[0].until, self._expire) if self._waiting else None

    def _lost(self) -> ServerLost:
        return ServerLost(f"Redis ({self._where}) cannot be reached: {self._reason}")


class _Waiting(NamedTuple):
    until: float
    packed: bytes
    future: asyncio.Future[Reply]


class _Wire(asyncio.Protocol):
    """One live connection: calls out, replies in. `on_end` is called once, when it broke or was closed."""

    def __init__(self, connection: AbstractConnection, on_end: Callable[[], None], silence_s: float) -> None:
        """Take over the transport of a connection that is connected and owes no reply."""
        reader, writer = connection._reader, connection._writer
        if reader is None or writer is None or reader.at_eof():
            raise ConnectionResetError("The server closed the connection.")
        connection._reader = connection._writer = None
        self.pending: deque[asyncio.Future[Reply]] = deque()
        self._on_end = on_end
        self._silence_s = silence_s
        self._loop = asyncio.get_running_loop()
        self._replies = hiredis.Reader(encoding="utf-8", errors="replace", replyError=_reply_error)
        self._outbox: list[bytes] = []
        self._oldest: asyncio.Future[Reply] | None = None
        self._end: asyncio.Future[None] = self._loop.create_future()
        self._writer = writer  # a writer that is garbage-collected closes its transport
        self._transport = writer.transport
        self._transport.set_protocol(self)
        self._watch = self._loop.call_later(silence_s, self._end_if_silent)

    def send(self, packed: bytes, future: asyncio.Future[Reply]) -> None:
        if not self._outbox:
            self._loop.call_soon(self._flush)
        self._outbox.append(packed)
        self.pending.append(future)

    async def close(self) -> None:
        self._transport.abort()
        await self._end

    def data_received(self, data: bytes) -> None:
        self._replies.feed(data)
        while (reply := self._replies.gets()) is not False:
            future = self.pending.popleft()
            if future.done():  # its caller was cancelled; the reply has its place in the order all the same
                continue
            if isinstance(reply, Exception):
                future.set_exception(reply)
            else:
                future.set_result(reply)

    def connection_lost(self, exc: Exception | None) -> None:
        self._watch.cancel()
        self._outbox.clear()
        while self.pending:
            future = self.pending.popleft()
            if not future.done():
                future.set_exception(ServerLost("The connection to Redis broke before the reply came."))
        self._end.set_result(None)
        self._on_end()

    def _flush(self) -> None:
        if self._outbox:
            packed = b"".join(self._outbox)
            self._outbox.clear()
            self._transport.write(packed)

    def _end_if_silent(self) -> None:
        """End the connection if the call that was the oldest at the last look still is: the peer hangs."""
        oldest = self.pending[0] if self.pending else None
        if oldest is not None and oldest is self._oldest:
            log.warning("redis_silent", silence_s=self._silence_s, calls=len(self.pending))
            self._transport.abort()
        self._oldest = oldest
        self._watch = self._loop.call_later(self._silence_s, self._end_if_silent)


def _new_connection(url: str) -> AbstractConnection:
    try:
        options: dict[str, Any] = {
            "socket_timeout": CONNECT_TIMEOUT_S,
            "socket_connect_timeout": CONNECT_TIMEOUT_S,
            **parse_url(url),
            "protocol": 2,
            "retry": Retry(NoBackoff(), 0),
        }
        connection_class = options.pop("connection_class", Connection)
        connection: AbstractConnection = connection_class(**options)
    except (TypeError, ValueError, RedisError) as error:
        raise ServerLost(f"Redis cannot be reached, its URL is wrong: {error}") from error
    return connection


def _where(connection: AbstractConnection) -> str:
    """The server's address in words, without the credentials that a URL may hold."""
    pieces = connection.repr_pieces()  # type: ignore[no-untyped-call]
    return ", ".join(f"{name} {value}" for name, value in pieces)


def _reply_error(text: str) -> RedisError | ServerUnable:
    return _ERROR_KINDS.get(text.split(" ", 1)[0], ResponseError)(text)
