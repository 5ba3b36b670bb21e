"""How far mailboxes are read."""

import msgspec

from duetime.queues.connection import Pipeline
from duetime.queues.keys import Root, key
from duetime.queues.scripts import Scripts


class Position(msgspec.Struct, frozen=True):
    """How far a folder of a mailbox is read. Numbers count within a generation, as UIDs do under a UIDVALIDITY."""

    folder: str
    """Which one, without white space."""
    generation: int
    number: int

    @property
    def text(self) -> str:
        return f"{self.folder} {self.generation} {self.number}"


class Beginning(msgspec.Struct, frozen=True):
    """What counts of the mails that were there when a generation was first seen."""

    since: int
    """Those that came at this time (epoch ms) or later."""
    below: int
    """They had smaller numbers than this; all from here on count."""


class Positions:
    def __init__(self, pipeline: Pipeline, scripts: Scripts, root: Root) -> None:
        self._call = pipeline.call
        self._scripts = scripts
        self._root = root

    async def position(self, folder: str) -> Position | None:
        """How far this folder is read; None: it never was."""
        generation, number = await self._call("HMGET", key(self._root, "position", folder), "generation", "number")
        return Position(folder, int(generation), int(number)) if generation else None

    async def advance(self, now_ms: int, position: Position) -> None:
        """What stood there became no message, or nothing stands there. Never goes back within a generation."""
        await self._scripts.call("position_advance", now_ms, position.text)

    async def begin(self, now_ms: int, position: Position, beginning: Beginning) -> None:
        """Reading goes on from here: it is the first time, or the mails were numbered anew."""
        place = ("generation", position.generation, "number", position.number, "at", now_ms)
        about = ("since", beginning.since, "below", beginning.below)
        await self._call("HSET", key(self._root, "position", position.folder), *place, *about)

    async def beginning(self, folder: str) -> Beginning:
        since, below = await self._call("HMGET", key(self._root, "position", folder), "since", "below")
        return Beginning(since=int(since or 0), below=int(below or 0))
