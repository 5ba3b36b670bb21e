"""How durations and lists are said."""

import pytest

from duetime.router.words import listed, span


@pytest.mark.parametrize(
    ("duration_ms", "words"),
    [
        (-5, "0 s"),
        (1_400, "1 s"),
        (119_000, "119 s"),
        (150_000, "2 min"),
        (3_600_000, "60 min"),
        (7_200_000, "2 h"),
        (7_500_000, "2 h 5 min"),
        (200_000_000, "2 days"),
    ],
)
def test_a_duration_is_said_in_its_two_largest_units(duration_ms: int, words: str) -> None:
    assert span(duration_ms) == words


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ([], ""),
        (["a"], "a"),
        (["a", "b"], "a and b"),
        (["a", "b", "c"], "a, b and c"),
        (list("abcdefgh"), "a, b, c, d, e and 3 more"),
    ],
)
def test_a_list_ends_with_and(names: list[str], words: str) -> None:
    assert listed(names) == words


def test_a_choice_ends_with_or() -> None:
    assert listed(["Support", "Engineering"], "or") == "Support or Engineering"
