"""``GET /v1/chat``: the visitors' websocket, open to everybody.

::

    client                             daemon
      │  hello {endpoint, resume_token?, conversation?, after?}
      ├────────────────────────────────►│  session found by its token's hash, or begun
      │◄────────────────────────────────┤  welcome {resume_token, conversation, messages}
      │  message {id, text}
      ├────────────────────────────────►│  intake: stored and routed
      │◄────────────────────────────────┤  result {id, data: {conversation, number}}
      │◄────────────────────────────────┤  state, message … as they come
"""

import asyncio
import secrets
from collections.abc import Sequence
from typing import Final

from aiohttp import web

from duetime.channels.chat import session_of, to_inbound
from duetime.config.chat_settings import ChatEndpoint
from duetime.queues.chat_sessions import ChatSession
from duetime.queues.connection import Busy, ServerLost
from duetime.router.errors import NotFound, Refusal
from duetime.router.events import Event, EventType
from duetime.router.ids import EndpointId, SessionId, make_id
from duetime.router.message import Author
from duetime.service import hints
from duetime.service.access import hash_secret
from duetime.service.limits import RateLimit
from duetime.service.parts import Parts
from duetime.service.sockets.admission import Admission
from duetime.service.sockets.chat_frames import (
    ChatFrame,
    Delivered,
    Hello,
    Ping,
    Read,
    SendMessage,
    Sent,
    Typed,
    Typing,
    Welcome,
    frame_decoder,
    hello_decoder,
)
from duetime.service.sockets.chat_view import ChatView, look, newest_conversation
from duetime.service.sockets.chat_visit import Visit, Visitor, Visits
from duetime.service.sockets.connection import Connection
from duetime.service.sockets.dialogue import (
    dismiss,
    read_frames,
    read_hello,
    result_of,
    unavailable,
)
from duetime.service.sockets.frames import encode
from duetime.service.sockets.rounds import Rounds

POSITIONS_EVERY_S: Final = 5.0
"""A visitor who waits is told their position at most this often."""
FRAMES_PER_S: Final = 10
"""Frames of one connection, of whatever type."""
SESSIONS_PER_ADDRESS: Final = 10
"""So many visitors may write from one address as fast as one visitor may."""
ROUND_BATCH, ROUND_BATCH_S = 200, 1.0
"""So many visits look at their position at once, for so long at most, so that a round does not hold up
everything else."""
TYPED: Final = encode(Typed())
UNSEEN: Final = frozenset(
    {EventType.NOTE_ADDED, EventType.MARKS_MOVED, EventType.TARGET_AT_RISK, EventType.TARGET_BREACHED}
)
"""Events of a conversation that change nothing for its visitor."""


def routes(parts: Parts) -> list[web.RouteDef]:
    return [web.get("/v1/chat", ChatSocket(parts).handle)]


class ChatSocket:
    """All chat connections of this daemon."""

    def __init__(self, parts: Parts) -> None:
        settings = parts.settings
        self._parts = parts
        self._visits = Visits()
        self._endpoints = settings.chat.endpoints
        anywhere = {origin for endpoint in self._endpoints.values() for origin in endpoint.allowed_origins}
        self._admission = Admission(settings, parts.stopping, anywhere)
        self._frames = RateLimit("frames", per_s=FRAMES_PER_S, burst=5 * FRAMES_PER_S)
        per_minute = SESSIONS_PER_ADDRESS * settings.limits.chat_messages_per_minute
        self._address_messages = RateLimit("messages from your address", per_s=per_minute / 60, burst=per_minute)
        self._rounds = Rounds(
            POSITIONS_EVERY_S,
            stopping=parts.stopping,
            anybody=lambda: len(self._visits) > 0,
            round_=self._look_at_positions,
        )
        parts.feed.subscribe(self._on_events)
        parts.hints.subscribe(self._on_typing)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        async def serve(connection: Connection, address: str) -> None:
            await self._serve(request, connection, address)

        return await self._admission.open(request, serve)

    async def _serve(self, request: web.Request, connection: Connection, address: str) -> None:
        hello = await read_hello(connection, hello_decoder)
        if hello is None:
            return
        try:
            endpoint = self._endpoints.get(hello.endpoint)
            if endpoint is None:
                raise NotFound("There is no chat by that name.", endpoint=hello.endpoint)
            self._admission.check_origin(request, endpoint.allowed_origins)
            await self._attend(connection, hello, address, endpoint)
        except Refusal as refusal:
            dismiss(connection, refusal)
        except (ServerLost, Busy) as error:
            dismiss(connection, unavailable(error))

    async def _attend(self, connection: Connection, hello: Hello, address: str, endpoint: ChatEndpoint) -> None:
        """A visit from its hello to its end."""
        token, session, resumed = await self._session(hello, address)
        visitor = Visitor(session, hash_secret(token), address, hello.name, hello.language)
        visit = Visit(visitor, connection, self._visits, self._parts.store, self._parts.estimates)
        self._visits.join(visit)
        self._rounds.begin()
        try:
            await self._welcome(visit, hello, token, endpoint, resumed)

            async def take(frame: ChatFrame) -> None:
                await self._take(visit, frame)

            await read_frames(connection, frame_decoder, take)
        finally:
            self._visits.leave(visit)

    async def _session(self, hello: Hello, address: str) -> tuple[str, ChatSession, bool]:
        """The session and its token, and whether there was one. Raises TooMany."""
        sessions = self._parts.store.chat_sessions
        if hello.resume_token:
            known = await sessions.resume(hash_secret(hello.resume_token))
            if known is not None and known.endpoint == hello.endpoint:
                return hello.resume_token, known, True
        self._parts.limits.chat_sessions.take(address)
        now = self._parts.store.clock()
        token = secrets.token_urlsafe(32)
        session = ChatSession(
            id=SessionId(make_id("se", now, secrets.randbits(48))),
            endpoint=EndpointId(hello.endpoint),
            created_at=now,
        )
        await sessions.add(hash_secret(token), session)
        return token, session, False

    async def _welcome(self, visit: Visit, hello: Hello, token: str, endpoint: ChatEndpoint, resumed: bool) -> None:
        """Send what the visitor sees first. On its own, so that it is not kept for as long as they stay."""
        view = await self._first_view(visit, hello) if resumed else None
        welcome = Welcome(
            resume_token=token,
            resumed=resumed,
            endpoint_name=endpoint.name,
            conversation=view.state if view else None,
            messages=view.messages if view else [],
        )
        await visit.connection.send_waiting(encode(welcome))
        visit.begin()

    async def _first_view(self, visit: Visit, hello: Hello) -> ChatView | None:
        store = self._parts.store
        conversation = await newest_conversation(store, visit.visitor.session)
        if conversation is None:
            return None
        # A number means something only in the conversation in which it was seen.
        after = hello.after if hello.conversation == conversation and hello.after else None
        view = await look(store, self._parts.estimates, visit.visitor.session, conversation, after)
        if view is not None:
            visit.remember(view)
        return view

    async def _take(self, visit: Visit, frame: ChatFrame) -> None:
        if isinstance(frame, SendMessage | Ping):
            visit.connection.send(await result_of(frame.id, self._carry_out(visit, frame)))
            return
        try:
            self._frames.take(visit.id)
            await self._tell(visit, frame)
        except (Refusal, ServerLost, Busy):
            return  # typing and marks are not answered; the next one says it again

    async def _carry_out(self, visit: Visit, frame: SendMessage | Ping) -> Sent | None:
        self._frames.take(visit.id)
        if isinstance(frame, Ping):
            return None
        visitor = visit.visitor
        self._parts.limits.chat_messages.take(visit.session)
        self._address_messages.take(visitor.address)
        inbound = to_inbound(
            session=visit.session,
            endpoint=visitor.session.endpoint,
            client_id=frame.id,
            text=frame.text,
            name=visitor.name,
            language=visitor.language,
        )
        accepted = await self._parts.intake.receive(inbound)
        if visit.conversation is None:
            await self._parts.store.chat_sessions.keep(visitor.token_hash)
        visit.hear_of(accepted.conversation)
        return Sent(accepted.conversation, accepted.number)

    async def _tell(self, visit: Visit, frame: Typing | Delivered | Read) -> None:
        if visit.conversation is None:
            return
        if isinstance(frame, Delivered):
            await self._parts.desk.mark(visit.conversation, delivered=min(frame.number, visit.shown))
        elif isinstance(frame, Read):
            await self._parts.desk.mark(visit.conversation, read=min(frame.number, visit.shown))
        elif visit.holder is not None:
            await self._parts.hints.publish(
                hints.Typing(
                    conversation=visit.conversation,
                    author=Author.CONTACT,
                    associate=visit.holder,
                    source=visit.id,
                )
            )

    def _on_events(self, events: Sequence[Event]) -> None:
        for event in events:
            if event.conversation is None or event.type in UNSEEN:
                continue
            for visit in self._visits.on(event.conversation):
                visit.stir()
            if event.type == EventType.MESSAGE_RECEIVED:
                sender = session_of(event.data["message"].get("external_id"))
                for visit in self._visits.of(sender[0]) if sender else ():
                    visit.hear_of(event.conversation)

    def _on_typing(self, hint: hints.Typing) -> None:
        if hint.author is Author.ASSOCIATE:
            for visit in self._visits.on(hint.conversation):
                if visit.live:
                    visit.connection.send(TYPED)

    async def _look_at_positions(self) -> None:
        waiting = [visit for visit in self._visits if visit.waits]
        for start in range(0, len(waiting), ROUND_BATCH):
            batch = waiting[start : start + ROUND_BATCH]
            for visit in batch:
                visit.stir()
            await asyncio.wait([asyncio.create_task(visit.looked()) for visit in batch], timeout=ROUND_BATCH_S)
