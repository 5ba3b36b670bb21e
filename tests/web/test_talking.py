"""Visitors on a shop's page, and the associates who answer them."""

import json

import pytest
from playwright.async_api import WebSocketRoute, expect

from tests.daemon import Daemon
from tests.journeys.desk import accept
from tests.waiting import wait_until
from tests.web.answering import answered
from tests.web.conftest import Come

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_two_visitors_and_two_associates_talk_at_once(office: Daemon, come: Come) -> None:
    desks = {"Ana Ruiz": await office.desk("ana"), "Ben Okafor": await office.desk("ben")}
    mia, jo = await come(), await come()
    await mia.write("Where is my tea?")
    await jo.write("Is it organic?")
    talks = {}
    for name, desk in desks.items():
        talks[name] = (await desk.event("OfferMade"))["conversation"]
        await accept(desk, talks[name])

    for visitor, question in ((mia, "Where is my tea?"), (jo, "Is it organic?")):
        await expect(visitor.standing).to_contain_text("is answering you.")
        name = (await visitor.standing.inner_text()).removesuffix(" is answering you.")
        await expect(visitor.panel.locator("header")).to_contain_text(name)
        await desks[name].do("reply", conversation=talks.pop(name), text=f"You asked: {question}")
        await visitor.expect_texts(question, f"You asked: {question}")


async def test_a_visitor_who_waits_sees_their_place(come: Come) -> None:
    mia, jo = await come(), await come()
    await mia.write("Where is my tea?")
    await expect(mia.standing).to_contain_text("You are next.")
    await jo.write("Is it organic?")
    await expect(jo.standing).to_contain_text("You are number 2 in the queue.")


async def test_a_visitor_sees_how_far_their_message_got_and_that_somebody_types(office: Daemon, come: Come) -> None:
    mia = await come()
    await mia.write("Hello")
    await expect(mia.status).to_have_text("Sent")
    desk, conversation = await answered(office)
    await expect(mia.status).to_have_text("Delivered")
    await desk.send(type="typing", conversation=conversation)
    await expect(mia.root.locator(".typing")).to_be_visible()
    await expect(mia.status).to_have_text("Read")

    await desk.do("reply", conversation=conversation, text="Good morning")

    await mia.read("Good morning")
    await expect(mia.root.locator(".typing")).to_be_hidden()
    await desk.event("MarksMoved", data={"delivered": 2, "read": 2})
    await mia.input.press_sequentially("Oh")
    await desk.frame("typing")


async def test_an_answer_that_nobody_has_seen_is_counted_until_it_is(office: Daemon, come: Come) -> None:
    mia = await come()
    await mia.write("Hello")
    desk, conversation = await answered(office)
    await mia.page.keyboard.press("Escape")
    await desk.do("reply", conversation=conversation, text="One")
    await desk.do("reply", conversation=conversation, text="Two")

    await expect(mia.launcher).to_have_accessible_name("Open chat (2 unread)")
    await desk.event("MarksMoved", data={"delivered": 3, "read": 0})
    await mia.page.reload()
    await expect(mia.root.locator(".badge")).to_have_text("2")
    await mia.open()
    await expect(mia.root.locator(".badge")).to_be_hidden()
    await desk.event("MarksMoved", data={"delivered": 3, "read": 3})


async def test_the_keyboard_is_enough(office: Daemon, come: Come) -> None:
    mia = await come(opened=False)
    await expect(mia.launcher).to_be_visible()
    keyboard = mia.page.keyboard
    await mia.launcher.focus()
    await keyboard.press("Enter")
    await expect(mia.input).to_be_focused()
    await keyboard.type("One line")
    await keyboard.press("Shift+Enter")
    await keyboard.type("and another")
    await keyboard.press("Enter")
    await mia.expect_texts("One line\nand another")
    await expect(mia.input).to_have_value("")
    reached = set()
    for _ in range(4):
        await keyboard.press("Shift+Tab")
        reached.add(await mia.root.evaluate("(chat) => chat.shadowRoot.activeElement?.ariaLabel"))
    assert {"Close chat", "Sound for new messages", "Messages"} <= reached

    await keyboard.press("Escape")

    await expect(mia.panel).to_be_hidden()
    await expect(mia.launcher).to_be_focused()


async def test_after_the_end_the_next_message_begins_again(office: Daemon, come: Come) -> None:
    mia = await come()
    await mia.write("Hello")
    desk, conversation = await answered(office)
    await desk.do("close", conversation=conversation)
    await expect(mia.standing).to_have_text("This conversation has ended. Write to begin again.")
    await mia.write("One more thing")
    await expect(mia.standing).to_have_text("Ana Ruiz is answering you.")


async def test_addresses_are_links_and_only_those(come: Come) -> None:
    mia = await come()
    await mia.write(
        "See https://shop.example/a_(b). Or (http://shop.example?q=1), not javascript:alert(1), "
        "https://bank.example@evil.example, ftp://x.example or https://a.example/\u202egpj.exe"
    )
    links = mia.log.get_by_role("link")
    await expect(links).to_have_text(["https://shop.example/a_(b)", "http://shop.example?q=1", "https://a.example/"])
    await expect(links.first).to_have_attribute("rel", "noopener noreferrer nofollow")
    await expect(links.first).to_have_attribute("target", "_blank")


async def test_a_page_opens_closes_and_removes_the_chat(office: Daemon, come: Come) -> None:
    mia = await come(opened=False)
    await mia.page.evaluate(
        """() => {
            window.told = [];
            for (const name of ['ready', 'open', 'close', 'message'])
                duetime.on(name, (detail) => told.push([name, detail?.text]));
            duetime.open();
        }"""
    )
    await expect(mia.panel).to_be_visible()
    await mia.write("Hello")
    desk, conversation = await answered(office)
    await desk.do("reply", conversation=conversation, text="Hi")
    await mia.read("Hi")
    await mia.page.evaluate("duetime.toggle()")
    await expect(mia.panel).to_be_hidden()
    told = await mia.page.evaluate("told")
    assert told == [["ready", None], ["open", None], ["message", "Hi"], ["close", None]]

    await mia.page.evaluate("duetime.destroy()")

    await expect(mia.root).to_have_count(0)


async def test_the_title_of_a_page_in_the_background_counts_what_is_unread(office: Daemon, come: Come) -> None:
    mia = await come()
    await mia.write("Hello")
    desk, conversation = await answered(office)
    look_away = """(visible) => {
        const value = visible ? 'visible' : 'hidden';
        Object.defineProperty(document, 'visibilityState', { value, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
    }"""
    await mia.page.evaluate(look_away, False)
    await desk.do("reply", conversation=conversation, text="Hi")
    await expect(mia.page).to_have_title("(1) Tea shop")
    await mia.page.evaluate(look_away, True)
    await expect(mia.page).to_have_title("Tea shop")


async def test_how_long_it_may_take_is_said_in_words(come: Come) -> None:
    mia = await come(opened=False)
    states: list[dict[str, object]] = [
        {"state": "waiting"},
        {"state": "waiting", "position": 1, "expected_wait_s": 40},
        {"state": "waiting", "position": 3, "expected_wait_s": 240},
        {"state": "waiting", "position": 1200, "expected_wait_s": 7200},
    ]
    sockets: list[WebSocketRoute] = []
    await mia.page.route_web_socket("**/v1/chat", lambda socket: sockets.append(socket))
    await mia.page.reload()
    await mia.open()
    await wait_until(lambda: sockets)
    sockets[0].send(json.dumps({"type": "welcome", "resume_token": "t", "resumed": False, "messages": []}))
    said: list[str] = []
    for state in states:
        sockets[0].send(json.dumps({"type": "state", "conversation": "cv_0000000000000000000a", **state}))
        await mia.page.wait_for_function(
            """([said]) => {
                const standing = document.querySelector('duetime-chat').shadowRoot.querySelector('.standing');
                return standing.textContent && standing.textContent !== said;
            }""",
            arg=[said[-1] if said else ""],
        )
        said.append(await mia.standing.inner_text())
    assert said == [
        "Somebody will be with you soon.",
        "You are next. Estimated wait: about a minute.",
        "You are number 3 in the queue. Estimated wait: about 4 minutes.",
        "You are number 1,200 in the queue. Estimated wait: about 2 hours.",
    ]
