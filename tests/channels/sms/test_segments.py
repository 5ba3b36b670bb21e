"""What a text takes is counted as networks count, and nothing is split that belongs together."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetime.channels.sms.segments import (
    GSM_BASIC,
    GSM_EXTENSION,
    Encoding,
    count,
    encoding_of,
    split,
    with_plain_punctuation,
)


@pytest.mark.parametrize(
    ("text", "encoding", "units", "parts", "left"),
    [
        ("", Encoding.GSM, 0, 0, 160),
        ("Hello", Encoding.GSM, 5, 1, 155),
        ("a" * 160, Encoding.GSM, 160, 1, 0),
        ("a" * 161, Encoding.GSM, 161, 2, 145),
        ("a" * 306, Encoding.GSM, 306, 2, 0),
        ("a" * 307, Encoding.GSM, 307, 3, 152),
        ("€" * 80, Encoding.GSM, 160, 1, 0),
        ("€" * 81, Encoding.GSM, 162, 2, 143),  # 76 of them, and one letter of room that an escape pair does not fit in
        ("ä" * 160, Encoding.GSM, 160, 1, 0),
        ("ç", Encoding.UCS2, 1, 1, 69),  # only the capital one is in the alphabet
        ("ł" * 70, Encoding.UCS2, 70, 1, 0),
        ("ł" * 71, Encoding.UCS2, 71, 2, 63),
        ("😀" * 35, Encoding.UCS2, 70, 1, 0),
        ("😀" * 36, Encoding.UCS2, 72, 2, 61),  # 33 pairs, and one unit of room that a pair does not fit in
        ("a" * 69 + "😀", Encoding.UCS2, 71, 2, 63),
        ("\r\n", Encoding.GSM, 2, 1, 158),
        ("\x1b", Encoding.UCS2, 1, 1, 69),
    ],
)
def test_a_text_takes_what_the_network_counts(text: str, encoding: Encoding, units: int, parts: int, left: int) -> None:
    found = count(text)
    assert (found.encoding, found.units, found.parts, found.left_in_part) == (encoding, units, parts, left)


def test_the_alphabet_has_127_characters_beside_the_escape_and_ten_escaped_ones() -> None:
    assert len(GSM_BASIC) == 127
    assert len(GSM_EXTENSION) == 10  # one of them is the page break
    assert not GSM_BASIC & GSM_EXTENSION


def test_the_characters_that_make_it_dear_are_named_once_in_their_order() -> None:
    assert count("“Žluťoučký” “kůň” €").forcing == ("“", "Ž", "ť", "č", "ý", "”", "ů", "ň")
    assert count("plain €").forcing == ()
    assert len(count("".join(chr(0x4E00 + number) for number in range(500))).forcing) == 20


GSM_TEXTS = st.text(st.sampled_from(sorted(GSM_BASIC | GSM_EXTENSION)), max_size=700)
ANY_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=300) | st.text("a😀é€", max_size=300)


def units(text: str, encoding: Encoding) -> int:
    if encoding is Encoding.GSM:
        return sum(2 if char in GSM_EXTENSION else 1 for char in text)
    return len(text.encode("utf-16-be")) // 2


@given(GSM_TEXTS | ANY_TEXTS)
def test_parts_join_to_the_text_and_fit(text: str) -> None:
    parts, found = split(text), count(text)
    encoding = encoding_of(text)
    room = encoding.alone if len(parts) <= 1 else encoding.joined
    assert "".join(parts) == text  # no character is in two of them
    assert all(0 < units(part, encoding) <= room for part in parts)
    assert found.parts == len(parts)
    assert found.units == units(text, encoding)
    assert found.left_in_part == room - (units(parts[-1], encoding) if parts else 0)


@given(GSM_TEXTS | ANY_TEXTS)
def test_no_part_has_room_for_the_first_character_of_the_next(text: str) -> None:
    parts, encoding = split(text), encoding_of(text)
    for part, following in pairwise(parts):
        assert units(part + following[0], encoding) > encoding.joined


@given(GSM_TEXTS)
def test_texts_of_the_alphabet_stay_in_it(text: str) -> None:
    assert encoding_of(text) is Encoding.GSM
    assert count(text).forcing == ()


def test_typographic_characters_become_plain_where_they_alone_are_dear() -> None:
    assert with_plain_punctuation("“It’s 5 – 6\u00a0€…”") == '"It\'s 5 - 6 €..."'


@pytest.mark.parametrize("text", ["«привет»", "“Ž”", "plain", "😀…"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert with_plain_punctuation(text) == text
