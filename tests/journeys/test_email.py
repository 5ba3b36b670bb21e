"""Mail from a customer's program to an associate's desk and back, through real mailboxes and a real SMTP server."""

import asyncio
import re
import smtplib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default
from pathlib import Path
from typing import Any

import pytest

from tests.daemon import Daemon, daemon_here, daemon_process
from tests.journeys.conftest import ROUTING
from tests.journeys.desk import accept
from tests.service.mail.dovecot import PASSWORD, Dovecot, new_user
from tests.service.mail.peer import Peer, running_peer
from tests.waiting import wait_until

POLITE = ROUTING.replace(
    '[queues.general]\nname = "General"\n',
    '[queues.general]\nname = "General"\n'
    'answer = "Dear {contact},\\n\\n{text}"\nsignature = "{associate}, Example Shop"\n'
    'acknowledgement = "Dear {contact}, we have your mail about {subject}. You will hear by {due}."\n',
)
SETTINGS = """
[email]
authserv_ids = ["mx.ours.example"]
readers = 1

[email.endpoints.support]
address = "support@ours.example"
name = "Example Support"

[email.endpoints.support.imap]
host = "127.0.0.1"
port = {imap_port}
tls = false
user = "{user}"
password = '{password}'
start = "all"
poll_s = 1

[email.endpoints.support.smtp]
host = "127.0.0.1"
port = {smtp_port}
tls = "none"
"""


@pytest.fixture(scope="module")
def dovecot() -> Iterator[Dovecot]:
    server = Dovecot()
    server.start()
    yield server
    server.remove()


class Post:
    """Where mails lie: our mailbox, the server that takes ours, and the customer's mailbox."""

    def __init__(self, dovecot: Dovecot, peer: Peer) -> None:
        self.dovecot = dovecot
        self.peer = peer
        self.ours, self.theirs = new_user(), new_user()

    def settings(self, folder: Path, more: str = "") -> Path:
        path = folder / "settings.toml"
        ports = {"imap_port": self.dovecot.port, "smtp_port": self.peer.port}
        path.write_text(SETTINGS.format(user=self.ours, password=PASSWORD, **ports) + more)
        return path

    async def write(self, *mails: EmailMessage) -> None:
        """The customer writes."""
        await asyncio.to_thread(self.dovecot.append, self.ours, *(bytes(mail) for mail in mails))

    async def next_of_ours(self, number: int) -> EmailMessage:
        """Of the mails of ours that left, counted from 1, as the customer's program reads it in their mailbox."""
        await wait_until(lambda: len(self.peer.taken) >= number, 30, f"mail {number} of ours")
        await asyncio.to_thread(self.dovecot.append, self.theirs, self.peer.taken[number - 1].raw)
        found = message_from_bytes(await asyncio.to_thread(self._newest_of_theirs), policy=default)
        assert isinstance(found, EmailMessage)
        return found

    def _newest_of_theirs(self) -> bytes:
        with self.dovecot.login(self.theirs) as client:
            _, (count,) = client.select("INBOX", readonly=True)
            _, parts = client.fetch(str(count.decode() if count else ""), "(RFC822)")
            content: Any = parts[0]
            return bytes(content[1])


@pytest.fixture
async def post(dovecot: Dovecot) -> AsyncIterator[Post]:
    async with running_peer() as peer:
        yield Post(dovecot, peer)


@asynccontextmanager
async def office(
    post: Post, folder: Path, redis_url: str, workspace: str, routing: str = ROUTING
) -> AsyncIterator[Daemon]:
    settings = post.settings(folder)
    async with daemon_here(folder, routing, settings=settings, redis_url=redis_url, workspace=workspace) as daemon:
        yield daemon


def mail(text: str, *, message_id: str = "first@customer.example", **headers: str) -> EmailMessage:
    """``headers`` have ``_`` for ``-``."""
    written = EmailMessage(policy=SMTP)
    written["Authentication-Results"] = "mx.ours.example; dmarc=pass header.from=customer.example"
    written["From"] = "Maria Silva <maria@customer.example>"
    written["To"] = headers.pop("To", "support@ours.example")
    written["Subject"] = headers.pop("Subject", "My invoice")
    written["Message-ID"] = f"<{message_id}>"
    for name, value in headers.items():
        written[name.replace("_", "-")] = value
    written.set_content(text)
    return written


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


async def only_conversation(daemon: Daemon, messages: int) -> dict[str, Any]:
    """The one conversation that there is, once it has so many messages."""

    async def found() -> dict[str, Any] | None:
        listed = (await daemon.get("/v1/conversations"))["conversations"]
        return next((one for one in listed if one["messages"] >= messages), None)

    conversation = await wait_until(found, 30, f"a conversation with {messages} messages")
    assert len((await daemon.get("/v1/conversations"))["conversations"]) == 1
    assert isinstance(conversation, dict)
    return conversation


async def test_an_answer_threads_in_the_customers_mailbox_and_their_reply_joins(
    post: Post, tmp_path: Path, redis_url: str, workspace: str
) -> None:
    async with office(post, tmp_path, redis_url, workspace) as daemon:
        ana = await daemon.desk("ana")
        await post.write(mail("Why is it 12 EUR?"))
        conversation = (await only_conversation(daemon, 1))["id"]
        await accept(ana, conversation)
        await ana.do("reply", conversation=conversation, text="Because of the postage.")

        answer = await post.next_of_ours(1)
        assert (answer["Subject"], answer["To"]) == ("Re: My invoice", "Maria Silva <maria@customer.example>")
        assert answer["In-Reply-To"] == answer["References"] == "<first@customer.example>"
        assert text_of(answer).startswith("Because of the postage.")

        await post.write(
            mail(
                "I see, thank you.",
                message_id="second@customer.example",
                To=answer["Reply-To"],
                Subject="Re: My invoice",
                In_Reply_To=answer["Message-ID"],
                References=f"<first@customer.example> {answer['Message-ID']}",
            )
        )
        await only_conversation(daemon, 3)
        await ana.event("MessageReceived", conversation=conversation)
        delivered = await daemon.get(f"/v1/conversations/{conversation}/deliveries")
        assert [one["delivery"]["state"] for one in delivered] == ["sent"]
        assert daemon.examine() == "Everything agrees.\n"


async def test_a_mail_is_acknowledged_once_and_that_is_no_answer(
    post: Post, tmp_path: Path, redis_url: str, workspace: str
) -> None:
    async with office(post, tmp_path, redis_url, workspace, POLITE) as daemon:
        await post.write(mail("Why is it 12 EUR?"))
        conversation = await only_conversation(daemon, 2)
        notice = await post.next_of_ours(1)
        assert notice["Auto-Submitted"] == "auto-replied"
        assert post.peer.taken[0].sender in ("", "<>")
        assert "Dear Maria Silva, we have your mail about My invoice." in text_of(notice)
        assert "answered" not in conversation or conversation["answered"] is False

        away = mail(
            "I am away.",
            message_id="away@customer.example",
            Subject="Out of office",
            In_Reply_To=notice["Message-ID"],
            Auto_Submitted="auto-replied",
        )
        await post.write(away)
        await only_conversation(daemon, 3)
        assert len(post.peer.taken) == 1

        ana = await daemon.desk("ana")
        await accept(ana, conversation["id"])
        await ana.do("reply", conversation=conversation["id"], text="Because of the {postage}.")
        answer = text_of(await post.next_of_ours(2))
        assert answer.startswith("Dear Maria Silva,\n\nBecause of the {postage}.")
        assert "\n-- \nAna Ruiz, Example Shop" in answer


async def test_what_came_while_the_daemon_was_dead_is_there_once_afterwards(post: Post, tmp_path: Path) -> None:
    settings = post.settings(tmp_path)
    async with daemon_process(tmp_path, ROUTING, settings=settings) as daemon:
        await post.write(mail("one", message_id="m1@customer.example"))
        await only_conversation(daemon, 1)
        daemon.kill()
        await post.write(*(mail(f"number {n}", message_id=f"m{n}@customer.example") for n in range(2, 12)))
        await daemon.start()
        found = await only_conversation(daemon, 11)
        messages = await daemon.get(f"/v1/conversations/{found['id']}/messages")
        texts = [message["text"].strip() for message in messages]
        assert sorted(texts) == sorted(["one", *(f"number {n}" for n in range(2, 12))])


async def test_a_newcomer_sends_a_mail_to_the_daemon_itself(post: Post, tmp_path: Path) -> None:
    settings = post.settings(tmp_path, "\n[email.listen]\nport = 0\n")
    async with daemon_process(tmp_path, ROUTING, settings=settings) as daemon:
        told = re.search(r"listening for mail\W.*?port\W+(\d+)", daemon.log)
        assert told, daemon.log
        port = int(told[1])

        def send() -> None:
            with smtplib.SMTP("127.0.0.1", port, timeout=20) as client:
                client.send_message(mail("Hello?"))
                with pytest.raises(smtplib.SMTPRecipientsRefused):
                    client.sendmail("a@b.example", ["somebody@else.example"], b"Subject: x\r\n\r\nrelay this")

        await asyncio.to_thread(send)
        assert (await only_conversation(daemon, 1))["subject"] == "My invoice"
