"""Files that visitors send, and files that they are sent."""

import io
from typing import Any

import pytest
from PIL import Image

from duetime.config.settings import Limits
from duetime.router.ids import ConversationId
from duetime.router.message import Message
from duetime.service.attachments import sent_folder
from tests.service.chat.site import SHOP, Page
from tests.service.sockets.clients import ChatClient
from tests.service.sockets.office import Office


@pytest.fixture
def limits() -> Limits:
    return Limits(chat_sessions_per_minute_per_ip=1000)


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (4, 3), "red").save(out, "PNG")
    return out.getvalue()


async def sent_up(page: Page, visitor: ChatClient, content: bytes = b"x", **named: str) -> dict[str, Any]:
    """A file as a message names it."""
    answer = await page.upload(visitor.welcome["resume_token"], content, **named)
    assert answer.status == 201, answer.raw
    body = answer.body
    assert body.pop("size_bytes") == len(content)
    found: dict[str, Any] = body
    return found


async def history(office: Office, conversation: str) -> list[Message]:
    return await office.parts.store.views.messages(ConversationId(conversation), after=0, limit=10)


async def test_a_visitor_s_file_reaches_the_desk_and_every_tab(office: Office, page: Page) -> None:
    visitor = await office.sockets.chat()
    other_tab = await office.sockets.chat(resume_token=visitor.welcome["resume_token"])
    file = await sent_up(page, visitor, picture(), name="my%20photo.png")
    sent = await visitor.do("message", id="m1", text="", files=[file])
    (kept,) = await history(office, sent["conversation"])
    assert [(one.name, one.content_type, one.key) for one in kept.attachments] == [
        ("my photo.png", "image/png", file["key"])
    ]
    for tab in (visitor, other_tab):
        (shown,) = (await tab.frame("message"))["files"]
        assert (shown["name"], shown["content_type"], shown["size_bytes"]) == (
            "my photo.png",
            "image/png",
            len(picture()),
        )
        assert "key" not in shown


async def test_pictures_show_on_the_site_s_page_and_files_are_only_saved(office: Office, page: Page) -> None:
    ana = await office.desk("ana", presence="available")
    visitor = await office.sockets.chat()
    conversation = await office.talk(ana, visitor)
    files = [
        await office.parts.attachments.put(sent_folder(conversation), content, name, kind)
        for content, name, kind in ((picture(), "a.png", "image/png"), (b"<script>", "a.html", "text/html"))
    ]
    named = [{"key": one.key, "name": one.name, "content_type": one.content_type} for one in files]
    await ana.do("reply", conversation=conversation, text="Look.", files=named)
    drawn, hostile = (await visitor.text("Look."))["files"]
    image = await Page(office.sockets.session, office.sockets.url, SHOP).ask("GET", drawn["image"])
    assert (image.status, image.headers["Content-Type"]) == (200, "image/jpeg")
    assert image.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    saved = await page.ask("GET", hostile["link"])
    assert (saved.headers["Content-Type"], saved.raw) == ("application/octet-stream", b"<script>")
    assert saved.headers["Content-Disposition"].startswith("attachment;")
    assert saved.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert hostile["image"] is None


async def test_a_file_is_its_sender_s_alone(office: Office, page: Page) -> None:
    mia, eve = await office.sockets.chat(), await office.sockets.chat()
    file = await sent_up(page, mia)
    other = await office.parts.attachments.put("cv_00000000000000000000/sent", b"x", "x", None)
    for key in (file["key"], other.key, "../../etc/passwd", f"{file['key']}/.."):
        assert await eve.refusal("message", text="", files=[{**file, "key": key}]) == "not_found"
    await mia.do("message", text="", files=[file])


async def test_a_file_cannot_be_called_something_worse_than_what_was_sent_up(office: Office, page: Page) -> None:
    visitor = await office.sockets.chat()
    file = await sent_up(page, visitor, name="photo.png")
    assert await visitor.refusal("message", text="", files=[{**file, "name": "photo.exe"}]) == "refused_type"


async def test_the_same_message_with_other_files_is_another(office: Office, page: Page) -> None:
    visitor = await office.sockets.chat()
    one, two = await sent_up(page, visitor, b"one"), await sent_up(page, visitor, b"two")
    first = await visitor.do("message", id="m1", text="here", files=[one])
    assert await visitor.do("message", id="m1", text="here", files=[one]) == first
    assert await visitor.refusal("message", id="m1", text="here", files=[two]) == "key_reused"
    assert await visitor.refusal("message", id="m1", text="here") == "key_reused"


async def test_what_cannot_be_sent_up_is_refused_and_says_why(office: Office, page: Page) -> None:
    token = (await office.sockets.chat()).welcome["resume_token"]
    elsewhere = (await office.sockets.chat(endpoint="help")).welcome["resume_token"]
    most = office.parts.attachments.file_bytes
    answers = [
        await page.upload(token, b""),
        await page.upload(token, b"x" * (most + 1)),
        await page.upload("unknown", b"x"),
        await page.upload(token, b"x", endpoint="help"),
        await page.upload(elsewhere, b"x", endpoint="help"),
        await page.upload(token, b"x", name=""),
        await page.upload(token, b"x", name="photo.png.exe"),
        await page.ask("POST", "/v1/chat/files?endpoint=web&name=a.png", raw=b"x"),
    ]
    assert [(answer.status, answer.body["code"]) for answer in answers] == [
        (422, "invalid"),
        (413, "too_large"),
        (401, "unauthenticated"),
        (401, "unauthenticated"),
        (403, "forbidden"),
        (422, "invalid"),
        (415, "refused_type"),
        (401, "unauthenticated"),
    ]


async def test_who_sends_many_files_is_slowed_and_others_are_not(office: Office, page: Page) -> None:
    greedy, other = await office.sockets.chat(), await office.sockets.chat()
    answers = [await page.upload(greedy.welcome["resume_token"], b"x") for _ in range(21)]
    assert [answer.status for answer in answers] == [201] * 20 + [429]
    assert answers[-1].body["retry_after_s"] == int(answers[-1].headers["Retry-After"]) > 0
    await sent_up(page, other)
