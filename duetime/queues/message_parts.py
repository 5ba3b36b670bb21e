"""Parts of messages that come in several, until all of them are there. What a part is, who keeps it knows."""

from enum import StrEnum

import msgspec

from duetime.queues.replies import expect_ok
from duetime.queues.scripts import Scripts

REMEMBER_MS = 7 * 24 * 3600 * 1000
WAIT_MS = 60_000
"""For so long the others are waited for."""
LEASE_MS = 60_000
AT_ONCE = 50


class Kept(StrEnum):
    WAITS = "kept"
    """For the others."""
    REPEATED = "duplicate"
    """It was taken in already."""
    ALONE = "alone"
    """Its group is over, or has another part in its place: it is a message of its own."""


class Group(msgspec.Struct, frozen=True):
    name: str
    parts: dict[int, str]
    """What was kept, by number, in their order."""


class MessageParts:
    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts

    async def keep(self, now_ms: int, group: str, number: int, total: int, part: str, id_there: str) -> Group | Kept:
        """The whole group once it is complete, to be taken in and then dropped. ``id_there``: endpoint and external id
        of the part."""
        reply = await self._scripts.call("part_keep", now_ms, group, number, total, part, id_there, WAIT_MS, LEASE_MS)
        if reply[0] in ("kept", "duplicate", "alone"):
            return Kept(reply[0])
        (flat,) = expect_ok(reply)
        return _group(group, flat)

    async def claim(self, now_ms: int) -> list[Group]:
        """Those that waited long enough; what is not dropped soon is given again."""
        (rows,) = expect_ok(await self._scripts.call("parts_claim", now_ms, AT_ONCE, LEASE_MS))
        return [_group(name, flat) for name, flat in rows]

    async def drop(self, now_ms: int, group: str, ids_there: list[str]) -> None:
        """They are taken in."""
        expect_ok(await self._scripts.call("parts_drop", now_ms, group, REMEMBER_MS, *ids_there))


def _group(name: str, flat: list[str]) -> Group:
    pairs = zip(flat[::2], flat[1::2], strict=True)
    return Group(name, dict(sorted((int(number), text) for number, text in pairs if number != "closed")))
