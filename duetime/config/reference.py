"""The reference of all keys, made from the types: ``python -m duetime.config.reference`` writes docs/configuration.md.

Meanings are the texts of the source, and examples are taken from the files in ``examples/``, which tests load.
"""

import json
import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec
from msgspec import NODEFAULT, inspect

from duetime.config.decode import struct_info, unwrap
from duetime.config.describe import field_texts, type_text
from duetime.config.document import Document
from duetime.config.fields import DURATION_MAX_S
from duetime.config.settings import Settings

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = ROOT / "docs" / "configuration.md"
ROUTING_EXAMPLE: Final = ROOT / "examples" / "every_key.toml"
SETTINGS_EXAMPLE: Final = ROOT / "examples" / "settings.toml"

INTRODUCTION: Final = """\
# Configuration reference

<!-- Made by `python -m duetime.config.reference` from the types and the examples. Change those, then make it again. -->

There are two kinds of configuration. [Settings](#settings) say how one daemon runs; they are a file and environment
variables, read when it starts. The [routing configuration](#routing-configuration) says who answers what and by when;
it is one document that all daemons of a workspace share, and it is changed while they run: `duetime config check`,
`diff`, `apply`, `rollback` ([operations](operations.md)).

Both are TOML. A key that is not known is an error, never ignored; a key that is left out has its default. Every number
of seconds ends in `_s`; durations are at most 366 days. A *name* has 1 to 40 lower-case letters, digits, `_` and `-`,
and starts with a letter or digit. An *origin* is like `https://shop.example.com`, without a slash at its end.
`duetime check` tells all problems at once, each with its line.
"""
SETTINGS_HEAD: Final = """\
## Settings

`duetime run --settings FILE`, or `DUETIME_SETTINGS=FILE`. Every key outside the tables of endpoints also has an
environment variable, which wins: `http.port` is `DUETIME_HTTP_PORT`. What is secret can stand alone in a file, named by
the key with `_file`: `redis.url_file`, `DUETIME_REDIS_URL_FILE`. The examples are from
[`examples/settings.toml`](../examples/settings.toml).
"""
ROUTING_HEAD: Final = """\
## Routing configuration

[`examples/routing.toml`](../examples/routing.toml) is what a workspace starts with;
[`examples/every_key.toml`](../examples/every_key.toml) has every key, and the examples here are from it.
`duetime config schema` prints a JSON Schema, with which editors complete and check keys while you write.
"""

Tree = dict[str, Any]


class Table(NamedTuple):
    """One table of a document: its header, and what stands under it."""

    header: str
    path: tuple[str, ...]
    """With NAME where people choose the name."""
    info: inspect.StructType


def page() -> str:
    settings = tomllib.loads(uncommented(SETTINGS_EXAMPLE.read_text(encoding="utf-8")))
    routing = tomllib.loads(ROUTING_EXAMPLE.read_text(encoding="utf-8"))
    parts = [
        INTRODUCTION,
        SETTINGS_HEAD,
        *(_section(table, settings) for table in tables(Settings)),
        ROUTING_HEAD,
        *(_section(table, routing) for table in tables(Document)),
    ]
    return "\n".join(parts)


def uncommented(text: str) -> str:
    """The text with its commented-out keys and tables in force."""
    return re.sub(r"^# (?=\w+ = |\[)", "", text, flags=re.MULTILINE)


def tables(root: type[msgspec.Struct]) -> Iterator[Table]:
    """The root and every table in it, each before those inside it."""
    yield from _tables(struct_info(root), (), "the top of the document")


def _tables(info: inspect.StructType, path: tuple[str, ...], header: str) -> Iterator[Table]:
    if any(_inner(field.type) is None for field in info.fields):
        yield Table(header, path, info)
    for field in info.fields:
        found = _inner(field.type)
        if found is None:
            continue
        inner, form = found
        inside = (*path, field.encode_name, *(("NAME",) if form == "named" else ()))
        name = ".".join(inside)
        yield from _tables(inner, inside, f"[[{name}]]" if form == "list" else f"[{name}]")


def _inner(info: inspect.Type) -> tuple[inspect.StructType, str] | None:
    """The Struct that a field is a table of: one, one for each name, or a list of them."""
    match unwrap(info)[0]:
        case inspect.StructType() as inner:
            return inner, "one"
        case inspect.DictType(value_type=inspect.StructType() as inner):
            return inner, "named"
        case inspect.VarTupleType(item_type=inspect.StructType() as inner):
            return inner, "list"
    return None


def _section(table: Table, example: Tree) -> str:
    title = f"`{table.header}`" if table.path else table.header.capitalize()
    texts = field_texts(table.info.cls)
    shown = list(_values(example, table.path))
    rows = [
        (f"`{field.encode_name}`", _kind(field), _default(field), _example(shown, field), texts[field.name])
        for field in table.info.fields
        if _inner(field.type) is None
    ]
    return "\n".join([f"### {title}", "", type_text(table.info.cls), "", *_markdown(rows), ""])


def _markdown(rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    for row in [("Key", "Value", "Default", "Example", "Meaning"), ("---",) * 5, *rows]:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"


def _values(tree: Any, path: tuple[str, ...]) -> Iterator[Tree]:
    """Every table that stands at this path of a document."""
    if isinstance(tree, list):
        for item in tree:
            yield from _values(item, path)
    elif not path:
        yield tree
    elif path[0] == "NAME":
        for inner in tree.values():
            yield from _values(inner, path[1:])
    elif path[0] in tree:
        yield from _values(tree[path[0]], path[1:])


def _kind(field: inspect.Field) -> str:
    info, about = unwrap(field.type)
    in_seconds = field.encode_name.endswith("_s") and not field.encode_name.endswith("_per_s")
    if in_seconds and isinstance(info, inspect.IntType):
        return f"seconds, from {info.ge}" if info.le == DURATION_MAX_S else f"seconds, {_words(info, about)}"
    return _words(info, about)


def _words(info: inspect.Type, about: dict[str, Any]) -> str:
    if "names" in about:
        always = "".join(f', or "{name}"' for name in about.get("always", ()))
        return f"a name in `[{about['names']}]`{always}"
    if "among" in about:
        return f"a {about['kind']}"
    match info:
        case inspect.BoolType():
            return "true or false"
        case inspect.IntType():
            return f"{_toml(info.ge)} to {_toml(info.le)}"
        case inspect.EnumType(cls=cls):
            return " or ".join(f"`{_toml(str(member.value))}`" for member in cls)
        case inspect.LiteralType(values=values):
            return " or ".join(f"`{_toml(str(value))}`" for value in values)
        case inspect.DictType(key_type=key, value_type=value):
            return f"a table: {_words(*unwrap(key))} = {_words(*unwrap(value))}"
        case inspect.VarTupleType(item_type=item) | inspect.FrozenSetType(item_type=item):
            return f"a list: {_words(*unwrap(item))}"
        case inspect.CustomType():
            return "a path"
    return str(about.get("called", about.get("description", "text")))


def _default(field: inspect.Field) -> str:
    if field.required:
        return "needed"
    value = field.default_factory() if field.default_factory is not NODEFAULT else field.default
    value = msgspec.to_builtins(value, enc_hook=str)
    if value is None:
        return ""
    if field.encode_name == "file":
        return "the packaged example"
    return f"`{_toml(value)}`"


def _example(shown: list[Tree], field: inspect.Field) -> str:
    found = [table[field.encode_name] for table in shown if field.encode_name in table]
    telling = next(filter(None, found), found[0] if found else None)
    return "" if telling is None else f"`{_toml(telling)}`"


def _toml(value: Any) -> str:
    match value:
        case dict():
            pairs = ", ".join(f"{key} = {_toml(inner)}" for key, inner in value.items() if inner is not None)
            return f"{{ {pairs} }}" if pairs else "{}"
        case list() | tuple():
            return f"[{', '.join(map(_toml, value))}]"
        case int() if not isinstance(value, bool) and abs(value) >= 10_000:
            return f"{value:_}"
    return json.dumps(value, ensure_ascii=False)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
