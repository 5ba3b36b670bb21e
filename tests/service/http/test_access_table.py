"""Who may call which route: every route is walked in every role, and the documentation says the same."""

from pathlib import Path

import pytest

from duetime.service.access import Role, Scope
from duetime.service.chat.routes import PATHS
from duetime.service.http.app import build_app
from duetime.service.http.pages import METRICS, PUBLIC
from duetime.service.http.route import AnyRoute, Nothing, Route
from duetime.service.http.routes import ROUTES
from duetime.service.http.web_files import WEB
from tests.service.http.api import EVERY_SCOPE, Api
from tests.service.http.tables import access_table, error_table

DOCS = Path(__file__).parents[3] / "docs" / "http.md"
SOCKETS = {"/v1/desk", "/v1/chat"}
SIGNED = {"/v1/attachments/{key}"}
BY_PROVIDERS = {"/channels/sms/{endpoint}/inbound", "/channels/sms/{endpoint}/status"}
ANYTHING_ELSE = "/{path}"
NOBODYS = {
    "conversation": "cv_00000000000000000000",
    "contact": "ct_00000000000000000000",
    "token": "tk_00000000000000000000",
    "associate": "ana",
    "queue": "general",
    "version": "999",
    "number": "999",
}


def path_of(route: AnyRoute) -> str:
    return route.path.format(**NOBODYS)


def name_of(route: AnyRoute) -> str:
    return f"{route.method} {route.path}"


async def status(api: Api, route: AnyRoute, token: str | None) -> int:
    """The answer's status. What is not refused by the table is refused because it has no body, or names nobody."""
    return (await api.call(route.method, path_of(route), token=token)).status


async def test_every_route_needs_a_token(api: Api) -> None:
    answers = {name_of(route): await status(api, route, None) for route in ROUTES}
    assert set(answers.values()) == {401}


@pytest.mark.parametrize("token", ["", "nonsense", f"dt_{'0' * 20}_{'A' * 43}"])
async def test_a_wrong_token_is_like_none(api: Api, token: str) -> None:
    answers = {name_of(route): await status(api, route, token) for route in ROUTES}
    assert set(answers.values()) == {401}


async def test_a_refused_caller_is_told_how_to_send_a_token(api: Api) -> None:
    answer = await api.call("GET", "/v1/me")
    assert answer.code == "unauthenticated"
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="duetime"'


@pytest.mark.parametrize("role", list(Role))
async def test_a_role_may_call_what_the_table_says_and_nothing_else(api: Api, role: Role) -> None:
    tokens = {
        Role.ASSOCIATE: api.ana,
        Role.SUPERVISOR: api.supervisor,
        Role.ADMIN: api.admin,
        Role.INTEGRATION: api.integration,
    }
    allowed = {name_of(route) for route in ROUTES if role in route.roles}
    answers = {name_of(route): await status(api, route, tokens[role]) for route in ROUTES}
    assert 401 not in answers.values()
    assert 500 not in answers.values()
    assert {name for name, found in answers.items() if found != 403} == allowed


@pytest.mark.parametrize("scope", list(Scope))
async def test_an_integration_may_do_what_its_scope_says_and_nothing_else(api: Api, scope: Scope) -> None:
    only = await api.token(Role.INTEGRATION, scopes=(scope,))
    others = await api.token(Role.INTEGRATION, scopes=tuple(other for other in EVERY_SCOPE if other is not scope))
    for route in ROUTES:
        if Role.INTEGRATION in route.roles and route.scope is not None:
            assert (await status(api, route, only) == 403) == (route.scope is not scope), name_of(route)
            assert (await status(api, route, others) == 403) == (route.scope is scope), name_of(route)


async def test_a_missing_scope_is_named(api: Api) -> None:
    reader = await api.token(Role.INTEGRATION, scopes=(Scope.CONVERSATIONS_READ,))
    answer = await api.post("/v1/messages", {}, reader)
    assert (answer.status, answer.code, answer.body["scope"]) == (403, "forbidden", "messages:write")


async def test_the_application_serves_nothing_that_stands_in_no_table(api: Api) -> None:
    served = {resource.canonical for resource in build_app(api.parts).router.resources()}
    pages = {*PUBLIC, *WEB, METRICS, ANYTHING_ELSE}
    signed = SIGNED | BY_PROVIDERS | PATHS
    assert served == {route.path for route in ROUTES} | pages | SOCKETS | signed


def test_no_route_stands_twice_in_the_table() -> None:
    assert len({name_of(route) for route in ROUTES}) == len({route.name for route in ROUTES}) == len(ROUTES)


def test_a_route_without_a_role_cannot_be_made() -> None:
    async def nobody(call: object) -> Nothing:
        return Nothing()

    with pytest.raises(ValueError, match="nobody could call it"):
        Route(
            method="GET",
            path="/v1/x",
            handler=nobody,
            takes=Nothing,
            gives=Nothing,
            summary="",
            roles=frozenset(),
        )


def test_the_documentation_has_the_table_of_access() -> None:
    table = access_table()
    assert table in DOCS.read_text(), f"docs/http.md needs this table:\n\n{table}"


def test_the_documentation_has_every_error() -> None:
    table = error_table()
    assert table in DOCS.read_text(), f"docs/http.md needs this table:\n\n{table}"


def test_the_documentation_names_every_scope_and_page() -> None:
    text = DOCS.read_text()
    missing = [name for name in [*Scope, *PUBLIC, *WEB, METRICS, *PATHS] if f"`{name}`" not in text]
    assert missing == []
