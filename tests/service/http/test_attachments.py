"""Files over HTTP: who may have them, and that nothing a stranger sent ever runs in a browser."""

import dataclasses
import io
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import aiohttp
import msgspec
import pytest
from aiohttp.test_utils import TestClient, TestServer
from obstore.store import MemoryStore
from PIL import Image

from duetime.config.settings import Attachments
from duetime.router.errors import NotReady
from duetime.router.ids import MessageId
from duetime.router.message import Attachment, Author, Kind, Message
from duetime.service.attachments import AttachmentStore, Stored
from duetime.service.http.app import build_app
from duetime.service.http.files import disposition, is_passive
from duetime.service.links import Linked, Show
from tests.service.http.api import FILE_BYTES, Answer, Api

HTML = (
    '<p onclick="x">Hello <img alt="a" src="cid:logo@shop"> <img data-remote-src="https://shop.example/pixel.gif">'
    '<img src="cid:gone"></p>'
)


def png() -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (3, 3), "red").save(written, "PNG")
    return written.getvalue()


async def upload(api: Api, conversation: str, content: bytes, name: str, media: str, token: str = "") -> Answer:
    path = f"/v1/conversations/{conversation}/attachments"
    headers = {"Content_Type": media, "X_File_Name": quote(name)}
    return await api.call("POST", path, token=token or api.ana, raw=content, **headers)


async def with_message(api: Api, conversation: str, html: str | None = None, **files: tuple[bytes, str]) -> int:
    """The number of a message with these files, which stands in the conversation as if it had come by mail."""
    put = api.parts.attachments.put
    folder = f"{conversation}/in"
    kept = [await put(folder, content, name, media, f"{name}@shop") for name, (content, media) in files.items()]
    page = (await put(folder, html.encode(), None, "text/html")).key if html else None
    message = Message(
        id=MessageId("ms_00000000000000000001"),
        at=1,
        author=Author.CONTACT,
        text="hi",
        kind=Kind.MESSAGE,
        html=page,
        attachments=tuple(kept),
    )
    store = api.parts.store
    found = await api.see(conversation)
    return await store.conversations.send(store.clock(), found.id, None, message, None)


async def test_a_file_goes_up_and_comes_down_for_whoever_has_its_link(api: Api) -> None:
    conversation = await api.held_by_ana()
    answer = await upload(api, conversation, b"%PDF-1.7", "Rechnung März.pdf", "application/pdf")
    assert answer.status == 201
    kept = msgspec.convert(answer.body["attachment"], Attachment)
    assert (kept.name, kept.content_type, kept.size_bytes) == ("Rechnung März.pdf", "application/pdf", 8)
    assert kept.key.startswith(f"{conversation}/sent/")
    fetched = await api.call("GET", answer.body["link"])
    assert (fetched.status, fetched.raw) == (200, b"%PDF-1.7")
    assert fetched.headers["Content-Type"] == "application/pdf"
    assert fetched.headers["Content-Disposition"] == (
        "attachment; filename=\"Rechnung M_rz.pdf\"; filename*=UTF-8''Rechnung%20M%C3%A4rz.pdf"
    )
    head = await api.call("HEAD", answer.body["link"])
    assert (head.status, head.raw, head.headers["Content-Length"]) == (200, b"", "8")


@pytest.mark.parametrize(
    ("name", "media"),
    [
        ("page.html", "text/html"),
        ("drawing.svg", "image/svg+xml"),
        ("feed.xml", "application/xml"),
        ("page.xhtml", "application/xhtml+xml"),
        ("code", "text/javascript"),
        ("flash.swf", "application/x-shockwave-flash"),
        ("odd", "nonsense"),
    ],
)
async def test_what_a_browser_could_run_comes_as_bytes_to_save(api: Api, name: str, media: str) -> None:
    conversation = await api.held_by_ana()
    answer = await upload(api, conversation, b"<script>alert(1)</script>", name, media)
    assert answer.body["image"] is None
    fetched = await api.call("GET", answer.body["link"])
    assert fetched.headers["Content-Type"] == "application/octet-stream"
    assert fetched.headers["Content-Disposition"].startswith("attachment;")
    assert fetched.headers["X-Content-Type-Options"] == "nosniff"
    assert fetched.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert fetched.headers["Cache-Control"] == "private, no-store"


async def test_a_picture_is_shown_drawn_anew(api: Api) -> None:
    conversation = await api.held_by_ana()
    answer = await upload(api, conversation, png() + b"<script>alert(1)</script>", "a.png", "image/png")
    shown = await api.call("GET", answer.body["image"])
    assert (shown.status, shown.headers["Content-Type"]) == (200, "image/jpeg")
    assert b"<script>" not in shown.raw
    assert "sandbox" in shown.headers["Content-Security-Policy"]


async def test_what_only_says_to_be_a_picture_is_not_shown(api: Api) -> None:
    conversation = await api.held_by_ana()
    answer = await upload(api, conversation, b"<svg onload='alert(1)'/>", "a.png", "image/png")
    assert (await api.call("GET", answer.body["image"])).code == "not_found"


async def test_a_link_that_was_altered_or_is_over_is_answered_like_none(api: Api) -> None:
    conversation = await api.held_by_ana()
    link = (await upload(api, conversation, b"x", "a.txt", "text/plain")).body["link"]
    store, links = api.parts.store, api.parts.links
    key = link.removeprefix("/v1/attachments/").partition("?")[0]
    linked = Linked(key=key, name="a.txt", content_type="text/plain")
    assert (await api.call("GET", links.sign(linked, store.clock()))).raw == b"x"
    for wrong in (
        links.sign(linked, store.clock() - 10**9),
        link.replace("a.txt", "b.txt"),
        link.replace("text/plain", "text/html").replace("text%2Fplain", "text%2Fhtml"),
        link.replace("download", "page"),
        link.partition("?")[0],
        "/v1/attachments/../../etc/passwd",
    ):
        assert (await api.call("GET", wrong)).status == 404, wrong
    gone = msgspec.structs.replace(linked, key=f"{conversation}/sent/{'0' * 64}")
    assert (await api.call("GET", links.sign(gone, store.clock()))).code == "not_found"


async def test_nobody_sends_a_file_into_a_conversation_that_is_not_theirs(api: Api) -> None:
    conversation = await api.held_by_ana()
    for token, status in [(api.tom, 404), (api.ben, 404), (api.supervisor, 201), (api.integration, 201)]:
        answer = await upload(api, conversation, b"x", "a.txt", "text/plain", token)
        assert answer.status == status


@pytest.mark.parametrize(
    ("content", "headers", "status", "code"),
    [
        (bytes(FILE_BYTES + 1), {"X_File_Name": "a"}, 413, "too_large"),
        (b"x", {}, 422, "invalid"),
        (b"", {"X_File_Name": "a"}, 422, "invalid"),
        (b"MZ", {"X_File_Name": "invoice.pdf.exe"}, 415, "refused_type"),
        (b"MZ", {"X_File_Name": "a", "Content_Type": "application/x-msdownload"}, 415, "refused_type"),
    ],
)
async def test_a_file_that_cannot_be_taken_is_refused_with_the_reason(
    api: Api, content: bytes, headers: dict[str, Any], status: int, code: str
) -> None:
    conversation = await api.held_by_ana()
    path = f"/v1/conversations/{conversation}/attachments"
    answer = await api.call("POST", path, token=api.ana, raw=content, **headers)
    assert (answer.status, answer.code) == (status, code)


async def test_a_file_does_not_become_a_program_when_it_is_sent(api: Api) -> None:
    conversation = await api.held_by_ana()
    file = (await upload(api, conversation, b"MZ", "harmless.txt", "text/plain")).body["attachment"]
    sent = {"key": file["key"], "name": "harmless.exe", "content_type": "text/plain"}
    answer = await api.post(f"/v1/conversations/{conversation}/reply", {"text": "hi", "files": [sent]}, api.ana)
    assert (answer.status, answer.code, answer.body["name"]) == (415, "refused_type", "harmless.exe")


async def test_a_file_larger_than_other_bodies_may_be_is_taken(api: Api) -> None:
    conversation = await api.held_by_ana()
    assert api.parts.settings.limits.body_bytes < FILE_BYTES
    answer = await upload(api, conversation, bytes(FILE_BYTES), "a.bin", "")
    assert answer.body["attachment"]["size_bytes"] == FILE_BYTES


async def test_the_files_of_a_message_are_listed_for_who_may_see_its_conversation(api: Api) -> None:
    conversation = await api.held_by_ana()
    number = await with_message(api, conversation, a=(png(), "image/png"), b=(b"text", "text/plain"))
    path = f"/v1/conversations/{conversation}/messages/{number}/attachments"
    listed = (await api.get(path, api.ana)).body
    assert [(one["attachment"]["name"], one["image"] is None) for one in listed] == [("a", False), ("b", True)]
    assert (await api.call("GET", listed[1]["link"])).raw == b"text"
    assert (await api.get(path, api.integration)).body[0]["attachment"] == listed[0]["attachment"]
    assert (await api.get(path, api.tom)).status == 404


@pytest.mark.parametrize("number", ["0", "3", "-1", "x", "1e3", "9" * 30])
async def test_a_message_that_is_not_there_has_no_files(api: Api, number: str) -> None:
    conversation = await api.held_by_ana()
    for what in ("attachments", "html"):
        answer = await api.get(f"/v1/conversations/{conversation}/messages/{number}/{what}", api.ana)
        assert answer.code == "not_found"


async def test_an_integration_cannot_read_the_files_of_a_note(api: Api) -> None:
    conversation = await api.held_by_ana()
    await api.post(f"/v1/conversations/{conversation}/notes", {"text": "secret"}, api.ana)
    number = await with_message(api, conversation, a=(b"x", "text/plain"))
    note = f"/v1/conversations/{conversation}/messages/{number - 1}/attachments"
    assert (await api.get(note, api.ana)).body == []
    assert (await api.get(note, api.integration)).code == "not_found"


async def test_the_html_of_a_message_is_a_page_that_can_do_nothing(api: Api) -> None:
    conversation = await api.held_by_ana()
    number = await with_message(api, conversation, HTML, logo=(png(), "image/png"))
    path = f"/v1/conversations/{conversation}/messages/{number}/html"
    shown = await api.call("GET", (await api.get(path, api.ana)).body["link"])
    assert (shown.status, shown.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    policy = shown.headers["Content-Security-Policy"]
    assert "default-src 'none'; img-src data:;" in policy
    assert policy.startswith("sandbox")
    assert "allow-scripts" not in policy
    assert "allow-same-origin" not in policy
    assert 'src="data:image/jpeg;base64,' in shown.raw.decode()
    assert 'data-remote-src="https://shop.example/pixel.gif"' in shown.raw.decode()
    assert "cid:" not in shown.raw.decode()
    assert shown.headers["Referrer-Policy"] == "no-referrer"


async def test_remote_images_are_shown_when_they_are_asked_for(api: Api) -> None:
    conversation = await api.held_by_ana()
    number = await with_message(api, conversation, HTML)
    path = f"/v1/conversations/{conversation}/messages/{number}/html?remote_images=true"
    shown = await api.call("GET", (await api.get(path, api.ana)).body["link"])
    assert '<img src="https://shop.example/pixel.gif">' in shown.raw.decode()
    assert "img-src data: http: https:;" in shown.headers["Content-Security-Policy"]


async def test_the_html_is_for_who_may_see_the_conversation_and_not_every_message_has_some(api: Api) -> None:
    conversation = await api.held_by_ana()
    number = await with_message(api, conversation, HTML)
    assert (await api.get(f"/v1/conversations/{conversation}/messages/{number}/html", api.tom)).status == 404
    assert (await api.get(f"/v1/conversations/{conversation}/messages/1/html", api.ana)).code == "not_found"


async def test_a_file_of_html_never_becomes_a_page(api: Api) -> None:
    conversation = await api.held_by_ana()
    link = (await upload(api, conversation, b"<script>alert(1)</script>", "a.html", "text/html")).body["link"]
    for show in (Show.PAGE, Show.PAGE_WITH_IMAGES, Show.IMAGE):
        assert (await api.call("GET", link.replace("show=download", f"show={show}"))).status == 404


def test_only_known_types_are_passed_on() -> None:
    assert is_passive("application/vnd.openxmlformats-officedocument.wordprocessingml.document")
    assert not is_passive("application/vnd.mozilla.xul+xml")
    assert not is_passive("text/xml")


def test_a_name_cannot_leave_its_header() -> None:
    assert (
        disposition('a"; x="\\.txt')
        == "attachment; filename=\"a_; x=__.txt\"; filename*=UTF-8''a%22%3B%20x%3D%22%5C.txt"
    )
    assert "\r" not in disposition("a\r\nSet-Cookie: b")


class HalfStore(AttachmentStore):
    """A store that is lost within a file."""

    async def stream(self, key: str) -> Stored:
        async def half() -> AsyncIterator[bytes]:
            yield b"half"
            raise NotReady("The attachment store cannot be reached just now.")

        return Stored(8, half())


async def test_a_file_that_breaks_off_is_not_taken_for_a_whole_one(api: Api) -> None:
    parts = dataclasses.replace(api.parts, attachments=HalfStore(MemoryStore(), Attachments()))
    linked = Linked(key="a/b", name="a.txt", content_type="text/plain")
    async with TestClient(TestServer(build_app(parts))) as client:
        answer = await client.get(parts.links.sign(linked, parts.store.clock()))
        with pytest.raises(aiohttp.ClientError):
            await answer.read()


async def test_a_store_that_is_away_is_told_as_such(api: Api) -> None:
    class Away(AttachmentStore):
        async def stream(self, key: str) -> Stored:
            raise NotReady("The attachment store cannot be reached just now.")

    parts = dataclasses.replace(api.parts, attachments=Away(MemoryStore(), Attachments()))
    linked = Linked(key="a/b", name="a.txt", content_type="text/plain")
    async with TestClient(TestServer(build_app(parts))) as client:
        answer = await client.get(parts.links.sign(linked, parts.store.clock()))
        assert (answer.status, (await answer.json())["code"]) == (503, "not_ready")
