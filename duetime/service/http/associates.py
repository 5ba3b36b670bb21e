"""Associates: who there is, their presence, skills and capacity."""

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from duetime.config.fields import Proficiency, Slug, Title, Units
from duetime.queues.records import Associate
from duetime.router.associate import Presence, Profile
from duetime.router.errors import Conflict, Forbidden, Invalid, NotFound, Stale
from duetime.router.ids import AssociateId, SkillId, TeamId
from duetime.router.message import Channel
from duetime.service.access import Scope
from duetime.service.http.route import (
    ADMINS,
    EVERYONE,
    PEOPLE,
    SUPERVISORS,
    AnyRoute,
    Call,
    IfMatch,
    Input,
    Nothing,
    Route,
)
from duetime.service.staff import LEASE_MAX_S, AssociateChange

LeaseS = Annotated[int, Meta(ge=0, le=LEASE_MAX_S)]
ChannelLimit = Annotated[int, Meta(ge=0, le=1000)]


class PresenceIn(Input, frozen=True, kw_only=True):
    presence: Presence
    lease_s: LeaseS | None = None
    """Holds so long without a desk. Left out: as long as a desk is connected."""


class AssociateIn(Input, frozen=True, kw_only=True):
    id: Slug
    name: Title
    teams: frozenset[Slug] = frozenset()
    skills: dict[Slug, Proficiency] = msgspec.field(default_factory=dict)
    """Skill to proficiency, 1 to 5."""
    capacity_units: Units = 1
    limits: dict[Channel, ChannelLimit] = msgspec.field(default_factory=dict)
    """The most conversations at once per channel. A channel that is not named takes none."""


async def list_associates(call: Call[Nothing]) -> list[Associate]:
    return await call.parts.store.views.all_associates()


async def get_associate(call: Call[Nothing]) -> Associate:
    return await call.parts.store.views.associate(call.associate)


async def set_presence(call: Call[PresenceIn]) -> Associate:
    wanted = call.input
    return await call.parts.staff.set_presence(call.actor, call.associate, wanted.presence, lease_s=wanted.lease_s)


async def change_associate(call: Call[AssociateChange]) -> Associate:
    return await call.parts.staff.change(call.actor, call.associate, call.input, version=call.version)


async def add_associate(call: Call[AssociateIn]) -> Associate:
    new = call.input
    profile = Profile(
        id=AssociateId(new.id),
        name=new.name,
        teams=frozenset(TeamId(team) for team in new.teams),
        skills={SkillId(skill): level for skill, level in new.skills.items()},
        capacity_units=new.capacity_units,
        limits=new.limits,
    )
    try:
        return await call.parts.staff.add(call.actor, profile)
    except Stale:
        raise Conflict(f"There is an associate {new.id} already.", associate=new.id) from None


def version_of(associate: Associate) -> int:
    return associate.profile.version


ONE: Final = "/v1/associates/{associate}"

ROUTES: Final[tuple[AnyRoute, ...]] = (
    Route(
        method="GET",
        path="/v1/associates",
        handler=list_associates,
        takes=Nothing,
        gives=list[Associate],
        summary="Every associate with presence and load.",
        roles=EVERYONE,
        scope=Scope.ASSOCIATES_READ,
    ),
    Route(
        method="GET",
        path=ONE,
        handler=get_associate,
        takes=Nothing,
        gives=Associate,
        summary="One associate.",
        roles=EVERYONE,
        scope=Scope.ASSOCIATES_READ,
        refuses=(NotFound,),
        etag=version_of,
    ),
    Route(
        method="POST",
        path="/v1/associates",
        handler=add_associate,
        takes=AssociateIn,
        gives=Associate,
        status=201,
        summary="Add an associate. They are offline until a desk connects, and need a token for that.",
        roles=ADMINS,
        refuses=(Conflict, Invalid),
        etag=version_of,
    ),
    Route(
        method="PATCH",
        path=ONE,
        handler=change_associate,
        takes=AssociateChange,
        gives=Associate,
        summary="Change name, teams, skills, capacity or limits. What waits is matched again at once.",
        roles=SUPERVISORS,
        refuses=(NotFound, Stale),
        if_match=IfMatch.REQUIRED,
        etag=version_of,
    ),
    Route(
        method="PUT",
        path=f"{ONE}/presence",
        handler=set_presence,
        takes=PresenceIn,
        gives=Associate,
        summary="Be available, busy, away or offline. Associates set their own.",
        roles=PEOPLE,
        refuses=(NotFound, Forbidden),
        etag=version_of,
    ),
)
