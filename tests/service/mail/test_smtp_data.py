"""What follows ``DATA``: in pieces it is the same as at once."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from duetime.service.mail import smtp_data

LINES = st.lists(st.text("ab.", max_size=9).map(str.encode), max_size=12)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(LINES, st.integers(1, 12))
def test_every_line_that_begins_with_a_dot_gets_one_more_wherever_the_pieces_end(
    monkeypatch: pytest.MonkeyPatch, lines: list[bytes], size: int
) -> None:
    monkeypatch.setattr(smtp_data, "PIECE_BYTES", size)
    expected = b"".join((b"." if line.startswith(b".") else b"") + line + b"\r\n" for line in lines)
    raw = b"".join(line + b"\r\n" for line in lines)
    ending = b".\r\n" if raw else b"\r\n.\r\n"
    assert b"".join(smtp_data._pieces(raw)) == expected + ending


def test_a_last_line_without_an_end_gets_one() -> None:
    assert b"".join(smtp_data._pieces(b"a\r\n.b")) == b"a\r\n..b\r\n.\r\n"
