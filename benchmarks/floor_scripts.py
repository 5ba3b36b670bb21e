"""The reference scripts of the floor programs, called on the server of a measured world."""

import asyncio
import itertools
from pathlib import Path
from statistics import median
from typing import Self

from benchmarks.shape import Shape
from benchmarks.world import World

BATCH, BATCHES = 50, 8
CANDIDATES = 1_000
NOW = 1_700_000_000_000
FILL = "for i = 1, tonumber(ARGV[1]) do redis.call('ZADD', KEYS[1], i * tonumber(ARGV[2]), ARGV[3] .. i) end"


class FloorScripts:
    """``assign``: one conversation in, the one that waits longest bound to the least loaded associate. ``release``: an
    associate gains room and takes the lowest of one line. Each with as many waiting as the world has."""

    def __init__(self, world: World, digests: dict[str, str]) -> None:
        self._world = world
        self._digests = digests
        self._numbers = itertools.count()

    @classmethod
    async def load(cls, world: World, folder: Path) -> Self:
        digests = {
            name: await world.call("SCRIPT", "LOAD", (folder / f"lua_{name}.lua").read_text())
            for name in ("assign", "release")
        }
        await world.call("EVAL", FILL, 1, "floor:line", world.shape.waiting, 1000, "x")
        await world.call("EVAL", FILL, 1, "floor:candidates", CANDIDATES, 0, "a")
        return cls(world, digests)

    async def measure(self) -> dict[str, float]:
        """µs per call."""
        figures = {}
        for name in self._digests:
            batches = []
            for _ in range(BATCHES):
                await self._world.server_time.reset()
                await asyncio.gather(*(self._call(name, next(self._numbers)) for _ in range(BATCH)))
                batches.append(await self._world.server_time.us_per_call())
            figures[name] = median(batches)
        return figures

    async def _call(self, name: str, number: int) -> None:
        digest, call = self._digests[name], self._world.call
        if name == "assign":
            keys = (f"floor:seen:{number}", f"floor:conv:{number}", "floor:line", "floor:candidates")
            rank = _rank(number, self._world.shape)
            await call("EVALSHA", digest, 6, *keys, "floor:load", "floor:events", rank, f"n{number}", NOW, 10**9)
        else:
            await call("EVALSHA", digest, 3, "floor:load", "floor:events", "floor:line", "a1", NOW)


def _rank(number: int, shape: Shape) -> int:
    """Anywhere in the line."""
    return number * 7919 * 1000 % (1000 * shape.waiting)
