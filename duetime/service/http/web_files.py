"""What browsers load from us: the chat widget as one script, its messages, and the demo page. Nothing is built: the
modules of the widget are joined when the daemon starts."""

import gzip
import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from importlib import resources
from string import Template
from typing import Final, Self

import msgspec
from aiohttp import ETag, hdrs, web

from duetime.service.http.pages import Handler
from duetime.service.parts import Parts

WEB: Final = {
    "/widget.js": "The chat widget, for a script element on any page.",
    "/widget/messages/{language}.json": "Its texts in a language.",
    "/demo": "A page that embeds it.",
    "/demo/demo.css": "The looks of that page.",
}
"""The paths that anybody may read."""

WIDGET: Final = resources.files("duetime").joinpath("web", "widget")
DEMO: Final = resources.files("duetime").joinpath("web", "demo")
MODULES: Final = (
    *("embedding", "request", "texts", "dom", "linked_text", "keep", "socket", "polling", "connection"),
    *("outbox", "conversation", "uploads", "sound", "message_view", "log", "composer", "form", "standing"),
    *("panel", "screens", "chat", "view", "start"),
)
"""The modules of the widget: one that makes something when it is loaded comes after what it is made of."""
ENGLISH: Final = "en"
"""The language that is in the widget itself."""

COMMENT: Final = re.compile(r"^[ \t]*(?://[^\n]*|/\*\*.*?\*/)\n", re.MULTILINE | re.DOTALL)
"""One that has its lines to itself. Browsers are spared reading it."""
KEPT: Final = "public, max-age=300"
"""So that a new version is everywhere within minutes."""
FOR_ANY_SITE: Final = {
    hdrs.ACCESS_CONTROL_ALLOW_ORIGIN: "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
}
DEMO_POLICY: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
    " img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""What the widget asks of a page, and nothing else."""
RIGHT_TO_LEFT: Final = frozenset({"ar"})


@dataclass(frozen=True)
class WebFile:
    """A file as it is served."""

    body: bytes
    zipped: bytes
    etag: str
    headers: Mapping[str, str]

    @classmethod
    def of(cls, body: bytes, content_type: str, headers: Mapping[str, str]) -> Self:
        headers = {**headers, hdrs.CONTENT_TYPE: f"{content_type}; charset=utf-8", hdrs.CACHE_CONTROL: KEPT}
        zipped = gzip.compress(body, compresslevel=9, mtime=0)
        return cls(body, zipped, sha256(body).hexdigest()[:32], headers)

    def answer(self, request: web.Request) -> web.Response:
        headers = {**self.headers, hdrs.ETAG: f'W/"{self.etag}"', hdrs.VARY: hdrs.ACCEPT_ENCODING}
        known = request.if_none_match or ()
        if ETag("*") in known or any(etag.value == self.etag for etag in known):
            return web.Response(status=304, headers=headers)
        if "gzip" in request.headers.get(hdrs.ACCEPT_ENCODING, ""):
            return web.Response(body=self.zipped, headers={**headers, hdrs.CONTENT_ENCODING: "gzip"})
        return web.Response(body=self.body, headers=headers)


def web_handlers(parts: Parts) -> dict[str, Handler]:
    """The handlers of `WEB`, by path."""
    widget = WebFile.of(join_widget().encode(), "text/javascript", FOR_ANY_SITE)
    texts = {
        language: WebFile.of(
            WIDGET.joinpath("messages", f"{language}.json").read_bytes(), "application/json", FOR_ANY_SITE
        )
        for language in languages()
    }
    style = WebFile.of(DEMO.joinpath("demo.css").read_bytes(), "text/css", DEMO_POLICY)
    page = Template(DEMO.joinpath("demo.html").read_text(encoding="utf-8"))
    endpoint = next(iter(parts.settings.chat.endpoints), "")

    async def widget_js(request: web.Request) -> web.Response:
        return widget.answer(request)

    async def messages(request: web.Request) -> web.Response:
        found = texts.get(request.match_info["language"])
        if found is None:
            return web.Response(status=404, headers=FOR_ANY_SITE)
        return found.answer(request)

    async def demo(request: web.Request) -> web.Response:
        language = request.query.get("language", ENGLISH)
        language = language if language in texts else ENGLISH
        direction = "rtl" if language in RIGHT_TO_LEFT else "ltr"
        html = page.substitute(endpoint=escape(endpoint), language=language, direction=direction)
        headers = {**DEMO_POLICY, hdrs.CONTENT_TYPE: "text/html; charset=utf-8", hdrs.CACHE_CONTROL: "no-cache"}
        return web.Response(body=html.encode(), headers=headers)

    async def demo_css(request: web.Request) -> web.Response:
        return style.answer(request)

    return dict(zip(WEB, (widget_js, messages, demo, demo_css), strict=True))


def languages() -> list[str]:
    """The languages that the widget speaks."""
    names = [file.name for file in WIDGET.joinpath("messages").iterdir()]
    return sorted(name.removesuffix(".json") for name in names if name.endswith(".json"))


def join_widget() -> str:
    """The script: the modules in a scope of their own, after what they use that is no code."""
    translated = [language for language in languages() if language != ENGLISH]
    constants = {
        "ENGLISH": msgspec.json.decode(WIDGET.joinpath("messages", f"{ENGLISH}.json").read_bytes()),
        "TRANSLATED": translated,
        "STYLE": WIDGET.joinpath("style.css").read_text(encoding="utf-8"),
    }
    told = "".join(f"const {name} = {msgspec.json.encode(value).decode()};\n" for name, value in constants.items())
    modules = "\n".join(COMMENT.sub("", WIDGET.joinpath(f"{name}.js").read_text(encoding="utf-8")) for name in MODULES)
    return f"(() => {{\n'use strict';\n{told}\n{modules}}})();\n"
