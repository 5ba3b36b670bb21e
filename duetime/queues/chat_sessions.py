"""The sessions of chat visitors, found by the hash of the resume token that the visitor's client keeps."""

from typing import Final

import msgspec

from duetime.queues.connection import Pipeline
from duetime.queues.keys import Root, key
from duetime.router.ids import EndpointId, SessionId

FRESH_S: Final = 24 * 3600
"""A session in which nothing was said and to which nobody came back is forgotten after a day."""
KEPT_S: Final = 30 * 24 * 3600
"""Any other: a month after it was last used."""


class ChatSession(msgspec.Struct, frozen=True, kw_only=True):
    """Who a visitor is to us."""

    id: SessionId
    """Their address on the chat channel."""
    endpoint: EndpointId
    created_at: int


class ChatSessions:
    def __init__(self, pipeline: Pipeline, root: Root) -> None:
        self._call = pipeline.call
        self._root = root

    async def add(self, token_hash: str, session: ChatSession) -> None:
        await self._call("SET", self._key(token_hash), msgspec.json.encode(session), "EX", FRESH_S)

    async def resume(self, token_hash: str) -> ChatSession | None:
        """The session of this token, which is kept for another month; None if there is none (any more)."""
        text = await self._call("GETEX", self._key(token_hash), "EX", KEPT_S)
        return msgspec.json.decode(text, type=ChatSession) if text else None

    async def keep(self, token_hash: str) -> None:
        """It is used: keep it for another month."""
        await self._call("EXPIRE", self._key(token_hash), KEPT_S)

    def _key(self, token_hash: str) -> str:
        return key(self._root, "session", token_hash)
