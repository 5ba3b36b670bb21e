"""Messages come in from integrations, once each."""

import asyncio
from typing import Any

import pytest

from duetime.router.conversation import State
from duetime.router.message import TEXT_LIMIT
from tests.service.http.api import Api

HELLO: dict[str, Any] = {"sender": {"address": "customer-7", "name": "Maria"}, "text": "Where is my parcel?"}


async def test_a_message_is_accepted_stored_and_offered_to_somebody_who_may_answer(api: Api) -> None:
    await api.come("ana")
    answer = await api.post("/v1/messages", HELLO, api.integration)
    assert answer.status == 202
    accepted = answer.body
    assert accepted["opened"] is True
    assert accepted["duplicate"] is False
    found = await api.see(accepted["conversation"])
    assert (found.state, found.associate, found.contact_name) == (State.OFFERED, "ana", "Maria")


async def test_a_message_waits_when_nobody_is_there(api: Api) -> None:
    accepted = await api.write()
    assert (await api.see(accepted.conversation)).state is State.WAITING


async def test_the_same_idempotency_key_again_changes_nothing(api: Api) -> None:
    first = await api.post("/v1/messages", HELLO, api.integration, Idempotency_Key="k-1")
    second = await api.post("/v1/messages", HELLO, api.integration, Idempotency_Key="k-1")
    assert (first.status, second.status) == (202, 202)
    assert second.body == {**first.body, "duplicate": True, "opened": False}
    assert (await api.see(first.body["conversation"])).messages == 1


async def test_an_external_id_is_a_key_too(api: Api) -> None:
    first = await api.write(who="customer-7", external_id="order-1")
    again = await api.write(who="customer-7", external_id="order-1")
    assert (again.message, again.duplicate) == (first.message, True)


async def test_a_key_with_another_body_is_refused(api: Api) -> None:
    await api.post("/v1/messages", HELLO, api.integration, Idempotency_Key="k-1")
    other = await api.post("/v1/messages", {**HELLO, "text": "?"}, api.integration, Idempotency_Key="k-1")
    assert (other.status, other.code) == (422, "key_reused")


async def test_the_same_body_written_in_another_way_is_the_same_body(api: Api) -> None:
    body = {**HELLO, "attributes": {"plan": "gold", "shop": "north"}}
    turned = {"attributes": {"shop": "north", "plan": "gold"}, **HELLO}
    await api.post("/v1/messages", body, api.integration, Idempotency_Key="k-1")
    again = await api.post("/v1/messages", turned, api.integration, Idempotency_Key="k-1")
    assert again.body["duplicate"] is True


async def test_many_posts_of_one_message_at_once_make_one(api: Api) -> None:
    answers = await asyncio.gather(
        *(api.post("/v1/messages", HELLO, api.integration, Idempotency_Key="k-1") for _ in range(20))
    )
    assert {answer.status for answer in answers} == {202}
    assert len({answer.body["message"] for answer in answers}) == 1
    assert [answer.body["duplicate"] for answer in answers].count(False) == 1


async def test_many_messages_of_one_contact_at_once_open_one_conversation(api: Api) -> None:
    accepted = await asyncio.gather(*(api.write(str(n), who="customer-7") for n in range(20)))
    assert len({one.conversation for one in accepted}) == 1
    assert sorted(one.number for one in accepted) == list(range(1, 21))


async def test_two_keys_that_differ_are_refused(api: Api) -> None:
    body = {**HELLO, "external_id": "a"}
    answer = await api.post("/v1/messages", body, api.integration, Idempotency_Key="b")
    assert (answer.status, answer.code) == (422, "invalid")


async def test_a_message_may_name_its_conversation_only_if_it_is_the_senders(api: Api) -> None:
    mine = await api.write(who="customer-7")
    theirs = await api.post(
        "/v1/messages",
        {"sender": {"address": "stranger"}, "text": "hi", "conversation": mine.conversation},
        api.integration,
    )
    assert (theirs.status, theirs.code) == (404, "not_found")


@pytest.mark.parametrize(
    ("change", "at"),
    [
        ({"text": ""}, "text"),
        ({"text": "x" * (TEXT_LIMIT + 1)}, "text"),
        ({"text": 7}, "text"),
        ({"sender": {"address": ""}}, "sender.address"),
        ({"sender": {"address": "a", "vip": True}}, "sender"),
        ({"attributes": {"plan": 3}}, "attributes[...]"),
        ({"language": "not a language"}, "language"),
        ({"endpoint": "Shop!"}, "endpoint"),
        ({"endpoint": "elsewhere"}, "endpoint"),
    ],
)
async def test_a_message_that_is_not_right_is_refused_with_the_place(api: Api, change: dict[str, Any], at: str) -> None:
    answer = await api.post("/v1/messages", {**HELLO, **change}, api.integration)
    assert (answer.status, answer.code) == (422, "invalid")
    assert answer.body["at"] == at


async def test_a_misspelt_field_is_refused_with_the_fields_that_there_are(api: Api) -> None:
    answer = await api.post("/v1/messages", {**HELLO, "txet": "hi"}, api.integration)
    assert answer.code == "invalid"
    assert "`txet`" in answer.body["detail"]
    assert "sender, text, endpoint" in answer.body["detail"]


async def test_nothing_is_written_by_a_message_that_is_refused(api: Api) -> None:
    await api.post("/v1/messages", {**HELLO, "txet": "hi"}, api.integration)
    page = await api.get("/v1/conversations")
    assert page.body == {"conversations": [], "cursor": None}


async def test_a_daemon_that_is_stopping_takes_no_new_message(api: Api) -> None:
    api.parts.stopping.set()
    answer = await api.post("/v1/messages", HELLO, api.integration)
    assert (answer.status, answer.code) == (503, "not_ready")
    assert answer.headers["Retry-After"] == "1"
