"""Conversations of one person are merged by hand, and split again with everything as it was."""

import pytest

from duetime.queues.doctor import examine
from duetime.queues.journal import START
from duetime.queues.records import Accepted
from duetime.router.conversation import State
from duetime.router.errors import Conflict, Invalid, NotFound
from duetime.router.events import EventType
from duetime.router.ids import ConversationId
from duetime.router.message import Channel
from tests.world import World, associate, supervisor


async def chat_and_text(world: World) -> tuple[Accepted, Accepted]:
    """A visitor's chat that Ana has, and a text message of the same person that nobody has yet."""
    await world.come("ana")
    chat = await world.write("hello", who="se_kim", channel=Channel.CHAT, endpoint="web")
    await world.accept(chat.conversation)
    await world.desk.reply(associate("ana"), chat.conversation, "Hello Kim")
    await world.pass_time(1)
    text = await world.write("it's me", who="+4930123456", channel=Channel.SMS, endpoint="texts", verified=True)
    await world.pass_time(1)
    return chat, text


async def merge(world: World, chat: Accepted, text: Accepted) -> None:
    await world.desk.merge(supervisor(), chat.conversation, text.conversation)


async def test_one_stands_for_both(world: World) -> None:
    chat, text = await chat_and_text(world)
    await merge(world, chat, text)
    found, other = await world.see(chat.conversation), await world.see(text.conversation)
    assert found.merged == [text.conversation]
    assert (other.state, other.merged_into) == (State.CLOSED, chat.conversation)
    assert (found.contact, other.contact) == (chat.contact, chat.contact)
    assert found.destination.address == "+4930123456", "they wrote there last"
    assert not found.answered, "their text is owed an answer"
    assert found.due_next is not None
    assert await examine(world.store) == []


async def test_what_the_contact_writes_from_either_side_goes_to_the_one(world: World) -> None:
    chat, text = await chat_and_text(world)
    await merge(world, chat, text)
    by_text = await world.write("and then", who="+4930123456", channel=Channel.SMS, endpoint="texts", verified=True)
    by_chat = await world.write("here too", who="se_kim", channel=Channel.CHAT, endpoint="web")
    named = await world.write(
        "as I said", who="+4930123456", channel=Channel.SMS, endpoint="texts", conversation=text.conversation
    )
    assert {one.conversation for one in (by_text, by_chat, named)} == {chat.conversation}
    assert {one.contact for one in (by_text, by_chat, named)} == {chat.contact}


async def test_one_that_rests_is_taken_up_when_it_owes_an_answer_now(world: World) -> None:
    chat, text = await chat_and_text(world)
    await world.desk.park(associate("ana"), chat.conversation)
    await merge(world, chat, text)
    found = await world.see(chat.conversation)
    assert found.state is not State.PARKED
    assert await examine(world.store) == []


async def test_split_again_everything_is_as_it_was(world: World) -> None:
    chat, text = await chat_and_text(world)
    before, texted = await world.see(chat.conversation), await world.see(text.conversation)
    await merge(world, chat, text)
    await world.desk.split(supervisor(), chat.conversation, text.conversation)
    found, other = await world.see(chat.conversation), await world.see(text.conversation)
    assert (found.merged, found.destination) == ([], before.destination)
    assert other.merged_into is None
    assert (found.contact, other.contact) == (chat.contact, text.contact)
    assert (other.due_first, other.due_at) == (texted.due_first, texted.due_at)
    assert other.state in (State.WAITING, State.OFFERED, State.ASSIGNED)
    again = await world.write("hm", who="+4930123456", channel=Channel.SMS, endpoint="texts", verified=True)
    assert (again.conversation, again.contact) == (text.conversation, text.contact)
    back = await world.write("hm", who="se_kim", channel=Channel.CHAT, endpoint="web")
    assert (back.conversation, back.contact) == (chat.conversation, chat.contact)
    assert await examine(world.store) == []


async def test_one_that_was_answered_rests_after_the_split(world: World) -> None:
    chat, text = await chat_and_text(world)
    await merge(world, text, chat)
    assert (await world.see(chat.conversation)).state is State.CLOSED
    await world.desk.split(supervisor(), text.conversation, chat.conversation)
    found = await world.see(chat.conversation)
    assert (found.state, found.last_associate) == (State.PARKED, "ana")
    assert await examine(world.store) == []


async def test_a_closed_one_is_merged_and_stays_closed(world: World) -> None:
    chat, text = await chat_and_text(world)
    await world.desk.close(supervisor(), text.conversation)
    await merge(world, chat, text)
    assert (await world.see(chat.conversation)).answered, "nothing is owed"
    await world.desk.split(supervisor(), chat.conversation, text.conversation)
    assert (await world.see(text.conversation)).state is State.CLOSED
    assert await examine(world.store) == []


async def test_conversations_that_came_since_go_with_the_contact_whose_address_they_came_from(world: World) -> None:
    chat, text = await chat_and_text(world)
    await merge(world, chat, text)
    await world.desk.close(supervisor(), chat.conversation)
    await world.pass_time(200_000)
    later = await world.write("new matter", who="+4930123456", channel=Channel.SMS, endpoint="texts", verified=True)
    assert (later.opened, later.contact) == (True, chat.contact)
    await world.desk.split(supervisor(), chat.conversation, text.conversation)
    assert (await world.see(later.conversation)).contact == text.contact
    contact = await world.store.contacts.get(text.contact)
    assert (contact.addresses, contact.merged_into) == (["sms:+4930123456"], None)


async def test_the_journal_tells_of_both(world: World) -> None:
    chat, text = await chat_and_text(world)
    await merge(world, chat, text)
    await world.desk.split(supervisor(), chat.conversation, text.conversation)
    told = [event.type for event in await world.store.journal.between(START)]
    wanted = ("ContactsMerged", "ConversationMerged", "ContactsParted", "ConversationSplit")
    assert [kind for kind in told if kind in wanted] == list(wanted)
    assert EventType.CONVERSATION_REOPENED in told


async def test_what_cannot_be_merged_is_refused(world: World) -> None:
    chat, text = await chat_and_text(world)
    third = await world.write("third", who="third")
    with pytest.raises(Invalid, match="itself"):
        await world.desk.merge(supervisor(), chat.conversation, chat.conversation)
    with pytest.raises(NotFound):
        await world.desk.merge(supervisor(), chat.conversation, ConversationId("cv_00000000000000000000"))
    with pytest.raises(NotFound, match="merged into this one"):
        await world.desk.split(supervisor(), chat.conversation, text.conversation)
    await merge(world, chat, text)
    with pytest.raises(Conflict, match="merged into another"):
        await world.desk.merge(supervisor(), third.conversation, text.conversation)
    with pytest.raises(Conflict, match="answer there"):
        await world.desk.reply(supervisor(), text.conversation, "hello?")


async def test_a_chain_is_undone_from_its_end(world: World) -> None:
    chat, text = await chat_and_text(world)
    third = await world.write("third", who="third")
    await merge(world, chat, text)
    await world.desk.merge(supervisor(), third.conversation, chat.conversation)
    on = await world.write("on", who="+4930123456", channel=Channel.SMS, endpoint="texts", verified=True)
    assert on.conversation == third.conversation
    with pytest.raises(Conflict, match="or split them"):
        await world.desk.split(supervisor(), chat.conversation, text.conversation)
    await world.desk.split(supervisor(), third.conversation, chat.conversation)
    await world.desk.split(supervisor(), chat.conversation, text.conversation)
    contacts = [(await world.see(one.conversation)).contact for one in (chat, text, third)]
    assert contacts == [chat.contact, text.contact, third.contact]
    assert await examine(world.store) == []


async def test_an_associate_merges_only_what_they_may_see(world: World) -> None:
    chat, text = await chat_and_text(world)
    await world.come("tom")
    with pytest.raises(NotFound):
        await world.desk.merge(associate("tom"), chat.conversation, text.conversation)
    await world.desk.merge(associate("ana"), chat.conversation, text.conversation)
    other = await world.desk.view(associate("ana"), text.conversation)
    assert other.merged_into == chat.conversation, "what was merged stays readable"
    with pytest.raises(NotFound):
        await world.desk.view(associate("tom"), text.conversation)


async def test_the_journal_says_when_the_contact_goes_on_elsewhere(world: World) -> None:
    chat, text = await chat_and_text(world)
    await merge(world, chat, text)
    await world.write("here", who="se_kim", channel=Channel.CHAT, endpoint="web")
    await world.write("again", who="se_kim", channel=Channel.CHAT, endpoint="web")
    told = [
        event.data.get("moved_to")
        for event in await world.store.journal.between(START)
        if event.type == EventType.MESSAGE_RECEIVED and event.conversation == chat.conversation
    ]
    assert told == [None, {"channel": "chat", "endpoint": "web", "address": "se_kim"}, None]
