"""A shop of somebody else, on an origin of its own, that embeds the chat under the strictest policy it can have."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import escape

from aiohttp import web

PAGE = """<!doctype html>
<html lang="{language}" dir="{direction}">
<head>
<title>Tea shop</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
{script}
</head>
<body><main><h1>Tea shop</h1><p>Tea for long afternoons.</p></main></body>
</html>
"""
POLICY = (
    "default-src 'none'; script-src {daemon}; connect-src {daemon} {socket}; img-src {daemon};"
    " base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)


class Site:
    """The web server of the shop."""

    def __init__(self, port: int) -> None:
        self.origin = f"http://localhost:{port}"
        """Another host than the daemon's, 127.0.0.1: to browsers, another site."""
        self.daemon = ""
        """Whose chat it embeds."""
        self.attributes: dict[str, str] = {"data-endpoint": "web"}
        """Of the script element."""
        self.language = "en"
        self.policy: str | None = POLICY
        """None: the page allows everything."""

    async def serve(self, request: web.Request) -> web.Response:
        told = "".join(f' {name}="{escape(value)}"' for name, value in self.attributes.items())
        script = f'<script src="{self.daemon}/widget.js"{told} async></script>'
        direction = "rtl" if self.language == "ar" else "ltr"
        html = PAGE.format(language=self.language, direction=direction, script=script)
        policy = (self.policy or "").format(daemon=self.daemon, socket=self.daemon.replace("http", "ws"))
        return web.Response(text=html, content_type="text/html", headers={"Content-Security-Policy": policy})


@asynccontextmanager
async def serve_site() -> AsyncIterator[Site]:
    app = web.Application()
    runner = web.AppRunner(app)
    site: Site | None = None

    async def page(request: web.Request) -> web.Response:
        assert site is not None
        return await site.serve(request)

    app.router.add_get("/", page)
    await runner.setup()
    try:
        listener = web.TCPSite(runner, "127.0.0.1", 0)
        await listener.start()
        site = Site(int(runner.addresses[0][1]))
        yield site
    finally:
        await runner.cleanup()
