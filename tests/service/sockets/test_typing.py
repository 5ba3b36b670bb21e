"""Who is shown that somebody writes."""

from duetime.config.settings import Settings
from duetime.service.access import Role
from tests.service.sockets.clients import SocketClient
from tests.service.sockets.office import Office, open_office


def typing(client: SocketClient) -> list[dict[str, object]]:
    return [frame for frame in client.frames if frame["type"] == "typing"]


async def test_an_associate_who_writes_is_shown_to_the_visitor_and_on_their_other_desk(office: Office) -> None:
    ana = await office.desk("ana", presence="available")
    elsewhere = await office.desk("ana")
    ben = await office.desk("ben")
    visitor = await office.sockets.chat()
    stranger = await office.sockets.chat()
    conversation = await office.talk(ana, visitor)
    await ana.send(type="typing", conversation=conversation)
    await visitor.frame("typing")
    shown = await elsewhere.frame("typing")
    assert shown == {"type": "typing", "conversation": conversation, "author": "associate", "associate": "ana"}
    await ben.do("ping")
    await ana.do("ping")
    assert not typing(ben) + typing(ana) + typing(stranger)


async def test_a_visitor_who_writes_is_shown_to_whoever_answers(office: Office) -> None:
    ana = await office.desk("ana", presence="available")
    boss = await office.desk(None, role=Role.SUPERVISOR)
    visitor = await office.sockets.chat()
    ben = await office.desk("ben")
    conversation = await office.talk(ana, visitor)
    await visitor.send(type="typing")
    shown = await ana.frame("typing")
    assert shown == {"type": "typing", "conversation": conversation, "author": "contact"}
    assert await boss.frame("typing") == shown
    await ben.do("ping")
    assert not typing(ben)


async def test_who_does_not_have_a_conversation_is_not_shown_as_writing_in_it(office: Office) -> None:
    ana = await office.desk("ana", presence="available")
    visitor = await office.sockets.chat()
    conversation = await office.talk(ana, visitor)
    ben = await office.desk("ben")
    boss = await office.desk(None, role=Role.SUPERVISOR)
    for other in (ben, boss):
        await other.send(type="typing", conversation=conversation)
        await other.do("ping")
    await ana.do("reply", conversation=conversation, text="the next thing")
    await visitor.text("the next thing")
    assert not typing(visitor)


async def test_hints_pass_between_daemons(office: Office, settings: Settings) -> None:
    async with open_office(settings) as other:
        ana = await office.desk("ana", presence="available")
        visitor = await other.sockets.chat()
        conversation = await office.talk(ana, visitor)
        await ana.send(type="typing", conversation=conversation)
        await visitor.frame("typing")
        await visitor.send(type="typing")
        assert (await ana.frame("typing"))["author"] == "contact"
