"""The states of a conversation and the moves between them.

::

    (new) ─► waiting ─► offered ─► assigned ─► wrap_up ─► closed
                ▲  ▲       │         │    ▲       ▲         │
                │  └───────┘         ▼    │       │         │
                │                  parked ┘       │         │
                └────────────────────┴────────────┼─────────┘  (a message reopens)

``offered`` goes back to ``waiting`` when the associate declines, lets the offer expire, or it is rescinded;
``assigned`` goes back on transfer, or when its associate has left. A conversation that is auto-accepted, taken by hand
or woken by its own associate skips ``offered``. Any open state may be closed by somebody who may do so.
"""

from enum import StrEnum


class State(StrEnum):
    WAITING = "waiting"
    """In the line of exactly one class, or in an associate's personal line."""
    OFFERED = "offered"
    """Reserved for one associate, who has until the offer expires to answer."""
    ASSIGNED = "assigned"
    """Held by one associate."""
    PARKED = "parked"
    """Snoozed, or waiting for the contact: holds nobody's capacity."""
    WRAP_UP = "wrap_up"
    """Over for the contact; the associate finishes the work on it and still holds capacity."""
    CLOSED = "closed"


MOVES: dict[State | None, frozenset[State]] = {
    None: frozenset({State.WAITING, State.OFFERED, State.ASSIGNED}),
    State.WAITING: frozenset({State.WAITING, State.OFFERED, State.ASSIGNED, State.PARKED, State.CLOSED}),
    State.OFFERED: frozenset({State.WAITING, State.OFFERED, State.ASSIGNED, State.PARKED, State.CLOSED}),
    State.ASSIGNED: frozenset(
        {State.WAITING, State.OFFERED, State.ASSIGNED, State.PARKED, State.WRAP_UP, State.CLOSED}
    ),
    State.PARKED: frozenset({State.WAITING, State.OFFERED, State.ASSIGNED, State.PARKED, State.CLOSED}),
    State.WRAP_UP: frozenset({State.CLOSED, State.ASSIGNED, State.WAITING, State.OFFERED}),
    State.CLOSED: frozenset({State.WAITING, State.OFFERED, State.ASSIGNED, State.PARKED}),
}
"""Which state may follow which; ``None`` is a conversation that does not exist yet."""

HOLDING = frozenset({State.OFFERED, State.ASSIGNED, State.WRAP_UP})
"""The states that use an associate's capacity."""


class ParkReason(StrEnum):
    SNOOZED = "snoozed"
    AWAITING_CONTACT = "awaiting_contact"


class ReturnReason(StrEnum):
    """Why an offer ended without being accepted."""

    DECLINED = "declined"
    EXPIRED = "expired"
    RESCINDED = "rescinded"
