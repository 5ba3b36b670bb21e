"""Delivery sends what is queued, tries again what did not work, and gives up what never will."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import msgspec
import pytest

from duetime.queues.outbox import Delivery as Delivered
from duetime.router.ids import ConversationId, EndpointId
from duetime.router.message import Channel, DeliveryState, OutboundMessage
from duetime.service.delivery import Delivery, SendLater, SendRefused
from duetime.service.outgoing import Outgoing
from tests.clock import VirtualClock
from tests.queues.conftest import DOCUMENT
from tests.waiting import wait_until
from tests.world import World, open_world, supervisor

MAIL = EndpointId("mail")
RETRY_FOR_S = 3600


class Courier:
    """Stands for the server of the other side: does what it is told, and remembers what it got."""

    retry_for_s = RETRY_FOR_S
    gets_receipts = False

    def __init__(self) -> None:
        self.got: list[OutboundMessage] = []
        self.answers: list[Exception] = []

    async def send(self, message: OutboundMessage) -> str:
        if self.answers:
            raise self.answers.pop(0)
        self.got.append(message)
        return f"remote-{message.number}"


@pytest.fixture
async def world(redis_url: str, workspace: str, clock: VirtualClock) -> AsyncIterator[World]:
    async with open_world(redis_url, workspace, clock, DOCUMENT) as opened:
        yield opened


@pytest.fixture
def courier() -> Courier:
    return Courier()


@pytest.fixture
def delivery(world: World, courier: Courier) -> Delivery:
    made = Delivery(world.store, {MAIL: courier}, Outgoing(world.store, lambda: world.routing).of)
    world.feed.subscribe(made.on_events)
    return made


async def answered(world: World, *texts: str) -> ConversationId:
    mail = world.message("Where is my order?", who="kim@example.org", channel=Channel.EMAIL, endpoint=MAIL)
    taken = await world.intake.receive(msgspec.structs.replace(mail, reference="first@example.org"))
    for text in texts:
        await world.desk.reply(supervisor(), taken.conversation, text)
    return taken.conversation


async def state_of(world: World, conversation: ConversationId, number: int = 2) -> Delivered:
    return (await world.store.outbox.deliveries(conversation))[number]


async def pass_time(world: World, delivery: Delivery, seconds: float) -> None:
    """Everything that is due on the way is sent at its moment."""
    until = world.clock() + round(1000 * seconds)
    while (delay_s := await delivery.tick(MAIL)) == 0 or world.clock() + 1000 * delay_s <= until:
        world.clock.advance(delay_s)
    world.clock.now_ms = until


async def test_an_answer_is_sent_with_what_its_thread_needs(world: World, delivery: Delivery, courier: Courier) -> None:
    conversation = await answered(world, "It left today.")
    await pass_time(world, delivery, 1)
    (sent,) = courier.got
    assert (sent.conversation, sent.number, sent.to) == (conversation, 2, "kim@example.org")
    assert (sent.text, sent.references) == ("It left today.", ("first@example.org",))
    found = await state_of(world, conversation)
    assert (found.state, found.remote_id, found.attempts) == (DeliveryState.SENT, "remote-2", 1)


async def test_what_does_not_work_is_tried_again_with_growing_pauses(
    world: World, delivery: Delivery, courier: Courier
) -> None:
    courier.answers = [SendLater("busy") for _ in range(5)]
    conversation = await answered(world, "one", "two")
    pauses = []
    while not courier.got:
        delay_s = await delivery.tick(MAIL)
        pauses.append(delay_s)
        world.clock.advance(delay_s)
    waits = [pause for pause in pauses if pause > 0]
    assert len(waits) == 5
    assert waits == sorted(waits)
    await pass_time(world, delivery, 1)
    assert [message.text for message in courier.got] == ["one", "two"]
    assert (await state_of(world, conversation)).attempts == 6


async def test_what_is_refused_is_given_up_at_once_and_says_why(
    world: World, delivery: Delivery, courier: Courier
) -> None:
    courier.answers = [SendRefused("550 no such user")]
    conversation = await answered(world, "one", "two")
    await pass_time(world, delivery, 1)
    found = await state_of(world, conversation)
    assert (found.state, found.reason) == (DeliveryState.FAILED, "550 no such user")
    assert [message.text for message in courier.got] == ["two"]


async def test_what_never_works_is_given_up_in_the_end(world: World, delivery: Delivery, courier: Courier) -> None:
    courier.answers = [SendLater("busy") for _ in range(100)]
    conversation = await answered(world, "one")
    await pass_time(world, delivery, 2 * RETRY_FOR_S)
    found = await state_of(world, conversation)
    assert found.state is DeliveryState.FAILED
    assert found.reason == "Given up after many tries. busy"


async def test_that_it_may_have_arrived_twice_is_kept(world: World, delivery: Delivery, courier: Courier) -> None:
    courier.answers = [SendLater("lost", ambiguous=True)]
    conversation = await answered(world, "one")
    await pass_time(world, delivery, 60)
    found = await state_of(world, conversation)
    assert (found.state, found.ambiguous) == (DeliveryState.SENT, True)


async def test_what_must_wait_for_its_hour_is_not_tried_and_does_not_run_out_of_time(
    world: World, delivery: Delivery, courier: Courier
) -> None:
    morning = world.clock() + 10 * 3600 * 1000
    courier.answers = [SendLater("It is night there.", held_until=morning), SendLater("busy")]
    conversation = await answered(world, "one")
    await delivery.tick(MAIL)
    found = await state_of(world, conversation)
    assert (found.next_at, found.attempts, found.reason) == (morning, 0, "It is night there.")
    await pass_time(world, delivery, 10 * 3600 + 60)
    assert ((await state_of(world, conversation)).state, len(courier.got)) == (DeliveryState.SENT, 1)


async def test_who_asks_to_be_left_alone_is(world: World, delivery: Delivery, courier: Courier) -> None:
    courier.answers = [SendLater("throttled", after_s=600)]
    conversation = await answered(world, "one")
    now = world.clock()
    await delivery.tick(MAIL)
    assert (await state_of(world, conversation)).next_at == now + 600_000


async def test_a_fault_of_ours_is_tried_again_too(world: World, delivery: Delivery, courier: Courier) -> None:
    courier.answers = [KeyError("fault")]
    conversation = await answered(world, "one")
    await pass_time(world, delivery, 60)
    assert (await state_of(world, conversation)).state is DeliveryState.SENT


async def test_a_daemon_that_died_while_sending_leaves_it_to_the_next(
    world: World, delivery: Delivery, courier: Courier
) -> None:
    await answered(world, "one")
    await world.store.outbox.claim(world.clock(), MAIL, most=1, lease_ms=180_000)
    await pass_time(world, delivery, 179)
    assert courier.got == []
    await pass_time(world, delivery, 2)
    assert [message.text for message in courier.got] == ["one"]


async def test_the_journal_wakes_the_one_that_sends(world: World, delivery: Delivery, courier: Courier) -> None:
    await world.feed.start()
    tasks = [asyncio.create_task(world.feed.run()), asyncio.create_task(delivery.run())]
    try:
        await answered(world, "one")
        await wait_until(lambda: courier.got, 5, "the answer to be sent")
    finally:
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def test_a_message_that_is_gone_is_no_reason_to_stop(world: World, delivery: Delivery, courier: Courier) -> None:
    conversation = await answered(world, "one")
    await world.store.pipeline.call("DEL", f"{world.store.root}:messages:{conversation}")
    await pass_time(world, delivery, 1)
    assert (await state_of(world, conversation)).state is DeliveryState.FAILED
    assert isinstance((await world.store.outbox.failed(MAIL))[0][2], Delivered)


async def test_what_was_sent_before_is_part_of_the_thread(world: World, delivery: Delivery, courier: Courier) -> None:
    await answered(world, "one", "two")
    await pass_time(world, delivery, 1)
    assert courier.got[1].references == ("first@example.org", "remote-2")
