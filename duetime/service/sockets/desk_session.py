"""Which desk connection is shown which event, and from where on: without gap and without doubles.

A session joins the audience before its first state is read, so whatever happens meanwhile is held; then it
is told the state as of a cursor, the held events after that cursor, and from there on everything as it
happens.
"""

import secrets
from collections.abc import Iterator, Set
from typing import Final

from duetime.queues.journal import cursor_key
from duetime.router.events import Event, EventType
from duetime.router.ids import AssociateId, TeamId
from duetime.service.access import Actor
from duetime.service.sockets.connection import Connection
from duetime.service.sockets.desk_frames import EventFrame
from duetime.service.sockets.frames import CLOSE_SLOW, encode

CursorKey = tuple[int, int]
ABOUT_TARGETS: Final = frozenset({EventType.TARGET_AT_RISK, EventType.TARGET_BREACHED})
_NOBODY: Final[frozenset["DeskSession"]] = frozenset()


class DeskSession:
    """One desk connection after its hello."""

    __slots__ = ("_held", "_held_max", "actor", "connection", "id", "teams", "told")

    def __init__(
        self, actor: Actor, connection: Connection, held_max: int, teams: frozenset[TeamId] = frozenset()
    ) -> None:
        self.id = secrets.token_hex(8)
        self.actor = actor
        self.teams = teams
        """Those of its associate."""
        self.connection = connection
        self.told: CursorKey = (0, 0)
        """Everything up to here that concerns this desk has been sent."""
        self._held: list[tuple[CursorKey, bytes]] | None = []
        self._held_max = held_max

    @property
    def live(self) -> bool:
        """It has its first state."""
        return self._held is None

    def tell(self, at: CursorKey, frame: bytes) -> None:
        """Show the event at this place of the journal, unless its state was shown already."""
        if self._held is not None:
            if len(self._held) >= self._held_max:
                self.connection.close(CLOSE_SLOW, "too slow, resume with your cursor")
            else:
                self._held.append((at, frame))
        elif at > self.told:
            self.told = at
            self.connection.send(frame)

    def go_live(self, told: CursorKey) -> None:
        """The state as of ``told`` has been sent: send what was held after it, then whatever comes."""
        held, self._held = self._held or [], None
        self.told = told
        for at, frame in held:
            self.tell(at, frame)


class Audience:
    """All desk sessions of this daemon, by whose desk they are."""

    def __init__(self) -> None:
        self._desks: dict[AssociateId, set[DeskSession]] = {}
        self._watching: set[DeskSession] = set()
        self._all: set[DeskSession] = set()

    def __iter__(self) -> Iterator[DeskSession]:
        return iter(tuple(self._all))

    def __len__(self) -> int:
        return len(self._all)

    def join(self, session: DeskSession) -> None:
        self._all.add(session)
        if session.actor.supervises:
            self._watching.add(session)
        if session.actor.associate is not None:
            self._desks.setdefault(session.actor.associate, set()).add(session)

    def leave(self, session: DeskSession) -> None:
        self._all.discard(session)
        self._watching.discard(session)
        associate = session.actor.associate
        if associate is not None and associate in self._desks:
            self._desks[associate].discard(session)
            if not self._desks[associate]:
                del self._desks[associate]

    @property
    def associates(self) -> list[AssociateId]:
        """Those with a desk here."""
        return list(self._desks)

    def desks_of(self, associate: AssociateId | None) -> Set[DeskSession]:
        return self._desks.get(associate, _NOBODY) if associate is not None else _NOBODY

    def shown(self, associate: AssociateId | None) -> Set[DeskSession]:
        """Who sees what concerns this associate: their desks, and everybody who watches."""
        desks = self.desks_of(associate)
        return desks | self._watching if desks and self._watching else desks or self._watching

    def tell(self, event: Event) -> None:
        """Show an event to those whom it concerns; it is encoded once for all of them."""
        if event.type == EventType.ASSOCIATE_CHANGED:
            for session in self.desks_of(event.associate):
                session.teams = frozenset(event.data["teams"])
        sessions = self.shown(event.associate)
        if "teams" in event.data and event.type in ABOUT_TARGETS:
            sessions = sessions | {session for session in self._all if is_in_team(session.actor, session.teams, event)}
        if sessions:
            at, frame = cursor_key(event.cursor), event_frame(event)
            for session in sessions:
                session.tell(at, frame)


def concerns(actor: Actor, teams: frozenset[TeamId], event: Event) -> bool:
    """Whether the desk of this actor, whose teams these are, is shown the event; the same rule as `Audience.tell`."""
    mine = actor.associate is not None and event.associate == actor.associate
    return actor.supervises or mine or is_in_team(actor, teams, event)


def is_in_team(actor: Actor, teams: frozenset[TeamId], event: Event) -> bool:
    """Whether the event is about a target of which the team is told, and they are in it. A queue without teams is
    everybody's."""
    if actor.associate is None or event.type not in ABOUT_TARGETS or "teams" not in event.data:
        return False
    told = event.data["teams"]
    return not told or not teams.isdisjoint(told)


def event_frame(event: Event) -> bytes:
    return encode(EventFrame(cursor=event.cursor, event=event))
