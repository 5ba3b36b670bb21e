"""API tokens and websocket tickets. Only hashes of their secrets are kept."""

import msgspec

from duetime.queues.connection import Pipeline
from duetime.queues.journal import Journal
from duetime.queues.keys import Root, key
from duetime.router.events import EventType
from duetime.router.ids import AssociateId


class TokenRecord(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    secret_hash: str
    """SHA-256 of the secret part, in hexadecimal: the secret has 256 random bits, so a slow hash would add nothing."""
    role: str
    associate: AssociateId | None = None
    scopes: frozenset[str] = frozenset()
    label: str = ""
    created_at: int
    expires_at: int | None = None


class Tokens:
    def __init__(self, pipeline: Pipeline, journal: Journal, root: Root) -> None:
        self._pipeline = pipeline
        self._journal = journal
        self._root = root
        self.tickets = TicketStore(pipeline, root)

    async def create(self, *records: TokenRecord) -> None:
        """All of them or, when it ends on the way, none that is listed."""
        texts = {key(self._root, "token", record.id): msgspec.json.encode(record) for record in records}
        await self._pipeline.call("MSET", *(part for pair in texts.items() for part in pair))
        await self._pipeline.call("SADD", key(self._root, "tokens"), *(record.id for record in records))

    async def get(self, token_id: str) -> TokenRecord | None:
        text = await self._pipeline.call("GET", key(self._root, "token", token_id))
        return msgspec.json.decode(text, type=TokenRecord) if text else None

    async def list(self) -> list[TokenRecord]:
        ids = await self._pipeline.call("SMEMBERS", key(self._root, "tokens"))
        found = [await self.get(token_id) for token_id in sorted(ids)]
        return [record for record in found if record is not None]

    async def revoke(self, token_id: str) -> bool:
        """False if there was none. Daemons drop it from their caches by the event."""
        gone = await self._pipeline.call("DEL", key(self._root, "token", token_id))
        await self._pipeline.call("SREM", key(self._root, "tokens"), token_id)
        if gone:
            await self._journal.append(EventType.TOKEN_REVOKED, {"token": token_id})
        return bool(gone)


class TicketStore:
    """Single-use secrets that live for seconds."""

    def __init__(self, pipeline: Pipeline, root: Root) -> None:
        self._pipeline = pipeline
        self._root = root

    async def put(self, ticket_hash: str, data: bytes, ttl_s: int) -> None:
        await self._pipeline.call("SET", key(self._root, "ticket", ticket_hash), data, "EX", ttl_s)

    async def take(self, ticket_hash: str) -> bytes | None:
        """What was put, once: a ticket that was taken is gone."""
        taken = await self._pipeline.call("GETDEL", key(self._root, "ticket", ticket_hash))
        return None if taken is None else str(taken).encode()
