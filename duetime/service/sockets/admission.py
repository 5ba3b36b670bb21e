"""Who may open a websocket at all, before anything is said: whose page, from where, how many."""

from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import urlsplit

from aiohttp import hdrs, web

from duetime.config.settings import Settings
from duetime.router.errors import Forbidden, NotReady, Refusal, TooManyConnections
from duetime.service.client_address import client_address
from duetime.service.http.problem import problem
from duetime.service.sockets.connection import CLOSE_TIMEOUT_S, Connection

ANY_ORIGIN: Final = "*"


class Admission:
    """The door of one websocket."""

    def __init__(self, settings: Settings, stopping: Callable[[], bool], allowed_origins: Collection[str]) -> None:
        """``stopping`` says whether the daemon is about to stop."""
        self._settings = settings
        self._stopping = stopping
        self._allowed_origins = frozenset(allowed_origins)
        self._own_origin = settings.http.public_url
        self._per_address_max = settings.limits.connections_per_ip
        self._address_of = client_address(settings.http.trusted_proxies)
        self._open: Counter[str] = Counter()

    async def open(
        self, request: web.Request, serve: Callable[[Connection, str], Awaitable[None]]
    ) -> web.StreamResponse:
        """Make the request a websocket, and let ``serve`` speak with it until it has ended; ``serve`` is
        given the client's address, too. A request that may not come in is answered with a problem."""
        try:
            with self._place(request) as address:
                socket = web.WebSocketResponse(
                    timeout=CLOSE_TIMEOUT_S,
                    heartbeat=self._settings.desk.heartbeat_s,
                    compress=False,
                    max_msg_size=self._settings.limits.frame_bytes,
                )
                await socket.prepare(request)
                connection = Connection(socket, request.transport, self._settings.desk.send_buffer_frames)
                try:
                    await serve(connection, address)
                finally:
                    await connection.closed()
                return socket
        except Refusal as refusal:
            return problem(refusal)

    @contextmanager
    def _place(self, request: web.Request) -> Iterator[str]:
        """Hold a place for this request. Raises NotReady, Forbidden, TooManyConnections."""
        if self._stopping():
            raise NotReady("This daemon is stopping. Connect again in a moment.")
        self.check_origin(request, self._allowed_origins)
        address = self._address_of(request)
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

    def check_origin(self, request: web.Request, allowed: Collection[str]) -> None:
        """Refuse scripts of pages that nobody allowed. A browser lets any page open a websocket anywhere
        and sends the page's origin; a program that is no browser sends none, and could send any. Raises
        Forbidden."""
        origin = request.headers.get(hdrs.ORIGIN)
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
