"""A visitor on the chat, and whoever answers."""

from tests.daemon import Daemon
from tests.journeys.desk import accept


async def test_a_visitor_waits_sees_their_position_is_answered_and_reads_it(office: Daemon) -> None:
    first, second = await office.chat(name="Maria"), await office.chat(name="Jo")
    stored = await first.do("message", text="Hello?")
    await first.state(state="waiting", position=1)
    await second.do("message", text="Anybody?")
    await second.state(state="waiting", position=2)

    ana = await office.desk("ana")
    conversation = stored["conversation"]
    await accept(ana, conversation)
    await first.state(state="assigned", associate="Ana Ruiz")
    await ana.do("reply", conversation=conversation, text="Good morning, Maria.")

    answer = await first.text("Good morning, Maria.")
    assert (answer["author"], answer["name"]) == ("associate", "Ana Ruiz")
    await first.send(type="read", number=answer["number"])
    await ana.event("MarksMoved", conversation=conversation, data={"delivered": 2, "read": 2})


async def test_typing_is_shown_both_ways(office: Daemon) -> None:
    ana = await office.desk("ana")
    visitor = await office.chat()
    conversation = (await visitor.do("message", text="Hello"))["conversation"]
    await accept(ana, conversation)
    await visitor.state(state="assigned")

    await ana.send(type="typing", conversation=conversation)
    await visitor.frame("typing")
    await visitor.send(type="typing")
    typed = await ana.frame("typing")
    assert (typed["conversation"], typed["author"]) == (conversation, "contact")


async def test_a_visitor_who_comes_back_has_the_whole_history_once_and_no_notes(office: Daemon) -> None:
    ana = await office.desk("ana")
    visitor = await office.chat()
    conversation = (await visitor.do("message", text="Hello"))["conversation"]
    await accept(ana, conversation)
    await visitor.state(state="assigned")
    await visitor.close()

    await ana.do("add_note", conversation=conversation, text="Gone already?")
    await ana.do("reply", conversation=conversation, text="Hi! Are you still there?")
    await ana.do("reply", conversation=conversation, text="I will wait.")

    back = await office.chat(**visitor.resume)
    assert back.welcome["resumed"] is True
    assert back.texts == ["Hi! Are you still there?", "I will wait."]
    other_device = await office.chat(resume_token=visitor.welcome["resume_token"])
    assert other_device.texts == ["Hello", "Hi! Are you still there?", "I will wait."]


async def test_a_visitor_who_writes_after_the_end_returns_to_the_same_associate(office: Daemon) -> None:
    ana, ben = await office.desk("ana"), await office.desk("ben")
    visitor = await office.chat()
    conversation = (await visitor.do("message", text="Hello"))["conversation"]
    holder = (await office.see(conversation))["associate"]
    desk = {"ana": ana, "ben": ben}[holder]
    await accept(desk, conversation)
    await desk.do("reply", conversation=conversation, text="Bye.")
    await desk.do("close", conversation=conversation)
    await visitor.state(state="closed")

    again = await visitor.do("message", text="One more thing")

    assert again["conversation"] == conversation
    await desk.event("ConversationAssigned", conversation=conversation)
    await visitor.state(state="assigned")
    assert visitor.texts == ["Hello", "Bye.", "One more thing"]


async def test_a_message_sent_again_after_a_reconnect_is_the_same_message(office: Daemon) -> None:
    visitor = await office.chat()
    stored = await visitor.do("message", id="first", text="Hello")
    await visitor.close()

    back = await office.chat(**{**visitor.resume, "after": 0})

    assert await back.do("message", id="first", text="Hello") == stored
    assert back.texts == ["Hello"]
