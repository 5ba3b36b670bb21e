"""An address that a stranger names never leads into our own network, nor does it cost more than it may."""

import asyncio
import ipaddress
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from duetime.service.safe_fetch import Fetched, FetchRefused, SafeFetch, is_public

INWARD = [
    "127.0.0.1", "127.1", "0x7f000001", "2130706433", "0177.0.0.1", "0.0.0.0", "0", "127.0.0.1.", "[::]", "[::1]",
    "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "169.254.169.254", "2852039166", "0xa9fea9fe",
    "0251.0376.0251.0376", "0xa9.0xfe.0xa9.0xfe", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.0.1",
    "100.64.0.1", "[fc00::1]", "[fd12::1]", "[fe80::1]", "[fe80::1%25eth0]", "[fec0::1]", "[64:ff9b::7f00:1]",
    "[64:ff9b:1::1]", "[2002:7f00:1::]", "[2001:0:7f00:1::]", "224.0.0.1", "[ff02::1]", "255.255.255.255",
    "240.0.0.1", "192.0.0.1", "198.18.0.1", "192.0.2.1", "[2001:db8::1]", "localhost", "localhost.",
]  # fmt: skip


@pytest.fixture
async def fetch() -> AsyncIterator[SafeFetch]:
    made = SafeFetch()
    yield made
    await made.close()


@pytest.fixture
async def here() -> AsyncIterator[SafeFetch]:
    """One that may call this machine, where the servers of the tests are."""
    made = SafeFetch(["127.0.0.0/8"])
    yield made
    await made.close()


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_get("/{path:.*}", handler)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def get(fetch: SafeFetch, url: str, **options: Any) -> Fetched:
    options = {"most_bytes": 1000, "timeout_s": 5, **options}
    return await fetch.get(url, **options)


async def a_file(request: web.Request) -> web.Response:
    return web.Response(body=b"picture", content_type="image/png")


@pytest.mark.parametrize("host", INWARD)
async def test_no_form_of_an_address_of_ours_is_called(fetch: SafeFetch, host: str) -> None:
    with pytest.raises(FetchRefused):
        await get(fetch, f"http://{host}/file")


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "ftp://example.com/x", "gopher://example.com", "//example.com/x", "example.com", "",
        "http://", "http:///x", "http://user@example.com/", "http://example.com:80@127.0.0.1/",
        "http://a:b@example.com/", "http://example.com\\@127.0.0.1/", "http://exa mple.com/",
        "http://example.com/\r\nX: y", "http://example.com:99999/", "http://[::1", "http://example.com/" + "x" * 5000,
        "javascript:alert(1)", "data:text/plain,x",
    ],
)  # fmt: skip
async def test_what_is_no_plain_address_of_the_web_is_refused(fetch: SafeFetch, url: str) -> None:
    with pytest.raises(FetchRefused):
        await get(fetch, url)


@pytest.mark.parametrize("address", ["8.8.8.8", "2a00:1450:4001:80b::200e", "::ffff:8.8.8.8", "93.184.216.34"])
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


async def test_a_name_that_leads_inward_is_refused_also_if_only_one_of_its_addresses_does(
    fetch: SafeFetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    async def resolve(host: str, port: int, **options: Any) -> list[Any]:
        asked.append(host)
        kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
        return [(*kind, ("93.184.216.34", port)), (*kind, ("10.0.0.1", port))]

    monkeypatch.setattr(asyncio.get_running_loop().__class__, "getaddrinfo", lambda self, *a, **k: resolve(*a, **k))
    with pytest.raises(FetchRefused, match="not on the public internet"):
        await get(fetch, "http://rebinding.example/file")
    assert asked == ["rebinding.example"]


async def test_a_file_is_fetched_with_the_headers_for_its_address(here: SafeFetch) -> None:
    seen: list[str] = []

    async def handler(request: web.Request) -> web.Response:
        seen.append(request.headers["Authorization"])
        return await a_file(request)

    async with serving(handler) as url:
        found = await get(here, f"{url}/file", headers=lambda url: {"Authorization": "Basic x"})
    assert (found.content, found.content_type, seen) == (b"picture", "image/png", ["Basic x"])


async def test_a_redirect_is_followed_with_headers_of_its_own(here: SafeFetch) -> None:
    seen: list[tuple[str, str | None]] = []

    async def handler(request: web.Request) -> web.Response:
        seen.append((request.path, request.headers.get("Authorization")))
        if request.path == "/first":
            raise web.HTTPFound("/second")
        return await a_file(request)

    async with serving(handler) as url:
        await get(here, f"{url}/first", headers=lambda url: {"Authorization": "x"} if url.endswith("first") else {})
    assert seen == [("/first", "x"), ("/second", None)]


@pytest.mark.parametrize("target", ["http://10.0.0.1/", "http://[::1]/", "file:///etc/passwd", "http://2130706433/"])
async def test_a_redirect_inward_is_refused(here: SafeFetch, target: str) -> None:
    async def handler(request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": target})

    async with serving(handler) as url:
        with pytest.raises(FetchRefused):
            await get(here, url)


async def test_redirects_end(here: SafeFetch) -> None:
    count = 0

    async def handler(request: web.Request) -> web.Response:
        nonlocal count
        count += 1
        raise web.HTTPFound(f"/{count}")

    async with serving(handler) as url:
        with pytest.raises(FetchRefused, match="address to address"):
            await get(here, url)
    assert count == 4


@pytest.mark.parametrize("announced", [True, False])
async def test_what_is_too_large_is_refused_whether_it_is_announced_or_not(here: SafeFetch, announced: bool) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        if announced:
            return web.Response(body=b"x" * 1001)
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"x" * 500)

    async with serving(handler) as url:
        with pytest.raises(FetchRefused, match="larger than 1,000 bytes"):
            await get(here, url)


async def test_what_comes_compressed_is_refused(here: SafeFetch) -> None:
    async def handler(request: web.Request) -> web.Response:
        assert request.headers["Accept-Encoding"] == "identity"
        return web.Response(body=b"x" * 10, headers={"Content-Encoding": "gzip"})

    async with serving(handler) as url:
        with pytest.raises(FetchRefused, match="compressed"):
            await get(here, url)


async def test_a_host_that_never_answers_costs_its_time_and_no_more(here: SafeFetch) -> None:
    async def handler(request: web.Request) -> web.Response:
        await asyncio.Event().wait()
        raise AssertionError

    async with serving(handler) as url:
        with pytest.raises(FetchRefused, match="did not come"):
            await get(here, url, timeout_s=0.05)


@pytest.mark.parametrize("status", [204, 401, 404, 500])
async def test_another_answer_than_the_file_is_refused(here: SafeFetch, status: int) -> None:
    async def handler(request: web.Request) -> web.Response:
        return web.Response(status=status)

    async with serving(handler) as url:
        with pytest.raises(FetchRefused, match=f"answered {status}"):
            await get(here, url)


async def test_a_host_that_speaks_nonsense_or_is_not_there_is_refused(here: SafeFetch) -> None:
    async def nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"lorem ipsum\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(nonsense, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    with pytest.raises(FetchRefused, match="no proper answer"):
        await get(here, url)
    server.close()
    await server.wait_closed()
    with pytest.raises(FetchRefused, match="cannot be reached"):
        await get(here, url)
