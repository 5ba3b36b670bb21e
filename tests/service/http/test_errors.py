"""Whatever a client does wrong, the answer is a problem that says what and why; whatever we do wrong tells nothing."""

import asyncio
import zlib
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from duetime.config.settings import Limits
from duetime.queues.connection import Busy, ServerLost
from duetime.router.errors import Refusal
from duetime.service.http.problem import status_of
from tests.service.http.api import Api, running_api

HELLO = b'{"sender": {"address": "a"}, "text": "hi"}'


def refusals(cls: type[Refusal]) -> list[type[Refusal]]:
    return [cls, *(found for below in cls.__subclasses__() for found in refusals(below))]


@pytest.mark.parametrize("refusal", refusals(Refusal)[1:], ids=lambda refusal: refusal.__name__)
def test_every_refusal_has_a_status_and_a_code_of_its_own(refusal: type[Refusal]) -> None:
    assert 400 <= status_of(refusal) < 600
    assert [other for other in refusals(Refusal) if other.code == refusal.code] == [refusal]


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (b"", 400, "malformed"),
        (b"{", 400, "malformed"),
        (b'{"text": "hi"', 400, "malformed"),
        (b'{"text": "\xff"}', 400, "malformed"),
        (b'{"text": "\\ud800", "sender": {"address": "a"}}', 400, "malformed"),
        (HELLO + b"{}", 400, "malformed"),
        (b"\xef\xbb\xbf" + HELLO, 400, "malformed"),
        (b"[]", 422, "invalid"),
        (b"null", 422, "invalid"),
        (b'"text"', 422, "invalid"),
        (b"[" * 50_000, 422, "invalid"),
        (b'{"attributes":' * 10_000, 422, "invalid"),
    ],
)
async def test_a_body_that_is_not_the_right_json_is_refused(api: Api, raw: bytes, status: int, code: str) -> None:
    answer = await api.call("POST", "/v1/messages", raw=raw, token=api.integration, Content_Type="application/json")
    assert (answer.status, answer.code) == (status, code)


@pytest.mark.parametrize(
    "media",
    ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin-1", "multipart/form-data"],
)
async def test_a_body_of_another_media_type_is_refused(api: Api, media: str) -> None:
    answer = await api.call("POST", "/v1/messages", raw=HELLO, token=api.integration, Content_Type=media)
    assert (answer.status, answer.code) == (415, "unsupported_media_type")


async def test_json_with_its_charset_is_taken(api: Api) -> None:
    answer = await api.call(
        "POST",
        "/v1/messages",
        raw=HELLO,
        token=api.integration,
        Content_Type="Application/JSON; charset=UTF-8",
    )
    assert answer.status == 202


async def test_a_body_that_is_too_large_is_refused_with_the_limit(api: Api) -> None:
    limit = api.parts.settings.limits.body_bytes
    answer = await api.call(
        "POST",
        "/v1/messages",
        raw=b" " * (limit + 1),
        token=api.integration,
        Content_Type="application/json",
    )
    assert (answer.status, answer.code) == (413, "too_large")
    assert str(limit) in answer.body["detail"]


async def test_a_compressed_body_counts_by_what_comes_out_of_it(api: Api) -> None:
    bomb = zlib.compress(b" " * 50_000_000)
    assert len(bomb) < api.parts.settings.limits.body_bytes
    answer = await api.call(
        "POST",
        "/v1/messages",
        raw=bomb,
        token=api.integration,
        Content_Type="application/json",
        Content_Encoding="deflate",
    )
    assert (answer.status, answer.code) == (413, "too_large")


@pytest.mark.parametrize("path", ["/nothing", "/v1", "/v1/", "/v1/conversations/", "/v1/../etc/passwd", "/%2e%2e/x"])
async def test_an_unknown_path_is_a_problem(api: Api, path: str) -> None:
    answer = await api.get(path)
    assert (answer.status, answer.code) == (404, "unknown_path")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/v1/messages", "POST"),
        ("OPTIONS", "/v1/conversations", "GET, HEAD"),
        ("POST", "/healthz", "GET, HEAD"),
        ("POST", "/v1/desk", "GET"),
        ("PURGE", "/v1/tokens", "GET, HEAD, POST"),
    ],
)
async def test_a_wrong_method_is_a_problem_that_says_which_are_right(
    api: Api, method: str, path: str, allowed: str
) -> None:
    answer = await api.call(method, path, token=api.admin)
    assert (answer.status, answer.code) == (405, "method_not_allowed")
    assert answer.headers["Allow"] == allowed


async def test_head_gives_the_headers_of_get_without_a_body(api: Api) -> None:
    answer = await api.call("HEAD", "/v1/queues", token=api.admin)
    assert (answer.status, answer.raw) == (200, b"")
    assert int(answer.headers["Content-Length"]) > 2


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=201",
        "limit=many",
        "limit=1&limit=2",
        "state=sleeping",
        "channel=fax",
        "queue=No%20Slug",
        "cursor=nonsense",
        "cursor=%C2%B2.x",
        "colour=red",
    ],
)
async def test_a_query_that_is_not_right_is_refused(api: Api, query: str) -> None:
    answer = await api.get(f"/v1/conversations?{query}")
    assert (answer.status, answer.code) == (422, "invalid")


@pytest.mark.parametrize(
    "path",
    [
        "/v1/conversations/cv_00000000000000000000",
        "/v1/conversations/nonsense",
        "/v1/conversations/cv_main:journal",
        "/v1/conversations/cv_0000000000000000000%0A",
        "/v1/contacts/ct_00000000000000000000",
        "/v1/contacts/%00",
        "/v1/associates/nobody",
        "/v1/associates/Nobody",
        "/v1/queues/nowhere",
        "/v1/queues/%F0%9F%92%A9",
    ],
)
async def test_an_id_that_names_nothing_is_not_found(api: Api, path: str) -> None:
    answer = await api.get(path)
    assert (answer.status, answer.code) == (404, "not_found")


async def test_answers_are_not_kept_sniffed_or_framed(api: Api) -> None:
    for answer in (await api.get("/v1/me"), await api.get("/v1/nothing"), await api.call("GET", "/v1/me")):
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"


async def test_no_answer_tells_the_versions_of_the_server(api: Api) -> None:
    for path in ("/v1/me", "/nothing", "/healthz", "/docs"):
        assert (await api.get(path)).headers["Server"] == "duetime"
    host, port = api.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"this is no http\r\n\r\n")
    said = (await reader.read()).decode()
    writer.close()
    assert "400" in said
    assert "Server: duetime" in said
    assert "aiohttp" not in said
    assert "Python" not in said


async def test_pages_of_other_origins_get_no_permission_to_read(api: Api) -> None:
    answer = await api.get("/v1/me", Origin="https://evil.example")
    assert not [name for name in answer.headers if name.lower().startswith("access-control-")]


async def test_a_body_that_ends_too_early_harms_nobody(api: Api) -> None:
    host, port = api.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = (
        "POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {api.integration}\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n"
    )
    writer.write(head.encode())
    said = (await reader.read()).decode()
    writer.close()
    assert " 400 " in said.splitlines()[0]
    assert (await api.get("/v1/me")).status == 200


async def test_too_many_requests_of_one_token_are_refused_and_others_are_not(
    redis_url: str, workspace: str, tmp_path: Path
) -> None:
    limits = Limits(requests_per_s_per_token=2)
    async with running_api(redis_url, workspace, tmp_path, limits) as api:
        answers = [await api.get("/v1/me", api.supervisor) for _ in range(10)]
        refused = [answer for answer in answers if answer.status == 429]
        assert 1 <= len(refused) <= 6
        assert refused[0].code == "too_many_requests"
        assert int(refused[0].headers["Retry-After"]) >= 1
        assert (await api.get("/v1/me", api.admin)).status == 200


async def test_who_guesses_tokens_is_slowed_and_who_has_one_is_not(
    redis_url: str, workspace: str, tmp_path: Path
) -> None:
    limits = Limits(logins_per_minute_per_ip=3)
    async with running_api(redis_url, workspace, tmp_path, limits) as api:
        guess = f"dt_{'0' * 20}_{'A' * 43}"
        assert [(await api.get("/v1/me", guess)).status for _ in range(6)] == [401] * 3 + [429] * 3
        assert (await api.get("/v1/me", api.ana)).status == 200


@pytest.mark.parametrize("lost", [ServerLost("gone"), Busy("full")])
async def test_without_redis_the_answer_is_to_come_back(
    api: Api, monkeypatch: pytest.MonkeyPatch, lost: Exception
) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise lost

    monkeypatch.setattr(api.parts.store.views, "all_associates", fail)
    answer = await api.get("/v1/associates")
    assert (answer.status, answer.code) == (503, "not_ready")
    assert answer.headers["Retry-After"] == "1"


async def test_a_fault_of_ours_tells_the_client_a_number_and_the_log_the_rest(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the secret recipe")

    monkeypatch.setattr(api.parts.desk, "reply", fail)
    conversation = await api.held_by_ana()
    path = f"/v1/conversations/{conversation}/reply"
    with capture_logs() as logs:
        answer = await api.post(path, {"text": "private words"}, api.ana)
    assert (answer.status, answer.code) == (500, "internal_error")
    assert b"recipe" not in answer.raw
    (logged,) = [entry for entry in logs if entry["log_level"] == "error"]
    assert logged["incident"] == answer.body["incident"]
    assert "private words" not in str(logs)
    assert api.ana not in str(logs)
