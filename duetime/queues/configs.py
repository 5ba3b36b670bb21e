"""The versions of the routing configuration that all daemons of a workspace share."""

from collections.abc import Callable

import msgspec

from duetime.queues.connection import Pipeline
from duetime.queues.keys import Root, key
from duetime.queues.replies import expect_ok
from duetime.queues.scripts import Scripts
from duetime.router.routing import Routing

JOURNAL_MAX = 200_000
"""How many events the journal keeps; a desk that was away for longer takes a new snapshot."""


class ConfigVersion(msgspec.Struct, frozen=True, kw_only=True):
    document: str
    """The TOML text."""
    who: str
    why: str
    at: int
    version: int = 0


class Configs:
    def __init__(self, pipeline: Pipeline, scripts: Scripts, root: Root, clock: Callable[[], int]) -> None:
        self._call = pipeline.call
        self._scripts = scripts
        self._root = root
        self._clock = clock

    async def current(self) -> ConfigVersion | None:
        version = await self._call("HGET", key(self._root, "config"), "current")
        if version is None:
            return None
        text = await self._call("HGET", key(self._root, "config"), version)
        stored = msgspec.json.decode(text, type=ConfigVersion)
        return msgspec.structs.replace(stored, version=int(version))

    async def apply(self, document: str, routing: Routing, *, current: int, who: str, why: str) -> int:
        """Makes a checked document the current version; ``routing`` is what was built from it. Raises Stale when
        another version than ``current`` is in force. The graph must be compiled afterwards."""
        now = self._clock()
        stored = ConfigVersion(document=document, who=who, why=why, at=now)
        params: list[str | int] = ["journal_max", JOURNAL_MAX, "missed_max", routing.missed_offers_max]
        for channel, rules in routing.channels.items():
            params += [f"cost:{channel.value}", rules.cost_units]
        text = msgspec.json.encode(stored).decode()
        reply = await self._scripts.call("config_apply", now, current, text, *params)
        return int(expect_ok(reply, "routing configuration")[0])
