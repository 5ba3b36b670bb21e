"""Our addresses and what became of the messages that we bring to contacts."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from duetime.config.email_settings import Email, EmailEndpoint
from duetime.router.ids import ConversationId, EndpointId
from duetime.router.message import Channel, InboundMessage, Sender
from tests.service.http.api import Api, running_api

MAIL = EndpointId("mail")
EMAIL = Email(endpoints={"mail": EmailEndpoint(address="support@example.com", name="Support")})


@pytest.fixture
async def api(redis_url: str, workspace: str, tmp_path: Path) -> AsyncIterator[Api]:
    async with running_api(redis_url, workspace, tmp_path, email=EMAIL) as opened:
        yield opened


async def answered(api: Api) -> ConversationId:
    """A mail with an answer that waits to be sent."""
    sender = Sender("kim@example.org")
    mail = InboundMessage(channel=Channel.EMAIL, endpoint=MAIL, external_id="1", sender=sender, text="hello")
    taken = await api.parts.intake.receive(mail)
    answer = await api.post(f"/v1/conversations/{taken.conversation}/reply", {"text": "hi"}, api.supervisor)
    assert answer.status == 201
    return taken.conversation


async def given_up(api: Api, conversation: ConversationId) -> None:
    outbox, now = api.parts.store.outbox, api.parts.store.clock()
    (claim,), _ = await outbox.claim(now, MAIL, most=1, lease_ms=1000)
    assert claim.conversation == conversation
    await outbox.settle_failed(now, MAIL, claim, reason="There is no such mailbox.")


async def test_the_addresses_are_listed_with_what_they_have_to_do(api: Api) -> None:
    await answered(api)
    listed = (await api.call("GET", "/v1/endpoints", token=api.supervisor)).body
    (mail,) = [endpoint for endpoint in listed if endpoint["channel"] == "email"]
    assert (mail["address"], mail["sending"], mail["failed"], mail["mailboxes"]) == ("support@example.com", 1, 0, [])
    assert {endpoint["endpoint"] for endpoint in listed} == {"default", "web", "mail"}


async def test_how_far_the_messages_of_a_conversation_got(api: Api) -> None:
    conversation = await answered(api)
    path = f"/v1/conversations/{conversation}/deliveries"
    (found,) = (await api.call("GET", path, token=api.supervisor)).body
    assert (found["number"], found["delivery"]["state"]) == (2, "queued")
    assert (await api.call("GET", path, token=api.tom)).status == 404


async def test_what_failed_is_seen_and_sent_again(api: Api) -> None:
    conversation = await answered(api)
    again = f"/v1/conversations/{conversation}/messages/2/send-again"
    early = await api.post(again, {}, api.supervisor)
    assert (early.status, early.code) == (409, "conflict")
    await given_up(api, conversation)
    (failed,) = (await api.call("GET", "/v1/deliveries/failed?endpoint=mail", token=api.supervisor)).body
    assert (failed["conversation"], failed["delivery"]["reason"]) == (conversation, "There is no such mailbox.")
    assert (await api.post(again, {}, api.supervisor)).status == 204
    assert (await api.call("GET", "/v1/deliveries/failed", token=api.supervisor)).body == []


async def test_an_address_that_is_none_of_ours_is_named_in_the_refusal(api: Api) -> None:
    answer = await api.call("GET", "/v1/deliveries/failed?endpoint=nowhere", token=api.supervisor)
    assert (answer.status, answer.code) == (404, "not_found")
    assert "There is: mail" in answer.body["detail"]


async def test_figures_of_the_outbox_are_metrics(api: Api) -> None:
    await given_up(api, await answered(api))
    text = (await api.call("GET", "/metrics", token=api.admin)).raw.decode()
    assert 'duetime_failed_deliveries{endpoint="mail"} 1.0' in text
    assert 'duetime_outbox_conversations{endpoint="mail"} 0.0' in text
