"""Conversations over HTTP: found, read, worked on, and hidden from those whom they do not concern."""

from pathlib import Path
from typing import Any

import pytest

from duetime.config.settings import Limits
from duetime.router.conversation import State
from duetime.router.errors import NotFound
from duetime.router.message import Kind
from tests.service.http.api import Api, running_api

NOBODYS = "cv_00000000000000000000"


async def act(api: Api, conversation: str, what: str, body: Any = None, token: str = "", **headers: Any) -> Any:
    """The body of the answer, which must be a success."""
    answer = await api.post(f"/v1/conversations/{conversation}/{what}", body, token or api.ana, **headers)
    assert answer.status < 300, answer.raw
    return answer.body if answer.raw else None


async def test_the_main_job_goes_over_http_alone(api: Api) -> None:
    await api.come("ana")
    accepted = await api.write("Where is my parcel?")
    one = f"/v1/conversations/{accepted.conversation}"
    offered = (await api.get(one, api.ana)).body
    assert (offered["state"], offered["associate"]) == ("offered", "ana")
    taken = await act(api, accepted.conversation, "offer/accept", {"offer": offered["offer"]})
    assert taken["state"] == "assigned"
    sent = await act(api, accepted.conversation, "reply", {"text": "On its way."})
    messages = (await api.get(f"{one}/messages?after=1", api.integration)).body
    assert [message["text"] for message in messages] == ["On its way."]
    assert messages[0]["number"] == sent["number"] == 2
    closed = await act(api, accepted.conversation, "close", {"disposition": "answered"})
    assert (closed["state"], closed["disposition"]) == ("closed", "answered")


async def test_another_associates_conversation_is_answered_exactly_like_none(api: Api) -> None:
    conversation = await api.held_by_ana()
    for method, path, body in [
        ("GET", "", None),
        ("GET", "/messages", None),
        ("POST", "/reply", {"text": "x"}),
        ("POST", "/notes", {"text": "x"}),
        ("POST", "/park", None),
        ("POST", "/wake", None),
        ("POST", "/close", None),
        ("POST", "/wrap-up/finish", None),
        ("POST", "/transfer", {"queue": "tech"}),
        ("POST", "/priority", {"priority": "urgent"}),
        ("POST", "/assign", {"associate": "tom"}),
        ("POST", "/offer/accept", {"offer": 1}),
        ("POST", "/offer/decline", {"offer": 1}),
    ]:
        theirs = await api.call(method, f"/v1/conversations/{conversation}{path}", body, token=api.tom)
        nobodys = await api.call(method, f"/v1/conversations/{NOBODYS}{path}", body, token=api.tom)
        assert (theirs.status, theirs.code) == (404, "not_found"), path
        assert theirs.raw.replace(conversation.encode(), NOBODYS.encode()) == nobodys.raw
    found = await api.see(conversation)
    assert (found.state, found.associate, found.messages) == (State.ASSIGNED, "ana", 1)


async def test_an_associate_sees_what_waits_for_somebody_like_them_and_may_take_it(api: Api) -> None:
    waits = await api.write("the router is down")  # for technicians
    assert (await api.get(f"/v1/conversations/{waits.conversation}", api.tom)).status == 200
    assert (await api.get(f"/v1/conversations/{waits.conversation}", api.ana)).status == 404
    seen = (await api.get("/v1/conversations", api.tom)).body["conversations"]
    assert [one["id"] for one in seen] == [waits.conversation]
    assert (await api.get("/v1/conversations", api.ana)).body["conversations"] == []


async def test_a_supervisor_sees_and_gives_what_anybody_holds(api: Api) -> None:
    conversation = await api.held_by_ana()
    assert (await api.get(f"/v1/conversations/{conversation}", api.supervisor)).status == 200
    await api.come("ben")
    given = await act(api, conversation, "assign", {"associate": "ben"}, api.supervisor)
    assert (given["state"], given["associate"]) == ("assigned", "ben")


async def test_an_associate_gives_to_nobody_else_and_overrides_nothing(api: Api) -> None:
    conversation = await api.held_by_ana()
    path = f"/v1/conversations/{conversation}/assign"
    for body in ({"associate": "ben"}, {"associate": "ana", "override": True}):
        answer = await api.post(path, body, api.ana)
        assert (answer.status, answer.code) == (403, "forbidden")


async def test_who_stands_for_no_associate_must_name_one(api: Api) -> None:
    conversation = await api.held_by_ana()
    answer = await api.post(f"/v1/conversations/{conversation}/assign", None, api.supervisor)
    assert (answer.status, answer.code) == (422, "invalid")


async def test_lists_filter_and_go_on_where_the_page_before_ended(api: Api) -> None:
    ids = [(await api.write(str(number))).conversation for number in range(5)]
    await api.write("the router is down")
    seen: list[str] = []
    cursor = ""
    while True:
        page = (await api.get(f"/v1/conversations?queue=general&limit=2{cursor}")).body
        seen += [one["id"] for one in page["conversations"]]
        if page["cursor"] is None:
            break
        cursor = f"&cursor={page['cursor']}"
    assert seen == ids[::-1]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("state=waiting", 2),
        ("state=closed", 0),
        ("queue=tech", 1),
        ("channel=api", 2),
        ("channel=chat", 0),
        ("associate=ana", 0),
        ("contact=ct_00000000000000000000", 0),
        ("queue=tech&state=waiting", 1),
    ],
)
async def test_each_filter_narrows_the_list(api: Api, query: str, found: int) -> None:
    await api.write("hello")
    await api.write("the router is down")
    page = (await api.get(f"/v1/conversations?{query}")).body
    assert len(page["conversations"]) == found


async def test_a_reply_sent_again_with_its_client_id_is_sent_once(api: Api) -> None:
    conversation = await api.held_by_ana()
    first = await act(api, conversation, "reply", {"text": "yes", "client_id": "r-1"})
    again = await act(api, conversation, "reply", {"text": "yes", "client_id": "r-1"})
    assert again == first
    assert (await api.see(conversation)).messages == 2


async def test_notes_are_for_associates_and_never_for_integrations(api: Api) -> None:
    conversation = await api.held_by_ana()
    await act(api, conversation, "notes", {"text": "a difficult one"})
    path = f"/v1/conversations/{conversation}/messages"
    inside = (await api.get(path, api.ana)).body
    outside = (await api.get(path, api.integration)).body
    assert [message["text"] for message in inside] == ["hello", "a difficult one"]
    assert inside[1]["kind"] == Kind.NOTE
    assert [message["text"] for message in outside] == ["hello"]


async def test_messages_come_in_pages_by_number(api: Api) -> None:
    accepted = await api.write("1", who="customer-7")
    for number in range(2, 6):
        await api.write(str(number), who="customer-7")
    path = f"/v1/conversations/{accepted.conversation}/messages"
    page = (await api.get(f"{path}?after=2&limit=2")).body
    assert [message["number"] for message in page] == [3, 4]


async def test_parked_until_the_contact_writes_and_woken_by_hand(api: Api) -> None:
    conversation = await api.held_by_ana()
    parked = await act(api, conversation, "park")
    assert (parked["state"], parked["park_reason"]) == ("parked", "awaiting_contact")
    woken = await act(api, conversation, "wake")
    assert woken["state"] == "assigned"


async def test_snoozed_until_a_time_which_lies_ahead(api: Api) -> None:
    conversation = await api.held_by_ana()
    wake_at = api.parts.store.clock() + 60_000
    parked = await act(api, conversation, "park", {"wake_at": wake_at})
    assert (parked["state"], parked["wake_at"]) == ("parked", wake_at)
    past = await api.post(f"/v1/conversations/{conversation}/park", {"wake_at": 1}, api.ana)
    assert (past.status, past.code) == (422, "invalid")


async def test_a_queue_with_wrap_up_gets_it_before_the_end(api: Api) -> None:
    await api.come("tom")
    conversation = (await api.write("the router is down")).conversation  # assigned without an offer
    wrapped = await act(api, conversation, "close", token=api.tom)
    assert wrapped["state"] == "wrap_up"
    done = await act(api, conversation, "wrap-up/finish", {"disposition": "fixed"}, api.tom)
    assert (done["state"], done["disposition"]) == ("closed", "fixed")


async def test_handed_over_with_a_briefing_that_the_contact_never_sees(api: Api) -> None:
    await api.come("tom")
    conversation = await api.held_by_ana()
    await act(api, conversation, "transfer", {"queue": "tech", "briefing": "knows what a router is"})
    found = await api.see(conversation)
    assert (found.queue, found.associate) == ("tech", "tom")
    path = f"/v1/conversations/{conversation}/messages"
    assert [message["text"] for message in (await api.get(path, api.integration)).body] == ["hello"]
    assert (await api.get(path, api.tom)).body[1]["kind"] == Kind.BRIEFING


@pytest.mark.parametrize("body", [{}, {"queue": "tech", "associate": "tom"}, {"queue": "nowhere"}])
async def test_a_transfer_goes_to_one_place_that_there_is(api: Api, body: dict[str, str]) -> None:
    conversation = await api.held_by_ana()
    answer = await api.post(f"/v1/conversations/{conversation}/transfer", body, api.ana)
    assert (answer.status, answer.code) == (422, "invalid")


async def test_a_declined_offer_goes_to_somebody_else(api: Api) -> None:
    await api.come("ana")
    conversation = (await api.write()).conversation
    await api.come("ben")
    declined = await api.post(
        f"/v1/conversations/{conversation}/offer/decline", {"offer": 1, "reason": "lunch"}, api.ana
    )
    assert (declined.status, declined.raw) == (204, b"")
    assert (await api.see(conversation)).associate == "ben"


async def test_an_offer_that_is_gone_cannot_be_accepted(api: Api) -> None:
    await api.come("ana")
    conversation = (await api.write()).conversation
    answer = await api.post(f"/v1/conversations/{conversation}/offer/accept", {"offer": 7}, api.ana)
    assert (answer.status, answer.code) == (409, "offer_gone")


async def test_a_closed_conversation_takes_no_reply(api: Api) -> None:
    conversation = await api.held_by_ana()
    await act(api, conversation, "close")
    answer = await api.post(f"/v1/conversations/{conversation}/reply", {"text": "one more"}, api.ana)
    assert (answer.status, answer.code) == (409, "conversation_closed")


async def test_the_etag_names_the_version_and_a_stale_one_changes_nothing(api: Api) -> None:
    conversation = await api.held_by_ana()
    one = f"/v1/conversations/{conversation}"
    read = await api.get(one, api.ana)
    assert read.headers["ETag"] == f'"{read.body["version"]}"'
    parked = await api.post(f"{one}/park", None, api.ana, If_Match=read.headers["ETag"])
    assert parked.status == 200
    assert parked.headers["ETag"] != read.headers["ETag"]
    stale = await api.post(f"{one}/close", None, api.supervisor, If_Match=read.headers["ETag"])
    assert (stale.status, stale.code) == (412, "stale")
    assert (await api.see(conversation)).state is State.PARKED


@pytest.mark.parametrize("etag", ['W/"1"', "1", "nonsense", '"-1"', '"99999999999999999999"', '""'])
async def test_an_etag_that_never_was_one_matches_nothing(api: Api, etag: str) -> None:
    conversation = await api.held_by_ana()
    answer = await api.post(f"/v1/conversations/{conversation}/close", None, api.ana, If_Match=etag)
    assert (answer.status, answer.code) == (412, "stale")


async def test_any_version_is_matched_by_a_star(api: Api) -> None:
    conversation = await api.held_by_ana()
    answer = await api.post(f"/v1/conversations/{conversation}/close", None, api.ana, If_Match="*")
    assert answer.status == 200


async def test_a_text_over_the_limit_of_the_settings_is_too_large(
    redis_url: str, workspace: str, tmp_path: Path
) -> None:
    limits = Limits(text_chars=10)
    async with running_api(redis_url, workspace, tmp_path, limits) as api:
        conversation = await api.held_by_ana("1234567890")
        one = f"/v1/conversations/{conversation}"
        message = {"sender": {"address": "a"}, "text": "12345678901"}
        for path, body in [
            ("/v1/messages", message),
            (f"{one}/reply", {"text": "12345678901"}),
            (f"{one}/notes", {"text": "12345678901"}),
            (f"{one}/transfer", {"queue": "tech", "briefing": "12345678901"}),
        ]:
            answer = await api.post(path, body, api.integration)
            assert (answer.status, answer.code) == (413, "too_large"), path
        assert (await api.see(conversation)).messages == 1


async def test_an_empty_text_is_no_reply(api: Api) -> None:
    conversation = await api.held_by_ana()
    for text in ("", "  \n"):
        answer = await api.post(f"/v1/conversations/{conversation}/reply", {"text": text}, api.ana)
        assert (answer.status, answer.code) == (422, "invalid")


async def test_a_priority_moves_the_place_and_the_due_time(api: Api) -> None:
    waiting = (await api.write("hello")).conversation
    one = f"/v1/conversations/{waiting}"
    before = await api.get(one, api.supervisor)
    changed = await api.post(f"{one}/priority", {"priority": "urgent"}, api.supervisor, If_Match=before.headers["ETag"])
    assert (changed.status, changed.body["priority"], changed.body["boost"]) == (200, "urgent", 7_200_000)
    stale = await api.post(f"{one}/priority", {"priority": "normal"}, api.supervisor, If_Match=before.headers["ETag"])
    assert (stale.status, stale.code) == (412, "stale")
    unknown = await api.post(f"{one}/priority", {"priority": "urgnet"}, api.supervisor)
    assert (unknown.status, unknown.code) == (422, "invalid")
    assert "normal, urgent" in unknown.body["detail"]
    mine = await api.held_by_ana()
    assert (await api.post(f"/v1/conversations/{mine}/priority", {"priority": "urgent"}, api.ana)).status == 200


async def test_an_admin_erases_a_closed_conversation_with_its_files(api: Api) -> None:
    conversation = await api.held_by_ana()
    path = f"/v1/conversations/{conversation}"
    kept = await api.parts.attachments.put(f"{conversation}/sent", b"x", "a.txt", "text/plain")
    early = await api.call("DELETE", path, token=api.admin)
    assert (early.status, early.code) == (409, "conflict")
    await act(api, conversation, "close", None, api.ana)
    for token in (api.ana, api.supervisor, api.integration):
        assert (await api.call("DELETE", path, token=token)).status == 403
    assert (await api.call("DELETE", path, token=api.admin)).status == 204
    assert (await api.get(path)).code == (await api.call("DELETE", path, token=api.admin)).code == "not_found"
    with pytest.raises(NotFound):
        await api.parts.attachments.get(kept.key)
