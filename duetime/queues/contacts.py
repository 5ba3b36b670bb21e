"""Contacts: the people outside, and the addresses by which they are reached."""

import asyncio
from collections.abc import Callable, Sequence

import msgspec

from duetime.queues import decode
from duetime.queues.connection import Pipeline
from duetime.queues.keys import Root, key
from duetime.queues.records import Contact
from duetime.queues.replies import expect_ok
from duetime.queues.scripts import Scripts
from duetime.router.errors import NotFound
from duetime.router.ids import ContactId, SessionId
from duetime.router.message import Channel


class Contacts:
    def __init__(self, pipeline: Pipeline, scripts: Scripts, root: Root, clock: Callable[[], int]) -> None:
        self._call = pipeline.call
        self._scripts = scripts
        self._root = root
        self._clock = clock

    async def get(self, contact_id: ContactId) -> Contact:
        """Raises NotFound."""
        flat = await self._call("HGETALL", key(self._root, "contact", contact_id))
        if not flat:
            raise NotFound("There is no such contact.", contact=contact_id)
        return decode.contact(contact_id, flat)

    async def by_address(self, channel: str, address: str) -> Contact | None:
        found = await self._call("GET", key(self._root, "address", channel, address))
        return await self.get(ContactId(found)) if found else None

    async def list(self, cursor: int = 0, limit: int = 50) -> tuple[list[Contact], int | None]:
        """Newest first; the cursor of the next page, None at the end."""
        ids = await self._call("ZREVRANGE", key(self._root, "contacts"), cursor, cursor + limit - 1)
        contacts = list(await asyncio.gather(*(self.get(contact_id) for contact_id in ids)))
        return contacts, cursor + limit if len(ids) == limit else None

    async def identify(
        self,
        now_ms: int,
        contact: ContactId,
        session: SessionId,
        user: str,
        addresses: Sequence[tuple[Channel, str]],
        name: str | None,
    ) -> ContactId:
        """A chat visitor has proven who they are: ``user`` (``<endpoint>/<id>``) to whom these addresses belong. Gives
        whose contact they are, a new one under the id ``contact`` if nobody's. Raises NotFound when the session is
        somebody else's."""
        proven = msgspec.json.encode([f"{channel.value}:{address}" for channel, address in addresses]).decode()
        reply = await self._scripts.call("contact_identify", now_ms, contact, session, user, proven, name or "")
        return ContactId(expect_ok(reply)[0])

    async def change(
        self,
        contact_id: ContactId,
        *,
        name: str | None,
        attributes: dict[str, str] | None,
        version: int | None,
    ) -> Contact:
        """Replaces what is given; None leaves as it is. Raises NotFound, Stale."""
        reply = await self._scripts.call(
            "contact_change",
            self._clock(),
            contact_id,
            "" if version is None else version,
            msgspec.json.encode({"name": name, "attributes": attributes}).decode(),
        )
        expect_ok(reply, "contact")
        return await self.get(contact_id)
