"""A round trip through a real gateway: Kannel, with its test SMSC for a network."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from duetime.config.sms_gateway import GatewayInbound, GatewayReceipts, GatewayVerify, HttpGateway
from duetime.config.sms_settings import Sms, SmsEndpoint
from duetime.queues.doctor import examine
from duetime.queues.outbox import Delivery
from duetime.queues.records import Conversation
from duetime.router.message import DeliveryState
from tests.service.http.api import Api, running_api
from tests.service.sms.kannel import KEY, PASSWORD, USER, Between, Kannel
from tests.waiting import wait_until

KIM, OURS = "+4915112345678", "+441632960000"


class Trip:
    def __init__(self, api: Api, kannel: Kannel, between: Between) -> None:
        self.api = api
        self.kannel = kannel
        self.between = between

    async def conversation(self) -> Conversation:
        async def first() -> Conversation | None:
            page = await self.api.parts.store.views.conversations()
            return page.conversations[0] if page.conversations else None

        return await wait_until(first, 20, "a conversation")

    async def reply(self, text: str) -> None:
        found = await self.conversation()
        answer = await self.api.post(f"/v1/conversations/{found.id}/reply", {"text": text}, self.api.supervisor)
        assert answer.status == 201

    async def delivered(self) -> Delivery:
        found = await self.conversation()

        async def look() -> Delivery | None:
            delivery = (await self.api.parts.store.outbox.deliveries(found.id))[2]
            return delivery if delivery.state is DeliveryState.DELIVERED else None

        return await wait_until(look, 20, "the answer to be delivered")


def gateway(kannel: Kannel) -> HttpGateway:
    """As the example of the settings has it."""
    fields = {
        "username": "{user}", "password": "{password}", "from": "{from}", "to": "{to}", "text": "{text}",
        "charset": "utf-8", "coding": "{coding}", "dlr-mask": "31",
        "dlr-url": "{status_url}?key={secret}&id={id}&status=%d",
    }  # fmt: skip
    return HttpGateway(
        url=kannel.sendsms,
        method="GET",
        fields=fields,
        user=USER,
        password=PASSWORD,
        sent_prefixes=("0:", "3:"),
        inbound=GatewayInbound(),
        receipts=GatewayReceipts(sent=("8",), delivered=("1",), failed=("2", "16")),
        verify=GatewayVerify(secret=KEY, networks=("127.0.0.0/8",)),
    )


@asynccontextmanager
async def open_trip(redis_url: str, workspace: str, folder: Path) -> AsyncIterator[Trip]:
    between = Between()
    await between.start()
    kannel = Kannel(folder, f"{between.url}/channels/sms/gateway/inbound")
    try:
        await kannel.start()
        endpoint = SmsEndpoint(number=OURS, messages_per_s=100, http=gateway(kannel))
        sms = Sms(endpoints={"gateway": endpoint}, public_url=between.url)
        async with running_api(redis_url, workspace, folder, sms=sms) as api:
            between.target = api.url
            yield Trip(api, kannel, between)
            assert await examine(api.parts.store) == []
    finally:
        kannel.stop()
        await between.stop()


@pytest.fixture
async def trip(redis_url: str, workspace: str, tmp_path: Path) -> AsyncIterator[Trip]:
    async with open_trip(redis_url, workspace, tmp_path) as opened:
        yield opened


async def test_a_message_that_met_503_comes_again_and_is_one(trip: Trip) -> None:
    trip.between.refuses = 2
    await trip.kannel.network(f"{KIM} {OURS} Where is my örder? 10 €")
    found = await trip.conversation()
    (message,) = await trip.api.parts.store.views.messages(found.id)
    assert (found.address, message.text) == (KIM, "Where is my örder? 10 €")
    assert (trip.between.refused, trip.between.passed) == (
        [message.external_id] * 2,
        [("inbound", message.external_id)],
    )


@pytest.mark.parametrize("turned_round", [False, True])
async def test_an_answer_arrives_and_its_receipts_in_any_order_say_so(trip: Trip, turned_round: bool) -> None:
    trip.between.turns_receipts_round = turned_round
    await trip.kannel.network(f"{KIM} {OURS} hello")
    await trip.reply("It left today, for 10 €.")
    delivery = await trip.delivered()
    await wait_until(lambda: len(trip.between.passed) == 3, 20, "both receipts")
    assert [state for kind, state in trip.between.passed if kind == "status"] == (
        ["1", "8"] if turned_round else ["8", "1"]
    )
    assert (await trip.delivered()).attempts <= 1
    assert not delivery.ambiguous
    (got,) = trip.kannel.got
    assert got.startswith(f"{OURS} {KIM} text It left today")


async def test_an_answer_of_several_parts_arrives_in_as_many(trip: Trip) -> None:
    await trip.kannel.network(f"{KIM} {OURS} hello")
    await trip.reply("Long. " * 60)
    await wait_until(lambda: len(trip.kannel.got) == 3, 20, "three parts")
    await trip.delivered()


async def test_somebody_who_does_not_know_the_secret_is_refused(trip: Trip) -> None:
    path = f"/channels/sms/gateway/inbound?key=wrong&id=1&from=%2B{KIM[1:]}&to=1&text=hello"
    assert (await trip.api.call("GET", path)).status == 401
    assert (await trip.api.parts.store.views.conversations()).conversations == []
