"""Mail of programs: recognised by what they say of themselves, and never taken for somebody's."""

import pytest

from duetime.channels.email.mail import Machine
from duetime.channels.email.parse import parse_mail
from tests.channels.email.letters import letter, multipart, read

DSN = multipart(
    "\r\nYour mail could not be delivered.",
    "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.org\r\n\r\n"
    "Final-Recipient: rfc822; moved@example.org\r\nOriginal-Recipient: rfc822; leo@example.org\r\nAction: failed\r\n",
    kind="report; report-type=delivery-status",
)


def test_a_report_of_delivery_is_a_bounce_with_the_address_that_failed() -> None:
    mail = read(DSN[0], body=DSN[1])
    assert (mail.machine, mail.failed_address, mail.delayed) == (Machine.BOUNCE, "leo@example.org", False)


def test_a_report_of_delay_says_that_the_server_still_tries() -> None:
    mail = read(DSN[0], body=DSN[1].replace("Action: failed", "Action: delayed"))
    assert (mail.machine, mail.failed_address, mail.delayed) == (Machine.BOUNCE, "leo@example.org", True)


@pytest.mark.parametrize(
    ("sender", "subject", "body"),
    [
        (
            "MAILER-DAEMON@mx.example.org",
            "failure notice",
            "This is the qmail-send program.\n\n<leo@example.org>:\nSorry, no mailbox here by that name. (#5.1.1)\n",
        ),
        (
            "Mail Delivery System <Mailer-Daemon@mx.example.org>",
            "Mail delivery failed: returning message to sender",
            "A message that you sent could not be delivered to all of its recipients. The following address(es) failed:"
            "\n\n  leo@example.org\n    550 5.1.1 unknown user\n",
        ),
        (
            "postmaster@example.org",
            "Unzustellbar: Rechnung",
            "Ihre Nachricht an leo@example.org wurde nicht zugestellt.\n550 5.1.10 not found\n",
        ),
    ],
)
def test_bounces_without_a_report_are_recognised_by_what_they_say(sender: str, subject: str, body: str) -> None:
    mail = read(f"Subject: {subject}", body=body, sender=sender)
    assert (mail.machine, mail.failed_address) == (Machine.BOUNCE, "leo@example.org")


@pytest.mark.parametrize(
    ("subject", "body"),
    [
        ("Re: Undeliverable: invoice", "I got this: 550 5.1.1 user unknown. Your mail could not be delivered."),
        ("My parcel was not delivered", "It could not be delivered, says the driver. Error 404."),
        ("Fwd: Mail delivery failed", "Why do I get this?\n\n550 5.1.1 user unknown"),
        ("Vacation rental", "Is it free in May?"),
        ("Problem with automatic payments", "Please help."),
        ("Your answer of yesterday", "The mailbox is full, says your form."),
    ],
)
def test_people_who_write_about_such_things_are_people(subject: str, body: str) -> None:
    mail = read(f"Subject: {subject}", body=body)
    assert (mail.machine, mail.answerable) == (Machine.NONE, True)


@pytest.mark.parametrize(
    ("headers", "machine"),
    [
        (["Auto-Submitted: auto-replied"], Machine.AUTO_REPLY),
        (["Auto-Submitted: auto-replied (vacation)"], Machine.AUTO_REPLY),
        (["Auto-Submitted: auto-generated", "In-Reply-To: <0@example.com>"], Machine.AUTO_REPLY),
        (["Return-Path: <>", "Subject: Re: Order"], Machine.AUTO_REPLY),
        (["X-Autoreply: yes"], Machine.AUTO_REPLY),
        (["X-Apple-Action: VACATION"], Machine.AUTO_REPLY),
        (["Precedence: auto_reply"], Machine.AUTO_REPLY),
        (["Subject: Automatic reply: Order"], Machine.AUTO_REPLY),
        (["Subject: Abwesenheitsnotiz: Order"], Machine.AUTO_REPLY),
        (["Subject: Réponse automatique : Order"], Machine.AUTO_REPLY),
        (["Subject: Out of Office"], Machine.AUTO_REPLY),
        (["Subject: =?utf-8?b?6Ieq5Yqo5Zue5aSNOiBPcmRlcg==?="], Machine.AUTO_REPLY),
        (["List-Id: <list.example.org>"], Machine.LIST),
        (["List-Unsubscribe: <mailto:x@example.org>", "Auto-Submitted: auto-generated"], Machine.LIST),
        (["Precedence: bulk"], Machine.LIST),
        (["Auto-Submitted: auto-generated"], Machine.AUTO),
        (["Return-Path: <>"], Machine.AUTO),
        (["X-Auto-Response-Suppress: All"], Machine.AUTO),
        (["Content-Type: multipart/report; report-type=disposition-notification; boundary=b"], Machine.AUTO),
        (["Content-Type: multipart/report; report-type=feedback-report; boundary=b"], Machine.FEEDBACK_REPORT),
        (["Subject: unsubscribe", "Auto-Submitted: auto-generated"], Machine.FEEDBACK_REPORT),
        (["X-Failed-Recipients: leo@example.org"], Machine.BOUNCE),
        (["Auto-Submitted: no"], Machine.NONE),
    ],
)
def test_headers_tell_what_kind_of_program_wrote(headers: list[str], machine: Machine) -> None:
    mail = parse_mail(letter(*headers))
    assert mail.machine is machine
    assert mail.answerable is (machine is Machine.NONE)


@pytest.mark.parametrize(
    "sender",
    ["", "no-reply@example.org", "owner-list@example.org", "list-request@example.org", "bounces+1=a@example.org"],
)
def test_who_cannot_be_answered_is_not(sender: str) -> None:
    assert not read(sender=sender).answerable
