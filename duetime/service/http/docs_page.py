"""The page ``/docs``: the API for people, made from the OpenAPI document. No script, nothing from
elsewhere."""

import re
from base64 import b64encode
from hashlib import sha256
from html import escape
from importlib import resources
from typing import Final

from duetime.service.access import Role
from duetime.service.http.problem import STATUS
from duetime.service.http.route import AnyRoute
from duetime.service.http.routes import ROUTES
from duetime.service.http.schemas import Json

STYLE: Final = resources.files("duetime.service.http").joinpath("docs_page.css").read_text()

PAGE_POLICY: Final = {
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none';"
    f" style-src 'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
"""Allows the page its one style sheet, by its digest, and nothing else."""


def render_docs(document: Json) -> str:
    """The page of an OpenAPI document that `openapi` made."""
    info, schemas = document["info"], document["components"]["schemas"]
    sections, links = "", ""
    for group in (tag["name"] for tag in document["tags"]):
        operations = [
            (path, method.upper(), operation)
            for path, methods in document["paths"].items()
            for method, operation in methods.items()
            if operation["tags"] == [group]
        ]
        articles = "".join(_article(*operation, schemas) for operation in operations)
        sections += f'<h2 id="group-{group}">{group.title()}</h2>{articles}'
        links += f"<h2>{group.title()}</h2><ul>{''.join(_link(operation) for _, _, operation in operations)}</ul>"
    types = "".join(_type(name, schema) for name, schema in sorted(schemas.items()))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Duetime API</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{STYLE}</style></head><body>"
        f'<nav aria-label="Contents"><a href="#top"><b>Duetime API</b></a>{links}'
        '<h2>Reference</h2><ul><li><a href="#access">Who may do what</a></li>'
        '<li><a href="#errors">Errors</a></li><li><a href="#types">Types</a></li>'
        '<li><a href="/openapi.json">openapi.json</a></li></ul></nav>'
        f'<main id="top"><h1>Duetime API <span class="dim">{escape(info["version"])}</span></h1>'
        f"{_prose(info['description'])}{sections}"
        f'<h2 id="access">Who may do what</h2>{_access()}'
        f'<h2 id="errors">Errors</h2>{_errors()}<h2 id="types">Types</h2>{types}</main></body></html>'
    )


def _link(operation: Json) -> str:
    name = operation["operationId"]
    return f'<li><a href="#{name}">{name.replace("_", " ")}</a></li>'


def _article(path: str, method: str, operation: Json, schemas: Json) -> str:
    parts = [
        f'<article id="{operation["operationId"]}"><h3><span class="method {method}">{method}</span>',
        f"{escape(path)}</h3>{_prose(operation['summary'])}",
        f'<p class="dim">{_inline(operation["description"])}</p>',
    ]
    named = [parameter for parameter in operation["parameters"] if parameter["in"] != "path"]
    if named:
        rows = [(p["name"], p["schema"], p.get("required", False), p.get("description", "")) for p in named]
        parts.append(f"<h4>Query and headers</h4>{_fields(rows)}")
    if body := operation.get("requestBody"):
        parts.append(_body(body, schemas))
    refused = []
    for status, response in operation["responses"].items():
        if status < "300":
            content = response.get("content", {}).get("application/json", {})
            gives = _type_name(content["schema"]) if content else "nothing"
            etag = ", with its <code>ETag</code>" if "headers" in response else ""
            parts.append(f"<h4>Gives</h4><p>{status}: {gives}{etag}</p>")
        else:
            refused += [f"{status} <code>{code}</code>" for code in re.findall("`(.+?)`", response["description"])]
    return "".join([*parts, f'<h4><a href="#errors">Refuses</a></h4><p>{", ".join(refused)}</p></article>'])


def _body(body: Json, schemas: Json) -> str:
    if "application/json" not in body["content"]:
        return f"<h4>Takes a file</h4>{_prose(body['description'])}"
    schema = body["content"]["application/json"]["schema"]
    fields = _properties(schemas[schema["$ref"].rpartition("/")[2]])
    return f"<h4>Takes {_type_name(schema)}</h4>{fields}"


def _type(name: str, schema: Json) -> str:
    body = _prose(schema.get("description", ""))
    if "enum" in schema:
        body += f"<p>{', '.join(f'<code>{escape(str(value))}</code>' for value in schema['enum'])}</p>"
    return f'<article id="type-{name}"><h3>{name}</h3>{body}{_properties(schema)}</article>'


def _properties(schema: Json) -> str:
    required = schema.get("required", ())
    properties = schema.get("properties", {}).items()
    return _fields([(name, of, name in required, of.get("description", "")) for name, of in properties])


def _fields(rows: list[tuple[str, Json, bool, str]]) -> str:
    if not rows:
        return ""
    lines = (
        f'<tr><td><code>{escape(name)}</code></td><td class="type">{_type_name(schema)}</td>'
        f"<td>{'needed' if required else ''}</td><td>{_inline(text)}</td></tr>"
        for name, schema, required, text in rows
    )
    return f'<div class="wide"><table>{"".join(lines)}</table></div>'


def _type_name(schema: Json) -> str:
    """A schema in a few words, with a link to the type that it names."""
    if reference := schema.get("$ref"):
        name = escape(reference.rpartition("/")[2])
        return f'<a href="#type-{name}">{name}</a>'
    if options := schema.get("anyOf"):
        return " or ".join(_type_name(option) for option in options)
    kind = schema.get("type", "any")
    if kind == "array":
        return f"array of {_type_name(schema.get('items', {}))}"
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"object of {_type_name(schema['additionalProperties'])}"
    bounds = [
        f"{word} {schema[key]}"
        for key, word in (("minimum", "from"), ("maximum", "to"), ("maxLength", "at most"))
        if key in schema and schema[key] != 2**53
    ]
    return escape(" ".join([str(kind), *bounds]))


def _access() -> str:
    head = "".join(f'<th class="mark">{role}</th>' for role in Role)
    lines = []
    for route in ROUTES:
        marks = "".join(f'<td class="mark">{_mark(route, role)}</td>' for role in Role)
        link = f'<a href="#{route.name}">{route.method} {escape(route.path)}</a>'
        lines.append(f"<tr><td>{link}</td>{marks}</tr>")
    return f'<div class="wide"><table><tr><th>Route</th>{head}</tr>{"".join(lines)}</table></div>'


def _mark(route: AnyRoute, role: Role) -> str:
    if role not in route.roles:
        return ""
    return f"<code>{route.scope}</code>" if role is Role.INTEGRATION and route.scope else "yes"


def _errors() -> str:
    lines = "".join(
        f"<tr><td>{status.value}</td><td><code>{refusal.code}</code></td><td>{escape(refusal.title)}</td></tr>"
        for refusal, status in STATUS.items()
    )
    return f"<table><tr><th>Status</th><th>Code</th><th>Meaning</th></tr>{lines}</table>"


def _prose(text: str) -> str:
    paragraphs = (part for part in text.split("\n\n") if part.strip())
    return "".join(f"<p>{_inline(' '.join(part.split()))}</p>" for part in paragraphs)


def _inline(text: str) -> str:
    return re.sub(r"`+([^`]+)`+", r"<code>\1</code>", escape(text, quote=False))
