"""Associates as the routing configuration introduces them.

What supervisors change of an associate stays, unless a later version says something new of this associate. A version is
stored first and its associates follow, so that a version that is refused has changed nobody; how far that has come is
remembered, and any daemon finishes what another began.
"""

from duetime.config.problems import ConfigProblems
from duetime.queues.store import Store
from duetime.router.associate import Profile
from duetime.router.ids import AssociateId
from duetime.router.routing import Routing
from duetime.service.preparation import load


class Introduction:
    def __init__(self, store: Store) -> None:
        self._store = store

    async def complete(self, routing: Routing) -> None:
        """Brings the associates up to this version, which is or was in force."""
        while (done := await self._store.configs.introduced()) < routing.version:
            await self._introduce(await self._introduced_by(done), routing)
            if await self._store.configs.mark_introduced(done, routing.version):
                return

    async def _introduced_by(self, version: int) -> dict[AssociateId, Profile] | None:
        """None when that is not known: then nobody who is there is changed."""
        stored = await self._store.configs.version(version)
        if stored is None:
            return None
        try:
            return (await load(stored.document, version=version, now_ms=self._store.clock())).associates
        except ConfigProblems:
            # Another version of Duetime took that document.
            return None

    async def _introduce(self, before: dict[AssociateId, Profile] | None, routing: Routing) -> None:
        known = {found.profile.id for found in await self._store.views.all_associates()}
        for profile in news_of_associates(before, routing, known):
            await self._store.associates.put(self._store.clock(), profile, version=None)


def news_of_associates(
    before: dict[AssociateId, Profile] | None, routing: Routing, known: set[AssociateId]
) -> list[Profile]:
    """The associates of whom the configuration says something new, and those who are not there yet."""
    return [
        profile
        for profile in routing.associates.values()
        if profile.id not in known or (before is not None and before.get(profile.id) != profile)
    ]
