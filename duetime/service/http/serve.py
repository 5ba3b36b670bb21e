"""One route on one daemon: from aiohttp's request to its response, in one function and no middleware."""

import secrets
import time
from collections.abc import Awaitable
from typing import Any, Final

import msgspec
import structlog
from aiohttp import hdrs, web
from multidict import CIMultiDict

from duetime.queues.connection import Busy, ServerLost
from duetime.router.errors import NotReady, Refusal, Unauthenticated
from duetime.service.access import Actor
from duetime.service.client_address import client_address
from duetime.service.http.metrics import Record
from duetime.service.http.problem import SECURITY_HEADERS, InternalError, problem
from duetime.service.http.reading import InputReader, read_idempotency_key, read_path, read_upload, read_version
from duetime.service.http.route import AnyRoute, Call, Upload, check_access
from duetime.service.parts import Parts

STORAGE_AWAY: Final = (ServerLost, Busy)

_HEADERS: Final = CIMultiDict({**SECURITY_HEADERS, hdrs.CONTENT_TYPE: "application/json"})
_encode = msgspec.json.Encoder().encode

log = structlog.get_logger(__name__)


class Gate:
    """Tells who sends a request, and refuses who sends too many."""

    def __init__(self, parts: Parts) -> None:
        self._authenticator = parts.authenticator
        self._limits = parts.limits
        self._address_of = client_address(parts.settings.http.trusted_proxies)

    async def identify(self, request: web.Request) -> Actor:
        """Raises Unauthenticated, TooMany."""
        scheme, _, token = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
        if scheme.lower() != "bearer":
            raise Unauthenticated("Send an API token in the header: Authorization: Bearer dt_..._... .")
        try:
            actor = await self._authenticator.actor(token.strip())
        except Unauthenticated:
            # Counted after the fact, so a guesser behind the same address never locks out those who have a
            # token.
            self._limits.wrong_tokens.take(self._address_of(request))
            raise
        self._limits.requests.take(actor.token_id)
        return actor


async def answered(route: str, answering: Awaitable[web.Response]) -> web.Response:
    """The answer, or the problem that came in its place."""
    try:
        return await answering
    except Refusal as refusal:
        return problem(refusal)
    except STORAGE_AWAY as error:
        log.warning("request_without_storage", route=route, reason=str(error))
        return problem(
            NotReady(
                "The storage cannot be reached just now, and whether this was carried out is not known."
                " Look, or repeat it with the same key."
            )
        )
    except Exception:
        incident = secrets.token_hex(8)
        log.exception("request_failed", route=route, incident=incident)
        return problem(InternalError("This is our fault, and was logged.", incident=incident))


class Endpoint:
    """A route with what it needs to answer."""

    def __init__(self, route: AnyRoute, parts: Parts, gate: Gate, record: Record) -> None:
        self._route = route
        self._parts = parts
        self._gate = gate
        self._record = record
        self._reader = InputReader(route.takes, from_query=route.method == "GET", body_bytes=route.body_bytes)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        started_s = time.perf_counter()
        response = await answered(self._route.name, self._answer(request))
        self._record(response.status, time.perf_counter() - started_s)
        return response

    async def _answer(self, request: web.Request) -> web.Response:
        route = self._route
        actor = await self._gate.identify(request)
        check_access(route, actor)
        given = await route.handler(
            Call(
                parts=self._parts,
                actor=actor,
                path=read_path(request),
                version=read_version(request.headers, route.if_match),
                idempotency_key=read_idempotency_key(request.headers) if route.idempotency_key else None,
                input=await self._read(request),
            )
        )
        if route.status == 204:
            return web.Response(status=204, headers=SECURITY_HEADERS)
        headers = _HEADERS.copy()
        if route.etag is not None:
            headers[hdrs.ETAG] = f'"{route.etag(given)}"'
        return web.Response(status=route.status, body=_encode(given), headers=headers)

    async def _read(self, request: web.Request) -> Any:
        if self._route.takes is Upload:
            return await read_upload(request, self._parts.settings.attachments.file_bytes)
        return await self._reader.read(request)
