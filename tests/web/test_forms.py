"""What is asked before a chat, messages left while nobody is there, transcripts, and visitors who are signed in."""

import re
import time
from datetime import date, timedelta
from string import Template

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey
from playwright.async_api import expect

from tests.daemon import Daemon
from tests.web.conftest import Come
from tests.web.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")

SECRET = "a secret that only the shop and we know"
SETTINGS = f"""
[chat.endpoints.web]
name = "Tea shop"
allowed_origins = ["{{origin}}"]
form = [
  {{ name = "name", kind = "name", required = true }},
  {{ name = "email", kind = "email" }},
  {{ name = "phone", kind = "phone" }},
  {{ name = "about", kind = "choice", required = true, label = "What is it about?", choices = ["An order", "A tea"] }},
]

[chat.endpoints.signed]
name = "Members"
allowed_origins = ["{{origin}}"]
identity_secret = "{SECRET}"

[chat.endpoints.known]
name = "Members"
allowed_origins = ["{{origin}}"]
identity_secret = "{SECRET}"
form = [
  {{ name = "name", kind = "name", required = true }},
  {{ name = "email", kind = "email", required = true }},
  {{ name = "order", kind = "text", required = true, label = "Order number" }},
]

[chat.endpoints.nights]
name = "Nights"
allowed_origins = ["{{origin}}"]
after_hours = "email"
email_endpoint = "support"
transcripts = true

[email.endpoints.support]
address = "support@shop.example"
[email.endpoints.support.smtp]
host = "127.0.0.1"
port = 9
tls = "none"
"""
CLOSED = """
[calendars.never]
zone = "Europe/Berlin"
hours = { mon-sun = ["09:00-18:00"] }
closures = ["$yesterday..$far_off"]
"""


@pytest.fixture
def settings_text() -> str:
    return SETTINGS


async def close_for_months(office: Daemon) -> None:
    config = await office.get("/v1/config")
    text = config["document"].replace("[queues.general]", '[queues.general]\ncalendar = "never"')
    days = {"yesterday": date.today() - timedelta(days=1), "far_off": date.today() + timedelta(days=200)}
    text += Template(CLOSED).substitute(days)
    answer = await office.call(
        "PUT", "/v1/config", {"document": text, "comment": "closed"}, token=office.tokens.admin, If_Match="*"
    )
    assert answer.status == 200, answer.raw


def signed(user: str, **claims: object) -> str:
    now_s = int(time.time())
    told = {"sub": user, "iat": now_s, "exp": now_s + 600, **claims}
    return jwt.encode({"alg": "HS256"}, told, OctKey.import_key(SECRET))


async def test_a_chat_begins_with_the_form_and_its_answers_reach_the_associate(office: Daemon, come: Come) -> None:
    mia = await come()
    form = mia.root.locator("form.form")
    start = form.get_by_role("button", name="Start the chat")
    await expect(form.get_by_label("Your name")).to_be_focused()
    await start.click()
    await expect(form.get_by_label("Your name")).to_have_attribute("aria-invalid", "true")
    await expect(form.get_by_label("Your name")).to_have_accessible_description("Please fill this in.")
    await form.get_by_label("Your name").fill("Mia")
    await form.get_by_label("Your email address (optional)").fill("mia at home")
    await form.get_by_label("What is it about?").select_option("An order")
    await start.click()
    await expect(form.get_by_label("Your email address")).to_have_accessible_description(re.compile("not an email"))
    await form.get_by_label("Your email address").fill("mia@customer.example")
    await form.get_by_label("Your phone number").fill("12")
    await start.click()
    await expect(form.get_by_label("Your phone number")).to_have_accessible_description(re.compile("country code"))
    await expect(mia.notice).to_be_hidden()
    await form.get_by_label("Your phone number").fill("+49 30 901820")
    await start.click()

    await expect(mia.input).to_be_focused()
    await mia.write("Where is my tea?")
    await expect(mia.status).to_have_text("Sent")
    [found] = (await office.get("/v1/conversations"))["conversations"]
    assert found["attributes"]["form.about"] == "An order"
    assert found["attributes"]["email"] == "mia@customer.example"
    assert (await office.get(f"/v1/contacts/{found['contact']}"))["name"] == "Mia"
    await mia.page.reload()
    await mia.expect_texts("Where is my tea?")


async def test_while_nobody_is_there_a_message_is_left_and_becomes_an_email_conversation(
    office: Daemon, site: Site, come: Come
) -> None:
    site.attributes["data-endpoint"] = "nights"
    await close_for_months(office)
    mia = await come()
    form = mia.root.locator("form.form")
    await expect(form).to_contain_text("Nobody is here until")
    await form.get_by_label("Your name").fill("Mia")
    await form.get_by_label("Your email address").fill("mia@customer.example")
    await form.get_by_label("Your message").fill("Do you ship to Norway?")
    await form.get_by_role("button", name="Send").click()

    await expect(mia.root.locator(".words")).to_contain_text("Thank you.")
    [found] = (await office.get("/v1/conversations"))["conversations"]
    assert (found["channel"], found["endpoint"], found["address"]) == ("email", "support", "mia@customer.example")


async def test_a_visitor_has_the_conversation_sent_to_them(office: Daemon, site: Site, come: Come) -> None:
    site.attributes["data-endpoint"] = "nights"
    mia = await come()
    await mia.write("Hello")
    await expect(mia.status).to_have_text("Sent")
    await mia.root.get_by_role("button", name="Send the conversation by email").click()
    await expect(mia.root.get_by_label("Your email address")).to_be_focused()
    await mia.root.get_by_label("Your email address").fill("mia@customer.example")
    await mia.root.get_by_role("button", name="Send", exact=True).click()
    await expect(mia.root.locator(".words")).to_contain_text("on its way")
    await mia.root.get_by_role("button", name="Back").click()
    await expect(mia.input).to_be_focused()


async def test_who_signs_in_keeps_what_they_said_and_the_next_person_sees_none_of_it(
    office: Daemon, site: Site, come: Come
) -> None:
    site.attributes["data-endpoint"] = "signed"
    mia = await come()
    await mia.write("Hello")
    await expect(mia.status).to_have_text("Sent")
    site.attributes["data-user"] = signed("customer-7", name="Mia Berg")
    await mia.page.reload()
    await mia.expect_texts("Hello")
    await mia.write("Now you know me")
    await expect(mia.status).to_have_text("Sent")
    found = (await office.get("/v1/conversations"))["conversations"][0]
    contact = await office.get(f"/v1/contacts/{found['contact']}")
    assert contact["name"] == "Mia Berg"

    site.attributes["data-user"] = signed("customer-8")
    await mia.page.reload()
    await expect(mia.input).to_be_visible()
    await mia.write("Somebody else")
    await expect(mia.status).to_have_text("Sent")
    await mia.expect_texts("Somebody else")
    del site.attributes["data-user"]
    await mia.page.reload()
    await expect(mia.input).to_be_visible()
    await mia.expect_texts()


async def test_an_identity_that_is_not_accepted_ends_the_chat_with_words(site: Site, come: Come) -> None:
    site.attributes |= {"data-endpoint": "signed", "data-user": signed("customer-7") + "x"}
    mia = await come()
    await expect(mia.notice).to_contain_text("Please reload the page and sign in again.")


async def test_what_the_site_has_signed_is_not_asked_for(office: Daemon, site: Site, come: Come) -> None:
    site.attributes |= {"data-endpoint": "known", "data-user": signed("customer-7", name="Zoë", email="z@shop.example")}
    mia = await come()
    await expect(mia.root.locator(".field")).to_have_count(1)
    await mia.root.get_by_label("Order number").fill("4711")
    await mia.root.get_by_role("button", name="Start the chat").click()
    await mia.write("Where is my tea?")
    await expect(mia.status).to_have_text("Sent")
    [found] = (await office.get("/v1/conversations"))["conversations"]
    assert (found["contact_name"], found["attributes"]["form.order"]) == ("Zoë", "4711")


async def test_a_page_that_is_never_loaded_anew_tells_who_signed_in(site: Site, come: Come) -> None:
    site.attributes["data-endpoint"] = "signed"
    site.policy = None  # a script that a test makes is trusted by no policy
    mia = await come()
    await mia.write("Hello")
    await expect(mia.status).to_have_text("Sent")
    await mia.page.evaluate(
        """([user]) => {
            const before = document.querySelector('script[data-endpoint]');
            const script = Object.assign(document.createElement('script'), { async: true });
            Object.assign(script.dataset, { endpoint: 'signed', user });
            script.src = before.src;
            document.head.append(script);
        }""",
        [signed("customer-7")],
    )
    await expect(mia.root).to_have_count(1)
    await mia.expect_texts("Hello")


async def test_a_form_that_the_daemon_has_forgotten_is_asked_again_and_no_message_is_lost(
    office: Daemon, site: Site, come: Come
) -> None:
    mia = await come(opened=False)
    keep = f"duetime:{office.url.removeprefix('http://')}:web:"
    await mia.page.evaluate(
        """([keep]) => {
            localStorage.setItem(keep + 'token', '"forgotten"');
            const message = { id: 'm1', at: Date.now(), text: 'Hello?', files: [] };
            localStorage.setItem(keep + 'unsent.m1', JSON.stringify(message));
        }""",
        [keep],
    )
    await mia.page.reload()
    await mia.open()
    await mia.root.get_by_label("Your name").fill("Mia")
    await mia.root.get_by_label("What is it about?").select_option("A tea")
    await mia.root.get_by_role("button", name="Start the chat").click()
    await expect(mia.status).to_have_text("Sent")
    await mia.expect_texts("Hello?")
