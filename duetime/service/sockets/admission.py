"""Who may open a websocket at all, before anything is said: whose page, from where, how many."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import urlsplit

import structlog
from aiohttp import hdrs, web

from duetime.config.settings import Settings
from duetime.router.errors import Forbidden, Invalid, NotReady, Refusal, TooManyConnections
from duetime.service.client_address import client_address
from duetime.service.http.problem import problem
from duetime.service.sockets.connection import CLOSE_TIMEOUT_S, Connection
from duetime.service.sockets.frames import CLOSE_BROKEN, CLOSE_GOING, Goodbye, encode
from duetime.service.sockets.rounds import Rounds

ANY_ORIGIN: Final = "*"

log = structlog.get_logger(__name__)


class Admission:
    """The door of one websocket, and the housekeeper of all who came in through it."""

    def __init__(self, settings: Settings, stopping: asyncio.Event, allowed_origins: Collection[str]) -> None:
        self._settings = settings
        self._stopping = stopping
        self._allowed_origins = frozenset(allowed_origins)
        self._own_origin = settings.http.public_url
        self._per_address_max = settings.limits.connections_per_ip
        self._address_of = client_address(settings.http.trusted_proxies)
        self._open: Counter[str] = Counter()
        self._connections: set[Connection] = set()
        self._rounds = Rounds(
            settings.desk.heartbeat_s,
            stopping=stopping,
            anybody=lambda: bool(self._connections),
            round_=self._beat,
            goodbye=self._say_goodbye,
        )

    async def open(
        self, request: web.Request, serve: Callable[[Connection, str], Awaitable[None]]
    ) -> web.StreamResponse:
        """Make the request a websocket, and let ``serve`` speak with it until it has ended; ``serve`` is
        given the client's address, too. A request that may not come in is answered with a problem."""
        try:
            with self.place(request) as address:
                socket = web.WebSocketResponse(
                    timeout=CLOSE_TIMEOUT_S,
                    autoping=False,
                    compress=False,
                    max_msg_size=self._settings.limits.frame_bytes,
                )
                if not socket.can_prepare(request):
                    raise Invalid("Open this address as a websocket.")
                await socket.prepare(request)
                connection = Connection(socket, request.transport, self._settings.desk.send_buffer_frames)
                await self._keep(connection, serve(connection, address))
                return socket
        except Refusal as refusal:
            return problem(refusal)

    async def _keep(self, connection: Connection, serving: Awaitable[None]) -> None:
        self._connections.add(connection)
        self._rounds.begin()
        try:
            await serving
        except Exception:
            log.exception("socket_failed")
            connection.close(CLOSE_BROKEN, "internal error")
        finally:
            self._connections.discard(connection)
            await connection.closed()

    async def _beat(self) -> None:
        for connection in tuple(self._connections):
            connection.beat()

    def _say_goodbye(self) -> None:
        """Ask the clients to come back, to another daemon or to the next one here."""
        frame = encode(Goodbye(reason="restarting"))
        for connection in tuple(self._connections):
            connection.send(frame)
            connection.close(CLOSE_GOING, "restarting")

    @contextmanager
    def place(self, request: web.Request) -> Iterator[str]:
        """Hold a place for this request, a websocket or one that waits; gives the client's address. Raises NotReady,
        Forbidden, TooManyConnections."""
        if self._stopping.is_set():
            raise NotReady("This daemon is stopping. Connect again in a moment.")
        self.check_origin(request)
        address = self.address(request)
        if self._open[address] >= self._per_address_max:
            raise TooManyConnections(
                f"There are {self._per_address_max} connections from your address already. Close one first."
            )
        self._open[address] += 1
        try:
            yield address
        finally:
            self._open[address] -= 1
            if not self._open[address]:
                del self._open[address]

    def address(self, request: web.Request) -> str:
        """Where the request comes from, for limits."""
        return self._address_of(request)

    def check_origin(self, request: web.Request, allowed: Collection[str] | None = None) -> None:
        """Refuse scripts of pages that nobody allowed. A browser lets any page open a websocket anywhere
        and sends the page's origin; a program that is no browser sends none, and could send any. ``allowed``:
        None for those of this door. Raises Forbidden."""
        origin = request.headers.get(hdrs.ORIGIN)
        allowed = self._allowed_origins if allowed is None else allowed
        if origin is None or origin == self._own_origin or origin in allowed or ANY_ORIGIN in allowed:
            return
        if not _same_host(origin, request.host):
            raise Forbidden(
                "Pages of this origin may not connect. The settings name those that may, in allowed_origins."
            )


def _same_host(origin: str, host: str) -> bool:
    try:
        return urlsplit(origin).netloc.lower() == host.lower() != ""
    except ValueError:
        return False
