"""Who is shown which event, and from where on."""

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetime.router.events import Event, EventType
from duetime.router.ids import AssociateId, TeamId
from duetime.service.access import Actor, Role
from duetime.service.sockets.desk_session import Audience, DeskSession, concerns
from duetime.service.sockets.frames import CLOSE_SLOW

NAMES = [None, AssociateId("ana"), AssociateId("ben")]
ACTORS = [
    Actor(role=role, token_id="tk_1", associate=name) for role in Role for name in NAMES if role is not Role.INTEGRATION
]


class Wire:
    """Keeps what a connection would have sent."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.closed_with: int | None = None

    def send(self, frame: bytes) -> None:
        self.sent.append(frame)

    def close(self, code: int, reason: str) -> None:
        assert reason
        self.closed_with = code


def session(actor: Actor | None = None, held_max: int = 100, teams: Iterable[str] = ()) -> tuple[DeskSession, Wire]:
    wire: Any = Wire()
    return DeskSession(actor or ACTORS[1], wire, held_max, frozenset(map(TeamId, teams))), wire


def event(associate: AssociateId | None, cursor: str = "5-0") -> Event:
    return Event(cursor=cursor, type=EventType.OFFER_MADE, at=5, associate=associate)


@given(
    st.lists(st.tuples(st.integers(1, 30), st.integers(0, 3)), unique=True).map(sorted),
    st.integers(0, 30),
    st.data(),
)
def test_after_the_first_state_every_later_event_is_shown_once(
    events: list[tuple[int, int]], told: int, data: st.DataObject
) -> None:
    """However the events fall around the moment at which the state was read and sent."""
    live_from = data.draw(st.integers(0, len(events)))
    desk, wire = session()
    for at in events[:live_from]:
        desk.tell(at, repr(at).encode())
    assert not wire.sent
    desk.go_live((told, 0))
    for at in events[live_from:]:
        desk.tell(at, repr(at).encode())
        desk.tell(at, b"the same again")
    assert wire.sent == [repr(at).encode() for at in events if at > (told, 0)]


def test_a_desk_that_takes_too_long_for_its_first_state_is_disconnected() -> None:
    desk, wire = session(held_max=2)
    for second in range(3):
        desk.tell((second, 0), b"{}")
    assert wire.closed_with == CLOSE_SLOW


@pytest.mark.parametrize("data", [{}, {"teams": []}, {"teams": ["tech"]}, {"teams": ["tech", "sales"]}])
@pytest.mark.parametrize("kind", [EventType.OFFER_MADE, EventType.TARGET_AT_RISK, EventType.TARGET_BREACHED])
@pytest.mark.parametrize("associate", NAMES)
def test_live_events_follow_the_same_rule_as_those_that_were_missed(
    associate: AssociateId | None, kind: EventType, data: dict[str, Any]
) -> None:
    audience = Audience()
    desks = [session(actor, teams=teams) for actor in ACTORS for teams in ((), ("tech",), ("care", "sales"))]
    told = Event(cursor="5-0", type=kind, at=5, associate=associate, data=data)
    for desk, _ in desks:
        audience.join(desk)
        desk.go_live((0, 0))
    audience.tell(told)
    for desk, wire in desks:
        assert bool(wire.sent) == concerns(desk.actor, desk.teams, told), (desk.actor, desk.teams)


@pytest.mark.parametrize(("mine", "told"), [((), False), (("tech",), True), (("care",), False)])
def test_a_team_is_told_of_its_targets(mine: tuple[str, ...], told: bool) -> None:
    breach = Event(
        cursor="5-0", type=EventType.TARGET_BREACHED, at=5, associate=AssociateId("ben"), data={"teams": ["tech"]}
    )
    assert concerns(ACTORS[1], frozenset(map(TeamId, mine)), breach) is told
    nobodys = Event(cursor="5-0", type=EventType.TARGET_BREACHED, at=5, data={"teams": []})
    assert concerns(ACTORS[1], frozenset(map(TeamId, mine)), nobodys)


def test_who_changes_teams_is_told_of_the_new_ones_from_then_on() -> None:
    audience = Audience()
    desk, wire = session(teams=["tech"])
    audience.join(desk)
    desk.go_live((0, 0))
    audience.tell(
        Event(
            cursor="1-0",
            type=EventType.ASSOCIATE_CHANGED,
            at=1,
            associate=AssociateId("ana"),
            data={"version": 2, "teams": ["care"]},
        )
    )
    wire.sent.clear()
    for cursor, teams in (("2-0", ["tech"]), ("3-0", ["care"])):
        audience.tell(Event(cursor=cursor, type=EventType.TARGET_AT_RISK, at=2, data={"teams": teams}))
    assert [b"care" in frame for frame in wire.sent] == [True]


def test_who_left_is_shown_nothing() -> None:
    audience = Audience()
    desks = [session(actor) for actor in ACTORS]
    for desk, _ in desks:
        audience.join(desk)
    for desk, _ in desks:
        audience.leave(desk)
    assert not list(audience)
    assert not audience.associates
    assert not any(audience.shown(name) for name in NAMES)


def test_all_desks_of_an_associate_get_the_same_bytes() -> None:
    audience = Audience()
    desks = [session(), session()]
    for desk, _ in desks:
        audience.join(desk)
        desk.go_live((0, 0))
    audience.tell(event(AssociateId("ana")))
    (one,), (two,) = (wire.sent for _, wire in desks)
    assert one is two
