"""The OpenAPI document and the page made from it."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from duetime.service.http.docs_page import STYLE, render_docs
from duetime.service.http.openapi import has_body, openapi, refusals
from duetime.service.http.problem import status_of
from duetime.service.http.route import AnyRoute, IfMatch
from duetime.service.http.routes import ROUTES
from tests.service.http.api import Api


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return openapi()


def operation(document: dict[str, Any], route: AnyRoute) -> dict[str, Any]:
    found: dict[str, Any] = document["paths"][route.path][route.method.lower()]
    return found


def test_the_document_is_openapi_3_1(document: dict[str, Any]) -> None:
    OpenAPIV31SpecValidator(document).validate()
    assert document["openapi"] == "3.1.0"


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_every_route_is_described_with_what_it_takes_gives_and_refuses(
    document: dict[str, Any], route: AnyRoute
) -> None:
    described = operation(document, route)
    assert described["summary"].endswith(".")
    assert ("requestBody" in described) == has_body(route)
    assert set(described["responses"]) == {
        str(route.status),
        *(str(int(status_of(refusal))) for refusal in refusals(route)),
    }
    headers = {parameter["name"] for parameter in described["parameters"] if parameter["in"] == "header"}
    assert ("If-Match" in headers) == (route.if_match is not IfMatch.UNUSED)
    assert ("Idempotency-Key" in headers) == route.idempotency_key


def test_nothing_is_described_that_is_no_route(document: dict[str, Any]) -> None:
    described = sum(len(methods) for methods in document["paths"].values())
    assert described == len(ROUTES)


def test_every_type_that_is_named_is_described(document: dict[str, Any]) -> None:
    named = set(re.findall(r"#/components/schemas/(\w+)", str(document)))
    assert named == set(document["components"]["schemas"])


def test_fields_are_described_by_the_texts_of_the_source(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    assert "stale" in schemas["Conversation"]["properties"]["version"]["description"]
    assert "contact never sees" in schemas["Transfer"]["properties"]["briefing"]["description"]
    assert schemas["TokenMade"]["properties"]["label"] == schemas["TokenShown"]["properties"]["label"]


async def test_the_document_is_public(api: Api, document: dict[str, Any]) -> None:
    answer = await api.call("GET", "/openapi.json")
    assert (answer.status, answer.body) == (200, document)


class Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.targets: set[str] = set()
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            if name == "id":
                assert value not in self.ids
                self.ids.add(str(value))
            if name in ("href", "src"):
                self.targets.add(str(value))
            assert not name.startswith("on")
            assert name != "style"


def test_the_page_leads_to_every_route_and_loads_nothing(document: dict[str, Any]) -> None:
    page = Links()
    page.feed(render_docs(document))
    assert {route.name for route in ROUTES} <= page.ids
    assert {target for target in page.targets if not target.startswith("#")} == {"/openapi.json"}
    assert {target[1:] for target in page.targets if target.startswith("#")} <= page.ids
    assert not page.tags & {"script", "link", "img", "iframe", "form"}


async def test_the_page_is_allowed_its_own_style_sheet_only(api: Api) -> None:
    answer = await api.call("GET", "/docs")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none';")
    assert "style-src 'sha256-" in policy
    assert "unsafe" not in policy
    assert f"<style>{STYLE}</style>" in answer.raw.decode()


def test_the_page_escapes_what_it_shows(document: dict[str, Any]) -> None:
    hostile = {**document, "info": {**document["info"], "description": "<script>alert(1)</script> `<b>`"}}
    page = render_docs(hostile)
    assert "<script>" not in page
    assert "<code>&lt;b&gt;</code>" in page
