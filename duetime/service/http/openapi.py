"""The OpenAPI 3.1 document, made from the table of routes and the types that they name."""

import re
from collections import defaultdict
from importlib.metadata import version
from typing import Final

import msgspec

from duetime.router.errors import Forbidden, Invalid, NotReady, Refusal, TooLarge, TooMany, Unauthenticated
from duetime.service.access import Role
from duetime.service.http.problem import (
    InternalError,
    Malformed,
    Problem,
    UnsupportedMedia,
    VersionNeeded,
    status_of,
)
from duetime.service.http.route import AnyRoute, IfMatch, Nothing, Upload
from duetime.service.http.routes import ROUTES
from duetime.service.http.schemas import REF, Json, describe

EVERYWHERE: Final = (Unauthenticated, Forbidden, TooMany, InternalError, NotReady)
WITH_INPUT: Final = (Invalid,)
WITH_BODY: Final = (Malformed, UnsupportedMedia, TooLarge)

ABOUT: Final = (
    "Everything that programs and consoles do with Duetime. Send a token with each request:"
    " `Authorization: Bearer dt_...`.\n\n"
    "Times are integers, epoch milliseconds. A list that has pages is an object with a `cursor`, null at the"
    " end; any other list is an array. Errors are `application/problem+json`: read their `code`."
)

_FILE: Final[Json] = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
_VARIABLE = re.compile(r"{(\w+)}")


def refusals(route: AnyRoute) -> list[type[Refusal]]:
    """Every refusal that a route may answer with, its own and those of all routes."""
    found = [*EVERYWHERE, *WITH_INPUT, *route.refuses]
    if has_body(route):
        found += WITH_BODY
    if route.if_match is IfMatch.REQUIRED:
        found.append(VersionNeeded)
    return sorted(set(found), key=lambda refusal: (status_of(refusal), refusal.code))


def has_body(route: AnyRoute) -> bool:
    return route.method != "GET" and route.takes is not Nothing


def openapi() -> Json:
    """The document, as JSON values."""
    taken = [route for route in ROUTES if has_body(route) and route.takes is not Upload]
    given = [route for route in ROUTES if route.gives is not Nothing]
    schemas, components = describe([*(r.takes for r in taken), *(r.gives for r in given), Problem])
    of_body = {route.name: schema for route, schema in zip(taken, schemas, strict=False)}
    of_reply = {route.name: schema for route, schema in zip(given, schemas[len(taken) :], strict=False)}
    paths: defaultdict[str, Json] = defaultdict(dict)
    for route in ROUTES:
        paths[route.path][route.method.lower()] = _operation(route, of_body, of_reply, components)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Duetime", "version": version("duetime"), "description": ABOUT},
        "tags": [{"name": name} for name in dict.fromkeys(route.group for route in ROUTES)],
        "paths": dict(paths),
        "components": {
            "schemas": components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "dt_..._..."}},
        },
        "security": [{"token": []}],
    }


def _operation(route: AnyRoute, of_body: Json, of_reply: Json, components: Json) -> Json:
    operation: Json = {
        "operationId": route.name,
        "tags": [route.group],
        "summary": route.summary,
        "description": access_sentence(route),
        "parameters": [*_path_parameters(route), *_query_parameters(route, components), *_headers(route)],
        "responses": _responses(route, of_reply),
    }
    if route.takes is Upload:
        operation["requestBody"] = {"required": True, "description": "The file, of any media type.", "content": _FILE}
    elif has_body(route):
        fields = msgspec.structs.fields(route.takes)
        operation["requestBody"] = {
            "required": any(field.required for field in fields),
            "content": {"application/json": {"schema": of_body[route.name]}},
        }
    return operation


def access_sentence(route: AnyRoute) -> str:
    """Who may call it, in words."""
    roles = [role.value for role in Role if role in route.roles]
    scope = f" An integration needs the scope `{route.scope}`." if route.scope else ""
    return f"For: {', '.join(roles)}.{scope}"


def _path_parameters(route: AnyRoute) -> list[Json]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _VARIABLE.findall(route.path)
    ]


def _query_parameters(route: AnyRoute, components: Json) -> list[Json]:
    if route.method != "GET":
        return []
    _, found = describe([route.takes])
    properties = found.pop(route.takes.__name__)["properties"]
    components.update(found)
    parameters = []
    for name, schema in properties.items():
        # A query cannot say null: leaving the parameter out says it.
        options = [option for option in schema.get("anyOf", [schema]) if option != {"type": "null"}]
        plain = {key: value for key, value in options[0].items() if key not in ("default", "description")}
        text = schema.get("description") or options[0].get("description", "")
        parameters.append({"name": name, "in": "query", "description": text, "schema": plain})
    return parameters


def _headers(route: AnyRoute) -> list[Json]:
    headers = []
    if route.if_match is not IfMatch.UNUSED:
        headers.append(
            {
                "name": "If-Match",
                "in": "header",
                "required": route.if_match is IfMatch.REQUIRED,
                "description": "The `ETag` that you read, or `*` for whichever version it is now.",
                "schema": {"type": "string", "examples": ['"7"', "*"]},
            }
        )
    if route.takes is Upload:
        headers.append(
            {
                "name": "X-File-Name",
                "in": "header",
                "required": True,
                "description": "The file's name, percent-encoded as UTF-8.",
                "schema": {"type": "string", "minLength": 1, "maxLength": 1000, "pattern": "^[A-Za-z0-9%._~-]+$"},
            }
        )
    if route.idempotency_key:
        headers.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "description": "Yours, different for each message. Repeated with the same body, it gives the"
                " answer of the first time with `duplicate` true; with another body, it is refused.",
                "schema": {"type": "string", "minLength": 1, "maxLength": 200},
            }
        )
    return headers


def _responses(route: AnyRoute, of_reply: Json) -> Json:
    success: Json = {"description": "Done."}
    if route.name in of_reply:
        success["content"] = {"application/json": {"schema": of_reply[route.name]}}
    if route.etag is not None:
        success["headers"] = {"ETag": {"description": "Its version.", "schema": {"type": "string"}}}
    responses: Json = {str(route.status): success}
    by_status: defaultdict[int, list[type[Refusal]]] = defaultdict(list)
    for refusal in refusals(route):
        by_status[status_of(refusal)].append(refusal)
    for status, those in by_status.items():
        responses[str(int(status))] = {
            "description": "; ".join(f"`{refusal.code}`: {refusal.title}" for refusal in those),
            "content": {"application/problem+json": {"schema": {"$ref": REF.format(name="Problem")}}},
        }
    return responses
