"""A mail as the message that intake takes."""

import pytest

from duetime.channels.email.inbound import UNKNOWN_SENDER, read_mail
from duetime.channels.email.limits import RAW_BYTES
from duetime.router.errors import Unreadable
from duetime.router.ids import EndpointId
from duetime.router.message import TEXT_LIMIT, Channel, InboundMessage
from tests.channels.email.letters import letter, multipart

SUPPORT = EndpointId("support")


def inbound(raw: bytes, position: str = "support 1 1") -> InboundMessage:
    return read_mail(raw, endpoint=SUPPORT, position=position, authserv_ids=frozenset(["mx.ours.example"]))


def test_a_mail_comes_as_a_message_of_its_sender() -> None:
    message = inbound(
        letter(
            "Subject: Order 4711",
            "Cc: leo@example.org",
            "Authentication-Results: mx.ours.example; dmarc=pass header.from=example.org",
        )
    )
    assert (message.channel, message.endpoint, message.text, message.subject) == (
        Channel.EMAIL,
        "support",
        "Hello",
        "Order 4711",
    )
    assert (message.sender.address, message.sender.name, message.sender.verified) == ("mia@example.org", "Mia", True)
    assert message.attributes == {"to": "help@example.com", "cc": "leo@example.org"}


def test_the_same_mail_is_the_same_message_wherever_it_lies() -> None:
    assert inbound(letter()).external_id == inbound(letter(), "support 2 9").external_id


def test_one_message_id_on_two_texts_or_two_senders_is_two_messages() -> None:
    ids = {inbound(raw).external_id for raw in (letter(), letter(body="Other"), letter(sender="bob@evil.example"))}
    assert len(ids) == 3


def test_a_mail_without_message_id_is_known_by_its_place() -> None:
    raw = b"From: mia@example.org\r\n\r\nHello"
    assert inbound(raw, "support 1 1").external_id == inbound(raw, "support 1 1").external_id
    assert inbound(raw, "support 1 1").external_id != inbound(raw, "support 1 2").external_id


def test_a_mail_without_a_sender_opens_nobody_s_history() -> None:
    message = inbound(letter(sender=""))
    assert (message.sender.address, message.sender.verified) == (UNKNOWN_SENDER, False)
    assert message.attributes["quarantine"] == "The mail has no From."


def test_a_text_longer_than_a_message_says_that_it_goes_on() -> None:
    message = inbound(letter(body="a" * (TEXT_LIMIT + 1)))
    assert len(message.text) == TEXT_LIMIT
    assert message.text.endswith("(The mail goes on; it has 64,001 characters.)")


def test_a_mail_without_text_says_what_it_brings() -> None:
    head, body = multipart('Content-Type: application/pdf; name="a.pdf"\r\n\r\nx')
    assert inbound(letter(head, body=body)).text == "(The mail has no text, but attachments: a.pdf)"
    assert inbound(letter(body="")).text == "(The mail has no text.)"


def test_what_triage_may_read_is_bounded() -> None:
    many = ", ".join(f"user{number}@example.org" for number in range(400))
    message = inbound(letter(f"Cc: {many}", "Subject: " + "s" * 5000, sender=f'"{"n" * 5000}" <mia@example.org>'))
    assert (len(message.attributes["cc"]), len(message.subject or ""), len(message.sender.name or "")) == (
        1000,
        200,
        200,
    )


def test_a_mail_of_more_than_the_limit_is_unreadable_and_says_so() -> None:
    with pytest.raises(Unreadable, match=r"longer than 25 MB"):
        inbound(letter(body=b"x" * RAW_BYTES))
