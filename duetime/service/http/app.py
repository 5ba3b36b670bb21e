"""The web application: every route of the table, the pages, the websockets, and a problem for anything else."""

from itertools import groupby
from typing import Final

from aiohttp import hdrs, web, web_response

from duetime.service.chat import routes as chat_routes
from duetime.service.chat.door import House
from duetime.service.chat.lobby import Lobby
from duetime.service.http import files
from duetime.service.http.metrics import Metrics
from duetime.service.http.pages import Handler, page_handlers
from duetime.service.http.problem import MethodNotAllowed, UnknownPath, problem
from duetime.service.http.routes import ROUTES
from duetime.service.http.serve import Endpoint, Gate
from duetime.service.http.sms_webhooks import METHODS, SmsWebhooks
from duetime.service.http.web_files import web_handlers
from duetime.service.parts import Parts
from duetime.service.sockets import chat_socket, desk_socket
from duetime.service.sockets.admission import Admission

SERVER_NAME: Final = "duetime"


def build_app(parts: Parts) -> web.Application:
    """The application of one daemon, ready for a runner."""
    # aiohttp tells its own and Python's version with every response, and takes the name for those that it
    # makes itself, such as the answer to a request line that is none, from nowhere else.
    web_response.SERVER_SOFTWARE = SERVER_NAME  # type: ignore[attr-defined]
    app = web.Application(client_max_size=parts.settings.limits.body_bytes)
    gate, metrics = Gate(parts), Metrics(parts)
    parts.feed.subscribe(metrics.on_events)
    for path, routes in groupby(sorted(ROUTES, key=lambda route: route.path), key=lambda route: route.path):
        handlers: dict[str, Handler] = {
            route.method: Endpoint(route, parts, gate, metrics.recorder(route.method, path)).serve for route in routes
        }
        if hdrs.METH_GET in handlers:
            handlers[hdrs.METH_HEAD] = handlers[hdrs.METH_GET]
        _add(app, path, handlers)
    for path, page in (page_handlers(parts, gate, metrics) | web_handlers(parts)).items():
        _add(app, path, {hdrs.METH_GET: page, hdrs.METH_HEAD: page})
    download = files.Files(parts).serve
    _add(app, files.PATH, {hdrs.METH_GET: download, hdrs.METH_HEAD: download})
    for path, webhook in SmsWebhooks(parts, metrics).handlers().items():
        _add(app, path, dict.fromkeys(METHODS, webhook))
    chats = parts.settings.chat.endpoints.values()
    admission = Admission(parts.settings, parts.stopping, {origin for chat in chats for origin in chat.allowed_origins})
    lobby = Lobby(parts)
    for door in chat_routes.doors(parts, House(lobby, admission, metrics.recorder)):
        _add(app, door.path, door.handlers)
    for socket in (*desk_socket.routes(parts), *chat_socket.routes(lobby, admission)):
        resource = app.router.add_resource(socket.path)
        resource.add_route(socket.method, socket.handler)
        resource.add_route(hdrs.METH_ANY, _refusing([socket.method]))
    app.router.add_route(hdrs.METH_ANY, "/{path:.*}", _unknown_path)
    return app


def _add(app: web.Application, path: str, handlers: dict[str, Handler]) -> None:
    """One path with its methods; any other method is refused."""
    resource = app.router.add_resource(path)
    for method, handler in handlers.items():
        resource.add_route(method, handler)
    resource.add_route(hdrs.METH_ANY, _refusing(sorted(handlers)))


def _refusing(allowed: list[str]) -> Handler:
    async def refuse(request: web.Request) -> web.Response:
        listed = ", ".join(allowed)
        return problem(MethodNotAllowed(f"This path takes {listed}, not {request.method}.", allowed=allowed))

    return refuse


async def _unknown_path(request: web.Request) -> web.Response:
    return problem(UnknownPath("There is nothing here. /docs lists what there is."))
