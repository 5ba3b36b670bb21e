"""JSON schemas of the API's types, described by the texts that stand under their fields in the source."""

import ast
import inspect
import textwrap
from collections.abc import Iterable, Iterator
from typing import Any, Final, get_args

import msgspec

Json = dict[str, Any]

REF: Final = "#/components/schemas/{name}"


def describe(types: Iterable[Any]) -> tuple[list[Json], dict[str, Json]]:
    """The schema of each type, and the components that they refer to, by name."""
    listed = list(types)
    schemas, components = msgspec.json.schema_components(listed, ref_template=REF)
    for struct in set(_structs(listed)):
        properties = components.get(struct.__name__, {}).get("properties", {})
        for base in reversed(struct.__mro__):
            for name, text in _field_texts(base).items():
                if name in properties:
                    # Beside a reference its own text would be the type's, so this one goes first.
                    properties[name] = {**properties[name], "description": text}
    return list(schemas), components


def _structs(types: Iterable[Any]) -> Iterator[type[msgspec.Struct]]:
    for found in types:
        if isinstance(found, type) and issubclass(found, msgspec.Struct):
            yield found
            yield from _structs(field.type for field in msgspec.structs.fields(found))
        else:
            yield from _structs(get_args(found))


def _field_texts(cls: type) -> dict[str, str]:
    """The string that stands under each annotated name in the body of a Struct."""
    if not issubclass(cls, msgspec.Struct) or cls is msgspec.Struct:
        return {}
    body = ast.parse(textwrap.dedent(inspect.getsource(cls))).body[0]
    texts = {}
    for field, below in zip(body.body, body.body[1:], strict=False) if isinstance(body, ast.ClassDef) else ():
        if not isinstance(field, ast.AnnAssign) or not isinstance(field.target, ast.Name):
            continue
        if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
            texts[field.target.id] = " ".join(str(below.value.value).split()).replace("``", "`")
    return texts
