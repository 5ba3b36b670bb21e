"""Requests of every kind, made from the OpenAPI document: none is a fault of ours, each answer is as described."""

import asyncio
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from duetime.service.http.openapi import openapi
from duetime.service.http.route import AnyRoute, Nothing, Upload
from duetime.service.http.routes import ROUTES
from tests.service.http.api import Api

EXAMPLES = 10
ANYTHING = (Nothing, Upload)
"""Nothing that could be wrong with these."""
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
REFUSED = {"checks": {"negative_data_rejection": {"expected-statuses": ["4xx", "503"]}}}
# The test sends a good token itself, so a request without one must not count as wrong.
TOKENLESS = {**openapi(), "security": []}
SCHEMA = schemathesis.openapi.from_dict(TOKENLESS, config=schemathesis.Config.from_dict(REFUSED))


POSITIVE, NEGATIVE = schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE
CASES = [
    *(pytest.param(route, POSITIVE, id=f"{route.name}-right") for route in ROUTES),
    *(pytest.param(route, NEGATIVE, id=f"{route.name}-wrong") for route in ROUTES if route.takes not in ANYTHING),
]


@pytest.mark.parametrize(("route", "mode"), CASES)
async def test_any_request_is_answered_as_the_document_says(
    api: Api, route: AnyRoute, mode: schemathesis.GenerationMode
) -> None:
    conversation = await api.held_by_ana()
    contact = (await api.see(conversation)).contact
    known = {"conversation": conversation, "contact": contact, "associate": "ana", "queue": "general"}
    operation = SCHEMA[route.path][route.method]

    @settings(max_examples=EXAMPLES, phases=[Phase.generate], suppress_health_check=list(HealthCheck), database=None)
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: schemathesis.Case[Any]) -> None:
        if mode is POSITIVE:
            case.path_parameters.update({name: known.get(name, "x") for name in case.path_parameters})
            case.headers.update({"If-Match": "*"} if "If-Match" in case.headers else {})
        case.call_and_validate(
            base_url=api.url, headers={"Authorization": f"Bearer {api.admin}"}, checks=CHECKS, timeout=10
        )

    await asyncio.to_thread(ask)
