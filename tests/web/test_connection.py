"""The chat through bad networks, sleeping machines and several tabs: nothing is lost, nothing is there twice."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, WebSocketRoute, expect
from playwright.async_api import TimeoutError as NotInTime

from tests.daemon import Daemon, daemon_process
from tests.journeys.conftest import ROUTING
from tests.service.mail.proxy import Fault, Proxy, proxy_to
from tests.service.sockets.clients import DeskClient
from tests.waiting import wait_until
from tests.web.answering import answered, stored
from tests.web.conftest import SETTINGS, Come
from tests.web.site import Site
from tests.web.visitor import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def network(office: Daemon, site: Site) -> AsyncIterator[Proxy]:
    """Stands between the visitors and the daemon."""
    async with proxy_to(int(office.url.rpartition(":")[2])) as proxy:
        site.daemon = f"http://127.0.0.1:{proxy.port}"
        yield proxy


async def test_a_network_cut_in_the_middle_of_sending_loses_and_doubles_nothing(
    office: Daemon, network: Proxy, come: Come
) -> None:
    mia = await come()
    await mia.write("One")
    await expect(mia.status).to_have_text("Sent")
    await expect(mia.standing).to_contain_text("You are next.")  # nothing else is on its way
    network.fault = Fault.CUT  # from here on the daemon hears, and its answers are lost
    await mia.write("Two")
    await wait_until(lambda: stored_is(office, ["One", "Two"]))
    await mia.write("Three")
    await expect(mia.status).to_have_text("Sending")
    await mia.expect_texts("One", "Two", "Three")
    network.fault = Fault.NONE

    await expect(mia.status).to_have_text("Sent")

    await mia.expect_texts("One", "Two", "Three")
    assert await stored(office) == ["One", "Two", "Three"]


async def stored_is(office: Daemon, texts: list[str]) -> bool:
    return await stored(office) == texts


async def test_what_could_not_be_sent_is_sent_by_the_next_page(office: Daemon, network: Proxy, come: Come) -> None:
    mia = await come()
    await mia.write("One")
    await expect(mia.status).to_have_text("Sent")
    network.fault = Fault.SWALLOWED
    await mia.write("Two")
    await expect(mia.status).to_have_text("Sending")
    assert await stored(office) == ["One"]
    network.fault = Fault.NONE

    await mia.page.reload()

    await expect(mia.status).to_have_text("Sent")
    await mia.expect_texts("One", "Two")
    assert await stored(office) == ["One", "Two"]


async def test_a_reload_keeps_the_history_and_the_open_panel(office: Daemon, come: Come) -> None:
    mia = await come()
    await mia.write("Hello")
    await expect(mia.status).to_have_text("Sent")
    await mia.page.reload()
    await expect(mia.panel).to_be_visible()
    await mia.expect_texts("Hello")
    await mia.write("Still me")
    await expect(mia.status).to_have_text("Sent")
    assert await stored(office) == ["Hello", "Still me"]


async def test_a_dead_connection_is_noticed_after_a_sleep(office: Daemon, network: Proxy, come: Come) -> None:
    mia = await come(clock=True)
    await mia.write("Hello")
    desk, conversation = await answered(office)
    await expect(mia.standing).to_contain_text("Ana Ruiz")
    machine = await mia.page.context.new_cdp_session(mia.page)
    await machine.send("Page.setWebLifecycleState", {"state": "frozen"})
    network.fault = Fault.SWALLOWED  # the connection dies, and nobody is told
    await desk.do("reply", conversation=conversation, text="Are you there?")
    network.fault = Fault.NONE

    await machine.send("Page.setWebLifecycleState", {"state": "active"})
    await mia.page.clock.fast_forward("01:00")  # the heartbeat asks
    await mia.page.clock.fast_forward("00:11")  # and nobody answers

    await mia.read("Are you there?")
    await mia.expect_texts("Hello", "Are you there?")


async def test_a_visitor_without_network_is_told_and_goes_on_when_it_is_back(office: Daemon, come: Come) -> None:
    mia = await come()
    await mia.write("One")
    await expect(mia.status).to_have_text("Sent")
    await mia.page.context.set_offline(True)
    await expect(mia.notice).to_contain_text("You are offline.")
    await mia.write("Two")
    await expect(mia.status).to_have_text("Sending")

    await mia.page.context.set_offline(False)

    await expect(mia.status).to_have_text("Sent")
    await expect(mia.notice).to_be_hidden()
    assert await stored(office) == ["One", "Two"]


async def test_tabs_stay_in_step(office: Daemon, come: Come) -> None:
    mia = await come()
    other = await come(mia.page.context, opened=False)  # before anything was said
    await mia.write("Hello")
    desk, conversation = await answered(office)
    await mia.page.keyboard.press("Escape")
    await desk.do("reply", conversation=conversation, text="Hi")
    for tab in (mia, other):
        await expect(tab.root.locator(".badge")).to_have_text("1")

    await other.page.bring_to_front()
    await other.open()
    await other.write("Here I am")

    await other.expect_texts("Hello", "Hi", "Here I am")
    await expect(mia.root.locator(".badge")).to_be_hidden()
    await mia.page.bring_to_front()
    await mia.open()
    await mia.expect_texts("Hello", "Hi", "Here I am")
    assert await stored(office) == ["Hello", "Hi", "Here I am"]


async def sees_typing(visitor: Visitor, desk: DeskClient, conversation: str) -> bool:
    await desk.send(type="typing", conversation=conversation)
    try:
        await visitor.root.locator(".typing").wait_for(timeout=500)
    except NotInTime:
        return False
    return True


async def test_where_websockets_are_blocked_the_chat_works_by_polling(office: Daemon, come: Come) -> None:
    mia = await come(sockets=False)
    await mia.write("One")
    await expect(mia.status).to_have_text("Sent")
    await mia.write("Two")
    desk, conversation = await answered(office)
    await expect(mia.standing).to_have_text("Ana Ruiz is answering you.")
    await wait_until(lambda: sees_typing(mia, desk, conversation))  # one that comes between two polls is gone
    await desk.do("reply", conversation=conversation, text="Three")
    await mia.read("Three")
    await desk.event("MarksMoved", data={"delivered": 3, "read": 3})
    await mia.page.reload()
    await mia.expect_texts("One", "Two", "Three")
    assert await stored(office) == ["One", "Two", "Three"]


async def test_a_page_that_may_store_nothing_still_chats(office: Daemon, come: Come) -> None:
    mia = await come(storage=False)
    await mia.write("One")
    await expect(mia.status).to_have_text("Sent")
    await mia.expect_texts("One")


async def test_a_daemon_that_restarts_is_found_again(tmp_path: Path, browser: Browser, site: Site) -> None:
    settings = tmp_path / "settings.toml"
    settings.write_text(SETTINGS.replace("{origin}", site.origin))
    async with daemon_process(tmp_path, ROUTING, settings=settings) as daemon:
        site.daemon = daemon.url
        context = await browser.new_context()
        mia = await Visitor.arrive(context, site.origin)
        await mia.write("One")
        await expect(mia.status).to_have_text("Sent")
        await daemon.stop()
        await mia.write("Two")
        await daemon.start()
        await expect(mia.status).to_have_text("Sent")
        await mia.expect_texts("One", "Two")
        assert await stored(daemon) == ["One", "Two"]
        await context.close()


async def test_a_message_that_comes_too_fast_is_sent_a_little_later_in_its_order(office: Daemon, come: Come) -> None:
    mia = await come(opened=False)
    refused: list[str] = []

    def slow_down(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def pass_on(frame: str | bytes) -> None:
            sent = json.loads(frame)
            if sent["type"] == "message" and len(refused) < 2:
                refused.append(sent["text"])
                error = {"code": "too_many_requests", "title": "", "detail": "", "retry_after_s": 0.2}
                socket.send(json.dumps({"type": "result", "id": sent["id"], "ok": False, "error": error}))
            else:
                server.send(frame)

        socket.on_message(pass_on)

    await mia.page.route_web_socket("**/v1/chat", slow_down)
    await mia.page.reload()
    await mia.open()
    for text in ("One", "Two", "Three"):
        await mia.write(text)
    await expect(mia.status).to_have_text("Sent")
    await mia.expect_texts("One", "Two", "Three")
    assert (refused, await stored(office)) == (["One", "One"], ["One", "Two", "Three"])


async def test_a_websocket_is_tried_again_where_it_was_blocked_for_a_while_only(office: Daemon, come: Come) -> None:
    mia = await come(opened=False, clock=True)
    blocked, opened = True, 0

    def let_through(socket: WebSocketRoute) -> None:
        nonlocal opened
        if blocked:
            closing.append(asyncio.ensure_future(socket.close()))
        else:
            opened += 1
            socket.connect_to_server()

    closing: list[asyncio.Future[None]] = []
    await mia.page.route_web_socket("**/v1/chat", let_through)
    await mia.page.reload()
    await mia.open()
    await mia.write("One")
    await expect(mia.status).to_have_text("Sent")
    assert (len(closing), opened) == (2, 0)

    blocked = False
    await mia.page.clock.fast_forward("00:11")

    await wait_until(lambda: opened == 1)
    await mia.write("Two")
    await expect(mia.status).to_have_text("Sent")
    await mia.expect_texts("One", "Two")
