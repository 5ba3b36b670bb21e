"""Ids sort by time, never look like anything else, and names are plain."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetime.router.ids import SLUG, is_id, make_id

MOMENTS = st.integers(0, 2**48 - 1)
BITS = st.integers(0, 2**48 - 1)


@given(MOMENTS, BITS)
def test_a_made_id_is_an_id_with_its_prefix_only(now_ms: int, random_bits: int) -> None:
    made = make_id("cv", now_ms, random_bits)
    assert len(made) == 23
    assert is_id("cv", made)
    assert not is_id("ct", made)


@given(MOMENTS, BITS, MOMENTS, BITS)
def test_an_id_made_later_sorts_later(now_ms: int, bits: int, other_ms: int, other_bits: int) -> None:
    order = (now_ms, bits) < (other_ms, other_bits)
    assert (make_id("ms", now_ms, bits) < make_id("ms", other_ms, other_bits)) == order


def test_ids_of_one_millisecond_differ_by_their_random_bits() -> None:
    assert make_id("cv", 1_700_000_000_000, 1) != make_id("cv", 1_700_000_000_000, 2)
    assert make_id("cv", 0, 0) == "cv_" + "0" * 20


@pytest.mark.parametrize(
    "text",
    [
        "",
        "cv_",
        "cv_" + "0" * 19,
        "cv_" + "0" * 21,
        "cv_" + "0" * 19 + "\n",
        "cv_" + "0" * 20 + "\n",
        "cv_" + "0" * 19 + "l",
        "cv_" + "0" * 19 + "U",
        "CV_" + "0" * 20,
        " cv_" + "0" * 20,
        "cv_{" + "0" * 19,
        "xx_" + "0" * 20,
    ],
)
def test_anything_else_is_no_id(text: str) -> None:
    assert not is_id(text[:2], text)
    assert not is_id("cv", text)


@pytest.mark.parametrize("name", ["a", "0", "billing", "german-2", "a_b", "x" * 40])
def test_a_plain_name_is_a_slug(name: str) -> None:
    assert re.search(SLUG, name)


@pytest.mark.parametrize(
    "name", ["", "A", "-a", "_a", "a b", "a.b", "a/b", "@a", "a:b", "a+b", "{a}", "ä", "a\n", "\na", "x" * 41]
)
def test_what_could_be_mistaken_in_a_key_or_a_class_is_no_slug(name: str) -> None:
    assert not re.search(SLUG, name)
