"""JSON schemas of the API's types, described by the texts that stand under their fields in the source."""

from collections.abc import Iterable, Iterator
from typing import Any, Final, get_args

import msgspec

from duetime.config.describe import field_texts

Json = dict[str, Any]

REF: Final = "#/components/schemas/{name}"


def describe(types: Iterable[Any]) -> tuple[list[Json], dict[str, Json]]:
    """The schema of each type, and the components that they refer to, by name."""
    listed = list(types)
    made = msgspec.json.schema_components(listed, ref_template=REF)
    schemas, components = msgspec.json.decode(msgspec.json.encode(made))  # what a default is in JSON, not in Python
    for struct in set(_structs(listed)):
        properties = components.get(struct.__name__, {}).get("properties", {})
        for name, text in field_texts(struct).items():
            if name in properties:
                # Beside a reference its own text would be the type's, so this one goes first.
                properties[name] = {**properties[name], "description": text}
    return schemas, components


def _structs(types: Iterable[Any]) -> Iterator[type[msgspec.Struct]]:
    for found in types:
        if isinstance(found, type) and issubclass(found, msgspec.Struct):
            yield found
            yield from _structs(field.type for field in msgspec.structs.fields(found))
        else:
            yield from _structs(get_args(found))
