"""The routing configuration over HTTP."""

from typing import Any

from jsonschema import Draft202012Validator

from tests.queues.conftest import DOCUMENT
from tests.service.http.api import Answer, Api

LATER = DOCUMENT.replace("offer_timeout_s = 30", "offer_timeout_s = 45", 1)
BROKEN = DOCUMENT.replace('default_queue = "general"', 'default_queue = "genral"', 1)


async def put(api: Api, document: str, version: str = '"1"', token: str | None = None, **fields: Any) -> Answer:
    body = {"document": document, **fields}
    return await api.call("PUT", "/v1/config", body, token=token or api.admin, If_Match=version)


async def test_what_is_in_force_is_shown_with_its_version(api: Api) -> None:
    answer = await api.get("/v1/config", api.supervisor)
    assert (answer.status, answer.headers["ETag"]) == (200, '"1"')
    assert (answer.body["document"], answer.body["version"], answer.body["who"]) == (DOCUMENT, 1, "settings")


async def test_a_document_is_checked_without_being_applied(api: Api) -> None:
    answer = await api.post("/v1/config/check", {"document": BROKEN}, api.supervisor)
    assert (answer.status, answer.body["usable"]) == (200, False)
    (problem,) = answer.body["problems"]
    assert (problem["path"], problem["line"], problem["severity"]) == ("default_queue", 2, "error")
    assert problem["hint"] == 'did you mean "general"?'
    good = await api.post("/v1/config/check", {"document": LATER}, api.supervisor)
    assert good.body["usable"]
    assert (await api.get("/v1/config")).body["version"] == 1


async def test_a_difference_is_sentences_with_their_data(api: Api) -> None:
    await api.write("hello")
    answer = await api.post("/v1/config/diff", {"document": LATER}, api.supervisor)
    assert answer.body["version"] == 1
    assert answer.body["changes"] == [
        {"path": "queues.general.offer_timeout_s", "sentence": "general: offer timeout 30 s → 45 s"}
    ]
    assert answer.body["consequences"] == []
    fewer = DOCUMENT.replace("skills = { german = 4 }", "", 1)
    answer = await api.post("/v1/config/diff", {"document": fewer}, api.supervisor)
    assert answer.body["consequences"] == [
        {
            "effect": "pool",
            "sentence": "ana leaves pool general-german and joins pool general",
            "count": 1,
            "associates": ["ana"],
        }
    ]


async def test_applying_makes_a_version_that_says_why(api: Api) -> None:
    answer = await put(api, LATER, comment="more time to read")
    assert (answer.status, answer.headers["ETag"], answer.body["version"]) == (200, '"2"', 2)
    (newest, _) = (await api.get("/v1/config/versions")).body["versions"]
    assert (newest["version"], newest["why"]) == (2, "more time to read")
    assert newest["changes"] == ["general: offer timeout 30 s → 45 s"]
    assert newest["who"].startswith("admin tk_")


async def test_applying_needs_the_version_that_was_read(api: Api) -> None:
    without = await api.call("PUT", "/v1/config", {"document": LATER}, token=api.admin)
    assert (without.status, without.code) == (428, "version_needed")
    await put(api, LATER)
    late = await put(api, DOCUMENT)
    assert (late.status, late.code, late.body["version"]) == (412, "stale", 2)
    assert (await put(api, DOCUMENT, "*")).body["version"] == 3


async def test_a_broken_document_is_refused_with_all_its_problems(api: Api) -> None:
    answer = await put(api, BROKEN.replace("cost_units = 2", "cost_units = 0", 1))
    assert (answer.status, answer.code) == (422, "broken_configuration")
    assert len(answer.body["problems"]) == 2
    assert (await api.get("/v1/config")).body["version"] == 1


async def test_rolling_back_is_a_new_version_of_an_old_document(api: Api) -> None:
    await put(api, LATER)
    body = {"version": 1, "comment": "too slow"}
    answer = await api.post("/v1/config/rollback", body, If_Match='"2"')
    assert (answer.status, answer.body["version"]) == (200, 3)
    shown = (await api.get("/v1/config")).body
    assert (shown["document"], shown["why"]) == (DOCUMENT, "roll back to version 1: too slow")
    missing = await api.post("/v1/config/rollback", {"version": 9}, If_Match="*")
    assert (missing.status, missing.code) == (404, "not_found")


async def test_versions_come_in_pages(api: Api) -> None:
    for number in range(1, 4):
        await put(api, f"# {number}\n{DOCUMENT}", f'"{number}"')
    first = (await api.get("/v1/config/versions?limit=3")).body
    assert [note["version"] for note in first["versions"]] == [4, 3, 2]
    last = (await api.get(f"/v1/config/versions?limit=3&cursor={first['cursor']}")).body
    assert ([note["version"] for note in last["versions"]], last["cursor"]) == ([1], None)


async def test_one_version_is_shown_with_its_document(api: Api) -> None:
    await put(api, LATER)
    assert (await api.get("/v1/config/versions/1")).body["document"] == DOCUMENT
    for name in ("9", "latest"):
        assert (await api.get(f"/v1/config/versions/{name}")).code == "not_found"


async def test_supervisors_look_and_admins_change(api: Api) -> None:
    assert (await put(api, LATER, token=api.supervisor)).code == "forbidden"
    assert (await api.post("/v1/config/rollback", {"version": 1}, api.supervisor, If_Match="*")).code == "forbidden"
    assert (await api.get("/v1/config", api.ana)).code == "forbidden"
    assert (await api.post("/v1/config/check", {"document": ""}, api.integration)).code == "forbidden"


async def test_a_document_may_be_larger_than_other_bodies(api: Api) -> None:
    comments = "# a long comment\n"
    large = LATER + comments * 30_000
    assert len(large) > api.parts.settings.limits.body_bytes
    assert (await put(api, large)).status == 200


async def test_the_schema_is_given_to_editors(api: Api) -> None:
    answer = await api.get("/v1/config/schema", api.supervisor)
    Draft202012Validator.check_schema(answer.body)
    assert answer.body["title"] == "Duetime routing configuration"
