"""What the doctor finds, and how it reads much of Redis in few round trips."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from itertools import islice
from typing import Any

import msgspec

from duetime.queues import decode
from duetime.queues.keys import key
from duetime.queues.store import Store

BATCH = 500
"""So many calls leave at once, so that a workspace of any size is read in pieces."""


class Finding(msgspec.Struct, frozen=True, order=True):
    """One broken invariant. ``code`` is stable; ``subject`` is the id that it is about."""

    code: str
    subject: str
    sentence: str


class Reader:
    """Reads a workspace; a key is named by its parts, as in `keys.key`."""

    def __init__(self, store: Store) -> None:
        self._call = store.pipeline.call
        self._root = store.root
        self.now = store.clock()

    async def members(self, *parts: str) -> list[str]:
        """Of a set."""
        return sorted(await self._call("SMEMBERS", key(self._root, *parts)))

    async def ranked(self, *parts: str) -> dict[str, float]:
        """Of a sorted set, with their scores, in its order."""
        return _scores(await self._call("ZRANGE", key(self._root, *parts), 0, -1, "WITHSCORES"))

    async def record(self, *parts: str) -> dict[str, str]:
        return decode.pairs(await self._call("HGETALL", key(self._root, *parts)))

    async def records(self, kind: str, names: Iterable[str]) -> AsyncIterator[tuple[str, dict[str, str]]]:
        """Hashes of one kind by their names; an empty one is not there."""
        async for name, flat in self._each("HGETALL", kind, names):
            yield name, decode.pairs(flat)

    async def sets(self, kind: str, names: Iterable[str]) -> AsyncIterator[tuple[str, set[str]]]:
        async for name, members in self._each("SMEMBERS", kind, names):
            yield name, set(members)

    async def rankings(self, kind: str, names: Iterable[str]) -> AsyncIterator[tuple[str, dict[str, float]]]:
        """Sorted sets of one kind by their names, each like `ranked`."""
        async for name, flat in self._each("ZRANGE", kind, names, 0, -1, "WITHSCORES"):
            yield name, _scores(flat)

    async def names(self, kind: str) -> list[str]:
        """Of every key ``{workspace}:kind:name``."""
        prefix = key(self._root, kind, "")
        pattern = "".join(f"\\{char}" if char in "[]*?\\" else char for char in prefix) + "*"
        cursor, found = "0", set[str]()
        while True:
            cursor, batch = await self._call("SCAN", cursor, "MATCH", pattern, "COUNT", 1000)
            found.update(name.removeprefix(prefix) for name in batch)
            if cursor == "0":
                return sorted(found)

    async def journal(self) -> AsyncIterator[dict[str, str]]:
        """The fields of each entry, oldest first."""
        after = "-"
        while True:
            rows = await self._call("XRANGE", key(self._root, "journal"), after, "+", "COUNT", 10 * BATCH)
            if not rows:
                return
            for _, flat in rows:
                yield decode.pairs(flat)
            after = f"({rows[-1][0]}"

    async def _each(
        self, command: str, kind: str, names: Iterable[str], *args: str | int
    ) -> AsyncIterator[tuple[str, list[Any]]]:
        left = iter(names)
        while batch := list(islice(left, BATCH)):
            replies = await asyncio.gather(*(self._call(command, key(self._root, kind, name), *args) for name in batch))
            for name, reply in zip(batch, replies, strict=True):
                yield name, reply


def _scores(flat: list[Any]) -> dict[str, float]:
    return {str(name): float(score) for name, score in zip(flat[::2], flat[1::2], strict=True)}
