"""Addresses: how people and programs write them, and what must never pass for one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetime.channels.email.addresses import read_addresses
from duetime.channels.email.limits import ADDRESSES, Cuts
from tests.channels.email.letters import read


@pytest.mark.parametrize(
    ("header", "addr", "name"),
    [
        ("mia@example.org", "mia@example.org", None),
        ("<mia@example.org>", "mia@example.org", None),
        ("Mia <Mia@Example.ORG>", "mia@example.org", "Mia"),
        ('"Ruiz, Mia" <mia@example.org>', "mia@example.org", "Ruiz, Mia"),
        ("mia@example.org (Mia Ruiz)", "mia@example.org", "Mia Ruiz"),
        ("=?utf-8?q?M=C3=ADa=2C?= Ruiz <mia@example.org>", "mia@example.org", "Mía, Ruiz"),
        ('"=?utf-8?q?M=C3=ADa?=" <mia@example.org>', "mia@example.org", "Mía"),
        ("Mia mia@example.org", "mia@example.org", "Mia"),
        ('"Mia" mia@example.org', "mia@example.org", "Mia"),
        ("<mia@example.org> Mia", "mia@example.org", "Mia"),
        ("Mia <mailto:mia@example.org>", "mia@example.org", "Mia"),
        ("Shop: Mia <mia@example.org>", "mia@example.org", "Shop: Mia"),
        ("mailto:mia@example.org", "mia@example.org", None),
        ("mía@exämple.org", "mía@exämple.org", None),
        ("mia@[192.0.2.1]", "mia@[192.0.2.1]", None),
        ('"mia ruiz"@example.org', '"mia ruiz"@example.org', None),
        ("=?utf-8?b?PGFAZ29vZC5jb20+?= evil@example.net", "evil@example.net", "<a@good.com>"),
        ('"alice@victim.example" <bob@evil.example>', "bob@evil.example", "alice@victim.example"),
        ("(alice@victim.example) bob@evil.example", "bob@evil.example", "alice@victim.example"),
    ],
)
def test_a_sender_is_read_as_people_and_programs_write_one(header: str, addr: str, name: str | None) -> None:
    mail = read(sender=header)
    assert (mail.from_addr, mail.from_name, mail.quarantine) == (addr, name, None)


@pytest.mark.parametrize(
    ("header", "says"),
    [
        ("", "no From"),
        ("nobody", "no address"),
        ("<>", "no address"),
        ("alice@victim.example)bob@evil.example", "no address"),
        ("Undisclosed: alice@victim.example;", "group"),
        ("a@b@c", "no address"),
        ("mia at example.org", "no address"),
        ("<<<<<", "no address"),
    ],
)
def test_a_mail_without_a_sender_says_why(header: str, says: str) -> None:
    mail = read(sender=header)
    assert mail.from_addr is None
    assert says in (mail.quarantine or "")


def test_two_from_headers_are_no_sender() -> None:
    mail = read("From: bob@evil.example")
    assert mail.from_addr is None
    assert "2 From headers" in (mail.quarantine or "")


def test_reply_to_and_sender_never_become_the_sender() -> None:
    mail = read("Reply-To: alice@victim.example", "Sender: alice@victim.example")
    assert (mail.from_addr, mail.reply_to) == ("mia@example.org", ("alice@victim.example",))


def test_all_recipients_are_read_each_once_and_groups_are_opened() -> None:
    mail = read("Cc: a@b.c, Team: d@e.f, G <g@h.i>;, a@b.c,, broken")
    assert mail.cc == ("a@b.c", "d@e.f", "g@h.i")


def test_recipients_beyond_the_limit_are_not_read_and_the_mail_says_so() -> None:
    cuts = Cuts()
    found = read_addresses(", ".join(f"u{number}@b.c" for number in range(2000)), cuts)
    assert len(found.mailboxes) == ADDRESSES
    assert cuts.sentences() == ("More than 500 addresses in a header; the others were not read.",)


@given(st.text(alphabet='ab@.,;:<>()"\\ =?', max_size=60))
def test_any_header_gives_addresses_that_are_addresses(text: str) -> None:
    for mailbox in read_addresses(text).mailboxes:
        assert mailbox.addr.count("@") >= 1
        assert not set(mailbox.addr.rpartition("@")[2]) & set('<>(),;: "')
