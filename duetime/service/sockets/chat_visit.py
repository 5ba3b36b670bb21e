"""One visitor's connection, kept in step with their conversation.

An event of the journal only says "look again": what the visitor is then shown is read as it stands. So one
place decides what they may see, a reconnect is nothing special, and messages can be neither missed nor
doubled, because each look begins after the number that was shown last.
"""

import asyncio
import secrets
from collections.abc import Iterator, Set
from typing import Final, Protocol, TypeVar

import structlog

from duetime.queues.connection import Busy, ServerLost
from duetime.queues.store import Store
from duetime.router.ids import AssociateId, ConversationId, SessionId
from duetime.service.chat.reception import Visitor
from duetime.service.estimates import Estimates
from duetime.service.links import LinkSigner
from duetime.service.sockets.chat_frames import ChatState, Standing
from duetime.service.sockets.chat_view import ChatView, look, newest_conversation
from duetime.service.sockets.frames import CLOSE_BROKEN, encode

LOOK_RETRY_S: Final = 1.0
_NOBODY: Final[frozenset["Visit"]] = frozenset()

_Key = TypeVar("_Key")

log = structlog.get_logger(__name__)


class Outlet(Protocol):
    """What a visitor is shown goes there: a websocket, or the answer to a request that waits for it."""

    @property
    def closing(self) -> bool: ...

    def send(self, frame: bytes) -> None:
        """Never waits."""

    async def send_waiting(self, frame: bytes) -> None:
        """Waits until the client has room for more."""

    def close(self, code: int, reason: str) -> None: ...


class Visit:
    """One connection of one session, or one request that waits; two tabs of a browser are two visits."""

    __slots__ = (
        "_before",
        "_estimates",
        "_links",
        "_look_again",
        "_looking",
        "_newer",
        "_store",
        "_visits",
        "conversation",
        "holder",
        "id",
        "live",
        "outlet",
        "shown",
        "state",
        "visitor",
    )

    def __init__(
        self,
        visitor: Visitor,
        outlet: Outlet,
        *,
        visits: "Visits",
        store: Store,
        estimates: Estimates,
        links: LinkSigner,
    ) -> None:
        self.id = secrets.token_hex(8)
        self.visitor = visitor
        self.outlet = outlet
        self.conversation: ConversationId | None = None
        self.shown = 0
        """The number of the last message of `conversation` that was sent or passed over."""
        self._before: dict[ConversationId, int] = {}
        """The same of those that this visit was turned away from."""
        self.state: ChatState | None = None
        self.holder: AssociateId | None = None
        self.live = False
        """The welcome was sent."""
        self._visits = visits
        self._store = store
        self._estimates = estimates
        self._links = links
        self._newer: ConversationId | None = None
        self._look_again = False
        self._looking: asyncio.Task[None] | None = None

    @property
    def session(self) -> SessionId:
        return self.visitor.session.id

    @property
    def waits(self) -> bool:
        return self.state is not None and self.state.state is Standing.WAITING

    def remember(self, view: ChatView) -> None:
        """This is what the client has now, or will have when what is on its way arrives."""
        if self.conversation != view.state.conversation:
            if self.conversation is not None:
                self._before[self.conversation] = self.shown
            self._visits.turn_to(self, view.state.conversation)
            self._look_again = True  # for what happened after the look, when nobody stirred us yet
        self.shown, self.state, self.holder = view.read_to, view.state, view.holder
        self._look_again |= view.more

    def go_on(self, conversation: ConversationId, shown: int, state: ChatState | None) -> None:
        """The client has this conversation of theirs already, up to that message, and standing like that."""
        self._visits.turn_to(self, conversation)
        self.shown, self.state = shown, state
        self._look_again = True

    def begin(self) -> None:
        """The welcome was sent: look for what came meanwhile, and from now on whenever something happens."""
        self.live = True
        if self._look_again:
            self.stir()

    def stir(self) -> None:
        """Something happened: look, now or after the look that is under way."""
        self._look_again = True
        if self.live and self._looking is None and not self.outlet.closing:
            self._looking = asyncio.create_task(self._look())

    def hear_of(self, conversation: ConversationId) -> None:
        """The session seems to have another conversation. Ids grow, so news that come late change nothing."""
        if conversation > (self._newer or self.conversation or ""):
            self._newer = conversation
            self.stir()

    async def looked(self, most_s: float | None = None) -> None:
        """Wait until the look that is under way has ended, but no longer than that."""
        if self._looking is not None:
            await asyncio.wait([self._looking], timeout=most_s)

    def end(self) -> None:
        if self._looking is not None:
            self._looking.cancel()

    async def _look(self) -> None:
        try:
            while self._look_again and not self.outlet.closing:
                self._look_again = False
                try:
                    await self._look_once()
                except (ServerLost, Busy):
                    self._look_again = True
                    await asyncio.sleep(LOOK_RETRY_S)
        except Exception:
            log.exception("chat_look_failed", conversation=self.conversation)
            self.outlet.close(CLOSE_BROKEN, "internal error")
        finally:
            self._looking = None

    async def _look_once(self) -> None:
        target = self._newer or self.conversation
        if target is None:
            return
        after = self.shown if target == self.conversation else self._before.get(target, 0)
        view = await look(self._store, self._estimates, self._links, self.visitor.session, target, after)
        if self._newer == target:
            self._newer = None
        if view is None:
            await self._turn_back()
            return
        frames = [encode(message) for message in view.messages]
        if view.state != self.state:
            over = view.state.state is Standing.CLOSED
            frames.insert(len(frames) if over else 0, encode(view.state))
        self.remember(view)
        for frame in frames:
            await self.outlet.send_waiting(frame)

    async def _turn_back(self) -> None:
        """What they were shown is theirs no more, when an associate has split it from theirs again."""
        newest = await newest_conversation(self._store, self.visitor.session)
        if newest not in (None, self.conversation):
            self._newer, self._look_again = newest, True


class Visits:
    """All visits of this daemon, by session and by conversation."""

    def __init__(self) -> None:
        self._by_session: dict[SessionId, set[Visit]] = {}
        self._by_conversation: dict[ConversationId, set[Visit]] = {}

    def __iter__(self) -> Iterator[Visit]:
        return iter([visit for visits in self._by_session.values() for visit in visits])

    def __len__(self) -> int:
        return len(self._by_session)

    def of(self, session: SessionId) -> Set[Visit]:
        return self._by_session.get(session, _NOBODY)

    def on(self, conversation: ConversationId) -> Set[Visit]:
        return self._by_conversation.get(conversation, _NOBODY)

    def join(self, visit: Visit) -> None:
        self._by_session.setdefault(visit.session, set()).add(visit)

    def turn_to(self, visit: Visit, conversation: ConversationId) -> None:
        """From now on the visit is stirred by this conversation, and no longer by another."""
        self._turn_away(visit)
        visit.conversation = conversation
        self._by_conversation.setdefault(conversation, set()).add(visit)

    def leave(self, visit: Visit) -> None:
        visit.end()
        self._turn_away(visit)
        _remove(self._by_session, visit.session, visit)

    def _turn_away(self, visit: Visit) -> None:
        if visit.conversation is not None:
            _remove(self._by_conversation, visit.conversation, visit)


def _remove(index: dict[_Key, set[Visit]], key: _Key, visit: Visit) -> None:
    index[key].discard(visit)
    if not index[key]:
        del index[key]
