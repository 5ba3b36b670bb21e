"""Changing the routing configuration: check, difference, apply, versions, roll back.

Nothing is stored unless all of it is right. Whoever changes names the version that they read, and is refused when it is
no longer the current one, so two who change at once never overwrite one another. Rolling back is applying an old
document.
"""

import asyncio
from collections.abc import Awaitable, Callable
from hashlib import sha256
from pathlib import Path

import msgspec
import structlog

from duetime.config.change import Change
from duetime.config.difference import differences
from duetime.config.parse import read
from duetime.config.problems import ConfigProblems, Problem
from duetime.config.settings import EXAMPLE_ROUTING
from duetime.queues.configs import ConfigVersion, VersionNote
from duetime.queues.store import Store
from duetime.router.errors import Invalid, NotFound, Stale
from duetime.router.routing import Routing
from duetime.service.access import Actor
from duetime.service.consequences import Consequence, consequences
from duetime.service.preparation import load, load_with_warnings, problems_of

log = structlog.get_logger(__name__)


class BrokenConfiguration(Invalid):
    """The document has errors; ``problems`` has all of them, one sentence each."""

    code, title = "broken_configuration", "The routing configuration has errors"

    def __init__(self, problems: ConfigProblems) -> None:
        super().__init__(f"{problems}", problems=[str(problem) for problem in problems.problems])


class DocumentProblem(Problem, frozen=True, kw_only=True, omit_defaults=False):
    """One thing that is wrong with a document."""


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """What a document would change."""

    version: int
    """Of the configuration in force, against which it was compared."""
    changes: list[Change]
    consequences: list[Consequence]
    """For what waits now and who is there now. Nothing was changed to find out."""
    warnings: list[DocumentProblem]


class Applied(msgspec.Struct, frozen=True, kw_only=True):
    """What was applied."""

    version: int
    changes: list[Change]
    warnings: list[DocumentProblem]


class Changes:
    def __init__(self, store: Store, adopt: Callable[[], Awaitable[None]]) -> None:
        """``adopt`` makes the newest version the one in force on this daemon."""
        self._store = store
        self._adopt = adopt
        self._one_at_a_time = asyncio.Lock()
        """Documents of several editors would share the processor with the event loop."""

    async def check(self, text: str) -> list[DocumentProblem]:
        """All problems of a document, errors and warnings."""
        async with self._one_at_a_time:
            return _shown(await problems_of(text))

    async def current(self) -> ConfigVersion:
        """What is in force. Raises NotFound before the first version."""
        current = await self._store.configs.current()
        if current is None:
            raise NotFound("No routing configuration was applied yet.")
        return current

    async def version(self, number: int) -> ConfigVersion:
        """Raises NotFound."""
        found = await self._store.configs.version(number)
        if found is None:
            raise NotFound(f"There is no version {number} of the routing configuration, or no longer.", version=number)
        return found

    async def versions(self, *, before: int | None, limit: int) -> list[VersionNote]:
        """Newest first."""
        return await self._store.configs.versions(before=before, limit=limit)

    async def difference(self, text: str) -> Difference:
        """What this document would change, and what that would mean now. Raises BrokenConfiguration."""
        current = await self.current()
        new, warnings = await self._prepared(text)
        old = await self._routing_of(current)
        return Difference(
            version=current.version,
            changes=await asyncio.to_thread(differences, old, new),
            consequences=await consequences(self._store, old, new),
            warnings=warnings,
        )

    async def apply(self, actor: Actor, text: str, *, comment: str, expected: int | None) -> Applied:
        """Makes this document the newest version. ``expected`` is the version that its author read; None: whichever.
        A document that is in force already makes no new version. Raises BrokenConfiguration, Stale."""
        return await self._apply(text, who=_name_of(actor), why=comment, expected=expected)

    async def roll_back(self, actor: Actor, version: int, *, comment: str, expected: int | None) -> Applied:
        """Applies the document of an earlier version. Raises NotFound, BrokenConfiguration, Stale."""
        old = await self.version(version)
        why = f"roll back to version {version}{': ' if comment else ''}{comment}"
        return await self._apply(old.document, who=_name_of(actor), why=why, expected=expected)

    async def bring_in(self, file: Path) -> None:
        """When a daemon starts: a workspace without a configuration gets this file's, and so does one whose operator
        named a file of their own that changed since a daemon last started with it. What was applied otherwise in
        between stays if the file did not change. Raises ConfigProblems when the file is wrong."""
        what = f"the routing configuration {file}, which routing.file names"
        text = await asyncio.to_thread(read, file, what)
        current = await self._store.configs.current()
        place, digest = await asyncio.to_thread(lambda: str(file.resolve())), sha256(text.encode()).hexdigest()
        if current is not None and (file == EXAMPLE_ROUTING or digest == await self._store.configs.origin(place)):
            return
        new = await load(text, what=what, now_ms=self._store.clock())
        try:
            await self._store_version(text, new, current, who="settings", why=f"from the file {file.name}")
        except Stale:
            # Another daemon that starts at the same moment was first.
            return
        await self._store.configs.remember_origin(place, digest)

    async def _apply(self, text: str, *, who: str, why: str, expected: int | None) -> Applied:
        new, warnings = await self._prepared(text)
        current = await self.current()
        if expected is not None and expected != current.version:
            raise _stale(current, expected)
        try:
            version, changes = await self._store_version(text, new, current, who=who, why=why)
        except Stale:
            raise _stale(await self.current(), current.version) from None
        if version != current.version:
            await self._adopt()
        return Applied(version=version, changes=changes, warnings=warnings)

    async def _store_version(
        self, text: str, new: Routing, current: ConfigVersion | None, *, who: str, why: str
    ) -> tuple[int, list[Change]]:
        """Raises Stale when another version than ``current`` is in force."""
        if current is not None and text == current.document:
            return current.version, []
        changes = [] if current is None else await self._changes_since(current, new)
        version = await self._store.configs.apply(
            text,
            new,
            current=current.version if current else 0,
            who=who,
            why=why,
            changes=(change.sentence for change in changes),
        )
        log.info("routing configuration applied", version=version, who=who, changes=len(changes))
        return version, changes

    async def _changes_since(self, current: ConfigVersion, new: Routing) -> list[Change]:
        try:
            old = await self._routing_of(current)
        except ConfigProblems:
            # Another version of Duetime took it. To be replaced, it need not be understood.
            return [Change(path="", sentence=f"version {current.version} cannot be read any more")]
        return await asyncio.to_thread(differences, old, new)

    async def _prepared(self, text: str) -> tuple[Routing, list[DocumentProblem]]:
        try:
            async with self._one_at_a_time:
                routing, warnings = await load_with_warnings(text, now_ms=self._store.clock())
        except ConfigProblems as problems:
            raise BrokenConfiguration(problems) from None
        return routing, _shown(warnings)

    async def _routing_of(self, stored: ConfigVersion) -> Routing:
        return await load(stored.document, version=stored.version, now_ms=self._store.clock())


def _shown(problems: list[Problem]) -> list[DocumentProblem]:
    return [DocumentProblem(**msgspec.structs.asdict(problem)) for problem in problems]


def _name_of(actor: Actor) -> str:
    return actor.associate or f"{actor.role} {actor.token_id}"


def _stale(current: ConfigVersion, read_version: int) -> Stale:
    why = f": {current.why}" if current.why else ""
    return Stale(
        f"Version {current.version} is in force, applied by {current.who}{why}. Yours was made from version"
        f" {read_version}: look at the difference, and apply again.",
        version=current.version,
    )
