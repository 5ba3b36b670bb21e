"""Where a request comes from, also when it lies about that."""

import pytest
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from duetime.service.client_address import client_address, is_from_this_machine


class Transport:
    """Tells aiohttp who the peer is."""

    def __init__(self, peer: str) -> None:
        self._peer = peer

    def get_extra_info(self, name: str, default: object = None) -> object:
        return (self._peer, 4711) if name == "peername" else default


def address(peer: str, forwarded: list[str], proxies: list[str]) -> str:
    headers = CIMultiDict([("X-Forwarded-For", value) for value in forwarded])
    request = make_mocked_request("GET", "/", headers=headers, transport=Transport(peer))
    return client_address(proxies)(request)


@pytest.mark.parametrize(
    ("peer", "forwarded", "proxies", "expected"),
    [
        ("203.0.113.7", [], [], "203.0.113.7"),
        ("203.0.113.7", ["198.51.100.1"], [], "203.0.113.7"),
        ("203.0.113.7", ["198.51.100.1"], ["10.0.0.0/8"], "203.0.113.7"),
        ("10.0.0.1", ["198.51.100.1"], ["10.0.0.0/8"], "198.51.100.1"),
        ("10.0.0.1", ["1.1.1.1, 198.51.100.1, 10.9.9.9"], ["10.0.0.0/8"], "198.51.100.1"),
        ("10.0.0.1", ["1.1.1.1", "198.51.100.1"], ["10.0.0.0/8"], "198.51.100.1"),
        ("10.0.0.1", ["10.2.2.2"], ["10.0.0.0/8"], "10.2.2.2"),
        ("10.0.0.1", ["nonsense"], ["10.0.0.0/8"], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.1, unknown"], ["10.0.0.0/8"], "10.0.0.1"),
        ("10.0.0.1", [""], ["10.0.0.0/8"], "10.0.0.1"),
        ("2001:db8:1:2:3:4:5:6", [], [], "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", [], [], "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", [], [], "203.0.113.7"),
        ("::ffff:10.0.0.1", ["198.51.100.1"], ["10.0.0.0/8"], "198.51.100.1"),
        ("", ["198.51.100.1"], ["10.0.0.0/8"], "local"),
    ],
)
def test_the_client_is_the_first_address_from_the_right_that_no_trusted_proxy_has(
    peer: str, forwarded: list[str], proxies: list[str], expected: str
) -> None:
    assert address(peer, forwarded, proxies) == expected


@pytest.mark.parametrize(
    ("peer", "headers", "expected"),
    [
        ("127.0.0.1", {}, True),
        ("::1", {}, True),
        ("", {}, True),
        ("203.0.113.7", {}, False),
        ("127.0.0.1", {"X-Forwarded-For": "203.0.113.7"}, False),
        ("127.0.0.1", {"Forwarded": "for=203.0.113.7"}, False),
        ("203.0.113.7", {"X-Forwarded-For": "127.0.0.1"}, False),
    ],
)
def test_what_a_proxy_of_this_machine_passes_on_is_not_from_this_machine(
    peer: str, headers: dict[str, str], expected: bool
) -> None:
    request = make_mocked_request("GET", "/", headers=headers, transport=Transport(peer))
    assert is_from_this_machine(request) is expected
