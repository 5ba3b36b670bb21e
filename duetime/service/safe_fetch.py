"""Fetches what stands at an address that somebody else named: a file of a message, a receiver of webhooks.

Such an address must not lead into our own network. It is resolved once, every address that it resolves to must be
public, and the connection goes to one of those, so a name that resolves to something else a moment later gains nothing.
A redirect is an address like the first.
"""

import asyncio
import ipaddress
import re
import socket
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import aiohttp
import msgspec
from aiohttp import hdrs
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from duetime.service.client_address import Address

REDIRECTS_MOST: Final = 3
CHUNK_BYTES: Final = 64 * 1024
URL_CHARS: Final = 4000

_NUMERIC_END: Final = re.compile(r"(?:^|\.)(?:[0-9]+|0[xX][0-9a-fA-F]*)\.?$")
"""A host that ends so is an IPv4 address in one of its many forms, and must be one in the usual form."""
_TRANSLATED: Final = tuple(ipaddress.ip_network(name) for name in ("64:ff9b::/96", "64:ff9b:1::/48", "2001::/32"))
"""They carry an IPv4 address, to which a gateway may lead."""


class FetchRefused(Exception):
    """It cannot be had; the message is a sentence without the address, whose query may hold secrets."""


class Fetched(msgspec.Struct, frozen=True, kw_only=True):
    content: bytes
    content_type: str | None


def is_public(address: Address) -> bool:
    """Whether it belongs to the internet at large, and to no network or machine of ours."""
    if isinstance(address, ipaddress.IPv6Address):
        embedded = address.ipv4_mapped or address.sixtofour
        if embedded is not None:
            return is_public(embedded)
        if address.is_site_local or any(address in network for network in _TRANSLATED):
            return False
        if int(address) >> 32 == 0:  # ::a.b.c.d, an old form of IPv4
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


class SafeFetch:
    """One for a daemon. ``private_networks`` may be reached although they are not public."""

    def __init__(self, private_networks: Sequence[str] = ()) -> None:
        self._allowed = [ipaddress.ip_network(name) for name in private_networks]
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def get(
        self,
        url: str,
        *,
        most_bytes: int,
        timeout_s: float,
        headers: Callable[[str], Mapping[str, str]] = lambda url: {},
    ) -> Fetched:
        """``headers`` gives those for an address; a redirect is asked for its own. Raises FetchRefused."""
        try:
            async with asyncio.timeout(timeout_s):
                return await self._get(self.check(url), most_bytes, headers)
        except TimeoutError:
            raise FetchRefused(f"It did not come within {timeout_s:.0f} s.") from None
        except aiohttp.ClientConnectorDNSError as error:
            refused = error.os_error
            raise FetchRefused(str(refused) if isinstance(refused, _Unsafe) else "Its host is not known.") from None
        except aiohttp.ClientConnectorError:
            raise FetchRefused("Its host cannot be reached.") from None
        except (aiohttp.ClientError, OSError, ValueError):
            raise FetchRefused("Its host gave no proper answer.") from None

    def check(self, url: str) -> URL:
        """The address, if its form is that of one that may be called. Raises FetchRefused."""
        if len(url) > URL_CHARS or not url.isprintable() or " " in url or "\\" in url:
            raise FetchRefused("Its address is none that can be called.")
        try:
            parsed = URL(url)
            host = parsed.raw_host
            port = parsed.port
        except ValueError:
            raise FetchRefused("Its address is none that can be called.") from None
        if parsed.scheme not in ("http", "https") or not host or not port:
            raise FetchRefused("Its address is none of the web.")
        if parsed.raw_user is not None or parsed.raw_password is not None:
            raise FetchRefused("Its address names a user.")
        self._check_host(host)
        return parsed

    def allows(self, address: Address) -> bool:
        return is_public(address) or any(address in network for network in self._allowed)

    def _check_host(self, host: str) -> None:
        """A host that is an address is connected to as it is; any other goes to the resolver."""
        try:
            address = ipaddress.ip_address(host.partition("%")[0])
        except ValueError:
            if _NUMERIC_END.search(host):
                raise FetchRefused("Its host is a number in an unusual form.") from None
            return
        if "%" in host or not self.allows(address):
            raise FetchRefused("Its host is not on the public internet.")

    async def _get(self, url: URL, most_bytes: int, headers: Callable[[str], Mapping[str, str]]) -> Fetched:
        for _ in range(REDIRECTS_MOST + 1):
            # Compressed, a small answer could become a large one.
            asked = {**headers(str(url)), hdrs.ACCEPT_ENCODING: "identity"}
            async with self._open().get(url, headers=asked, allow_redirects=False) as response:
                if response.status in (301, 302, 303, 307, 308):
                    url = self._redirected(url, response)
                    continue
                if response.status != 200:
                    raise FetchRefused(f"Its host answered {response.status}.")
                return await _read(response, most_bytes)
        raise FetchRefused("Its host sends us from address to address.")

    def _redirected(self, url: URL, response: aiohttp.ClientResponse) -> URL:
        target = self.check(str(url.join(URL(response.headers.get(hdrs.LOCATION, "")))))
        if url.scheme == "https" and target.scheme != "https":
            raise FetchRefused("Its host sends us where everybody could read along.")
        return target

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(resolver=_CheckedResolver(self), use_dns_cache=False, force_close=True)
            self._session = aiohttp.ClientSession(
                connector=connector, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False
            )
        return self._session


class _Unsafe(OSError):
    """A name leads into our own network."""


class _CheckedResolver(AbstractResolver):
    def __init__(self, fetch: SafeFetch) -> None:
        self._allows = fetch.allows

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Raises OSError for a host that is not known, or has any address that may not be called: one that has both
        kinds is a trick."""
        loop = asyncio.get_running_loop()
        rows = await loop.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM)
        found = [str(row[4][0]) for row in rows]
        if not found or not all("%" not in one and self._allows(ipaddress.ip_address(one)) for one in found):
            raise _Unsafe("Its host is not on the public internet.")
        return [
            ResolveResult(hostname=host, host=one, port=port, family=row[0], proto=row[2], flags=socket.AI_NUMERICHOST)
            for row, one in zip(rows, found, strict=True)
        ]

    async def close(self) -> None:
        """There is nothing to close."""


async def _read(response: aiohttp.ClientResponse, most_bytes: int) -> Fetched:
    encoding = response.headers.get(hdrs.CONTENT_ENCODING, "identity")
    if encoding.lower() != "identity":
        raise FetchRefused("Its host sends it compressed, which was not asked for.")
    too_large = FetchRefused(f"It is larger than {most_bytes:,} bytes.")
    if (response.content_length or 0) > most_bytes:
        raise too_large
    content = bytearray()
    async for chunk in response.content.iter_chunked(CHUNK_BYTES):
        content += chunk
        if len(content) > most_bytes:
            raise too_large
    return Fetched(content=bytes(content), content_type=response.headers.get(hdrs.CONTENT_TYPE))
