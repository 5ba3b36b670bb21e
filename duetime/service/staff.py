"""What is done about associates: presence, the leases that carry it, profiles."""

from collections.abc import Callable
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from duetime.queues.records import Associate
from duetime.queues.store import Store
from duetime.router.associate import Presence, Profile
from duetime.router.errors import Forbidden, Invalid
from duetime.router.ids import AssociateId, SkillId, TeamId
from duetime.router.message import Channel
from duetime.router.routing import Routing
from duetime.service.access import Actor

Level = Annotated[int, Meta(ge=1, le=5)]
Units = Annotated[int, Meta(ge=1, le=1000)]
Limit = Annotated[int, Meta(ge=0, le=1000)]
LEASE_MAX_S = 86_400


class AssociateChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to change of a profile; what is left out stays. Maps and lists are replaced as a whole."""

    name: Annotated[str, Meta(min_length=1, max_length=200)] | UnsetType = UNSET
    teams: frozenset[TeamId] | UnsetType = UNSET
    skills: dict[SkillId, Level] | UnsetType = UNSET
    capacity_units: Units | UnsetType = UNSET
    limits: dict[Channel, Limit] | UnsetType = UNSET


class Staff:
    def __init__(self, store: Store, routing: Callable[[], Routing], reconnect_grace_s: int) -> None:
        self._store = store
        self._routing = routing
        self._grace_ms = 1000 * reconnect_grace_s
        self._connections: dict[AssociateId, set[str]] = {}

    @property
    def renew_every_s(self) -> float:
        """How often a desk connection has to call `renew`."""
        return self._grace_ms / 3000

    async def set_presence(
        self, actor: Actor, associate: AssociateId, presence: Presence, *, lease_s: int | None = None
    ) -> Associate:
        """What the associate wants to be. It holds while a desk is connected, or for ``lease_s`` seconds from now,
        which whoever keeps presence elsewhere renews by calling again. Raises NotFound, Forbidden, Invalid."""
        if not actor.supervises and actor.associate != associate:
            raise Forbidden("You may set your own presence only.")
        if lease_s is not None and not 0 <= lease_s <= LEASE_MAX_S:
            raise Invalid(f"lease_s is between 0 and {LEASE_MAX_S} seconds.")
        now = self._store.clock()
        await self._store.associates.set_presence(
            now,
            associate,
            wanted=presence,
            lease_until=None if lease_s is None else now + 1000 * lease_s,
            reason="chosen" if actor.associate == associate else "set_by_supervisor",
        )
        return await self._store.views.associate(associate)

    async def connect(self, associate: AssociateId, connection_id: str) -> None:
        """A desk connection is open: from now on presence is what the associate last wanted."""
        self._connections.setdefault(associate, set()).add(connection_id)
        await self._vouch(associate, "connected")

    async def renew(self, associate: AssociateId) -> None:
        now = self._store.clock()
        if not await self._store.associates.renew(now, associate, now + self._grace_ms):
            await self._vouch(associate, "reconnected")

    async def disconnect(self, associate: AssociateId, connection_id: str) -> None:
        """The lease that runs is the grace: nothing is to be done unless nobody comes back within it."""
        held = self._connections.get(associate, set())
        held.discard(connection_id)
        if not held:
            self._connections.pop(associate, None)

    def connected(self) -> list[AssociateId]:
        """Whom this daemon has on a desk."""
        return list(self._connections)

    async def add(self, actor: Actor, profile: Profile) -> Associate:
        """Raises Stale when there is one by that id already."""
        self._check(actor, profile)
        await self._store.associates.put(self._store.clock(), profile, version=0)
        await self._store.topology.compile(self._routing())
        return await self._store.views.associate(profile.id)

    async def change(
        self, actor: Actor, associate: AssociateId, change: AssociateChange, *, version: int | None
    ) -> Associate:
        """Changes skills, teams, capacity or name, and matches again what waits. Raises NotFound, Stale, Invalid."""
        before = await self._store.views.associate(associate)
        fields = {name: value for name in change.__struct_fields__ if (value := getattr(change, name)) is not UNSET}
        profile = msgspec.structs.replace(before.profile, **fields)
        self._check(actor, profile)
        read = before.profile.version if version is None else version
        regroup = (profile.skills, profile.teams) != (before.profile.skills, before.profile.teams)
        await self._store.associates.put(self._store.clock(), profile, version=read, regroup=regroup)
        await self._store.topology.compile(self._routing())
        return await self._store.views.associate(associate)

    async def _vouch(self, associate: AssociateId, reason: str) -> None:
        now = self._store.clock()
        await self._store.associates.set_presence(now, associate, lease_until=now + self._grace_ms, reason=reason)

    def _check(self, actor: Actor, profile: Profile) -> None:
        if not actor.supervises:
            raise Forbidden("Only supervisors and admins change associates.")
        routing = self._routing()
        for kind, used, known in (
            ("skill", set(profile.skills), set(routing.skills)),
            ("team", set(profile.teams), set(routing.teams)),
        ):
            unknown = sorted(used - known)
            if unknown:
                raise Invalid(
                    f"There is no {kind} {', '.join(unknown)}. There are: {', '.join(sorted(known))}.",
                    unknown=[*unknown],
                )
