"""The JSON Schema of the routing configuration, for editors that complete and check TOML while it is written."""

from collections.abc import Iterator
from typing import Any, Final

import msgspec
from msgspec import inspect

from duetime.config.decode import struct_info, unwrap
from duetime.config.describe import field_texts, type_text
from duetime.config.document import Document

Json = dict[str, Any]

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> Json:
    """Keys, types, bounds and meanings. What a name must stand for, only `check` can say."""
    (root,), components = msgspec.json.schema_components([Document], ref_template="#/$defs/{name}")
    for cls in set(_structs(struct_info(Document))):
        component, texts = components[cls.__name__], field_texts(cls)
        component["description"] = type_text(cls)
        component["properties"] = {
            name: _described(_without_null(schema), texts[name]) for name, schema in component["properties"].items()
        }
    return {"$schema": DIALECT, "title": "Duetime routing configuration", **root, "$defs": components}


def _structs(info: inspect.Type) -> Iterator[type[msgspec.Struct]]:
    match unwrap(info)[0]:
        case inspect.StructType(cls=cls, fields=fields):
            yield cls
            for field in fields:
                yield from _structs(field.type)
        case inspect.DictType(value_type=inner) | inspect.VarTupleType(item_type=inner):
            yield from _structs(inner)


def _without_null(schema: Json) -> Json:
    """TOML knows no null: a key without a default is left out."""
    (kind,) = [option for option in schema.get("anyOf", [schema]) if option != {"type": "null"}]
    plain = {name: value for name, value in (schema | kind).items() if name != "anyOf"}
    default = _pruned(plain.pop("default", None))
    return plain if default is None else {**plain, "default": default}


def _pruned(default: Any) -> Any:
    match default:
        case dict():
            return {name: _pruned(value) for name, value in default.items() if value is not None}
        case list() | tuple():
            return [_pruned(value) for value in default]
    return default


def _described(schema: Json, text: str) -> Json:
    """With what the field means, and then what its value looks like."""
    form = schema.get("description")
    return {**schema, "description": f"{text} {form[:1].upper()}{form[1:]}." if form else text}
