"""Names and types that strangers give their files."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetime.service.file_names import BINARY, NAME_BYTES, clean_name, clean_type


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("Rechnung März.pdf", "Rechnung März.pdf"),
        ("/etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("..", "file"),
        ("...hidden.", "hidden"),
        ("", "file"),
        (None, "file"),
        ("a\r\nContent-Type: text/html", "html"),
        ("a\r\nb.txt", "a b.txt"),
        ("photo\u202egpj.exe", "photogpj.exe"),
        ("nul\x00l.txt", "null.txt"),
        ("zero\u200bwidth\ufeff.txt", "zerowidth.txt"),
        ("👩\u200d🚀.png", "👩\u200d🚀.png"),
        ("half\ud800.txt", "half.txt"),
    ],
)
def test_a_name_loses_its_folders_and_what_cannot_be_seen(given_name: str | None, kept: str) -> None:
    assert clean_name(given_name) == kept


def test_a_long_name_is_cut_and_keeps_its_extension() -> None:
    assert clean_name("x" * 1000 + ".pdf") == "x" * (NAME_BYTES - 4) + ".pdf"
    assert clean_name("ä" * 1000 + ".pdf").endswith("ä.pdf")


@given(st.text())
def test_any_name_becomes_one_that_can_stand_anywhere(name: str) -> None:
    kept = clean_name(name)
    assert 0 < len(kept.encode()) <= NAME_BYTES
    assert not set(kept) & set("/\\\r\n\x00")
    assert clean_name(kept) == kept


@pytest.mark.parametrize(
    ("given_type", "kept"),
    [
        ("text/html; charset=utf-8", "text/html"),
        ("IMAGE/PNG", "image/png"),
        ("application/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.text"),
        ("text", BINARY),
        ("text/plain\r\nX: y", BINARY),
        ("", BINARY),
        (None, BINARY),
        ("a/" + "b" * 500, BINARY),
    ],
)
def test_a_type_is_one_or_binary(given_type: str | None, kept: str) -> None:
    assert clean_type(given_type) == kept
