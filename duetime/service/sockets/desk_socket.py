"""``GET /v1/desk``: the associates' websocket.

::

    client                    daemon
      │  hello {ticket, cursor?}
      ├───────────────────────►│  ticket taken, audience joined (events are held from here), lease held
      │◄───────────────────────┤  snapshot as of a cursor, or resumed and what was missed since the client's
      │◄───────────────────────┤  event … event …   (first those held, then as they happen)
      │  reply {id, …}
      ├───────────────────────►│  a command of the desk
      │◄───────────────────────┤  result {id, ok, …}
"""

import asyncio
from collections.abc import Sequence
from typing import Final

from aiohttp import web

from duetime.queues.connection import Busy, ServerLost
from duetime.queues.journal import cursor_key
from duetime.router.conversation import State
from duetime.router.errors import Refusal, Unauthenticated
from duetime.router.events import Event, EventType
from duetime.router.message import Author
from duetime.service import hints
from duetime.service.parts import Parts
from duetime.service.sockets.admission import Admission
from duetime.service.sockets.connection import Connection
from duetime.service.sockets.desk_frames import (
    DeskFrame,
    DeskRequest,
    Hello,
    Ping,
    Pong,
    Typed,
    Typing,
    frame_decoder,
    hello_decoder,
)
from duetime.service.sockets.desk_opening import first_frames
from duetime.service.sockets.desk_requests import carry_out
from duetime.service.sockets.desk_session import Audience, DeskSession
from duetime.service.sockets.dialogue import (
    dismiss,
    read_frames,
    read_hello,
    result_of,
    unavailable,
)
from duetime.service.sockets.frames import CLOSE_MANY, CLOSE_UNKNOWN, encode
from duetime.service.sockets.rounds import Rounds

ROUND_BATCH: Final = 200
"""So many desks are looked after at once, so that a round does not hold up everything else."""


def routes(parts: Parts) -> list[web.RouteDef]:
    return [web.get("/v1/desk", DeskSocket(parts).handle)]


class DeskSocket:
    """All desk connections of this daemon."""

    def __init__(self, parts: Parts) -> None:
        settings = parts.settings
        self._parts = parts
        self._audience = Audience()
        self._admission = Admission(settings, parts.stopping, settings.http.allowed_origins)
        self._rounds = Rounds(
            parts.staff.renew_every_s,
            stopping=parts.stopping,
            anybody=lambda: len(self._audience) > 0,
            round_=self._renew,
        )
        parts.feed.subscribe(self._on_events)
        parts.hints.subscribe(self._on_typing)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        return await self._admission.open(request, self._serve)

    async def _serve(self, connection: Connection, _address: str) -> None:
        hello = await read_hello(connection, hello_decoder)
        if hello is None:
            return
        try:
            actor = await self._parts.tickets.redeem(hello.ticket)
            settings = self._parts.settings
            if len(self._audience.desks_of(actor.associate)) >= settings.limits.desks_per_associate:
                connection.close(CLOSE_MANY, "too many desks of this associate")
                return
            session = DeskSession(actor, connection, settings.desk.send_buffer_frames)
            await self._attend(session, hello)
        except Refusal as refusal:
            dismiss(connection, refusal)
        except (ServerLost, Busy) as error:
            dismiss(connection, unavailable(error))

    async def _attend(self, session: DeskSession, hello: Hello) -> None:
        """A desk from its hello to its end."""
        actor, connection = session.actor, session.connection
        self._audience.join(session)
        self._rounds.begin()
        try:
            if actor.associate is not None:
                await self._parts.staff.connect(actor.associate, session.id)
                session.teams = (await self._parts.store.views.associate(actor.associate)).profile.teams
            await self._begin(session, hello.cursor)

            async def take(frame: DeskFrame) -> None:
                await self._take(session, frame)

            await read_frames(connection, frame_decoder, take)
        finally:
            self._audience.leave(session)
            if actor.associate is not None:
                await self._parts.staff.disconnect(actor.associate, session.id)

    async def _begin(self, session: DeskSession, cursor: str | None) -> None:
        """Send the first state. On its own, so that what can be large is not kept for as long as the desk
        is open."""
        first, told = await first_frames(self._parts.store, session.actor, session.teams, cursor)
        for frame in first:
            await session.connection.send_waiting(frame)
        session.go_live(cursor_key(told))

    async def _take(self, session: DeskSession, frame: DeskFrame) -> None:
        if isinstance(frame, Typing):
            await self._typing(session, frame)
        else:
            session.connection.send(await result_of(frame.id, self._carry_out(session, frame)))

    async def _carry_out(self, session: DeskSession, request: DeskRequest | Ping) -> object:
        self._parts.limits.desk_requests.take(session.id)
        if isinstance(request, Ping):
            told = max(session.told, cursor_key(self._parts.feed.cursor))
            return Pong(cursor=f"{told[0]}-{told[1]}")
        return await carry_out(self._parts.desk, self._parts.staff, session.actor, request)

    async def _typing(self, session: DeskSession, frame: Typing) -> None:
        """Tell the visitor, if the conversation is this associate's to answer."""
        try:
            self._parts.limits.desk_requests.take(session.id)
            conversation = await self._parts.desk.view(session.actor, frame.conversation)
        except (Refusal, ServerLost, Busy):
            return
        if conversation.state is State.ASSIGNED and conversation.associate == session.actor.associate:
            await self._parts.hints.publish(
                hints.Typing(
                    conversation=conversation.id,
                    author=Author.ASSOCIATE,
                    associate=session.actor.associate,
                    source=session.id,
                )
            )

    def _on_events(self, events: Sequence[Event]) -> None:
        for event in events:
            self._audience.tell(event)
            if event.type == EventType.TOKEN_REVOKED:
                for session in self._audience:
                    if session.actor.token_id == event.data["token"]:
                        session.connection.close(CLOSE_UNKNOWN, "token revoked")

    def _on_typing(self, hint: hints.Typing) -> None:
        by_associate = hint.author is Author.ASSOCIATE
        frame = encode(
            Typed(
                conversation=hint.conversation,
                author=hint.author,
                associate=hint.associate if by_associate else None,
            )
        )
        for session in self._audience.shown(hint.associate):
            if session.live and session.id != hint.source:
                session.connection.send(frame)

    async def _renew(self) -> None:
        sessions = tuple(self._audience)
        for start in range(0, len(sessions), ROUND_BATCH):
            await asyncio.gather(*map(self._renew_one, sessions[start : start + ROUND_BATCH]))

    async def _renew_one(self, session: DeskSession) -> None:
        """The associate is still there; their token is still good, whatever became of the event that said
        it is not."""
        try:
            await self._parts.authenticator.holder(session.actor.token_id)
        except Unauthenticated:
            session.connection.close(CLOSE_UNKNOWN, "token expired or revoked")
            return
        if session.actor.associate is not None:
            await self._parts.staff.renew(session.actor.associate)
