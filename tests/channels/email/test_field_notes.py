"""What users of other systems complain about, as far as reading a mail can cause or prevent it."""

import pytest

from duetime.channels.email.inbound import UNKNOWN_SENDER, read_mail
from duetime.channels.email.parse import parse_mail
from duetime.router.ids import EndpointId
from tests.channels.email.letters import letter, read


def test_a_mail_without_message_id_is_imported() -> None:
    raw = b"From: mia@example.org\r\nSubject: Order\r\n\r\nHello"
    message = read_mail(raw, endpoint=EndpointId("support"), position="support 7 42")
    assert (message.text, message.external_id.startswith("mail-")) == ("Hello", True)


def test_one_bad_mail_is_the_same_message_however_often_it_is_fetched() -> None:
    raw = b"\xff\x00From <<<\r\r\nContent-Type: multipart/mixed; boundary=\r\n\r\n--\r\n"
    once, again = (read_mail(raw, endpoint=EndpointId("support"), position="support 7 42") for _ in range(2))
    assert once == again
    assert once.sender.address == UNKNOWN_SENDER


@pytest.mark.parametrize(
    "headers",
    [
        # Outlook leaves References out, or joins them with the folds of a Thread-Topic.
        ("In-Reply-To: <0@example.com>", "Thread-Index: AQHZ"),
        ("References: <0@example.com>\r\n <9@outlook.example>", "In-Reply-To: <0@example.com>"),
        # Apple Mail folds before every id; others put commas between.
        ("In-Reply-To:\r\n <0@example.com>", "References:\r\n <0@example.com>"),
        ("In-Reply-To: <0@example.com>,<9@example.org>",),
    ],
)
def test_the_mail_that_is_answered_is_found_whoever_s_program_wrote_the_headers(headers: tuple[str, ...]) -> None:
    mail = read(*headers)
    assert "0@example.com" in (*mail.in_reply_to, *mail.references)
    assert mail.in_reply_to[:1] == ("0@example.com",)


def test_a_new_subject_in_an_old_thread_is_still_told() -> None:
    mail = read("Subject: Something else", "References: <0@example.com>")
    assert (mail.subject, mail.references) == ("Something else", ("0@example.com",))


def test_a_reply_comes_from_who_wrote_it_and_not_from_whom_it_names() -> None:
    mail = read("Reply-To: other@customer.example", "Sender: other@customer.example", "Return-Path: <x@y.example>")
    assert mail.from_addr == "mia@example.org"


@pytest.mark.parametrize(
    "header",
    [
        "Auto-Submitted: auto-replied",
        "X-Auto-Response-Suppress: OOF",
        "Precedence: bulk",
        "Return-Path: <>",
        "Subject: Out of office: Order",
        "List-Unsubscribe: <mailto:x@example.org>",
    ],
)
def test_an_out_of_office_notice_is_not_answered(header: str) -> None:
    assert not read(header).answerable


def test_two_people_of_one_name_are_two() -> None:
    one, other = (read(sender=f'"Mia Ruiz" <{addr}>').from_addr for addr in ("mia@example.org", "mia@example.net"))
    assert one != other


def test_one_mail_to_two_of_our_mailboxes_is_one_text_with_all_its_recipients() -> None:
    raw = letter("Cc: sales@example.com")
    one, other = (read_mail(raw, endpoint=EndpointId(name), position=f"{name} 1 1") for name in ("support", "sales"))
    assert one.external_id == other.external_id
    assert (one.attributes["to"], one.attributes["cc"]) == ("help@example.com", "sales@example.com")
    assert parse_mail(raw).to == ("help@example.com",)
