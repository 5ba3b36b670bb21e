"""An erased conversation is gone: every key, every event, every file; and it does not come back."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from duetime.queues.doctor import examine
from duetime.queues.journal import START
from duetime.router.errors import Conflict, Forbidden, NotFound, NotReady
from duetime.router.events import EventType
from duetime.router.ids import ConversationId, EndpointId
from duetime.router.message import Channel
from duetime.service.attachments import SentFile, sent_folder
from tests.queues.picture import take_picture
from tests.world import World, admin, associate, supervisor

MAIL = EndpointId("mail")


@pytest.fixture
async def mail(world: World) -> AsyncIterator[World]:
    """Whatever a test leaves behind, the doctor finds nothing."""
    yield world
    assert await examine(world.store) == []


async def closed(world: World, who: str = "kim", **details: Any) -> ConversationId:
    """A conversation that is over."""
    opened = await world.write("hello", who=who, **details)
    await world.desk.close(supervisor(), opened.conversation)
    return opened.conversation


async def mentions(world: World, conversation: ConversationId) -> list[str]:
    """Where the id still stands, beside what remembers the ids of messages."""
    picture = await take_picture(world.store)
    told = [msgspec.to_builtins(event) for event in picture.events if event.type != EventType.CONVERSATION_ERASED]
    values = {name: picture.get(name) for name in picture.types} | {"journal": told}
    return sorted(
        name
        for name, value in values.items()
        if not name.startswith("seen:") and (conversation in name or conversation in str(value))
    )


async def test_nothing_of_a_conversation_is_left(mail: World) -> None:
    stays = await closed(mail, "lee", channel=Channel.EMAIL, endpoint=MAIL)
    await mail.come("ana", "tom")
    opened = await mail.write("hello", who="kim", channel=Channel.EMAIL, endpoint=MAIL)
    for text in ("one", "two", "three"):
        await mail.desk.reply(supervisor(), opened.conversation, text, client_id=text)
    (claim,), _ = await mail.store.outbox.claim(mail.clock(), MAIL, most=1, lease_ms=1000)
    await mail.store.outbox.settle_failed(mail.clock(), MAIL, claim, reason="no")
    await mail.desk.add_note(supervisor(), opened.conversation, "angry")
    await mail.desk.close(supervisor(), opened.conversation)
    await mail.desk.erase(admin(), opened.conversation)
    assert await mentions(mail, opened.conversation) == []
    assert await mail.store.outbox.sizes(MAIL) == (0, 0)
    with pytest.raises(NotFound):
        await mail.see(opened.conversation)
    assert (await mail.see(stays)).id == stays
    assert await mentions(mail, stays) != []


async def test_the_journal_tells_that_it_was_erased_and_by_whom(mail: World) -> None:
    await mail.come("ana")
    opened = await mail.write("hello")
    held = await mail.accept(opened.conversation)
    await mail.desk.close(supervisor(), held.id)
    await mail.desk.erase(admin(), held.id)
    (told,) = [event for event in await mail.store.journal.between(START) if event.conversation == held.id]
    assert (told.type, told.associate, told.contact, told.data) == (
        "ConversationErased",
        held.associate,
        held.contact,
        {"by": "admin"},
    )


async def test_one_that_is_open_is_not_erased(mail: World) -> None:
    opened = await mail.write("hello")
    before = await mail.see(opened.conversation)
    with pytest.raises(Conflict, match="close it first"):
        await mail.desk.erase(admin(), opened.conversation)
    assert await mail.see(opened.conversation) == before


async def test_only_admins_erase(mail: World) -> None:
    conversation = await closed(mail)
    for actor in (supervisor(), associate("ana")):
        with pytest.raises(Forbidden):
            await mail.desk.erase(actor, conversation)
    assert (await mail.see(conversation)).messages == 1


async def test_the_contact_who_writes_again_opens_another_one(mail: World) -> None:
    conversation = await closed(mail)
    contact = (await mail.see(conversation)).contact
    await mail.desk.erase(admin(), conversation)
    again = await mail.write("it is me", who="kim")
    assert (again.opened, again.contact) == (True, contact)
    with pytest.raises(NotFound):
        await mail.write("it is me", who="kim", conversation=conversation)


async def test_a_message_of_it_that_comes_again_opens_nothing(mail: World) -> None:
    conversation = await closed(mail, external_id="m-1")
    await mail.desk.erase(admin(), conversation)
    again = await mail.write("hello", who="kim", external_id="m-1")
    assert (again.duplicate, again.conversation) == (True, conversation)
    assert (await mail.store.views.conversations()).conversations == []


async def test_an_older_conversation_of_the_contact_takes_its_place(mail: World) -> None:
    older = (await mail.write("hello", who="kim")).conversation
    await mail.desk.close(supervisor(), older)
    mail.clock.advance(8 * 24 * 3600)  # too long ago to be joined
    newer = await closed(mail)
    await mail.write("still me", who="kim", conversation=newer)
    await mail.desk.close(supervisor(), newer)
    elsewhere = await closed(mail, endpoint="other")
    found = await mail.see(newer)
    await mail.desk.erase(admin(), newer)
    assert await mail.store.pipeline.call("HGETALL", f"{mail.store.root}:talk:{found.contact}") == [
        *("other", elsewhere),
        *("default", older),
    ]


async def test_its_files_go_and_those_of_others_stay(mail: World) -> None:
    erased, stays = await closed(mail), await closed(mail, "lee")
    keys = {}
    for conversation in (erased, stays):
        await mail.write("again", who="kim" if conversation == erased else "lee")
        file = await mail.files.put(sent_folder(conversation), b"same", "a.txt", "text/plain")
        unused = await mail.files.put(sent_folder(conversation), b"unused", "a.txt", "text/plain")
        sent = SentFile(key=file.key, name="a.txt", content_type="text/plain")
        await mail.desk.reply(supervisor(), conversation, "see there", files=[sent])
        await mail.desk.close(supervisor(), conversation)
        keys[conversation] = [file.key, unused.key]
    await mail.desk.erase(admin(), erased)
    assert [await mail.files.get(key) for key in keys[stays]] == [b"same", b"unused"]
    for key in keys[erased]:
        with pytest.raises(NotFound):
            await mail.files.get(key)


async def test_once_begun_it_takes_no_more_messages_and_is_finished_later(mail: World) -> None:
    conversation = await closed(mail)
    await mail.store.conversations.begin_erasing(mail.clock(), conversation)
    meanwhile = await mail.write("one more thing", who="kim")
    named = await mail.write("to this one", who="kim", conversation=conversation)
    assert meanwhile.opened
    assert named.conversation == meanwhile.conversation
    await mail.desk.erase(admin(), conversation)
    assert (await mail.see(meanwhile.conversation)).messages == 2
    assert (await mail.write("and this", who="kim")).conversation == meanwhile.conversation


async def merged(world: World) -> tuple[ConversationId, ConversationId]:
    """A closed conversation, and another one that is merged into it."""
    one, other = (await world.write("hello", who="kim")).conversation, (await world.write("hi", who="lee")).conversation
    await world.desk.merge(supervisor(), one, other)
    await world.desk.close(supervisor(), one)
    return one, other


async def test_what_was_merged_into_it_goes_with_it(mail: World) -> None:
    one, other = await merged(mail)
    await mail.desk.erase(admin(), one)
    assert await mentions(mail, one) == await mentions(mail, other) == []
    assert (await mail.write("again", who="lee")).opened


async def test_one_that_is_part_of_another_is_not_erased_alone(mail: World) -> None:
    one, other = await merged(mail)
    with pytest.raises(Conflict, match="merged into another"):
        await mail.desk.erase(admin(), other)
    assert (await mail.see(other)).merged_into == one


async def test_contacts_part_without_what_was_erased_of_one_of_them(mail: World) -> None:
    old = await closed(mail, "lee")
    mail.clock.advance(8 * 24 * 3600)
    one, other = await merged(mail)
    await mail.desk.erase(admin(), old)
    await mail.store.merging.split(mail.clock(), other, by="admin")
    assert {found.id for found in (await mail.store.views.conversations()).conversations} == {other, one}
    assert await mentions(mail, old) == []


async def test_what_is_being_erased_is_not_split_off_any_more(mail: World) -> None:
    one, other = await merged(mail)
    for conversation in (one, other):
        await mail.store.conversations.begin_erasing(mail.clock(), conversation)
    with pytest.raises(NotFound):
        await mail.desk.split(supervisor(), one, other)
    await mail.desk.erase(admin(), one)
    assert await mentions(mail, one) == await mentions(mail, other) == []


async def test_a_store_of_files_that_is_away_leaves_the_conversation_to_be_erased_later(
    mail: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation = await closed(mail)

    async def away(folder: str) -> None:
        raise NotReady("The attachment store cannot be reached just now.")

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(mail.files, "delete_folder", away)
        with pytest.raises(NotReady):
            await mail.desk.erase(admin(), conversation)
    assert (await mail.see(conversation)).messages == 1
    await mail.desk.erase(admin(), conversation)
    assert await mentions(mail, conversation) == []


async def test_what_was_not_begun_is_not_finished(mail: World) -> None:
    conversation = await closed(mail)
    with pytest.raises(Conflict):
        await mail.store.conversations.finish_erasing(mail.clock(), conversation, by="admin")
    assert (await mail.see(conversation)).messages == 1


async def test_what_is_on_its_way_when_it_is_erased_changes_nothing_more(mail: World) -> None:
    opened = await mail.write("hello", channel=Channel.EMAIL, endpoint=MAIL)
    await mail.desk.reply(supervisor(), opened.conversation, "hi")
    (claim,), _ = await mail.store.outbox.claim(mail.clock(), MAIL, most=1, lease_ms=1000)
    await mail.desk.close(supervisor(), opened.conversation)
    await mail.desk.erase(admin(), opened.conversation)
    await mail.store.outbox.settle_failed(mail.clock(), MAIL, claim, reason="late")
    assert await mentions(mail, opened.conversation) == []
