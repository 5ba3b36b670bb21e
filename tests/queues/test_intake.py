"""A contact's message comes in: taken once, into the right conversation, whoever is there."""

import asyncio

import pytest

from duetime.queues.doctor import examine
from duetime.router.conversation import State
from duetime.router.errors import KeyReused, NotFound, TooLarge
from duetime.router.ids import ConversationId
from duetime.router.message import TEXT_LIMIT, Channel
from tests.world import World, supervisor


async def texts(world: World, conversation: ConversationId) -> list[str]:
    return [message.text for message in await world.desk.history(supervisor(), conversation)]


async def test_the_same_message_again_is_what_it_was_the_first_time(world: World) -> None:
    first = await world.write("hello", external_id="x")
    again = await world.write("hello", external_id="x")
    assert again.duplicate
    assert (again.conversation, again.message, again.number) == (first.conversation, first.message, first.number)
    assert await texts(world, first.conversation) == ["hello"]


async def test_the_same_message_sent_fifty_times_at_once_is_one_message(world: World) -> None:
    taken = await asyncio.gather(*(world.write("hello", external_id="x", who="kim") for _ in range(50)))
    assert sum(not one.duplicate for one in taken) == 1
    assert {one.message for one in taken if one.duplicate} == {one.message for one in taken if not one.duplicate}
    assert await texts(world, taken[0].conversation) == ["hello"]


async def test_an_id_that_came_with_another_body_is_refused(world: World) -> None:
    await world.write("hello", external_id="x")
    with pytest.raises(KeyReused):
        await world.write("something else", external_id="x")


async def test_quick_messages_of_one_contact_join_one_conversation(world: World) -> None:
    taken = await asyncio.gather(*(world.write(f"line {i}", who="kim") for i in range(20)))
    assert len({one.conversation for one in taken}) == 1
    assert sorted(one.number for one in taken) == list(range(1, 21))
    assert len(await texts(world, taken[0].conversation)) == 20


async def test_two_people_never_share_a_conversation(world: World) -> None:
    one, other = await world.write(who="kim"), await world.write(who="lee")
    assert one.conversation != other.conversation
    assert one.contact != other.contact


async def test_a_proven_address_joins_what_is_open_on_another_endpoint(world: World) -> None:
    first = await world.write(who="kim", endpoint="shop")
    joined = await world.write(who="kim", endpoint="help", verified=True)
    assert joined.conversation == first.conversation


async def test_an_unproven_address_opens_one_of_its_own_on_another_endpoint(world: World) -> None:
    first = await world.write(who="kim", endpoint="shop")
    other = await world.write(who="kim", endpoint="help")
    assert other.conversation != first.conversation


async def test_a_closed_conversation_opens_again_for_a_while(world: World) -> None:
    first = await world.write(who="kim")
    await world.desk.close(supervisor(), first.conversation)
    world.clock.advance(3600)
    assert (await world.write(who="kim")).conversation == first.conversation
    assert (await world.see(first.conversation)).state is State.WAITING


async def test_after_that_a_new_one_opens(world: World) -> None:
    first = await world.write(who="kim")
    await world.desk.close(supervisor(), first.conversation)
    world.clock.advance(3600.001)
    second = await world.write(who="kim")
    assert second.conversation != first.conversation
    assert second.opened


async def test_a_reference_to_one_closed_long_ago_opens_one_that_follows_it(world: World) -> None:
    first = await world.write(who="kim")
    await world.desk.close(supervisor(), first.conversation)
    world.clock.advance(4000)
    second = await world.write(who="kim", conversation=first.conversation)
    assert (await world.see(second.conversation)).follows == first.conversation
    assert (await world.see(first.conversation)).state is State.CLOSED


async def test_two_quick_references_to_one_closed_long_ago_open_one(world: World) -> None:
    first = await world.write(who="kim")
    await world.desk.close(supervisor(), first.conversation)
    world.clock.advance(4000)
    more = await asyncio.gather(*(world.write(who="kim", conversation=first.conversation) for _ in range(2)))
    assert len({one.conversation for one in more}) == 1


async def test_a_reference_to_somebody_elses_conversation_is_refused(world: World) -> None:
    kims = await world.write(who="kim")
    with pytest.raises(NotFound):
        await world.write("let me see", who="lee", conversation=kims.conversation)
    assert await texts(world, kims.conversation) == ["hello"]


async def test_a_reference_to_nothing_is_refused_and_leaves_nothing(world: World) -> None:
    with pytest.raises(NotFound):
        await world.write(who="kim", conversation="cv_00000000000000000000")
    assert await world.store.contacts.by_address("api", "kim") is None


async def test_nobody_there_refuses_no_message(world: World) -> None:
    taken = [await world.write(channel=channel) for channel in Channel]
    assert {(await world.see(one.conversation)).state for one in taken} == {State.WAITING}


async def test_what_nobody_can_answer_waits_all_the_same(world: World) -> None:
    """A combination of queue, channel and skills that never came before is put in the graph on the way."""
    await world.come("ben", "tom")
    taken = await world.write(language="de")
    found = await world.see(taken.conversation)
    assert (found.state, found.line) == (State.WAITING, "general/0/api/german:3")
    await world.come("ana")
    assert (await world.see(taken.conversation)).associate == "ana"


@pytest.mark.parametrize(
    ("details", "queue", "priority"),
    [
        ({}, "general", "normal"),
        ({"text": "my ROUTER is dead"}, "tech", "normal"),
        ({"attributes": {"plan": "gold"}}, "general", "urgent"),
        ({"text": "router", "attributes": {"plan": "gold"}}, "tech", "normal"),
    ],
)
async def test_the_first_rule_that_holds_decides(
    world: World, details: dict[str, object], queue: str, priority: str
) -> None:
    taken = await world.write(**details)  # type: ignore[arg-type]
    found = await world.see(taken.conversation)
    assert (found.queue, found.priority) == (queue, priority)


async def test_a_contact_who_writes_again_stays_with_their_associate(world: World) -> None:
    await world.come("ana", "ben")
    taken = await world.write(who="kim")
    had = (await world.accept(taken.conversation)).associate
    await world.write("one more thing", who="kim")
    found = await world.see(taken.conversation)
    assert (found.state, found.associate) == (State.ASSIGNED, had)


async def test_a_text_that_is_too_long_is_refused_and_leaves_nothing(world: World) -> None:
    with pytest.raises(TooLarge):
        await world.write("x" * (TEXT_LIMIT + 1), who="kim")
    assert await world.store.contacts.by_address("api", "kim") is None
    assert await examine(world.store) == []


@pytest.mark.parametrize("text", ["\x00", '"}\\', "{{{", "ünï 🦆", "' .. redis.call('FLUSHALL') .. '"])
async def test_any_text_comes_out_as_it_went_in(world: World, text: str) -> None:
    taken = await world.write(text, who=f"who {text}")
    assert await texts(world, taken.conversation) == [text]
