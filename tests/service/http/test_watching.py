"""Health, readiness and metrics: for those who watch the daemon."""

import dataclasses
import re
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client.parser import text_string_to_metric_families

from duetime.queues.connection import ServerLost
from duetime.router.ids import EndpointId
from duetime.service.access import Role, Scope
from duetime.service.http.app import build_app
from duetime.service.mail.mailbox import MailboxState
from tests.service.http.api import Api
from tests.waiting import wait_until

DOCS = Path(__file__).parents[3] / "docs" / "http.md"
BEHIND_A_PROXY: dict[str, Any] = {"X_Forwarded_For": "203.0.113.7"}


async def metrics(api: Api) -> dict[str, float]:
    """``name{label=value,...}`` to value."""
    answer = await api.call("GET", "/metrics")
    assert answer.status == 200
    return {
        sample.name + str(dict(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.raw.decode())
        for sample in family.samples
    }


async def test_a_daemon_that_lives_says_so_to_everybody(api: Api) -> None:
    answer = await api.call("GET", "/healthz")
    assert (answer.status, answer.body) == (200, {"alive": True})


async def test_a_daemon_that_works_is_ready(api: Api) -> None:
    answer = await api.call("GET", "/readyz")
    assert (answer.status, answer.body) == (200, {"ready": True, "problems": [], "mailboxes": [], "providers": []})


async def test_a_daemon_that_stops_is_alive_and_not_ready(api: Api) -> None:
    api.parts.stopping.set()
    answer = await api.call("GET", "/readyz")
    assert answer.status == 503
    assert answer.body == {"ready": False, "problems": ["The daemon is stopping."], "mailboxes": [], "providers": []}
    assert answer.headers["Retry-After"] == "1"
    assert (await api.call("GET", "/healthz")).status == 200
    assert (await metrics(api))["duetime_ready{}"] == 0


async def test_the_metrics_count_requests_by_route_and_status(api: Api) -> None:
    await api.get("/v1/conversations/cv_00000000000000000000")
    await api.get("/v1/conversations/nonsense")
    await api.get("/v1/me")
    found = await metrics(api)
    one = "{'method': 'GET', 'route': '/v1/conversations/{conversation}', 'status': '404'}"
    assert found[f"duetime_http_requests_total{one}"] == 2
    assert found["duetime_http_request_seconds_count{'method': 'GET', 'route': '/v1/me'}"] == 1


async def test_the_metrics_tell_how_queues_and_associates_stand(api: Api) -> None:
    await api.come("tom")
    await api.write()
    found = await metrics(api)
    assert found["duetime_ready{}"] == 1
    assert found["duetime_waiting_conversations{'queue': 'general'}"] == 1
    assert found["duetime_waiting_conversations{'queue': 'tech'}"] == 0
    assert found["duetime_routable_associates{'queue': 'tech'}"] == 1
    assert 0 <= found["duetime_oldest_waiting_seconds{'queue': 'general'}"] < 60
    assert 3500 < found["duetime_next_due_seconds{'queue': 'general'}"] <= 3600
    assert found["duetime_associates{'presence': 'available'}"] == 1
    assert found["duetime_associates{'presence': 'offline'}"] == 2
    assert found["duetime_journal_lag_seconds{}"] >= 0


async def test_the_metrics_count_the_events_of_the_journal(api: Api) -> None:
    await api.come("ana")
    await api.write()
    made = "duetime_events_total{'type': 'OfferMade'}"
    found = await wait_until(lambda: counted(api, made), what="the feed to hand the event on")
    assert found == 1


async def counted(api: Api, name: str) -> float:
    return (await metrics(api)).get(name, 0)


async def test_every_metric_is_documented(api: Api) -> None:
    await api.write()
    names = {name.split("{")[0] for name in await metrics(api)}
    ours = {re.sub("_(total|bucket|count|sum|created)$", "", name) for name in names if name.startswith("duetime_")}
    text = DOCS.read_text()
    assert sorted(name for name in ours if not re.search(f"`{name}(_total)?[`{{]", text)) == []


async def test_without_redis_the_metrics_still_tell_of_the_daemon(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise ServerLost("gone")

    await api.write()
    await metrics(api)
    monkeypatch.setattr(api.parts.store.views, "queue_figures", fail)
    found = await metrics(api)
    assert "duetime_waiting_conversations{'queue': 'general'}" not in found
    assert found["duetime_http_requests_total{'method': 'POST', 'route': '/v1/messages', 'status': '202'}"] == 1


async def test_the_metrics_are_for_this_machine_and_those_who_may(api: Api) -> None:
    watcher = await api.token(Role.INTEGRATION, scopes=(Scope.METRICS_READ,))
    reader = await api.token(Role.INTEGRATION, scopes=(Scope.QUEUES_READ,))
    outside = await api.call("GET", "/metrics", **BEHIND_A_PROXY)
    assert (outside.status, outside.code) == (401, "unauthenticated")
    for token, status in [(api.ana, 403), (reader, 403), (watcher, 200), (api.admin, 200)]:
        assert (await api.call("GET", "/metrics", token=token, **BEHIND_A_PROXY)).status == status


async def test_outside_the_metrics_wait_for_redis_to_check_the_token(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise ServerLost("gone")

    monkeypatch.setattr(api.parts.authenticator, "actor", fail)
    answer = await api.call("GET", "/metrics", token=api.admin, **BEHIND_A_PROXY)
    assert (answer.status, answer.code) == (503, "not_ready")


async def test_the_metrics_take_the_form_that_the_scraper_asks_for(api: Api) -> None:
    answer = await api.call("GET", "/metrics", Accept="application/openmetrics-text; version=1.0.0")
    assert answer.headers["Content-Type"].startswith("application/openmetrics-text")
    assert answer.raw.endswith(b"# EOF\n")


def mailbox(problem: str | None) -> MailboxState:
    return MailboxState(
        endpoint=EndpointId("support"),
        folder="INBOX",
        ours=True,
        connected=problem is None,
        since=0,
        last_mail_at=None,
        problem=problem,
    )


async def test_problems_of_the_daemon_are_told_as_sentences(api: Api) -> None:
    why = "follow the journal: Redis is away"
    app = build_app(dataclasses.replace(api.parts, problems=lambda: [why]))
    async with TestClient(TestServer(app)) as client:
        answer = await client.get("/readyz")
        assert (answer.status, await answer.json()) == (
            503,
            {"ready": False, "problems": [why], "mailboxes": [], "providers": []},
        )


async def test_a_mailbox_that_fails_is_told_and_the_daemon_stays_ready(api: Api) -> None:
    app = build_app(
        dataclasses.replace(api.parts, mailboxes=lambda: [mailbox("The password is wrong."), mailbox(None)])
    )
    async with TestClient(TestServer(app)) as client:
        answer = await client.get("/readyz")
        told = {"ready": True, "problems": [], "mailboxes": ["support/INBOX: The password is wrong."], "providers": []}
        assert (answer.status, await answer.json()) == (200, told)
