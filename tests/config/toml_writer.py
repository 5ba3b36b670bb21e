"""Writes a tree as TOML in any of the forms that TOML has for it, for tests of what reads it."""

import json
from typing import Any

from hypothesis import strategies as st

Tree = dict[str, Any]


@st.composite
def written(draw: st.DrawFn, tree: Tree) -> str:
    """A TOML text for this tree: tables as headers, inline or by dotted keys, lists on one line or many."""
    lines: list[str] = []
    _table(draw, lines, (), tree)
    return "\n".join(lines) + "\n"


def _table(draw: st.DrawFn, lines: list[str], path: tuple[str, ...], table: Tree) -> None:
    headed: list[tuple[str, Any]] = []
    for key, value in table.items():
        tables = isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value)
        if (tables or isinstance(value, dict)) and draw(st.booleans()):
            headed.append((key, value))
        elif isinstance(value, dict) and value and draw(st.booleans()):
            lines += [f"{_key(draw, key)} . {_key(draw, inner)} = {_value(draw, v)}" for inner, v in value.items()]
        else:
            lines.append(f"{_key(draw, key)} = {_value(draw, value)}{draw(st.sampled_from(['', ' # a = [', ' ']))}")
    for key, value in headed:
        inner_path = (*path, key)
        name = ".".join(_key(draw, part) for part in inner_path)
        for item in value if isinstance(value, list) else [value]:
            lines.append(draw(st.sampled_from(["", "# [no.table]"])))
            lines.append(f"[[{name}]]" if isinstance(value, list) else f"[ {name} ]")
            _table(draw, lines, inner_path, item)


def _key(draw: st.DrawFn, key: str) -> str:
    forms = [_quoted(key)]
    if key and all(c.isascii() and (c.isalnum() or c in "_-") for c in key):
        forms += [key, f"'{key}'"]
    return draw(st.sampled_from(forms))


def _value(draw: st.DrawFn, value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return draw(st.sampled_from([_quoted(value), f'"""\n{_quoted(value)[1:-1]}"""']))
        case list():
            between, end = draw(st.sampled_from([(", ", ""), (",\n  ", ",\n" if value else "\n")]))
            return f"[{between.join(_value(draw, item) for item in value)}{end}]"
        case dict():
            return f"{{ {', '.join(f'{_key(draw, k)} = {_value(draw, v)}' for k, v in value.items())} }}"
    return str(value)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
