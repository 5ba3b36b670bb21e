"""Hostile text in whatever a visitor is shown: no script runs, and no request leaves for anywhere else.

The page that embeds the chat has no policy here, which would hide a mistake of the widget's.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Request, Route, WebSocketRoute, expect

from tests.daemon import Daemon
from tests.web.answering import answered
from tests.web.conftest import Come
from tests.web.site import Site
from tests.web.visitor import Visitor, text_file

pytestmark = pytest.mark.asyncio(loop_scope="session")

PAYLOADS = (Path(__file__).parent.parent / "data" / "injections.txt").read_text(encoding="utf-8").splitlines()
CONVERSATION = "cv_0000000000000000000a"
FOUND = """(chat) => {
    const all = [...chat.shadowRoot.querySelectorAll('*'), ...document.querySelectorAll('*')];
    const attributes = all.flatMap((element) => [...element.attributes]);
    return {
        tags: [...new Set(all.map((element) => element.localName))],
        handlers: attributes.map(({ name }) => name).filter((name) => name.startsWith('on')),
        links: all.filter((element) => element.href && !/^https?:/.test(element.href)).map((element) => element.href),
    };
}"""
SETTLED = "() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 50)))"
FOREIGN_TAGS = {"script", "iframe", "object", "embed", "base", "link", "style", "video", "audio", "math", "template"}


@pytest.fixture(autouse=True)
def careless(site: Site) -> None:
    site.policy = None


class Guard:
    """Sees every request of a visitor's page."""

    def __init__(self, visitor: Visitor, *hosts: str) -> None:
        self.visitor = visitor
        self.hosts = {urlsplit(host).netloc for host in hosts}
        self.left: list[str] = []
        visitor.page.on("request", self._see)

    def _see(self, request: Request) -> None:
        if urlsplit(request.url).netloc not in self.hosts:
            self.left.append(request.url)

    async def expect_nothing_happened(self) -> None:
        await self.visitor.page.evaluate(SETTLED)
        found = await self.visitor.root.evaluate(FOUND)
        assert (self.left, found["handlers"], found["links"]) == ([], [], [])
        assert FOREIGN_TAGS & set(found["tags"]) == {"script"}  # the one that embeds the chat
        assert self.visitor.complaints == []


def batches() -> list[str]:
    """All payloads, in few messages."""
    return ["\n".join(PAYLOADS[start : start + 12]) for start in range(0, len(PAYLOADS), 12)]


async def test_what_visitors_and_associates_write_is_shown_as_text(office: Daemon, site: Site, come: Come) -> None:
    mia = await come()
    guard = Guard(mia, office.url, site.origin)
    texts = batches()
    for text in texts:
        await mia.write(text)
    await expect(mia.status).to_have_text("Sent")
    desk, conversation = await answered(office)
    for text in texts:
        await desk.do("reply", conversation=conversation, text=text)

    await expect(mia.log.locator(".text")).to_have_count(1 + 2 * len(texts))
    assert [" ".join(text.split()) for text in await mia.texts()] == [" ".join(text.split()) for text in 2 * texts]
    await guard.expect_nothing_happened()


async def test_names_of_files_are_shown_as_text(office: Daemon, site: Site, come: Come) -> None:
    mia = await come()
    guard = Guard(mia, office.url, site.origin)
    names = [payload for payload in PAYLOADS if len(payload) < 60][::6][:15]
    await mia.pick(*(text_file(f"{name}.txt") for name in names))
    await expect(mia.root.locator(".upload")).to_have_count(len(names))
    await expect(mia.root.locator(".upload progress:visible")).to_have_count(0)
    await guard.expect_nothing_happened()
    await mia.write("Files")
    await expect(mia.status).to_have_text("Sent")
    await expect(mia.log.locator(".file")).to_have_count(len(names))
    await guard.expect_nothing_happened()


async def test_a_hostile_daemon_could_not_run_a_script_either(office: Daemon, site: Site, come: Come) -> None:
    """Every payload in every field of the daemon's frames."""
    mia = await come(opened=False)
    guard = Guard(mia, office.url, site.origin)
    await mia.page.route_web_socket("**/v1/chat", hostile)
    await mia.page.route("**/v1/attachments/**", lambda route: route.fulfill(body=""))
    await mia.page.reload()
    await mia.open()
    await expect(mia.log.locator(".message")).to_have_count(1 + len(PAYLOADS))
    await mia.write("Refuse this")
    await expect(mia.root.locator(".failed")).to_have_count(1)
    await guard.expect_nothing_happened()


def hostile(socket: WebSocketRoute) -> None:
    """Welcomes with every payload in every field, and refuses with one."""

    def answer(text: str | bytes) -> None:
        frame = json.loads(text)
        if frame["type"] == "hello":
            socket.send(json.dumps(welcome()))
        elif "id" in frame:
            error = {"code": "invalid", "title": PAYLOADS[0], "detail": PAYLOADS[18]}
            socket.send(json.dumps({"type": "result", "id": frame["id"], "ok": False, "error": error}))

    socket.on_message(answer)


def welcome() -> dict[str, Any]:
    return {
        "type": "welcome",
        "resume_token": "t",
        "resumed": False,
        "identified": False,
        "contact_name": PAYLOADS[0],
        "endpoint_name": PAYLOADS[0],
        "conversation": {
            "type": "state",
            "conversation": CONVERSATION,
            "state": "assigned",
            "associate": " ".join(PAYLOADS[18:40]),
        },
        "messages": [message(number, payload) for number, payload in enumerate(PAYLOADS, 1)],
    }


def message(number: int, payload: str) -> dict[str, Any]:
    file = {"name": payload, "content_type": payload, "size_bytes": 1, "link": payload, "image": payload}
    return {
        "type": "message",
        "conversation": CONVERSATION,
        "number": number,
        "at": 1792000000000 + number,
        "author": "associate",
        "name": payload,
        "text": payload,
        "files": [file, {**file, "link": f"/v1/attachments/{number}"}],
    }


async def test_forms_names_and_greetings_are_shown_as_text(office: Daemon, site: Site, come: Come) -> None:
    mia = await come(opened=False)
    guard = Guard(mia, office.url, site.origin)

    async def spoil(route: Route) -> None:
        config = await (await route.fetch()).json()
        await route.fulfill(json=spoiled(config), headers={"Access-Control-Allow-Origin": "*"})

    await mia.page.route("**/v1/chat/config?*", spoil)
    await mia.page.reload()
    await mia.open()
    fields = mia.root.locator(".field input")
    await expect(fields).to_have_count(len(PAYLOADS))
    await mia.page.evaluate(
        """([payloads]) => {
            const fields = document.querySelector('duetime-chat').shadowRoot.querySelectorAll('.field input');
            fields.forEach((field, index) => (field.value = payloads[index]));
        }""",
        [PAYLOADS],
    )
    await mia.root.locator("form .primary").click()
    await expect(mia.root.locator("form > .error")).to_be_visible()  # that many answers are refused
    await guard.expect_nothing_happened()


def spoiled(config: Mapping[str, Any]) -> dict[str, Any]:
    hostile_text = " ".join(PAYLOADS)
    fields = [
        {"name": f"f{number}", "kind": "text", "required": False, "label": payload, "choices": []}
        for number, payload in enumerate(PAYLOADS)
    ]
    choice = {"name": "choice", "kind": "choice", "required": False, "label": "?", "choices": PAYLOADS}
    return {**config, "name": hostile_text, "greeting": hostile_text, "color": PAYLOADS[0], "form": [*fields, choice]}
