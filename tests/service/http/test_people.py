"""Contacts, associates, queues, tokens and oneself over HTTP."""

from typing import Any

import pytest

from duetime.service.access import Role, Scope
from tests.service.http.api import Api
from tests.waiting import wait_until


async def test_a_contact_is_read_with_a_version_and_changed_by_it(api: Api) -> None:
    contact = (await api.write(who="customer-7")).contact
    path = f"/v1/contacts/{contact}"
    read = await api.get(path)
    assert read.body["addresses"] == ["api:customer-7"]
    change = {"name": "Maria", "attributes": {"plan": "gold"}}
    changed = await api.call("PATCH", path, change, token=api.admin, If_Match=read.headers["ETag"])
    assert changed.status == 200
    assert (changed.body["name"], changed.body["attributes"]) == ("Maria", {"plan": "gold"})
    assert changed.headers["ETag"] != read.headers["ETag"]
    stale = await api.call("PATCH", path, {"name": "Eve"}, token=api.admin, If_Match=read.headers["ETag"])
    assert (stale.status, stale.code) == (412, "stale")
    kept = await api.call("PATCH", path, {}, token=api.admin, If_Match="*")
    assert (kept.body["name"], kept.body["attributes"]) == ("Maria", {"plan": "gold"})


async def test_a_change_without_a_version_is_asked_for_one(api: Api) -> None:
    contact = (await api.write()).contact
    for path in (f"/v1/contacts/{contact}", "/v1/associates/ana"):
        answer = await api.call("PATCH", path, {"name": "X"}, token=api.admin)
        assert (answer.status, answer.code) == (428, "version_needed")


async def test_an_associate_sees_the_contacts_whom_they_serve_and_no_others(api: Api) -> None:
    conversation = await api.held_by_ana()
    path = f"/v1/contacts/{(await api.see(conversation)).contact}"
    assert (await api.get(path, api.ana)).status == 200
    for method in ("GET", "PATCH"):
        theirs = await api.call(method, path, {} if method == "PATCH" else None, token=api.ben, If_Match="*")
        assert (theirs.status, theirs.code) == (404, "not_found")
    nobodys = await api.get("/v1/contacts/ct_00000000000000000000", api.ben)
    theirs = await api.get(path, api.ben)
    assert set(theirs.body) == set(nobodys.body)
    assert (theirs.body["code"], theirs.body["title"]) == (nobodys.body["code"], nobodys.body["title"])


async def test_contacts_are_listed_page_by_page(api: Api) -> None:
    contacts = [(await api.write()).contact for _ in range(3)]
    first = (await api.get("/v1/contacts?limit=2")).body
    second = (await api.get(f"/v1/contacts?limit=2&cursor={first['cursor']}")).body
    assert {one["id"] for one in first["contacts"] + second["contacts"]} == set(contacts)
    assert second["cursor"] is None
    for cursor in ("nonsense", "%C2%B2", "9" * 30, "-1"):
        wrong = await api.get(f"/v1/contacts?cursor={cursor}")
        assert (wrong.status, wrong.code) == (422, "invalid")


async def test_associates_are_listed_and_read(api: Api) -> None:
    listed = (await api.get("/v1/associates", api.ana)).body
    assert [one["profile"]["id"] for one in listed] == ["ana", "ben", "tom"]
    one = await api.get("/v1/associates/ana", api.ben)
    assert one.body["presence"] == "offline"
    assert one.headers["ETag"] == f'"{one.body["profile"]["version"]}"'


async def test_presence_is_ones_own_affair_or_the_supervisors(api: Api) -> None:
    mine = await api.call("PUT", "/v1/associates/ana/presence", {"presence": "available", "lease_s": 60}, token=api.ana)
    assert (mine.status, mine.body["presence"]) == (200, "available")
    others = await api.call("PUT", "/v1/associates/ana/presence", {"presence": "away"}, token=api.ben)
    assert (others.status, others.code) == (403, "forbidden")
    boss = await api.call("PUT", "/v1/associates/ana/presence", {"presence": "away"}, token=api.supervisor)
    assert boss.body["presence"] == "away"
    wrong = await api.call("PUT", "/v1/associates/ana/presence", {"presence": "asleep"}, token=api.ana)
    assert (wrong.status, wrong.code) == (422, "invalid")


async def test_a_skill_given_live_lets_what_waits_be_matched(api: Api) -> None:
    await api.come("ben")
    waits = (await api.write("hallo", language="de")).conversation
    assert (await api.see(waits)).associate is None
    ben = await api.get("/v1/associates/ben", api.supervisor)
    changed = await api.call(
        "PATCH",
        "/v1/associates/ben",
        {"skills": {"german": 5}},
        token=api.supervisor,
        If_Match=ben.headers["ETag"],
    )
    assert changed.body["profile"]["skills"] == {"german": 5}
    assert (await api.see(waits)).associate == "ben"
    stale = await api.call(
        "PATCH",
        "/v1/associates/ben",
        {"skills": {}},
        token=api.supervisor,
        If_Match=ben.headers["ETag"],
    )
    assert (stale.status, stale.code) == (412, "stale")


@pytest.mark.parametrize(
    "change",
    [
        {"skills": {"juggling": 3}},
        {"skills": {"german": 6}},
        {"teams": ["circus"]},
        {"capacity_units": 0},
        {"limits": {"fax": 1}},
        {"id": "somebody-else"},
    ],
)
async def test_a_change_that_makes_no_sense_is_refused(api: Api, change: dict[str, Any]) -> None:
    answer = await api.call("PATCH", "/v1/associates/ana", change, token=api.supervisor, If_Match="*")
    assert (answer.status, answer.code) == (422, "invalid")


async def test_an_associate_is_added_once(api: Api) -> None:
    new = {"id": "eva", "name": "Eva", "teams": ["support"], "capacity_units": 2, "limits": {"api": 2}}
    added = await api.post("/v1/associates", new)
    assert (added.status, added.body["profile"]["name"]) == (201, "Eva")
    again = await api.post("/v1/associates", new)
    assert (again.status, again.code) == (409, "conflict")
    wrong = await api.post("/v1/associates", {**new, "id": "Eva Maria"})
    assert (wrong.status, wrong.code) == (422, "invalid")


async def test_queues_tell_what_waits_and_who_could_take_it(api: Api) -> None:
    await api.write()
    await api.come("tom")
    queues = {one["queue"]: one for one in (await api.get("/v1/queues")).body}
    assert (queues["general"]["name"], queues["general"]["waiting"]) == ("General", 1)
    assert queues["general"]["next_due_at"] > queues["general"]["oldest_arrived_at"]
    assert (queues["tech"]["waiting"], queues["tech"]["routable_associates"]) == (0, 1)
    assert (await api.get("/v1/queues/tech")).body == queues["tech"]


async def test_a_token_is_made_used_listed_and_revoked(api: Api) -> None:
    made = await api.post("/v1/tokens", {"role": "integration", "scopes": ["queues:read"], "label": "wallboard"})
    assert made.status == 201
    token, token_id = made.body["token"], made.body["id"]
    assert (await api.get("/v1/queues", token)).status == 200
    listed = (await api.get("/v1/tokens")).body
    (shown,) = [one for one in listed if one["id"] == token_id]
    assert (shown["label"], shown["scopes"]) == ("wallboard", ["queues:read"])
    assert token not in str(listed)
    assert "secret" not in str(listed)
    assert (await api.call("DELETE", f"/v1/tokens/{token_id}", token=api.admin)).status == 204
    await wait_until(lambda: is_refused(api, token), what="the revocation to arrive")
    again = await api.call("DELETE", f"/v1/tokens/{token_id}", token=api.admin)
    assert (again.status, again.code) == (404, "not_found")


async def is_refused(api: Api, token: str) -> bool:
    return (await api.get("/v1/queues", token)).status == 401


@pytest.mark.parametrize(
    ("wanted", "at"),
    [
        ({"role": "associate"}, "associate"),
        ({"role": "integration"}, "scopes"),
        ({"role": "integration", "scopes": ["queues:read"], "associate": "ana"}, "associate"),
        ({"role": "admin", "scopes": ["queues:read"]}, "scopes"),
        ({"role": "admin", "expires_at": 1}, "expires_at"),
        ({"role": "admin", "expires_at": 2**53}, "expires_at"),
        ({"role": "root"}, "role"),
        ({"role": "integration", "scopes": ["everything"]}, "scopes[0]"),
    ],
)
async def test_a_token_that_makes_no_sense_is_not_made(api: Api, wanted: dict[str, Any], at: str) -> None:
    answer = await api.post("/v1/tokens", wanted)
    assert (answer.status, answer.code) == (422, "invalid")
    assert answer.body["at"] == at


async def test_a_token_for_nobody_is_not_made(api: Api) -> None:
    answer = await api.post("/v1/tokens", {"role": "associate", "associate": "nobody"})
    assert (answer.status, answer.code) == (404, "not_found")


async def test_every_token_ends_some_day(api: Api) -> None:
    made = (await api.post("/v1/tokens", {"role": "supervisor"})).body
    assert 0 < made["expires_at"] - made["created_at"] <= 366 * 86_400_000


async def test_a_token_tells_what_it_stands_for(api: Api) -> None:
    mine = (await api.get("/v1/me", api.ana)).body
    assert (mine["role"], mine["associate"], mine["scopes"]) == ("associate", "ana", [])
    scoped = await api.token(Role.INTEGRATION, scopes=(Scope.QUEUES_READ,))
    assert (await api.get("/v1/me", scoped)).body["scopes"] == ["queues:read"]


async def test_a_desk_ticket_opens_for_its_owner_once(api: Api) -> None:
    answer = await api.post("/v1/desk/tickets", None, api.ana)
    assert (answer.status, answer.body["expires_in_s"]) == (201, 30)
    actor = await api.parts.tickets.redeem(answer.body["ticket"])
    assert actor.associate == "ana"
