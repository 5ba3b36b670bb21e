"""Who vouches for a sender: our own server, in its topmost header, for the domain that From names."""

import pytest

from duetime.channels.email.parse import parse_mail
from tests.channels.email.letters import letter

OURS = frozenset(["mx.ours.example"])
PASS = "Authentication-Results: mx.ours.example; dmarc=pass header.from=example.org"
FAIL = "Authentication-Results: mx.ours.example; dmarc=fail header.from=example.org"


def authenticated(*headers: str, ours: frozenset[str] = OURS) -> bool:
    return parse_mail(letter(*headers), authserv_ids=ours).authenticated


@pytest.mark.parametrize(
    "header",
    [
        PASS,
        "Authentication-Results: MX.ours.example 1; spf=pass; dmarc=pass (p=none; sp=none) header.from=example.org",
        'Authentication-Results: mx.ours.example;\r\n dkim=pass;\r\n dmarc=pass header.from="example.org"',
        "Authentication-Results: mx.ours.example; dmarc=PASS action=none header.from=EXAMPLE.org;compauth=pass",
    ],
)
def test_a_pass_of_our_server_is_believed(header: str) -> None:
    assert authenticated(header)


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [FAIL, PASS],
        ["Authentication-Results: mx.evil.example; dmarc=pass header.from=example.org"],
        ["Authentication-Results: mx.ours.example.evil.example; dmarc=pass header.from=example.org"],
        ["Authentication-Results: mx.ours.example; dkim=pass header.d=example.org"],
        ["Authentication-Results: mx.ours.example; dmarc=pass header.from=evil.example"],
        ["Authentication-Results: mx.ours.example; dmarc=pass"],
        [
            "Authentication-Results: mx.ours.example; dmarc=fail header.from=example.org;"
            " dmarc=pass header.from=example.org"
        ],
        ["Authentication-Results: mx.ours.example (; dmarc=pass header.from=example.org)"],
        ['Authentication-Results: mx.ours.example; spf=none smtp.mailfrom="x; dmarc=pass header.from=example.org"'],
        ["Authentication-Results: (mx.ours.example); dmarc=pass header.from=example.org"],
        ["Authentication-Results: ;"],
    ],
)
def test_anything_else_is_not(headers: list[str]) -> None:
    assert not authenticated(*headers)


def test_nobody_is_believed_where_no_server_is_ours() -> None:
    assert not authenticated(PASS, ours=frozenset())
