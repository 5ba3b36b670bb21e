"""The text of a mail comes out as it was meant, however the network cuts it."""

import hypothesis.strategies as st
from hypothesis import given

from duetime.service.mail.incoming_text import IncomingText

LIMIT = 1000
texts = st.lists(st.sampled_from([b"\r\n", b"\r", b"\n", b".", b"..", b"a", b"\r\n.", b"\r\n.\n"]), max_size=30).map(
    lambda parts: b"".join(parts) + b"\r\n"
)


def stuffed(text: bytes) -> bytes:
    """As a peer sends it."""
    return (b"\r\n" + text).replace(b"\r\n.", b"\r\n..")[2:] + b".\r\n"


@given(texts, st.lists(st.integers(1, 7), min_size=1), st.sampled_from([b"", b"QUIT\r\n", b".\r\n"]))
def test_a_text_comes_out_as_it_went_in(text: bytes, steps: list[int], following: bytes) -> None:
    wire, incoming, at, turn = stuffed(text) + following, IncomingText(LIMIT), 0, 0
    rest: bytes | None = None
    while rest is None:
        step = steps[turn % len(steps)]
        rest = incoming.feed(wire[at : at + step])
        at, turn = at + step, turn + 1
    assert incoming.content() == text
    assert rest + wire[at:] == following


@given(st.lists(st.integers(1, 400), min_size=1))
def test_a_text_that_is_too_long_ends_where_it_ends_and_is_not_held(steps: list[int]) -> None:
    wire, incoming, at, turn = b"x" * (LIMIT - 1) + b"\r\n.\r\n", IncomingText(LIMIT), 0, 0
    while incoming.feed(wire[at : at + steps[turn % len(steps)]]) is None:
        at, turn = at + steps[turn % len(steps)], turn + 1
    assert incoming.content() is None


def test_a_text_of_the_largest_size_is_held() -> None:
    incoming = IncomingText(LIMIT)
    assert incoming.feed(b"x" * (LIMIT - 2) + b"\r\n.\r\n") == b""
    assert len(incoming.content() or b"") == LIMIT
