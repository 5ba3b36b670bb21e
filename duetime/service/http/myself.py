"""Who am I, and the ticket that opens my desk."""

from typing import Final

import msgspec

from duetime.router.ids import AssociateId
from duetime.service.access import Role, Scope, TicketText
from duetime.service.http.route import EVERYONE, PEOPLE, AnyRoute, Call, Nothing, Route


class Myself(msgspec.Struct, frozen=True, kw_only=True):
    """What the token of this request stands for."""

    role: Role
    token: str
    """The token's id."""
    associate: AssociateId | None
    scopes: list[Scope]
    expires_at: int | None


async def get_myself(call: Call[Nothing]) -> Myself:
    actor = call.actor
    return Myself(
        role=actor.role,
        token=actor.token_id,
        associate=actor.associate,
        scopes=sorted(actor.scopes),
        expires_at=actor.expires_at,
    )


async def create_desk_ticket(call: Call[Nothing]) -> TicketText:
    return await call.parts.tickets.issue(call.actor)


ROUTES: Final[tuple[AnyRoute, ...]] = (
    Route(
        method="GET",
        path="/v1/me",
        handler=get_myself,
        takes=Nothing,
        gives=Myself,
        summary="What your token stands for.",
        roles=EVERYONE,
    ),
    Route(
        method="POST",
        path="/v1/desk/tickets",
        handler=create_desk_ticket,
        takes=Nothing,
        gives=TicketText,
        status=201,
        summary="A ticket for one connection to `/v1/desk`. Supervisors and admins watch everything.",
        roles=PEOPLE,
    ),
)
