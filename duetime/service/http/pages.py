"""What is served besides the API: health, metrics and documentation."""

from collections.abc import Awaitable, Callable
from functools import cache
from typing import Final

import msgspec
from aiohttp import hdrs, web

from duetime.router.errors import Forbidden, NotReady, Refusal
from duetime.service.access import Role, Scope
from duetime.service.client_address import is_from_this_machine
from duetime.service.http.docs_page import PAGE_POLICY, render_docs
from duetime.service.http.metrics import Metrics
from duetime.service.http.openapi import openapi
from duetime.service.http.problem import RETRY_AFTER_S, SECURITY_HEADERS, problem
from duetime.service.http.serve import STORAGE_AWAY, Gate
from duetime.service.parts import Parts

PUBLIC: Final = {
    "/healthz": "200 while the process runs.",
    "/readyz": "200 if new work can be taken, else 503 with the reasons as sentences.",
    "/openapi.json": "This API as an OpenAPI 3.1 document.",
    "/docs": "The same for people.",
}
"""The paths that anybody may read."""

METRICS: Final = "/metrics"
"""For programs on this machine, admins, and integrations with the scope ``metrics:read``."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Readiness(msgspec.Struct, frozen=True):
    ready: bool
    problems: list[str]
    """Why not, as sentences."""
    mailboxes: list[str]
    """What is wrong with mailboxes, as sentences; the rest works all the same."""
    providers: list[str]
    """The same of SMS providers that take nothing from us."""


def page_handlers(parts: Parts, gate: Gate, metrics: Metrics) -> dict[str, Handler]:
    """The handlers of `PUBLIC` and `METRICS`, by path."""
    document, html = _documentation()

    async def healthz(request: web.Request) -> web.Response:
        return _json(b'{"alive":true}')

    async def readyz(request: web.Request) -> web.Response:
        problems = parts.problems()
        if parts.stopping.is_set():
            problems = ["The daemon is stopping.", *problems]
        told = [f"{state.endpoint}/{state.folder}: {state.problem}" for state in parts.mailboxes() if state.problem]
        providers = [f"{endpoint}: {problem}" for endpoint, problem in parts.sms.problems().items()]
        body = msgspec.json.encode(Readiness(not problems, problems, told, providers))
        return _json(body, status=503 if problems else 200)

    async def openapi_json(request: web.Request) -> web.Response:
        return _json(document)

    async def docs(request: web.Request) -> web.Response:
        headers = {**SECURITY_HEADERS, **PAGE_POLICY, hdrs.CONTENT_TYPE: "text/html; charset=utf-8"}
        return web.Response(body=html, headers=headers)

    async def metrics_text(request: web.Request) -> web.Response:
        try:
            if not is_from_this_machine(request):
                actor = await gate.identify(request)
                if actor.role is not Role.ADMIN and Scope.METRICS_READ not in actor.scopes:
                    raise Forbidden(f"This needs an admin's token, or the scope {Scope.METRICS_READ}.")
        except Refusal as refusal:
            return problem(refusal)
        except STORAGE_AWAY:
            return problem(NotReady("Tokens cannot be checked just now. Come back in a moment."))
        body, content_type = await metrics.render(request.headers.get(hdrs.ACCEPT, ""))
        return web.Response(body=body, headers={**SECURITY_HEADERS, hdrs.CONTENT_TYPE: content_type})

    handlers: dict[str, Handler] = {
        "/healthz": healthz,
        "/readyz": readyz,
        "/openapi.json": openapi_json,
        "/docs": docs,
    }
    return {**handlers, METRICS: metrics_text}


@cache
def _documentation() -> tuple[bytes, bytes]:
    """The OpenAPI document and its page. They say the same in every daemon of this version."""
    document = openapi()
    return msgspec.json.encode(document), render_docs(document).encode()


def _json(body: bytes, status: int = 200) -> web.Response:
    headers = {**SECURITY_HEADERS, hdrs.CONTENT_TYPE: "application/json"}
    if status == 503:
        headers[hdrs.RETRY_AFTER] = str(RETRY_AFTER_S)
    return web.Response(status=status, body=body, headers=headers)
