"""An SMS from a customer's phone to an associate's desk and back, by a provider that signs and misbehaves."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import redis

from tests.daemon import Daemon, daemon_here, daemon_process
from tests.journeys.conftest import ROUTING
from tests.journeys.desk import accept
from tests.service.sms.peer import PUBLIC, SID, TOKEN, Misbehaviour, Peer, TwilioCaller, running_peer
from tests.waiting import wait_until

MARIA, OURS = "+4915112345678", "+14155550100"
SETTINGS = f"""
[sms]
public_url = "{PUBLIC}"

[sms.endpoints.text]
number = "{OURS}"
messages_per_s = 100

[sms.endpoints.text.twilio]
account_sid = "{SID}"
auth_token = "{TOKEN}"
api_url = "{{url}}"
"""


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    async with running_peer() as running:
        yield running


def settings(peer: Peer, folder: Path) -> Path:
    path = folder / "settings.toml"
    path.write_text(SETTINGS.format(url=peer.url))
    return path


def twilio(daemon: Daemon) -> TwilioCaller:
    return TwilioCaller(daemon.session, daemon.url, "text", OURS)


async def the_conversation(daemon: Daemon) -> str:
    (found,) = (await daemon.get("/v1/conversations"))["conversations"]
    return str(found["id"])


async def delivery(daemon: Daemon, state: str) -> dict[str, Any]:
    """Of the one answer, once it got so far."""
    path = f"/v1/conversations/{await the_conversation(daemon)}/deliveries"

    async def look() -> dict[str, Any] | None:
        (found,) = await daemon.get(path)
        return found["delivery"] if found["delivery"]["state"] == state else None

    return await wait_until(look, 20, f"the answer to be {state}")


async def test_a_question_by_sms_is_answered_and_the_phone_says_so(
    peer: Peer, tmp_path: Path, redis_url: str, workspace: str
) -> None:
    path = settings(peer, tmp_path)
    async with daemon_here(tmp_path, ROUTING, settings=path, redis_url=redis_url, workspace=workspace) as daemon:
        ana = await daemon.desk("ana")
        assert await twilio(daemon).write("Where is my order?", MARIA) == 200
        conversation = await the_conversation(daemon)
        await accept(ana, conversation)
        await ana.do("reply", conversation=conversation, text="It comes tomorrow.")
        sent = await delivery(daemon, "sent")
        assert [(one["To"], one["Body"]) for one in peer.taken] == [(MARIA, "It comes tomorrow.")]
        assert await twilio(daemon).tell(sent["remote_id"], "delivered") == 200
        await delivery(daemon, "delivered")

        assert await twilio(daemon).write("Thank you!", MARIA) == 200
        assert (await daemon.see(conversation))["messages"] == 3
        assert daemon.examine() == "Everything agrees.\n"


async def test_who_opted_out_is_left_alone_by_the_desk_too(
    peer: Peer, tmp_path: Path, redis_url: str, workspace: str
) -> None:
    path = settings(peer, tmp_path)
    async with daemon_here(tmp_path, ROUTING, settings=path, redis_url=redis_url, workspace=workspace) as daemon:
        ana = await daemon.desk("ana")
        await twilio(daemon).write("Where is my order?", MARIA)
        conversation = await the_conversation(daemon)
        await accept(ana, conversation)
        assert await twilio(daemon).write("STOP", MARIA) == 200
        note = await ana.event("NoteAdded", conversation=conversation)
        assert note["data"]["message"]["text"].startswith("They wrote “STOP”")
        assert await ana.refusal("reply", conversation=conversation, text="It comes tomorrow.") == "opted_out"
        assert peer.calls == 0


async def test_a_daemon_that_died_after_the_provider_took_it_leaves_one_more_sending_and_says_so(
    peer: Peer, tmp_path: Path
) -> None:
    peer.misbehaves = Misbehaviour.SLOW
    async with daemon_process(tmp_path, ROUTING, settings=settings(peer, tmp_path)) as daemon:
        assert await twilio(daemon).write("Where is my order?", MARIA) == 200
        conversation = await the_conversation(daemon)
        reply = {"text": "It comes tomorrow."}
        await daemon.post(f"/v1/conversations/{conversation}/reply", reply)
        await wait_until(lambda: peer.taken, 20, "the provider to have it")
        daemon.kill()
        peer.misbehaves = Misbehaviour.NONE
        end_the_lease(daemon, conversation)
        await daemon.start()
        sent = await delivery(daemon, "sent")
        assert sent["ambiguous"]
        assert peer.texts == ["It comes tomorrow."] * 2
        assert daemon.examine() == "Everything agrees.\n"


def end_the_lease(daemon: Daemon, conversation: str) -> None:
    """What the dead daemon had claimed is due now, and not in three minutes: a lease ends at half a millisecond."""
    with redis.Redis.from_url(daemon.redis_url) as client:
        client.zadd("{main}:outbox:text", {conversation: 1000.5})
