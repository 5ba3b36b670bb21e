"""One person who chats, sends an SMS and writes a mail: one conversation where it is proven that they are one, and
where an associate sees it otherwise."""

import asyncio
import hmac
import json
import re
import smtplib
import time
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass
from email.message import EmailMessage
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.daemon import DaemonProcess, daemon_process
from tests.journeys.conftest import ROUTING
from tests.journeys.desk import accept
from tests.service.mail.peer import Peer as MailServer
from tests.service.mail.peer import running_peer as running_mail_server
from tests.service.sms.peer import PUBLIC, SID, TOKEN, TwilioCaller
from tests.service.sms.peer import Peer as SmsProvider
from tests.service.sms.peer import running_peer as running_sms_provider
from tests.waiting import wait_until

MAIL, NUMBER, OURS = "maria@customer.example", "+4915112345678", "+14155550100"
SECRET = "a secret of the site, with 32 characters"
SETTINGS = f"""
[chat.endpoints.web]
email_endpoint = "support"
continue_by_email_after_s = 1
identity_secret = "{SECRET}"
[[chat.endpoints.web.form]]
name = "email"
kind = "email"

[email]
authserv_ids = ["mx.ours.example"]
readers = 1
[email.listen]
port = 0
[email.endpoints.support]
address = "support@ours.example"
[email.endpoints.support.smtp]
host = "127.0.0.1"
port = {{mail_port}}
tls = "none"

[sms]
public_url = "{PUBLIC}"
[sms.endpoints.text]
number = "{OURS}"
[sms.endpoints.text.twilio]
account_sid = "{SID}"
auth_token = "{TOKEN}"
api_url = "{{sms_url}}"
"""


@dataclass
class Shop:
    daemon: DaemonProcess
    mails: MailServer
    texts: SmsProvider

    async def send_text(self, text: str) -> None:
        caller = TwilioCaller(self.daemon.session, self.daemon.url, "text", OURS)
        assert await caller.write(text, NUMBER) == 200

    def send_mail(self, text: str, **headers: str) -> None:
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = MAIL, "support@ours.example", "My parcel"
        for name, value in {"Message-ID": f"<{text[:4]}@customer.example>", **headers}.items():
            mail[name.replace("_", "-")] = value
        mail.set_content(text)
        told = re.search(r"listening for mail\W.*?port\W+(\d+)", self.daemon.log)
        assert told, self.daemon.log
        with smtplib.SMTP("127.0.0.1", int(told[1]), timeout=20) as server:
            server.send_message(mail)

    async def conversations(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.daemon.get("/v1/conversations"))["conversations"]
        return found


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with running_mail_server() as mails, running_sms_provider() as texts:
        path = tmp_path / "settings.toml"
        path.write_text(SETTINGS.format(mail_port=mails.port, sms_url=texts.url))
        async with daemon_process(tmp_path, ROUTING, settings=path) as daemon:
            yield Shop(daemon, mails, texts)


def signed(**claims: object) -> str:
    """A JWT of the site, as a few lines of any language make it."""
    parts = [urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in ({"alg": "HS256"}, claims)]
    body = b".".join(parts)
    return (body + b"." + urlsafe_b64encode(hmac.digest(SECRET.encode(), body, sha256)).rstrip(b"=")).decode()


async def messages(shop: Shop, conversation: str, count: int) -> dict[str, Any]:
    """The conversation, once it has so many messages."""

    async def look() -> dict[str, Any] | None:
        found = await shop.daemon.see(conversation)
        return found if found["messages"] >= count else None

    return await wait_until(look, 20, f"{count} messages")


async def test_who_is_proven_is_one_contact_in_one_conversation_on_every_channel(shop: Shop) -> None:
    ana = await shop.daemon.desk("ana")
    who = signed(sub="7", exp=int(time.time()) + 3600, name="Maria", email=MAIL, phone=NUMBER)
    chat = await shop.daemon.chat(identity=who)
    conversation = (await chat.do("message", text="Where is my parcel?"))["conversation"]
    await accept(ana, conversation)
    await ana.do("reply", conversation=conversation, text="Which one?")
    await chat.text("Which one?")

    await shop.send_text("The blue one. I am on the road now.")
    await messages(shop, conversation, 3)
    await ana.do("reply", conversation=conversation, text="It comes tomorrow.")
    (text,) = await wait_until(lambda: shop.texts.taken)
    assert (text["To"], text["Body"]) == (NUMBER, "It comes tomorrow.")

    passed = "mx.ours.example; dmarc=pass header.from=customer.example"
    await asyncio.to_thread(shop.send_mail, "Here is the bill.", Authentication_Results=passed)
    found = await messages(shop, conversation, 5)
    await ana.do("reply", conversation=conversation, text="Thank you for it.")
    (mail,) = await wait_until(lambda: shop.mails.taken)
    assert mail.recipient == MAIL
    assert b"Thank you for it." in mail.raw

    assert [one["id"] for one in await shop.conversations()] == [conversation]
    contact = await shop.daemon.get(f"/v1/contacts/{found['contact']}")
    assert {f"email:{MAIL}", f"sms:{NUMBER}"} <= set(contact["addresses"])
    await chat.text("Thank you for it.")
    assert shop.daemon.examine() == "Everything agrees.\n"


async def test_who_is_not_proven_is_two_until_an_associate_merges_them_and_again_after_a_split(shop: Shop) -> None:
    ana = await shop.daemon.desk("ana")
    chat = await shop.daemon.chat()
    chatted = (await chat.do("message", text="Where is my parcel?"))["conversation"]
    await accept(ana, chatted)
    await shop.send_text("I just wrote in your chat.")
    (texted,) = [one["id"] for one in await shop.conversations() if one["id"] != chatted]
    await accept(ana, texted)

    await ana.do("merge", conversation=chatted, other=texted)
    await shop.send_text("Still there?")
    assert (await messages(shop, chatted, 2))["merged"] == [texted]
    await ana.do("reply", conversation=chatted, text="Yes, I am.")
    assert (await wait_until(lambda: shop.texts.taken))[0]["Body"] == "Yes, I am."
    await chat.text("Yes, I am.")
    assert "I just wrote in your chat." not in chat.texts, "what was said elsewhere before is not shown here"

    await ana.do("split", conversation=chatted, other=texted)
    await shop.send_text("Two again.")
    await messages(shop, texted, 2)
    assert (await shop.daemon.see(texted))["contact"] != (await shop.daemon.see(chatted))["contact"]
    assert shop.daemon.examine() == "Everything agrees.\n"


async def test_a_visitor_who_left_is_answered_by_mail_and_goes_on_by_mail(shop: Shop) -> None:
    ana = await shop.daemon.desk("ana")
    chat = await shop.daemon.chat(form={"email": MAIL})
    conversation = (await chat.do("message", text="Where is my parcel?"))["conversation"]
    await accept(ana, conversation)
    await chat.close()
    await ana.do("reply", conversation=conversation, text="It comes tomorrow.")
    (mail,) = await wait_until(lambda: shop.mails.taken)
    assert mail.recipient == MAIL
    first = re.search(rb"^Message-ID: (<[^>]+>)", mail.raw, re.MULTILINE)
    assert first

    await asyncio.to_thread(shop.send_mail, "Thanks, at what time?", In_Reply_To=first[1].decode())
    await messages(shop, conversation, 3)
    await ana.do("reply", conversation=conversation, text="At noon.")
    (_, second) = await wait_until(lambda: shop.mails.taken if len(shop.mails.taken) > 1 else None)
    assert b"At noon." in second.raw
    assert [one["id"] for one in await shop.conversations()] == [conversation]
    assert shop.daemon.examine() == "Everything agrees.\n"
