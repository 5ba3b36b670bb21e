"""An integration that is not sure repeats itself, and nothing happens twice."""

import asyncio

from tests.daemon import Daemon

BODY = {"sender": {"address": "maria"}, "text": "Where is my parcel?"}


async def test_the_same_key_and_body_give_the_same_ids_and_one_message(office: Daemon) -> None:
    token = office.tokens.integration
    first = await office.post("/v1/messages", BODY, token, Idempotency_Key="k1")
    again = await office.post("/v1/messages", BODY, token, Idempotency_Key="k1")

    assert (first["duplicate"], again["duplicate"]) == (False, True)
    same = ("conversation", "contact", "message", "number")
    assert [again[name] for name in same] == [first[name] for name in same]
    assert len(await office.get(f"/v1/conversations/{first['conversation']}/messages")) == 1


async def test_the_same_key_with_another_body_is_refused(office: Daemon) -> None:
    token = office.tokens.integration
    first = await office.post("/v1/messages", BODY, token, Idempotency_Key="k1")
    other = {**BODY, "text": "Something else"}

    answer = await office.call("POST", "/v1/messages", other, token=token, Idempotency_Key="k1")

    assert (answer.status, answer.code) == (422, "key_reused")
    assert len(await office.get(f"/v1/conversations/{first['conversation']}/messages")) == 1


async def test_concurrent_posts_of_one_key_are_one_message(office: Daemon) -> None:
    token = office.tokens.integration

    answers = await asyncio.gather(*(office.post("/v1/messages", BODY, token, Idempotency_Key="k1") for _ in range(20)))

    assert sorted(answer["duplicate"] for answer in answers) == [False] + [True] * 19
    assert len({(answer["conversation"], answer["number"]) for answer in answers}) == 1
    assert len(await office.get(f"/v1/conversations/{answers[0]['conversation']}/messages")) == 1


async def test_concurrent_first_messages_of_one_contact_open_one_conversation(office: Daemon) -> None:
    answers = await asyncio.gather(*(office.write(f"Message {n}") for n in range(20)))

    assert len({answer["conversation"] for answer in answers}) == 1
    assert sorted(answer["number"] for answer in answers) == list(range(1, 21))
    assert sum(answer["opened"] for answer in answers) == 1
