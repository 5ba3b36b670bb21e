"""Files of visitors, picked, pasted or dropped, and files of associates."""

from io import BytesIO

import pytest
from PIL import Image
from playwright.async_api import FilePayload, Route, expect

from tests.daemon import Daemon
from tests.web.answering import answered, only_conversation
from tests.web.conftest import Come

pytestmark = pytest.mark.asyncio(loop_scope="session")

GIVE = """(input, [kind, name, type]) => {
    const brought = new DataTransfer();
    brought.items.add(new File(['some bytes'], name, { type }));
    const event = kind === 'paste'
        ? new ClipboardEvent('paste', { clipboardData: brought, bubbles: true, cancelable: true })
        : new DragEvent(kind, { dataTransfer: brought, bubbles: true, cancelable: true });
    input.dispatchEvent(event);
    return event.defaultPrevented;
}"""


def picture() -> bytes:
    drawn = BytesIO()
    Image.new("RGB", (60, 40), "green").save(drawn, "PNG")
    return drawn.getvalue()


async def test_files_are_picked_pasted_and_dropped_and_reach_the_associate(office: Daemon, come: Come) -> None:
    mia = await come()
    await mia.pick(FilePayload(name="leaf.png", mimeType="image/png", buffer=picture()))
    assert await mia.input.evaluate(GIVE, ["paste", "notes.txt", "text/plain"])
    assert await mia.input.evaluate(GIVE, ["dragover", "bill.pdf", "application/pdf"])
    assert await mia.input.evaluate(GIVE, ["drop", "bill.pdf", "application/pdf"])
    uploads = mia.root.locator(".upload")
    await expect(uploads).to_have_count(3)
    await mia.root.get_by_role("button", name="Remove notes.txt").click()
    await expect(uploads).to_have_count(2)
    await expect(mia.root.locator(".upload progress:visible")).to_have_count(0)
    await mia.write("Look")

    await expect(mia.status).to_have_text("Sent")
    await expect(uploads).to_have_count(0)
    shown = mia.log.get_by_role("img", name="leaf.png")
    await expect(shown).to_be_visible()
    assert await shown.evaluate("(image) => image.decode().then(() => image.naturalWidth)") == 60
    link = await mia.log.get_by_role("link", name="bill.pdf").get_attribute("href")
    async with office.session.get(str(link)) as saved:
        assert saved.headers["Content-Disposition"].startswith("attachment;")
        assert await saved.read() == b"some bytes"
    conversation = await only_conversation(office)
    [message] = await office.get(f"/v1/conversations/{conversation}/messages")
    assert [file["name"] for file in message["attachments"]] == ["leaf.png", "bill.pdf"]


async def test_a_file_that_is_too_large_or_not_allowed_says_so_and_is_not_sent(office: Daemon, come: Come) -> None:
    mia = await come(opened=False)

    async def refuse_programs(route: Route) -> None:
        config = await (await route.fetch()).json()
        config["files"]["refused"] = ["exe"]
        await route.fulfill(json=config, headers={"Access-Control-Allow-Origin": "*"})

    await mia.page.route("**/v1/chat/config?*", refuse_programs)
    await mia.page.reload()
    await mia.open()
    assert await mia.input.evaluate(GIVE, ["drop", "setup.exe", "application/x-msdownload"])
    await expect(mia.root.locator(".upload .error")).to_have_text("Files of this kind cannot be sent.")
    await mia.input.evaluate(GIVE.replace("'some bytes'", "new Uint8Array(3e7)"), ["drop", "film.mp4", "video/mp4"])
    await expect(mia.root.locator(".upload .error").last).to_have_text("The file is too large: at most 20.9 MB.")
    await mia.write("Only words")
    await expect(mia.status).to_have_text("Sent")
    await expect(mia.log.locator(".file")).to_have_count(0)


async def test_a_file_of_an_associate_is_shown_and_a_link_that_has_expired_is_renewed(
    office: Daemon, come: Come
) -> None:
    mia = await come(clock=True)
    await mia.write("Which leaf is it?")
    desk, conversation = await answered(office)
    async with office.session.post(
        f"{office.url}/v1/conversations/{conversation}/attachments",
        data=picture(),
        headers={
            "Authorization": f"Bearer {office.token_of('ana')}",
            "Content-Type": "image/png",
            "X-File-Name": "leaf.png",
        },
    ) as sent:
        file = (await sent.json())["attachment"]
    named = {key: file[key] for key in ("key", "name", "content_type")}
    await desk.do("reply", conversation=conversation, text="This one", files=[named])
    link = mia.log.get_by_role("link", name="leaf.png")
    await expect(link).to_be_visible()
    before = await link.get_attribute("href")

    await mia.page.clock.fast_forward("02:00:00")
    await link.click()

    await expect(link).not_to_have_attribute("href", before or "")
    assert len(mia.page.context.pages) == 1
