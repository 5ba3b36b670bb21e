"""Which pages may have the chat: nobody else's, by no way."""

import pytest
from playwright.async_api import Browser, expect

from tests.daemon import Daemon
from tests.waiting import wait_until
from tests.web.conftest import Come
from tests.web.site import serve_site
from tests.web.visitor import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")

TRY_ALL = """async (daemon) => {
    const tried = {};
    const ask = async (name, path, options) => {
        try { tried[name] = (await fetch(daemon + path, options)).status; } catch (error) { tried[name] = error.name; }
    };
    const headers = { 'Content-Type': 'application/json' };
    const body = (value) => ({ method: 'POST', body: JSON.stringify(value), headers });
    const file = { method: 'POST', body: 'a', headers: { Authorization: 'Bearer x' } };
    const ping = { type: 'ping', id: 'p' };
    await ask('config', '/v1/chat/config?endpoint=web');
    await ask('poll', '/v1/chat/poll', body({ endpoint: 'web', wait_s: 0 }));
    await ask('send', '/v1/chat/send', body({ endpoint: 'web', resume_token: 'x', frames: [ping] }));
    await ask('files', '/v1/chat/files?endpoint=web&name=a.txt', file);
    await ask('api', '/v1/conversations');
    tried.socket = await new Promise((resolve) => {
        const socket = new WebSocket(daemon.replace('http', 'ws') + '/v1/chat');
        socket.onopen = () => resolve('open');
        socket.onerror = () => resolve('error');
    });
    return tried;
}"""


async def test_a_page_that_nobody_allowed_can_neither_connect_nor_read(office: Daemon, browser: Browser) -> None:
    async with serve_site() as foreign:
        foreign.daemon = office.url
        context = await browser.new_context()
        stranger = await Visitor.arrive(context, foreign.origin, opened=False)
        tried = await stranger.page.evaluate(TRY_ALL, office.url)
        assert tried == dict.fromkeys(("config", "poll", "send", "files", "api"), "TypeError") | {"socket": "error"}
        await expect(stranger.root).to_have_count(0)
        await context.close()


async def test_a_page_that_is_allowed_reads_the_chat_and_nothing_else(office: Daemon, come: Come) -> None:
    mia = await come(opened=False)
    tried = await mia.page.evaluate(TRY_ALL, office.url)
    assert tried == {"config": 200, "poll": 200, "send": 401, "files": 401, "api": "TypeError", "socket": "open"}
    mia.complaints.clear()  # the browser's, of the API


async def test_the_strictest_policy_of_a_page_is_not_violated(office: Daemon, come: Come) -> None:
    """What `come` asserts of every visitor: this one uses all there is."""
    mia = await come()
    await mia.root.get_by_role("button", name="Sound for new messages").click()
    await mia.write("https://shop.example/ and more")
    await expect(mia.status).to_have_text("Sent")
    assert mia.complaints == []
    await mia.page.evaluate("() => { document.body.append(Object.assign(new Image(), { src: '/elsewhere.png' })) }")
    await wait_until(lambda: any("policy: img-src" in complaint for complaint in mia.complaints))  # one is heard of
    mia.complaints.clear()
