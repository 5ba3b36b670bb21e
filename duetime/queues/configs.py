"""The versions of the routing configuration that all daemons of a workspace share."""

from collections.abc import Callable, Iterable
from itertools import islice

import msgspec

from duetime.queues.connection import Pipeline
from duetime.queues.keys import Root, key
from duetime.queues.policy import policies
from duetime.queues.replies import expect_ok
from duetime.queues.scripts import Scripts
from duetime.router.routing import Routing

JOURNAL_MAX = 200_000
"""How many events the journal keeps; a desk that was away for longer takes a new snapshot."""


VERSIONS_MAX = 200
"""How many versions are kept; the oldest goes when one more comes."""
CHANGES_MAX = 500
"""How many sentences are kept of what a version changed."""


class VersionNote(msgspec.Struct, frozen=True, kw_only=True):
    """Who made a version, when, why, and what it changed."""

    who: str
    why: str
    at: int
    version: int = 0
    changes: list[str] = []
    """In words, against the version before it."""


class ConfigVersion(VersionNote, frozen=True, kw_only=True):
    document: str
    """The TOML text."""


class Configs:
    def __init__(self, pipeline: Pipeline, scripts: Scripts, root: Root, clock: Callable[[], int]) -> None:
        self._call = pipeline.call
        self._scripts = scripts
        self._root = root
        self._clock = clock

    async def current(self) -> ConfigVersion | None:
        version = await self._call("HGET", key(self._root, "config"), "current")
        return None if version is None else await self.version(int(version))

    async def version(self, number: int) -> ConfigVersion | None:
        """None when there is none by that number, or no longer."""
        text = await self._call("HGET", key(self._root, "config"), number)
        if text is None:
            return None
        return msgspec.structs.replace(msgspec.json.decode(text, type=ConfigVersion), version=number)

    async def versions(self, *, before: int | None = None, limit: int = 20) -> list[VersionNote]:
        """The newest ones, newest first, or those before a number."""
        current = int(await self._call("HGET", key(self._root, "config"), "current") or 0)
        last = current if before is None else min(current, before - 1)
        numbers = range(last, max(0, last - limit), -1)
        if not numbers:
            return []
        texts = await self._call("HMGET", key(self._root, "config"), *numbers)
        rows = [(number, text) for number, text in zip(numbers, texts, strict=True) if text is not None]
        decoder = msgspec.json.Decoder(VersionNote)
        return [msgspec.structs.replace(decoder.decode(text), version=number) for number, text in rows]

    async def origin(self, file: str) -> str | None:
        """The digest of what was last applied from this file when a daemon started; None: nothing yet."""
        digest = await self._call("HGET", key(self._root, "config"), f"file:{file}")
        return None if digest is None else str(digest)

    async def remember_origin(self, file: str, digest: str) -> None:
        await self._call("HSET", key(self._root, "config"), f"file:{file}", digest)

    async def introduced(self) -> int:
        """The version up to which the associates are as the documents introduced them; 0: none yet."""
        return int(await self._call("HGET", key(self._root, "config"), "introduced") or 0)

    async def mark_introduced(self, before: int, version: int) -> bool:
        """False when another daemon got on from ``before`` meanwhile: start over from where it is now."""
        reply = await self._scripts.call("config_introduce", self._clock(), before, version)
        return bool(reply[0] == "ok")

    async def apply(
        self, document: str, routing: Routing, *, current: int, who: str, why: str, changes: Iterable[str] = ()
    ) -> int:
        """Makes a checked document the current version; ``routing`` is what was built from it. Raises Stale when
        another version than ``current`` is in force. The graph must be compiled afterwards."""
        now = self._clock()
        said = list(islice(changes, CHANGES_MAX))
        stored = ConfigVersion(document=document, who=who, why=why, at=now, changes=said)
        params: list[str | int] = ["journal_max", JOURNAL_MAX, "missed_max", routing.missed_offers_max]
        params += ["reserve", routing.reserve.units if routing.reserve else 0]
        for channel, rules in routing.channels.items():
            params += [f"cost:{channel.value}", rules.cost_units]
        text = msgspec.json.encode(stored).decode()
        stored_policies = msgspec.json.encode(policies(routing)).decode()
        reply = await self._scripts.call("config_apply", now, current, text, stored_policies, *params)
        version = int(expect_ok(reply, "routing configuration")[0])
        if version > VERSIONS_MAX:
            await self._call("HDEL", key(self._root, "config"), version - VERSIONS_MAX)
        return version
