"""The pictures of the widget in ``docs/images``: ``python -m tests.web.screenshots`` takes them anew."""

import asyncio
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, async_playwright

from tests.daemon import Daemon, daemon_process
from tests.journeys.conftest import ROUTING
from tests.journeys.desk import accept
from tests.service.sockets.clients import DeskClient

IMAGES = Path(__file__).parent.parent.parent / "docs" / "images"
WIDE = {"width": 900, "height": 640}
NARROW = {"width": 390, "height": 760}
DIALOGUE = (
    ("Where is my tea? I paid on Monday.", "It left our house this morning: https://parcels.example/4711"),
    ("And is it organic?", "It is, from leaf to box. ☕ It comes tomorrow between 9 and 12."),
)
ARABIC = (
    ("أين طلبي؟ لقد طلبت الشاي يوم الإثنين.", "غادر مستودعنا هذا الصباح: https://parcels.example/4711"),
    ("وهل هو عضوي؟", "نعم، من الورقة إلى العلبة. ☕ يصل غدًا بين 9 و12."),
)


@dataclass(frozen=True)
class Picture:
    name: str
    look: dict[str, Any]
    language: str = "en"
    dialogue: tuple[tuple[str, str], ...] = DIALOGUE


PICTURES = (
    Picture("widget-light", {"viewport": WIDE, "color_scheme": "light"}),
    Picture("widget-dark", {"viewport": WIDE, "color_scheme": "dark"}),
    Picture("widget-narrow", {"viewport": NARROW, "color_scheme": "light"}),
    Picture("widget-rtl", {"viewport": WIDE, "color_scheme": "light"}, "ar", ARABIC),
)


async def main() -> None:
    with tempfile.TemporaryDirectory() as directory:
        async with daemon_process(Path(directory), ROUTING) as daemon, async_playwright() as playwright:
            path = shutil.which("chromium")
            arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
            browser = await playwright.chromium.launch(executable_path=path, args=arguments)
            for picture in PICTURES:
                await take(picture, browser, daemon)
            await browser.close()


async def take(picture: Picture, browser: Browser, daemon: Daemon) -> None:
    context = await browser.new_context(locale="en-GB", **picture.look)
    page = await context.new_page()
    await page.goto(f"{daemon.url}/demo?language={picture.language}")
    await page.locator("duetime-chat .launcher").click()
    desk = await daemon.desk("ana")
    conversation = await talk(page, picture, desk)
    target = IMAGES / f"{picture.name}.png"
    await page.screenshot(path=target)
    await context.close()
    await desk.do("close", conversation=conversation)
    await desk.close()
    print(f"{target.name}: {target.stat().st_size // 1024} KB")


async def talk(page: Page, picture: Picture, desk: DeskClient) -> str:
    """The conversation, in which the associate is about to say more."""
    conversation = ""
    for question, answer in picture.dialogue:
        await page.locator("duetime-chat textarea").fill(question)
        await page.keyboard.press("Enter")
        if not conversation:
            conversation = str((await desk.event("OfferMade"))["conversation"])
            await accept(desk, conversation)
        else:
            await desk.event("MessageReceived", conversation=conversation)
        await desk.do("reply", conversation=conversation, text=answer)
        await page.locator("duetime-chat .theirs .text").get_by_text(answer[:12]).wait_for()
    await desk.send(type="typing", conversation=conversation)
    await page.locator("duetime-chat .typing").wait_for()
    return conversation


if __name__ == "__main__":
    asyncio.run(main())
