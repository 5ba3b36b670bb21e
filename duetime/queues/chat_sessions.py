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


class Identity(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who a visitor is, as the site that embeds the chat has signed it."""

    user: str
    """What the site calls them."""
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    """In E.164, such as ``+4930123456``."""


class Said(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a visitor's client said of them. Nothing of it is proven."""

    name: str | None = None
    language: str | None = None
    page: str | None = None
    form: dict[str, str] | None = None
    """Their answers to the endpoint's form; None: it was not filled in."""


class ChatSession(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who a visitor is to us."""

    id: SessionId
    """Their address on the chat channel."""
    endpoint: EndpointId
    created_at: int
    identity: Identity | None = None
    """None: nobody signed who they are. A session never changes from one user to another."""
    identity_ends_at: int | None = None
    """Until then the signature is good; None: without end."""
    said: Said = Said()


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

    async def change(self, token_hash: str, session: ChatSession) -> None:
        """What is known of the visitor has changed; how long the session is kept has not."""
        await self._call("SET", self._key(token_hash), msgspec.json.encode(session), "XX", "KEEPTTL")

    async def keep(self, token_hash: str) -> None:
        """It is used: keep it for another month."""
        await self._call("EXPIRE", self._key(token_hash), KEPT_S)

    def _key(self, token_hash: str) -> str:
        return key(self._root, "session", token_hash)
