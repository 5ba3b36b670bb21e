"""Receipts find their message by the provider's name for it, whenever they come."""

from collections.abc import AsyncIterator

import pytest

from duetime.queues.doctor import examine
from duetime.queues.journal import START
from duetime.queues.outbox import Claim, Delivery
from duetime.router.events import EventType
from duetime.router.ids import ConversationId, EndpointId
from duetime.router.message import Channel, DeliveryState
from tests.world import World, supervisor

TEXT = EndpointId("text")
DELIVERED, FAILED, READ, SENT = DeliveryState.DELIVERED, DeliveryState.FAILED, DeliveryState.READ, DeliveryState.SENT


@pytest.fixture
async def sms(world: World) -> AsyncIterator[World]:
    """Whatever a test leaves behind, the doctor finds nothing."""
    yield world
    assert await examine(world.store) == []


async def answered(world: World, *texts: str) -> ConversationId:
    taken = await world.write("hello", channel=Channel.SMS, endpoint=TEXT)
    for text in texts:
        await world.desk.reply(supervisor(), taken.conversation, text)
    return taken.conversation


async def claimed(world: World) -> Claim:
    (claim,), _ = await world.store.outbox.claim(world.clock(), TEXT, most=1, lease_ms=60_000)
    return claim


async def settle(world: World, claim: Claim, remote_id: str = "SM1") -> None:
    await world.store.outbox.settle_sent(world.clock(), TEXT, claim, remote_id=remote_id, receipts=True)


async def receipt(
    world: World, state: DeliveryState, remote_id: str = "SM1", *, endpoint: EndpointId = TEXT, reason: str = "",
    ours: tuple[ConversationId, int] | None = None,
) -> tuple[ConversationId, int] | None:  # fmt: skip
    return await world.store.outbox.take_receipt(world.clock(), endpoint, remote_id, state, reason=reason, ours=ours)


async def state_of(world: World, conversation: ConversationId, number: int = 2) -> Delivery:
    return (await world.store.outbox.deliveries(conversation))[number]


async def test_a_receipt_finds_the_message_that_its_provider_calls_so(sms: World) -> None:
    conversation = await answered(sms, "hi")
    await settle(sms, await claimed(sms))
    assert await receipt(sms, DELIVERED) == (conversation, 2)
    assert (await state_of(sms, conversation)).state is DELIVERED


async def test_a_receipt_that_comes_twice_changes_nothing(sms: World) -> None:
    await answered(sms, "hi")
    await settle(sms, await claimed(sms))
    for _ in range(2):
        await receipt(sms, DELIVERED)
    told = [event for event in await sms.store.journal.between(START) if event.type == EventType.DELIVERY_CHANGED]
    assert [event.data["delivery"]["state"] for event in told] == ["queued", "sent", "delivered"]


@pytest.mark.parametrize(
    ("states", "end"),
    [
        ([DELIVERED, SENT], DELIVERED),
        ([SENT, DELIVERED], DELIVERED),
        ([READ, DELIVERED], READ),
        ([FAILED, SENT], FAILED),
        ([FAILED, DELIVERED], DELIVERED),
    ],
)
async def test_receipts_that_come_before_our_call_returned_are_applied_with_it(
    sms: World, states: list[DeliveryState], end: DeliveryState
) -> None:
    conversation = await answered(sms, "hi")
    claim = await claimed(sms)
    for state in states:
        assert await receipt(sms, state, reason="told early") is None
    await settle(sms, claim)
    assert (await state_of(sms, conversation)).state is end


async def test_an_early_failure_is_seen_with_its_reason(sms: World) -> None:
    await answered(sms, "hi")
    claim = await claimed(sms)
    await receipt(sms, FAILED, reason="The number\nis not in use.")
    await settle(sms, claim)
    ((_, _, failed),) = await sms.store.outbox.failed(TEXT)
    assert failed.reason == "The number\nis not in use."


async def test_a_receipt_with_our_name_needs_no_other(sms: World) -> None:
    conversation = await answered(sms, "one", "two")
    await claimed(sms)  # the answer to this call never comes
    await receipt(sms, DELIVERED, "unheard of", ours=(conversation, 2))
    assert (await state_of(sms, conversation)).state is DELIVERED
    assert (await claimed(sms)).number == 3


async def test_an_early_failure_with_our_name_waits_for_the_answer_to_our_call(sms: World) -> None:
    conversation = await answered(sms, "one")
    claim = await claimed(sms)
    assert await receipt(sms, FAILED, ours=(conversation, 2), reason="blocked") is None
    assert (await state_of(sms, conversation)).state == "queued"
    await settle(sms, claim)
    found = await state_of(sms, conversation)
    assert (found.state, found.reason) == (FAILED, "blocked")


async def test_what_was_settled_by_its_receipt_is_known_by_its_name_all_the_same(sms: World) -> None:
    conversation = await answered(sms, "one")
    claim = await claimed(sms)
    await receipt(sms, DELIVERED, ours=(conversation, 2))
    await settle(sms, claim)
    assert await receipt(sms, READ) == (conversation, 2)
    assert (await state_of(sms, conversation)).state is READ


async def test_a_receipt_of_another_number_of_ours_touches_nothing(sms: World) -> None:
    conversation = await answered(sms, "one")
    await settle(sms, await claimed(sms))
    other = EndpointId("other")
    assert await receipt(sms, DELIVERED, endpoint=other) is None
    assert await receipt(sms, DELIVERED, endpoint=other, ours=(conversation, 2)) is None
    assert (await state_of(sms, conversation)).state is SENT


async def test_a_message_that_nobody_has_changes_nothing(sms: World) -> None:
    unknown = ConversationId("cv_00000000000000000000")
    assert await receipt(sms, DELIVERED, ours=(unknown, 2)) is None
