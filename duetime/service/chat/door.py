"""The door of the visitors' HTTP routes: only the pages that an endpoint allows may ask, and read the answer.

The browser asks first (preflight) whether a page of another origin may send such a request, and gives the page the
answer only if it has a header that names the origin. A page that may not gets 403 and no such header.
"""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

import msgspec
from aiohttp import hdrs, web

from duetime.service.chat.lobby import Lobby
from duetime.service.http.metrics import Record
from duetime.service.http.pages import Handler
from duetime.service.http.problem import SECURITY_HEADERS
from duetime.service.http.reading import InputReader
from duetime.service.http.serve import answered
from duetime.service.sockets.admission import Admission

PREFLIGHT_S: Final = 600
"""For so long the browser need not ask again."""

_ANSWER: Final = {**SECURITY_HEADERS, hdrs.CONTENT_TYPE: "application/json"}


class ForEndpoint(Protocol):
    """What such a route takes names its endpoint."""

    @property
    def endpoint(self) -> str: ...


Taken = TypeVar("Taken", bound=ForEndpoint)


@dataclass(frozen=True)
class House:
    """What all doors of a daemon share."""

    lobby: Lobby
    admission: Admission
    recorder: Callable[[str, str], Record]
    """Gives what counts the requests with a method to a path."""


class Door(Generic[Taken]):
    """One route on one daemon."""

    def __init__(
        self,
        house: House,
        method: str,
        path: str,
        takes: type[Taken],
        answer: Callable[[web.Request, Taken], Awaitable[object]],
        *,
        from_query: bool = False,
        status: int = 200,
    ) -> None:
        """``from_query``: what it takes stands in the query, not in the body."""
        self.path = path
        self._method = method
        self._answer = answer
        self._lobby = house.lobby
        self._admission = house.admission
        self._record = house.recorder(method, path)
        self._status = status
        self._reader = InputReader(takes, from_query=from_query)

    @property
    def handlers(self) -> dict[str, Handler]:
        return {self._method: self.serve, hdrs.METH_OPTIONS: self.preflight}

    async def serve(self, request: web.Request) -> web.Response:
        started_s = time.perf_counter()
        response = await answered(self.path, self._let_in(request))
        response.headers[hdrs.VARY] = hdrs.ORIGIN
        self._record(response.status, time.perf_counter() - started_s)
        return response

    async def preflight(self, request: web.Request) -> web.Response:
        """Which endpoint it is for stands in the body, which has not come yet; the request itself is checked again."""
        return await answered(self.path, self._preflight(request))

    async def _preflight(self, request: web.Request) -> web.Response:
        self._admission.check_origin(request)
        response = _readable_by(request, web.Response(status=204, headers=SECURITY_HEADERS))
        response.headers[hdrs.VARY] = hdrs.ORIGIN
        response.headers[hdrs.ACCESS_CONTROL_ALLOW_METHODS] = self._method
        response.headers[hdrs.ACCESS_CONTROL_ALLOW_HEADERS] = "authorization, content-type"
        response.headers[hdrs.ACCESS_CONTROL_MAX_AGE] = str(PREFLIGHT_S)
        return response

    async def _let_in(self, request: web.Request) -> web.Response:
        self._admission.check_origin(request)
        self._lobby.rates.requests_from.take(self._admission.address(request))
        taken = await self._reader.read(request)
        endpoint = self._lobby.reception.endpoint(taken.endpoint)
        self._admission.check_origin(request, endpoint.allowed_origins)
        return _readable_by(request, await answered(self.path, self._carry_out(request, taken)))

    async def _carry_out(self, request: web.Request, taken: Taken) -> web.Response:
        body = msgspec.json.encode(await self._answer(request, taken))
        return web.Response(status=self._status, body=body, headers=_ANSWER)


def _readable_by(request: web.Request, response: web.Response) -> web.Response:
    """The response, for the page that sent the request to read."""
    origin = request.headers.get(hdrs.ORIGIN)
    if origin is not None:
        response.headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = origin
        response.headers[hdrs.ACCESS_CONTROL_EXPOSE_HEADERS] = hdrs.RETRY_AFTER
    return response
