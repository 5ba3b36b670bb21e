"""The outbox: what was written first leaves first, once, whoever sends it."""

from collections.abc import AsyncIterator

import pytest

from duetime.queues.doctor import examine
from duetime.queues.journal import START
from duetime.queues.outbox import Claim, Delivery
from duetime.router.errors import Conflict, NotFound
from duetime.router.events import EventType
from duetime.router.ids import ConversationId, EndpointId
from duetime.router.message import Channel, DeliveryState
from tests.world import World, supervisor

MAIL = EndpointId("mail")
LEASE_MS = 60_000


@pytest.fixture
async def mail(world: World) -> AsyncIterator[World]:
    """Whatever a test leaves behind, the doctor finds nothing."""
    yield world
    assert await examine(world.store) == []


async def answered(world: World, *texts: str) -> ConversationId:
    """A mail that got these answers."""
    taken = await world.write("hello", channel=Channel.EMAIL, endpoint=MAIL)
    for text in texts:
        await world.desk.reply(supervisor(), taken.conversation, text)
    return taken.conversation


async def claimed(world: World, most: int = 10) -> list[Claim]:
    return (await world.store.outbox.claim(world.clock(), MAIL, most=most, lease_ms=LEASE_MS))[0]


async def state_of(world: World, conversation: ConversationId) -> dict[int, Delivery]:
    return await world.store.outbox.deliveries(conversation)


async def test_an_answer_to_a_mail_is_queued_and_the_journal_says_so(mail: World) -> None:
    conversation = await answered(mail, "hi")
    assert {number: one.state for number, one in (await state_of(mail, conversation)).items()} == {2: "queued"}
    told = [event for event in await mail.store.journal.between(START) if event.type == EventType.DELIVERY_CHANGED]
    assert [(event.data["number"], event.data["delivery"]["state"]) for event in told] == [(2, "queued")]


async def test_an_answer_that_the_client_fetches_is_not_sent(mail: World) -> None:
    taken = await mail.write("hello")
    await mail.desk.reply(supervisor(), taken.conversation, "hi")
    assert await state_of(mail, taken.conversation) == {}


async def test_a_note_is_never_sent(mail: World) -> None:
    conversation = await answered(mail)
    await mail.desk.add_note(supervisor(), conversation, "angry, be nice")
    assert (await state_of(mail, conversation), await claimed(mail)) == ({}, [])


async def test_what_somebody_is_sending_nobody_else_sends_until_the_lease_is_over(mail: World) -> None:
    await answered(mail, "hi")
    (first,) = await claimed(mail)
    assert await claimed(mail) == []
    mail.clock.advance(LEASE_MS / 1000 + 1)
    (again,) = await claimed(mail)
    assert (again.conversation, again.number) == (first.conversation, first.number)
    assert (first.delivery.ambiguous, again.delivery.ambiguous) == (False, True)


async def test_a_conversation_sends_one_after_the_other_in_its_order(mail: World) -> None:
    conversation = await answered(mail, "one", "two", "three")
    sent = []
    while claims := await claimed(mail):
        (claim,) = claims
        sent.append(claim.number)
        await mail.store.outbox.settle_sent(mail.clock(), MAIL, claim, remote_id=f"r{claim.number}")
    assert sent == [2, 3, 4]
    assert [one.state for one in (await state_of(mail, conversation)).values()] == ["sent"] * 3
    assert (await state_of(mail, conversation))[3].remote_id == "r3"


async def test_a_later_message_waits_for_the_one_that_is_tried_again(mail: World) -> None:
    conversation = await answered(mail, "one", "two")
    (claim,) = await claimed(mail)
    await mail.store.outbox.settle_retry(mail.clock(), MAIL, claim, at=mail.clock() + 5000, reason="busy")
    _, following = await mail.store.outbox.claim(mail.clock(), MAIL, most=10, lease_ms=LEASE_MS)
    assert following == mail.clock() + 5000
    mail.clock.advance(5)
    (again,) = await claimed(mail)
    assert (again.number, again.delivery.attempts, again.delivery.reason) == (2, 1, "busy")
    await mail.store.outbox.settle_sent(mail.clock(), MAIL, again)
    assert [claim.number for claim in await claimed(mail)] == [3]
    assert (await state_of(mail, conversation))[2].attempts == 2


async def test_what_was_given_up_is_seen_and_holds_up_nothing(mail: World) -> None:
    conversation = await answered(mail, "one", "two")
    (claim,) = await claimed(mail)
    await mail.store.outbox.settle_failed(mail.clock(), MAIL, claim, reason="There is no such mailbox.")
    ((name, number, delivery),) = await mail.store.outbox.failed(MAIL)
    assert (name, number, delivery.reason) == (conversation, 2, "There is no such mailbox.")
    assert [claim.number for claim in await claimed(mail)] == [3]
    assert await mail.store.outbox.sizes(MAIL) == (1, 1)


async def test_a_person_sends_again_what_was_given_up(mail: World) -> None:
    conversation = await answered(mail, "one")
    (claim,) = await claimed(mail)
    await mail.store.outbox.settle_failed(mail.clock(), MAIL, claim, reason="full")
    await mail.store.outbox.resend(mail.clock(), conversation, 2)
    (again,) = await claimed(mail)
    await mail.store.outbox.settle_sent(mail.clock(), MAIL, again)
    assert (await state_of(mail, conversation))[2].state is DeliveryState.SENT
    assert await mail.store.outbox.sizes(MAIL) == (0, 0)
    with pytest.raises(Conflict):
        await mail.store.outbox.resend(mail.clock(), conversation, 2)
    with pytest.raises(NotFound):
        await mail.store.outbox.resend(mail.clock(), conversation, 1)


async def test_who_settles_after_somebody_else_did_changes_nothing(mail: World) -> None:
    conversation = await answered(mail, "one")
    (claim,) = await claimed(mail)
    await mail.store.outbox.settle_sent(mail.clock(), MAIL, claim, remote_id="first")
    await mail.store.outbox.settle_failed(mail.clock(), MAIL, claim, reason="late")
    found = (await state_of(mail, conversation))[2]
    assert (found.state, found.remote_id) == (DeliveryState.SENT, "first")


@pytest.mark.parametrize(
    ("reports", "end"),
    [
        (["delivered", "read"], "read"),
        (["read", "delivered"], "read"),
        (["failed"], "failed"),
        (["failed", "delivered"], "delivered"),
        (["delivered", "failed"], "delivered"),
        (["read", "failed"], "read"),
    ],
)
async def test_a_report_never_goes_back(mail: World, reports: list[str], end: str) -> None:
    conversation = await answered(mail, "one")
    (claim,) = await claimed(mail)
    await mail.store.outbox.settle_sent(mail.clock(), MAIL, claim)
    for state in reports:
        await mail.store.outbox.report(mail.clock(), conversation, 2, DeliveryState(state), reason="told")
    assert (await state_of(mail, conversation))[2].state == end
    assert (await mail.store.outbox.sizes(MAIL))[1] == (1 if end == "failed" else 0)


async def test_what_has_arrived_is_not_sent_again_although_that_was_not_known(mail: World) -> None:
    conversation = await answered(mail, "one", "two")
    (claim,) = await claimed(mail)
    at = mail.clock() + 60_000
    await mail.store.outbox.settle_retry(mail.clock(), MAIL, claim, at=at, reason="lost", ambiguous=True)
    await mail.store.outbox.report(mail.clock(), conversation, 2, DeliveryState.FAILED, reason="early")
    await mail.store.outbox.report(mail.clock(), conversation, 2, DeliveryState.DELIVERED)
    assert [claim.number for claim in await claimed(mail)] == [3]
    found = (await state_of(mail, conversation))[2]
    assert (found.state, found.ambiguous) == (DeliveryState.DELIVERED, True)


async def test_a_report_of_what_was_never_sent_is_refused(mail: World) -> None:
    conversation = await answered(mail)
    with pytest.raises(NotFound):
        await mail.store.outbox.report(mail.clock(), conversation, 1, DeliveryState.DELIVERED)
