"""``GET /v1/chat``: the visitors' websocket, open to everybody.

::

    client                             daemon
      │  hello {endpoint, resume_token?, conversation?, after?, identity? …}
      ├────────────────────────────────►│  session found by its token's hash, or begun
      │◄────────────────────────────────┤  welcome {resume_token, conversation, messages}
      │  message {id, text}
      ├────────────────────────────────►│  intake: stored and routed
      │◄────────────────────────────────┤  result {id, data: {conversation, number}}
      │◄────────────────────────────────┤  state, message … as they come
"""

from aiohttp import web

from duetime.queues.connection import Busy, ServerLost
from duetime.router.errors import Refusal
from duetime.service.chat.lobby import Lobby
from duetime.service.sockets.admission import Admission
from duetime.service.sockets.chat_frames import (
    ChatFrame,
    ChatRequest,
    Delivered,
    Hello,
    Read,
    Typing,
    frame_decoder,
    hello_decoder,
)
from duetime.service.sockets.chat_visit import Visit
from duetime.service.sockets.connection import Connection
from duetime.service.sockets.dialogue import (
    dismiss,
    read_frames,
    read_hello,
    result_of,
    unavailable,
)
from duetime.service.sockets.frames import encode


def routes(lobby: Lobby, admission: Admission) -> list[web.RouteDef]:
    return [web.get("/v1/chat", ChatSocket(lobby, admission).handle)]


class ChatSocket:
    """All chat connections of this daemon."""

    def __init__(self, lobby: Lobby, admission: Admission) -> None:
        self._lobby = lobby
        self._admission = admission

    async def handle(self, request: web.Request) -> web.StreamResponse:
        async def serve(connection: Connection, address: str) -> None:
            await self._serve(request, connection, address)

        return await self._admission.open(request, serve)

    async def _serve(self, request: web.Request, connection: Connection, address: str) -> None:
        hello = await read_hello(connection, hello_decoder)
        if hello is None:
            return
        try:
            endpoint = self._lobby.reception.endpoint(hello.endpoint)
            self._admission.check_origin(request, endpoint.allowed_origins)
            await self._attend(connection, hello, address)
        except Refusal as refusal:
            dismiss(connection, refusal)
        except (ServerLost, Busy) as error:
            dismiss(connection, unavailable(error))

    async def _attend(self, connection: Connection, hello: Hello, address: str) -> None:
        """A visit from its hello to its end."""
        visitor, resumed = await self._lobby.reception.receive(hello, address)
        with self._lobby.visit(visitor, connection) as visit:
            await self._welcome(visit, connection, hello, resumed=resumed)

            async def take(frame: ChatFrame) -> None:
                await self._take(visit, connection, frame)

            await read_frames(connection, frame_decoder, take)

    async def _welcome(self, visit: Visit, connection: Connection, hello: Hello, *, resumed: bool) -> None:
        """Send what the visitor sees first. On its own, so that it is not kept for as long as they stay."""
        welcome = await self._lobby.welcome(visit, hello, resumed=resumed)
        await connection.send_waiting(encode(welcome))
        visit.begin()

    async def _take(self, visit: Visit, connection: Connection, frame: ChatFrame) -> None:
        if isinstance(frame, Typing | Delivered | Read):
            try:
                self._lobby.rates.frames.take(visit.id)
                await self._lobby.requests.tell(visit, frame)
            except (Refusal, ServerLost, Busy):
                return  # typing and marks are not answered; the next one says it again
        else:
            connection.send(await result_of(frame.id, self._carry_out(visit, frame)))

    async def _carry_out(self, visit: Visit, frame: ChatRequest) -> object:
        self._lobby.rates.frames.take(visit.id)
        return await self._lobby.requests.carry_out(visit, frame)
