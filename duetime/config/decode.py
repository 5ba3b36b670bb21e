"""From a tree of tables to a Struct, with every problem of the tree at once.

msgspec stops at the first problem, so the tree is walked here along msgspec's description of the Struct, and
converted by msgspec when nothing was found. Beyond the constraints a field's ``Meta`` may say:

- ``description``: what the value is, where there is a pattern; a value that does not match "is not" that;
- ``extra={"names": "queues"}``: the value names a key of this top-level table, or one of ``extra["always"]``;
- ``extra={"among": time_zones, "kind": "time zone"}``: the value is one of those that this function gives;
- ``extra={"excludes": ("relax", "drop")}``: the key may not stand beside these in its table;
- ``extra={"reads": ip_network}``: this function reads the value, and raises ValueError where it cannot;
- ``extra={"secret": True}``: the value is never shown.
"""

import datetime as dt
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec import inspect

from duetime.config.parse import Tree
from duetime.config.problems import Report, Where, shown

T = TypeVar("T", bound=msgspec.Struct)

_KINDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (bool, "true or false"),
    (int, "a whole number"),
    (float, "a number with a fraction"),
    (str, "text"),
    (dict, "a table"),
    (list, "a list"),
    ((dt.date, dt.time), "a date or time"),
)


def decode(tree: Tree, cls: type[T], report: Report) -> T | None:
    """The Struct, or None when the report got errors. Paths (`pathlib.Path`) are given as text."""
    _Walk(tree, report).visit(tree, struct_info(cls), ())
    if report.has_errors:
        return None
    try:
        return msgspec.convert(tree, cls, dec_hook=lambda kind, text: kind(text))
    except msgspec.ValidationError as error:
        report.error((), str(error))
        return None


@cache
def struct_info(cls: type[msgspec.Struct]) -> inspect.StructType:
    info = inspect.type_info(cls)
    if not isinstance(info, inspect.StructType):
        raise TypeError(f"{cls} is not a Struct")
    return info


def unwrap(info: inspect.Type) -> tuple[inspect.Type, dict[str, Any]]:
    """The type without ``| None`` and without its metadata, and that metadata. TOML knows no null."""
    about: dict[str, Any] = {}
    while isinstance(info, inspect.Metadata | inspect.UnionType):
        if isinstance(info, inspect.Metadata):
            about |= (info.extra_json_schema or {}) | (info.extra or {})
            info = info.type
        else:
            (info,) = (member for member in info.types if not isinstance(member, inspect.NoneType))
    return info, about


class _Walk:
    def __init__(self, tree: Tree, report: Report) -> None:
        self._tree = tree
        self._report = report

    def visit(self, value: object, info: inspect.Type, where: Where) -> None:
        info, about = unwrap(info)
        match info, value:
            case inspect.StructType(), dict():
                self._struct(value, info, where)
            case inspect.DictType(), dict():
                for key, inner in value.items():
                    self._key(key, info.key_type, (*where, key))
                    self.visit(inner, info.value_type, (*where, key))
            case inspect.VarTupleType() | inspect.FrozenSetType() | inspect.ListType(), list():
                if info.max_length is not None and len(value) > info.max_length:
                    self._report.error(where, f"must have at most {info.max_length} entries, not {len(value)}")
                for number, inner in enumerate(value):
                    self.visit(inner, info.item_type, (*where, number))
            case _:
                self._scalar(value, info, where, about)

    def _struct(self, table: Tree, info: inspect.StructType, where: Where) -> None:
        fields = {field.encode_name: field for field in info.fields}
        free = [name for name in fields if name not in table]
        for key, value in table.items():
            if key in fields:
                self.visit(value, fields[key].type, (*where, key))
                self._excluded(table, fields[key].type, (*where, key))
            else:
                self._report.unknown((*where, key), "there is no such key", key, free)
        for name in free:
            if fields[name].required:
                self._report.error((*where, name), "is missing")

    def _excluded(self, table: Tree, info: inspect.Type, where: Where) -> None:
        beside = [name for name in unwrap(info)[1].get("excludes", ()) if name in table]
        if beside:
            self._report.error(where, f"must not stand beside {', '.join(beside)}: put them in another table")

    def _key(self, key: str, info: inspect.Type, where: Where) -> None:
        info, about = unwrap(info)
        self._scalar(key, info, where, about)

    def _scalar(self, value: object, info: inspect.Type, where: Where, about: Mapping[str, Any]) -> None:
        sentence = _wrong(value, info, about)
        if sentence is not None:
            choices = _choices(info)
            if isinstance(value, str) and choices:
                self._report.unknown(where, sentence, value, choices)
            else:
                self._report.error(where, sentence)
            return
        if isinstance(value, str):
            self._known(value, where, about)

    def _known(self, value: str, where: Where, about: Mapping[str, Any]) -> None:
        if "among" in about and value not in about["among"]():
            self._report.unknown(where, f"there is no {about['kind']} {shown(value)}", value, about["among"]())
        table = about.get("names")
        if table is None:
            return
        known = self._tree.get(table, {})
        if isinstance(known, dict) and value not in known and value not in about.get("always", ()):
            names = [*known, *about.get("always", ())]
            self._report.unknown(where, f"there is no {shown(value)} in [{table}]", value, names)


def _wrong(value: object, info: inspect.Type, about: Mapping[str, Any]) -> str | None:
    """What is wrong with this value for this type, or None."""
    match info, value:
        case inspect.BoolType(), bool():
            return None
        case inspect.IntType(), int() if not isinstance(value, bool):
            return _out_of_range(value, info)
        case inspect.StrType(), str():
            return _unfit_text(value, info, about)
        case ((inspect.EnumType() | inspect.LiteralType()), str()) if value in _choices(info):
            return None
        case ((inspect.EnumType() | inspect.LiteralType()), _):
            given = shown(value) if isinstance(value, str) else _kind(value)
            return f"must be one of {', '.join(_choices(info))}, not {given}"
        case inspect.CustomType(cls=cls), str() if cls is Path:
            return None if value.isprintable() and value else "must be the path of a file or folder"
    return f"must be {_expected(info)}" + ("" if about.get("secret") else f", not {_kind(value)}")


def _out_of_range(value: int, info: inspect.IntType) -> str | None:
    if info.ge is not None and value < info.ge:
        return f"must be at least {info.ge}, not {shown(value)}"
    if info.le is not None and value > info.le:
        return f"must be at most {info.le}, not {shown(value)}"
    return None


def _unfit_text(value: str, info: inspect.StrType, about: Mapping[str, Any]) -> str | None:
    if info.min_length is not None and len(value) < info.min_length:
        return "must not be empty"
    if info.max_length is not None and len(value) > info.max_length:
        return f"must have at most {info.max_length} characters, and has {len(value)}"
    if _is_formed(value, info, about):
        return None
    return f"{'it' if about.get('secret') else shown(value)} is not {about['description']}"


def _is_formed(value: str, info: inspect.StrType, about: Mapping[str, Any]) -> bool:
    if info.pattern is not None and re.search(info.pattern, value) is None:
        return False
    try:
        about.get("reads", str)(value)
    except ValueError:
        return False
    return True


def _choices(info: inspect.Type) -> list[str]:
    match info:
        case inspect.EnumType():
            return [str(member.value) for member in info.cls]
        case inspect.LiteralType():
            return [str(value) for value in info.values]
    return []


def _kind(value: object) -> str:
    kind = next((name for types, name in _KINDS if isinstance(value, types)), "that")
    return f"{kind} ({shown(value)})" if isinstance(value, bool | int | float | str) else kind


def _expected(info: inspect.Type) -> str:
    match info:
        case inspect.BoolType():
            return "true or false"
        case inspect.IntType():
            return "a whole number"
        case inspect.StrType() | inspect.CustomType():
            return "text"
        case inspect.StructType() | inspect.DictType():
            return "a table"
        case inspect.VarTupleType() | inspect.FrozenSetType() | inspect.ListType():
            return "a list"
    raise TypeError(f"no document may use {info}")
