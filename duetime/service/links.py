"""Signed links to files: whoever has one may fetch that file, in that way, until it expires."""

import hmac
from collections.abc import Mapping
from enum import StrEnum
from hashlib import sha256
from typing import Final
from urllib.parse import quote, urlencode

import msgspec

from duetime.router.errors import NotFound

FILES: Final = "/v1/attachments/"


class Show(StrEnum):
    """How a link gives its file."""

    DOWNLOAD = "download"
    """As it is, to be saved and never to be opened by the browser."""
    IMAGE = "image"
    """As a picture drawn anew, so that nothing but its pixels arrives."""
    EMBEDDED_IMAGE = "embedded_image"
    """The same for the pages of other sites that embed the chat."""
    PAGE = "page"
    """The HTML of a message, for a sandboxed frame."""
    PAGE_WITH_IMAGES = "page_with_images"
    """The same with the remote images that it asks for: their servers learn that it was read."""


class Linked(msgspec.Struct, frozen=True, kw_only=True):
    """What a link is for."""

    key: str
    name: str
    content_type: str
    show: Show = Show.DOWNLOAD
    images: tuple[tuple[str, str], ...] = ()
    """Of a page: content id and key of the pictures in it."""


class LinkSigner:
    """``key`` is shared by all daemons of a workspace, so that each serves the links of the others."""

    def __init__(self, key: bytes, ttl_s: int) -> None:
        self._key = key
        self._ttl_ms = 1000 * ttl_s

    def sign(self, linked: Linked, now_ms: int) -> str:
        """The path with its query."""
        expires_at = now_ms + self._ttl_ms
        query = {
            "name": linked.name,
            "type": linked.content_type,
            "show": linked.show.value,
            "expires": str(expires_at),
            "signature": self._signature(linked, expires_at),
        }
        if linked.images:
            query["images"] = msgspec.json.encode(linked.images).decode()
        return f"{FILES}{quote(linked.key)}?{urlencode(query, quote_via=quote)}"

    def check(self, key: str, query: Mapping[str, str], now_ms: int) -> Linked:
        """What a link that we signed is for. Raises NotFound when it was altered or has expired."""
        try:
            expires_at = int(query["expires"][:16])
            images = msgspec.json.decode(query.get("images", "[]"), type=tuple[tuple[str, str], ...])
            show = Show(query["show"])
            linked = Linked(key=key, name=query["name"], content_type=query["type"], show=show, images=images)
            expected = self._signature(linked, expires_at)
            signature = query["signature"].encode()
        except (KeyError, ValueError, msgspec.MsgspecError):  # UnicodeEncodeError is a ValueError
            raise _no_link() from None
        if not hmac.compare_digest(signature, expected.encode()) or now_ms >= expires_at:
            raise _no_link()
        return linked

    def _signature(self, linked: Linked, expires_at: int) -> str:
        return hmac.new(self._key, msgspec.json.encode((linked, expires_at)), sha256).hexdigest()


def _no_link() -> NotFound:
    return NotFound("This link is not one of ours, or has expired. Ask for a new one.")
