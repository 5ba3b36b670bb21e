"""Whether people can use the chat who see, hear or move differently: what axe finds, in every state."""

from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import expect

from tests.daemon import Daemon
from tests.web.answering import answered
from tests.web.conftest import Come
from tests.web.site import Site
from tests.web.visitor import Visitor, text_file

pytestmark = pytest.mark.asyncio(loop_scope="session")

AT_REST = "(panel) => Promise.all(panel.getAnimations().map((animation) => animation.finished))"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SETTINGS = """
[chat.endpoints.web]
name = "Tea shop"
allowed_origins = ["{origin}"]
transcripts = true
email_endpoint = "support"

[chat.endpoints.asking]
name = "Tea shop"
allowed_origins = ["{origin}"]
form = [
  { name = "name", kind = "name", required = true },
  { name = "about", kind = "choice", label = "What is it about?", choices = ["An order", "A tea"] },
]

[email.endpoints.support]
address = "support@shop.example"
[email.endpoints.support.smtp]
host = "127.0.0.1"
port = 9
tls = "none"
"""


@pytest.fixture
def settings_text() -> str:
    return SETTINGS


async def expect_usable(visitor: Visitor) -> None:
    """axe finds nothing, in the chat or around it."""
    # What rises is seen through for a moment.
    await visitor.root.locator(".panel").evaluate(AT_REST)
    found = await Axe().run(visitor.page, options={"runOnly": {"type": "tag", "values": TAGS}})
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize(
    ("look", "language"),
    [
        ({"color_scheme": "light"}, "en"),
        ({"color_scheme": "dark"}, "fr"),
        ({"viewport": {"width": 320, "height": 560}}, "es"),
        ({"color_scheme": "dark"}, "ar"),
        ({"forced_colors": "active"}, "en"),
    ],
    ids=["light", "dark", "narrow", "right-to-left", "forced-colors"],
)
async def test_a_conversation_is_usable(
    office: Daemon, site: Site, come: Come, look: dict[str, Any], language: str
) -> None:
    site.language = language
    mia = await come(look=look)
    await mia.write("Look at https://shop.example/tea")
    desk, conversation = await answered(office)
    await desk.do("reply", conversation=conversation, text="I do: https://shop.example/tea")
    await expect(mia.log.locator(".theirs")).to_have_count(2)
    await desk.send(type="typing", conversation=conversation)
    await expect(mia.root.locator(".typing")).to_be_visible()

    await expect_usable(mia)

    await mia.page.keyboard.press("Escape")
    await desk.do("reply", conversation=conversation, text="And?")
    await expect(mia.root.locator(".badge")).to_be_visible()
    await expect_usable(mia)
    direction = await mia.root.locator(".root").get_attribute("dir")
    assert (direction, await mia.root.locator(".root").get_attribute("lang")) == (
        "rtl" if language == "ar" else "ltr",
        language,
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_forms_and_their_errors_are_usable(site: Site, come: Come, scheme: str) -> None:
    site.attributes["data-endpoint"] = "asking"
    mia = await come(look={"color_scheme": scheme})
    await expect_usable(mia)
    await mia.root.get_by_role("button", name="Start the chat").click()
    await expect(mia.root.locator(".error:visible")).to_have_count(1)
    await expect_usable(mia)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_what_goes_wrong_is_shown_in_a_usable_way(office: Daemon, come: Come, scheme: str) -> None:
    mia = await come(look={"color_scheme": scheme})
    await mia.write("Hello")
    await expect(mia.status).to_have_text("Sent")
    await mia.page.route("**/v1/chat/files?*", lambda route: route.abort())
    await mia.pick(text_file("leaf.txt"))
    await expect(mia.root.locator(".upload .error")).to_have_text("The file could not be sent.")
    await mia.page.context.set_offline(True)
    await expect(mia.notice).to_contain_text("You are offline.")
    await mia.write("Hello?")
    await expect_usable(mia)
    await mia.page.context.set_offline(False)
    await mia.root.get_by_role("button", name="Send the conversation by email").click()
    await expect_usable(mia)


async def test_at_twice_the_size_nothing_is_cut_off(come: Come) -> None:
    mia = await come(look={"viewport": {"width": 640, "height": 400}, "device_scale_factor": 2})
    await mia.write("A word that is rather long: " + "x" * 200)
    await expect(mia.status).to_have_text("Sent")
    box = await mia.panel.bounding_box()
    assert box == {"x": 0, "y": 0, "width": 640, "height": 400}
    assert await mia.log.evaluate("(log) => log.scrollWidth <= log.clientWidth && log.clientHeight > 100")
    await expect(mia.launcher).to_be_hidden()


async def test_who_wants_no_motion_sees_none(come: Come) -> None:
    mia = await come(look={"reduced_motion": "reduce"})
    assert await mia.panel.evaluate("(panel) => getComputedStyle(panel).animationName") == "none"


async def test_axe_looks_into_the_chat(come: Come) -> None:
    mia = await come()
    await mia.input.evaluate("(input) => ['aria-label', 'placeholder'].forEach((name) => input.removeAttribute(name))")
    found = await Axe().run(mia.page, options={"runOnly": {"type": "tag", "values": TAGS}})
    assert [violation["id"] for violation in found.response["violations"]] == ["label"]
