"""Where a request comes from, as a key for limits that one person cannot multiply."""

import ipaddress
from collections.abc import Callable, Sequence
from functools import lru_cache

from aiohttp import hdrs, web

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def client_address(trusted_proxies: Sequence[str]) -> Callable[[web.BaseRequest], str]:
    """The function from a request to its client: an IPv4 address, or the /64 network of an IPv6 address,
    because a single subscriber owns all of that."""
    ip_of = client_ip(trusted_proxies)

    @lru_cache(maxsize=4096)
    def key_of(address: Address | None) -> str:
        if address is None:  # a unix socket
            return "local"
        if isinstance(address, ipaddress.IPv6Address):
            return str(ipaddress.ip_network((address, 64), strict=False))
        return str(address)

    return lambda request: key_of(ip_of(request))


def client_ip(trusted_proxies: Sequence[str]) -> Callable[[web.BaseRequest], Address | None]:
    """The function from a request to the address of its client, None on a unix socket.

    ``X-Forwarded-For`` is believed from a trusted proxy only, and read from the right: what stands left of
    the first address that is not a trusted proxy was written by the client.
    """
    networks = [ipaddress.ip_network(proxy) for proxy in trusted_proxies]

    def is_proxy(address: Address) -> bool:
        return any(address in network for network in networks)

    @lru_cache(maxsize=4096)
    def resolve(peer: str, forwarded: str) -> Address | None:
        address = _parse(peer)
        if address is None:
            return None
        hops = forwarded.split(",") if forwarded else []
        while hops and is_proxy(address):
            before = _parse(hops.pop().strip())
            if before is None:
                break
            address = before
        return address

    def of(request: web.BaseRequest) -> Address | None:
        forwarded = ",".join(request.headers.getall(hdrs.X_FORWARDED_FOR, ())) if networks else ""
        return resolve(request.remote or "", forwarded)

    return of


def is_from_this_machine(request: web.BaseRequest) -> bool:
    """Whether it was sent by a program on this machine for itself, and not by a proxy here for somebody
    else."""
    address = _parse(request.remote or "")
    forwarded = hdrs.X_FORWARDED_FOR in request.headers or hdrs.FORWARDED in request.headers
    return not forwarded and (address is None or address.is_loopback)


def _parse(text: str) -> Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
