"""Settings from environment variables, and secrets from files."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec
from msgspec import inspect

from duetime.config.decode import struct_info, unwrap
from duetime.config.parse import Tree
from duetime.config.problems import Report, Where, path_text

PREFIX = "DUETIME_"

OTHERS = frozenset({"DUETIME_SETTINGS", "DUETIME_SHARED", "DUETIME_TOKEN", "DUETIME_URL"})
"""Variables that the command line and the tests read themselves."""


def overlay(tree: Tree, cls: type[msgspec.Struct], environ: Mapping[str, str], report: Report) -> None:
    """Writes the variables into the tree of the settings file. An empty one counts as not set."""
    places = dict(_places(cls))
    for variable, text in sorted(environ.items()):
        if not variable.startswith(PREFIX) or variable in OTHERS or not text:
            continue
        if variable not in places:
            where: Where = (variable,)
            report.unknown(where, "there is no such variable", variable, [*places, *OTHERS])
            continue
        where, info = places[variable]
        report.names[where] = variable
        table: object = tree
        for part in where[:-1]:
            table = table.setdefault(part, {}) if isinstance(table, dict) else None
        if isinstance(table, dict):  # what else stands there in the file will be reported
            other = _other_form(where, places)
            if other and (*where[:-1], other) not in report.names:
                table.pop(other, None)
            table[where[-1]] = _value(text, info)


def read_secret_files(tree: Tree, cls: type[msgspec.Struct], report: Report) -> None:
    """Puts what is in the file of each ``<key>_file`` in the place of its secret ``<key>``."""
    _read_secret_files(tree, struct_info(cls), (), report)


def _places(cls: type[msgspec.Struct]) -> Iterator[tuple[str, tuple[Where, inspect.Type]]]:
    """Variable → the place of its value and the type there."""
    for field in struct_info(cls).fields:
        info, about = unwrap(field.type)
        if isinstance(info, inspect.StructType):
            section = PREFIX + field.name.upper() + "_"
            for variable, (where, inner) in _places(info.cls):
                yield section + variable.removeprefix(PREFIX), ((field.name, *where), inner)
        elif not isinstance(info, inspect.DictType):
            yield PREFIX + field.name.upper(), ((field.name,), info)
            if about.get("secret"):
                yield PREFIX + field.name.upper() + "_FILE", ((f"{field.name}_file",), inspect.StrType())


def _other_form(where: Where, places: Mapping[str, tuple[Where, inspect.Type]]) -> str | None:
    """The key for which a variable stands in: ``url`` for ``url_file`` and the other way round."""
    name = str(where[-1])
    other = name.removesuffix("_file") if name.endswith("_file") else f"{name}_file"
    return other if any(place == (*where[:-1], other) for place, _ in places.values()) else None


def _value(text: str, info: inspect.Type) -> object:
    """The value as TOML would give it; text that does not fit stays text, which then is reported."""
    match info:
        case inspect.BoolType():
            return {"true": True, "false": False}.get(text.lower(), text)
        case inspect.IntType():
            return int(text) if text.removeprefix("-").isdecimal() and len(text) < 20 else text
        case inspect.VarTupleType():
            return [part.strip() for part in text.split(",") if part.strip()]
    return text


def _read_secret_files(table: Tree, info: inspect.StructType, where: Where, report: Report) -> None:
    for field in info.fields:
        inner, about = unwrap(field.type)
        name = field.name
        value = table.get(name)
        if isinstance(inner, inspect.StructType) and isinstance(value, dict):
            _read_secret_files(value, inner, (*where, name), report)
        elif isinstance(inner, inspect.DictType) and isinstance(value, dict):
            entries, _ = unwrap(inner.value_type)
            for key, entry in value.items():
                if isinstance(entries, inspect.StructType) and isinstance(entry, dict):
                    _read_secret_files(entry, entries, (*where, name, key), report)
        elif about.get("secret") and isinstance(table.get(f"{name}_file"), str):
            file_where = (*where, f"{name}_file")
            secret = _secret(Path(table.pop(f"{name}_file")), file_where, report)
            if value is not None:
                report.error(file_where, f"stands beside {name}: give only one of them")
            elif secret is not None:
                table[name] = secret
                report.names[(*where, name)] = report.names.get(file_where, path_text(file_where))


def _secret(path: Path, where: Where, report: Report) -> str | None:
    try:
        secret = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        report.error(where, f"the file {path} cannot be read: {reason}")
        return None
    if not secret:
        report.error(where, f"the file {path} is empty")
        return None
    return secret
