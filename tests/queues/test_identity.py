"""Who a chat visitor is, once their site has proven it, and what becomes of what they wrote before."""

import pytest
from msgspec.structs import replace

from duetime.router.errors import NotFound
from duetime.router.ids import ContactId, ConversationId, SessionId, make_id
from duetime.router.message import Channel
from tests.world import World

SESSION = SessionId("se_0000000000000000000a")
OTHER = SessionId("se_0000000000000000000b")


async def identify(world: World, session: SessionId = SESSION, user: str = "web/kim", *mails: str) -> ContactId:
    fresh = ContactId(make_id("ct", world.clock(), hash((session, user)) & 0xFFFF))
    addresses = [(Channel.EMAIL, mail) for mail in mails]
    return await world.store.contacts.identify(world.clock(), fresh, session, user, addresses, "Kim")


async def say(world: World, session: SessionId = SESSION, *, verified: bool = True) -> tuple[ContactId, ConversationId]:
    taken = await world.write(who=session, channel=Channel.CHAT, endpoint="web", verified=verified)
    return taken.contact, taken.conversation


async def test_a_visitor_without_a_past_is_a_new_contact_with_what_is_proven(world: World) -> None:
    contact = await world.store.contacts.get(await identify(world, SESSION, "web/kim", "kim@example.org"))
    assert contact.name == "Kim"
    assert sorted(contact.addresses) == ["chat:@web/kim", f"chat:{SESSION}", "email:kim@example.org"]
    assert sorted(contact.proven) == sorted(contact.addresses)
    assert (await say(world))[0] == contact.id


async def test_what_they_wrote_before_is_theirs(world: World) -> None:
    _, before = await say(world, verified=False)
    contact = await identify(world)
    assert (await world.see(before)).contact == contact
    assert (await say(world))[1] == before


async def test_they_are_the_same_person_in_another_browser(world: World) -> None:
    first = await identify(world)
    _, conversation = await say(world)
    assert await identify(world, OTHER) == first
    assert await say(world, OTHER) == (first, conversation)


async def test_a_chat_joins_what_they_wrote_by_mail(world: World) -> None:
    mail = await world.write(who="kim@example.org", channel=Channel.EMAIL, endpoint="mail", verified=True)
    assert await identify(world, SESSION, "web/kim", "kim@example.org") == mail.contact
    assert await say(world) == (mail.contact, mail.conversation)
    found = await world.see(mail.conversation)
    assert found.destination.channel is Channel.CHAT, "they wrote there last"
    assert found.chats == {SESSION: 1}


async def test_an_anonymous_chat_becomes_theirs_with_its_contact(world: World) -> None:
    mail = await world.write(who="kim@example.org", channel=Channel.EMAIL, endpoint="mail", verified=True)
    anonymous, chat = await say(world, verified=False)
    assert await identify(world, SESSION, "web/kim", "kim@example.org") == mail.contact
    assert (await world.see(chat)).contact == mail.contact
    assert (await world.store.contacts.get(anonymous)).merged_into == mail.contact


async def test_an_address_of_somebody_else_is_not_taken(world: World) -> None:
    owner = await identify(world, OTHER, "web/boss", "team@example.org")
    kim = await identify(world, SESSION, "web/kim", "kim@example.org")
    assert await identify(world, SESSION, "web/kim", "team@example.org") == kim != owner
    known = await world.store.contacts.by_address("email", "team@example.org")
    assert known is not None
    assert known.id == owner


async def test_a_doubted_mail_address_proves_nothing_and_is_not_joined(world: World) -> None:
    contact = await identify(world, SESSION, "web/kim", "kim@example.org")
    plain = world.message(who="kim@example.org", channel=Channel.EMAIL, endpoint="mail")
    doubted = replace(plain, sender=replace(plain.sender, doubted=True))
    assert (await world.intake.receive(doubted)).contact != contact


async def test_a_session_that_was_somebody_s_is_nobody_else_s(world: World) -> None:
    await identify(world)
    with pytest.raises(NotFound):
        await identify(world, SESSION, "web/lea")


async def test_identified_again_changes_nothing(world: World) -> None:
    first = await world.store.contacts.get(await identify(world))
    again = await world.store.contacts.get(await identify(world))
    assert again == first


async def test_several_addresses_at_once_and_without_a_name(world: World) -> None:
    fresh = ContactId("ct_0000000000000000000z")
    proven = [(Channel.EMAIL, "lea@example.org"), (Channel.SMS, "+4930123456")]
    contact = await world.store.contacts.identify(world.clock(), fresh, SESSION, "web/lea", proven, None)
    assert contact == fresh
    await say(world)
    text = await world.write(who="+4930123456", channel=Channel.SMS, endpoint="texts", verified=True)
    assert text.contact == fresh
    assert not text.opened
