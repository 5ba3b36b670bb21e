"""Who wants no more messages from which of our numbers."""

import msgspec

from duetime.queues.connection import Pipeline
from duetime.queues.keys import Root, key
from duetime.queues.replies import expect_ok
from duetime.queues.scripts import Scripts
from duetime.router.ids import EndpointId
from duetime.router.message import Channel, Message

REMEMBER_MS = 7 * 24 * 3600 * 1000
HELP_EVERY_MS = 3600 * 1000


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """That somebody opted out, or in again."""

    at: int
    by: str
    """``contact``, ``provider``, or the person who changed it."""
    why: str
    """The word that they wrote, or the reason."""


class OptOut(msgspec.Struct, frozen=True, kw_only=True):
    endpoint: EndpointId
    address: str
    told: Told


class OptOuts:
    """By endpoint and address, on the channel SMS."""

    def __init__(self, pipeline: Pipeline, scripts: Scripts, root: Root) -> None:
        self._call = pipeline.call
        self._scripts = scripts
        self._root = root

    async def get(self, endpoint: EndpointId, address: str) -> Told | None:
        text = await self._call("HGET", self._key(endpoint), _named(address))
        return msgspec.json.decode(text, type=Told) if text else None

    async def list(self, endpoint: EndpointId, cursor: int = 0, limit: int = 100) -> tuple[list[OptOut], int | None]:
        """In no order, about ``limit`` at a time; the cursor of what follows, None at the end."""
        following, flat = await self._call("HSCAN", self._key(endpoint), cursor, "COUNT", limit)
        found = [
            OptOut(
                endpoint=endpoint,
                address=name.removeprefix(f"{Channel.SMS.value}:"),
                told=msgspec.json.decode(text, type=Told),
            )
            for name, text in zip(flat[::2], flat[1::2], strict=True)
        ]
        return found, int(following) or None

    async def opt_out(
        self, now_ms: int, endpoint: EndpointId, address: str, told: Told, note: Message, external_id: str = ""
    ) -> bool:
        """False if they had opted out before. ``external_id``: the message that says so; again it changes nothing.
        ``note`` goes into their open conversation there, if there is one."""
        return await self._change(now_ms, endpoint, address, "out", told, note, external_id)

    async def opt_in(
        self, now_ms: int, endpoint: EndpointId, address: str, told: Told, note: Message, external_id: str = ""
    ) -> bool:
        """False if they had not opted out: then nothing is changed, and ``external_id`` not remembered."""
        return await self._change(now_ms, endpoint, address, "in", told, note, external_id)

    async def take_help_turn(self, endpoint: EndpointId, address: str) -> bool:
        """Whether they may be told how to get help: once an hour."""
        name = key(self._root, "helped", endpoint, address)
        return await self._call("SET", name, 1, "NX", "PX", HELP_EVERY_MS) is not None

    async def _change(
        self, now_ms: int, endpoint: EndpointId, address: str, way: str, told: Told, note: Message, external_id: str
    ) -> bool:
        reply = await self._scripts.call(
            "opt_out_change",
            now_ms,
            endpoint,
            _named(address),
            way,
            msgspec.json.encode(told).decode(),
            msgspec.json.encode(note).decode(),
            f"{endpoint}:{external_id}" if external_id else "",
            REMEMBER_MS,
        )
        if reply[0] in ("same", "duplicate"):
            return False
        expect_ok(reply)
        return True

    def _key(self, endpoint: EndpointId) -> str:
        return key(self._root, "optouts", endpoint)


def _named(address: str) -> str:
    return f"{Channel.SMS.value}:{address}"
