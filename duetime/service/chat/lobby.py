"""All visitors whom this daemon shows what happens, on whichever transport, and what stirs them."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from duetime.channels.chat import session_of
from duetime.queues.records import Conversation
from duetime.router.events import Event, EventType
from duetime.router.message import Author
from duetime.service import hints
from duetime.service.chat.rates import ChatRates
from duetime.service.chat.reception import Reception, Visitor
from duetime.service.chat.requests import Requests
from duetime.service.parts import Parts
from duetime.service.sockets.chat_frames import ChatState, Hello, Typed, Welcome
from duetime.service.sockets.chat_view import ANSWERED, ChatView, look, newest_conversation
from duetime.service.sockets.chat_visit import Outlet, Visit, Visits
from duetime.service.sockets.frames import encode
from duetime.service.sockets.rounds import Rounds

POSITIONS_EVERY_S: Final = 5.0
"""A visitor who waits is told their position at most this often."""
ROUND_BATCH, ROUND_BATCH_S = 200, 1.0
"""So many visits look at their position at once, for so long at most, so that a round does not hold up
everything else."""
TYPED: Final = encode(Typed())
UNSEEN: Final = frozenset(
    {EventType.NOTE_ADDED, EventType.MARKS_MOVED, EventType.TARGET_AT_RISK, EventType.TARGET_BREACHED}
)
"""Events of a conversation that change nothing for its visitor."""


class Lobby:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._visits = Visits()
        self.rates = ChatRates(parts.settings.limits)
        self.reception = Reception(parts.store, parts.settings.chat.endpoints, parts.limits.chat_sessions)
        self.requests = Requests(parts, self.rates)
        self._rounds = Rounds(
            POSITIONS_EVERY_S,
            stopping=parts.stopping,
            anybody=lambda: len(self._visits) > 0,
            round_=self._look_at_positions,
        )
        parts.feed.subscribe(self._on_events)
        parts.hints.subscribe(self._on_typing)

    @contextmanager
    def visit(self, visitor: Visitor, outlet: Outlet) -> Iterator[Visit]:
        """A visit, which is stirred until it is over."""
        visit = Visit(
            visitor,
            outlet,
            visits=self._visits,
            store=self._parts.store,
            estimates=self._parts.estimates,
            links=self._parts.links,
        )
        self._visits.join(visit)
        self._rounds.begin()
        try:
            yield visit
        finally:
            self._visits.leave(visit)

    async def go_on(self, visit: Visit, conversation: str | None, after: int, state: ChatState | None) -> None:
        """Show what came since: the client has seen the messages of its conversation up to that number, and it stood
        like that."""
        newest = await self._newest(visit)
        if newest is not None and newest.id == conversation:
            visit.go_on(newest.id, after, state)
        elif newest is not None:
            visit.hear_of(newest.id)

    async def stand_in(self, visit: Visit) -> None:
        """Let requests of a client be carried out to which nothing is shown by this visit."""
        newest = await self._newest(visit)
        if newest is not None:
            visit.go_on(newest.id, newest.messages, None)
            visit.holder = newest.associate if newest.state in ANSWERED else None

    async def welcome(self, visit: Visit, hello: Hello, *, resumed: bool) -> Welcome:
        """What the visitor is shown first."""
        visitor = visit.visitor
        view = await self._first_view(visit, hello) if resumed else None
        return Welcome(
            resume_token=visitor.token,
            resumed=resumed,
            identified=visitor.session.identity is not None,
            contact_name=visitor.name,
            endpoint_name=visitor.endpoint.name,
            conversation=view.state if view else None,
            messages=view.messages if view else [],
        )

    async def _newest(self, visit: Visit) -> Conversation | None:
        store = self._parts.store
        newest = await newest_conversation(store, visit.visitor.session)
        return await store.views.standing(newest) if newest is not None else None

    async def _first_view(self, visit: Visit, hello: Hello) -> ChatView | None:
        parts = self._parts
        newest = await newest_conversation(parts.store, visit.visitor.session)
        if newest is None:
            return None
        # A number means something only in the conversation in which it was seen.
        after = hello.after if hello.conversation == newest and hello.after else None
        view = await look(parts.store, parts.estimates, parts.links, visit.visitor.session, newest, after)
        if view is not None:
            visit.remember(view)
        return view

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
                    visit.outlet.send(TYPED)

    async def _look_at_positions(self) -> None:
        waiting = [visit for visit in self._visits if visit.waits]
        for start in range(0, len(waiting), ROUND_BATCH):
            batch = waiting[start : start + ROUND_BATCH]
            for visit in batch:
                visit.stir()
            await asyncio.wait([asyncio.create_task(visit.looked()) for visit in batch], timeout=ROUND_BATCH_S)
