"""Everything that a workspace holds at one moment, and the doctor's checks on it: one call instead of hundreds."""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from typing import Any

import msgspec

from duetime.queues import decode, journal
from duetime.queues.doctor import CHECKS
from duetime.queues.findings import Finding, Reader
from duetime.queues.store import Store
from duetime.router.associate import Profile
from duetime.router.events import Event
from duetime.router.message import Message

_READ_ALL = """
local found = {}
local read = {
  hash = function(key) return redis.call('HGETALL', key) end,
  zset = function(key) return redis.call('ZRANGE', key, 0, -1, 'WITHSCORES') end,
  set = function(key) return redis.call('SMEMBERS', key) end,
  list = function(key) return redis.call('LRANGE', key, 0, -1) end,
  string = function(key) return redis.call('GET', key) end,
}
for _, key in ipairs(redis.call('KEYS', ARGV[1])) do
  local kind = redis.call('TYPE', key).ok
  if read[kind] then found[#found + 1] = { key, kind, read[kind](key) }
  else found[#found + 1] = { key, kind, redis.call('XRANGE', key, '(' .. ARGV[2], '+') } end
end
return found
"""
Record = dict[str, str]


class Picture:
    """A hash is a dict of strings, a sorted set a dict of floats in its order, a set a set, a list a list."""

    def __init__(self, root: str, now: int, rows: list[Any]) -> None:
        self.now = now
        self.types: dict[str, str] = {}
        """Key, without the workspace, to its type."""
        self._values: dict[str, Any] = {}
        self._kinds: defaultdict[str, dict[str, Any]] = defaultdict(dict)
        self.events: list[Event] = []
        """Since the picture before."""
        for name, kind, data in rows:
            short = name.removeprefix(root + ":")
            self.types[short] = kind
            if kind == "stream":
                self.events = [journal.decode(cursor, fields).event for cursor, fields in data]
            else:
                self._values[short] = _value(kind, data)
                prefix, _, rest = short.partition(":")
                self._kinds[prefix][rest] = self._values[short]
        self.conversations: dict[str, Record] = self.all("conv")
        self.associates: dict[str, Record] = self.all("associate")
        self.profiles = {name: msgspec.json.decode(text, type=Profile) for name, text in self.all("profile").items()}

    def get(self, name: str, default: Any = None) -> Any:
        return self._values.get(name, default)

    def all(self, kind: str) -> dict[str, Any]:
        """Name to value of every key ``kind:name``."""
        return self._kinds[kind]

    def messages(self, conversation: str) -> list[Message]:
        return decode.messages(self.get(f"messages:{conversation}", []), 1)

    @property
    def rests(self) -> bool:
        """Nothing is due that has not been carried out."""
        return all(at > self.now for at in self.get("timers", {}).values())

    def in_states(self, *states: str) -> list[str]:
        """Conversations, oldest first."""
        return sorted(name for name, c in self.conversations.items() if c.get("state") in states)


def _value(kind: str, data: Any) -> Any:
    if kind == "hash":
        return decode.pairs(data)
    if kind == "zset":
        return {name: float(score) for name, score in zip(data[::2], data[1::2], strict=True)}
    return set(data) if kind == "set" else data


async def take_picture(store: Store, after: str = "0-0") -> Picture:
    """With the events after a cursor of the journal."""
    pattern = store.root.replace("[", "\\[") + ":*"
    rows = await store.pipeline.call("EVAL", _READ_ALL, 0, pattern, after)
    return Picture(store.root, store.clock(), rows)


async def examine_picture(picture: Picture, all_events: Iterable[Event]) -> list[Finding]:
    """What the doctor would say of it."""
    reader = _PictureReader(picture, all_events)
    return sorted({finding for check in CHECKS async for finding in check(reader)})


class _PictureReader(Reader):
    def __init__(self, picture: Picture, all_events: Iterable[Event]) -> None:
        self._picture = picture
        self._all_events = all_events
        self.now = picture.now

    async def members(self, *parts: str) -> list[str]:
        return sorted(self._picture.get(":".join(parts), set()))

    async def ranked(self, *parts: str) -> dict[str, float]:
        return dict(self._picture.get(":".join(parts), {}))

    async def record(self, *parts: str) -> Record:
        return dict(self._picture.get(":".join(parts), {}))

    async def records(self, kind: str, names: Iterable[str]) -> AsyncIterator[tuple[str, Record]]:
        for name in names:
            yield name, self._picture.get(f"{kind}:{name}", {})

    async def sets(self, kind: str, names: Iterable[str]) -> AsyncIterator[tuple[str, set[str]]]:
        for name in names:
            yield name, self._picture.get(f"{kind}:{name}", set())

    async def rankings(self, kind: str, names: Iterable[str]) -> AsyncIterator[tuple[str, dict[str, float]]]:
        for name in names:
            yield name, self._picture.get(f"{kind}:{name}", {})

    async def names(self, kind: str) -> list[str]:
        return sorted(self._picture.all(kind))

    async def journal(self) -> AsyncIterator[Record]:
        for event in self._all_events:
            if event.conversation is not None:
                yield {"c": event.conversation, "n": str(event.number)}
