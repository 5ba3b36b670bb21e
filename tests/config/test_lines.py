"""Every key and list entry of a TOML document is found in its line."""

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetime.config.lines import DEPTH_MAX, TooDeep, scan
from duetime.config.problems import Where
from tests.config.toml_writer import written

KEYS = st.sampled_from(["a", "b", "c", "at_risk_s", "name", "a b", 'q"uote', "=", "#", "ü", "", "-", "1"])


def trees(marks: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    values = st.recursive(
        marks,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
        max_leaves=8,
    )
    return st.dictionaries(KEYS, values, max_size=4)


def number_leaves(value: Any, numbers: list[int]) -> Any:
    """The same tree with a different number in place of each leaf."""
    if isinstance(value, dict):
        return {key: number_leaves(inner, numbers) for key, inner in value.items()}
    if isinstance(value, list):
        return [number_leaves(inner, numbers) for inner in value]
    numbers.append(len(numbers))
    return 7_000_000 + numbers[-1]


def leaves(value: Any, where: Where = ()) -> list[tuple[Where, int]]:
    if isinstance(value, dict):
        return [leaf for key, inner in value.items() for leaf in leaves(inner, (*where, key))]
    if isinstance(value, list):
        return [leaf for number, inner in enumerate(value) for leaf in leaves(inner, (*where, number))]
    return [(where, value)]


def nearest(lines: dict[Where, int], where: Where) -> int:
    return next(lines[where[:end]] for end in range(len(where), 0, -1) if where[:end] in lines)


@given(st.data(), trees(st.none()))
def test_each_value_is_found_in_the_line_where_it_stands(data: st.DataObject, shape: dict[str, Any]) -> None:
    tree = number_leaves(shape, [])
    text = data.draw(written(tree))
    assert tomllib.loads(text) == tree
    lines = scan(text)
    for where, mark in leaves(tree):
        assert str(mark) in text.split("\n")[nearest(lines, where) - 1], where


@given(
    st.data(),
    trees(st.text(max_size=5).map(lambda text: text.replace("\x7f", "")) | st.booleans() | st.dates()),
)
def test_no_value_hides_the_key_after_it(data: st.DataObject, tree: dict[str, Any]) -> None:
    text = data.draw(written({**tree, "last": {"key": 7}}))
    assert tomllib.loads(text)["last"] == {"key": 7}
    assert ("last", "key") in scan(text)


def test_the_entries_of_arrays_of_tables_are_counted() -> None:
    text = (
        "[queues.billing]\n"  # 1
        "name = 'B'\n"
        "[[queues.billing.route]]\n"  # 3
        "after_s = 1\n"
        "[[queues.billing.route]]\n"  # 5
        "after_s = 2\n"
        "[queues.billing.route.relax]\n"  # 7
        "refunds = 1\n"
        "[[triage]]\n"  # 9
        "[triage.when]\n"
        "language = 'de'\n"
    )
    lines = scan(text)
    assert lines["queues", "billing"] == 1
    assert lines["queues", "billing", "route", 0, "after_s"] == 4
    assert lines["queues", "billing", "route", 1] == 5
    assert lines["queues", "billing", "route", 1, "relax", "refunds"] == 8
    assert lines["triage", 0, "when", "language"] == 11


def test_what_is_no_toml_is_scanned_as_far_as_it_is() -> None:
    assert scan("a = 1\nb = 'open\nc = 3") == {("a",): 1, ("b",): 2}


@pytest.mark.parametrize(
    "text",
    [
        "x = " + "[" * 50_000,
        "x = " + "[" * 100 + "]" * 100,
        "x = " + "{a=" * 100,
        ".".join("a" * 50) + " = 1",
        "[" + ".".join("a" * 50) + "]",
        ".".join(["'a b'"] * 100_000) + " = 1",
    ],
)
def test_deep_nesting_is_refused_with_its_line(text: str) -> None:
    with pytest.raises(TooDeep) as raised:
        scan("\n\n" + text)
    assert raised.value.line == 3


def test_nesting_as_deep_as_allowed_is_read() -> None:
    text = ".".join("a" * DEPTH_MAX) + " = " + "[" * DEPTH_MAX + "]" * DEPTH_MAX
    assert scan(text)[tuple("a" * DEPTH_MAX)] == 1


@given(st.text(alphabet="ab.=[]{}\"'\\#,\n 1", max_size=60))
def test_any_text_is_scanned_without_another_error(text: str) -> None:
    try:
        lines = scan(text)
    except TooDeep:
        return
    assert all(1 <= line <= text.count("\n") + 1 for line in lines.values())
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    assert all((key,) in lines for key in tree)
