"""What a signed link leads to. Nothing that a stranger sent ever runs in a browser: files are for saving, pictures
are drawn anew, and the HTML of a message is a page that may run, load and submit nothing."""

import asyncio
import re
from base64 import b64encode
from typing import Final
from urllib.parse import quote

from aiohttp import hdrs, web

from duetime.router.errors import NotFound, Refusal
from duetime.service.file_names import BINARY
from duetime.service.http.problem import problem
from duetime.service.links import FILES, Linked, Show
from duetime.service.parts import Parts
from duetime.service.redraw import redraw

PATH: Final = FILES + "{key:.+}"
PAGE_IMAGES_BYTES: Final = 10_000_000
"""So much of a message's own pictures goes into its page."""
DRAWN_AT_ONCE: Final = 2
"""Unpacked, a picture takes up to 160 MB."""

HEADERS: Final = {
    hdrs.CACHE_CONTROL: "private, no-store",
    "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'self'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_EMBEDDED: Final = {**HEADERS, "Cross-Origin-Resource-Policy": "cross-origin"}
_PAGE_POLICY: Final = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src data:{remote};"
    " style-src 'unsafe-inline'; frame-ancestors 'self'"
)

_PASSIVE: Final = frozenset(
    {"application/pdf", "application/msword", "application/zip", "application/rtf", "message/rfc822"}
    | {"text/plain", "text/csv", "text/calendar", "image/png", "image/jpeg", "image/gif", "image/webp", "image/tiff"}
)
_PASSIVE_FAMILIES: Final = (
    "audio/",
    "video/",
    "application/vnd.openxmlformats-officedocument.",
    "application/vnd.oasis.opendocument.",
    "application/vnd.ms-",
)
_CID: Final = re.compile(r'(<img(?: [a-z-]+="[^"]*")*?) src="cid:([^"]{1,500})"')
_REMOTE: Final = re.compile(r'(<img(?: [a-z-]+="[^"]*")*?) data-remote-src="(?=https?:)')


class Files:
    """The handler of `PATH`, which asks for no token: the link proves that somebody who may have the file made it."""

    def __init__(self, parts: Parts) -> None:
        self._attachments = parts.attachments
        self._links = parts.links
        self._clock = parts.store.clock
        self._turns = asyncio.Semaphore(DRAWN_AT_ONCE)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        try:
            linked = self._links.check(request.match_info["key"], request.query, self._clock())
            match linked.show:
                case Show.DOWNLOAD:
                    return await self._download(request, linked)
                case Show.IMAGE | Show.EMBEDDED_IMAGE:
                    body, media = await self._redrawn(linked.key)
                    headers = _EMBEDDED if linked.show is Show.EMBEDDED_IMAGE else HEADERS
                    return web.Response(body=body, headers={**headers, hdrs.CONTENT_TYPE: media})
                case Show.PAGE | Show.PAGE_WITH_IMAGES:
                    return await self._page(linked)
        except Refusal as refusal:
            return problem(refusal)

    async def _download(self, request: web.Request, linked: Linked) -> web.StreamResponse:
        stored = await self._attachments.stream(linked.key)
        headers = {
            **HEADERS,
            hdrs.CONTENT_TYPE: linked.content_type if is_passive(linked.content_type) else BINARY,
            hdrs.CONTENT_DISPOSITION: disposition(linked.name),
            hdrs.CONTENT_LENGTH: str(stored.size_bytes),
        }
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        try:
            if request.method == hdrs.METH_GET:
                async for chunk in stored.chunks:
                    await response.write(chunk)
            await response.write_eof()
        except Refusal:
            # Too late for another answer; a connection that breaks off tells that this one is not whole.
            if request.transport is not None:
                request.transport.abort()
        return response

    async def _page(self, linked: Linked) -> web.Response:
        html = (await self._attachments.get(linked.key)).decode(errors="replace")
        pictures = await self._pictures(linked)
        html = _CID.sub(lambda found: f'{found[1]} src="{pictures.get(found[2], "")}"', html)
        remote = ""
        if linked.show is Show.PAGE_WITH_IMAGES:
            html, remote = _REMOTE.sub(r'\1 src="', html), " http: https:"
        body = f'<!doctype html><meta charset="utf-8"><base target="_blank">{html}'.encode()
        headers = {
            **HEADERS,
            hdrs.CONTENT_TYPE: "text/html; charset=utf-8",
            "Content-Security-Policy": _PAGE_POLICY.format(remote=remote),
        }
        return web.Response(body=body, headers=headers)

    async def _redrawn(self, key: str) -> tuple[bytes, str]:
        content = await self._attachments.get(key)
        async with self._turns:
            return await asyncio.to_thread(redraw, content)

    async def _pictures(self, linked: Linked) -> dict[str, str]:
        """By content id, as ``data:`` addresses: the page may load nothing."""
        found: dict[str, str] = {}
        room = PAGE_IMAGES_BYTES
        for content_id, key in linked.images:
            try:
                body, media = await self._redrawn(key)
            except NotFound:
                continue
            room -= len(body)
            if room < 0:
                break
            found[content_id] = f"data:{media};base64,{b64encode(body).decode()}"
        return found


def is_passive(content_type: str) -> bool:
    """Whether no browser would run a file of this type, even one that opened it against our word."""
    return content_type in _PASSIVE or content_type.startswith(_PASSIVE_FAMILIES)


def disposition(name: str) -> str:
    """``Content-Disposition`` of a file to save (RFC 6266): the name in ASCII for old clients, then in full."""
    plain = "".join(char if char.isascii() and char.isprintable() and char not in '"\\%' else "_" for char in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
