"""Sending by SMTP to a real server that behaves, and to one that misbehaves in every way that has a name."""

import asyncio
import ssl
import sys
from contextlib import suppress
from email.utils import make_msgid
from pathlib import Path
from typing import Any

import pytest
import trustme

from duetime.config.email_settings import OAuth
from duetime.service.delivery import SendLater, SendRefused
from duetime.service.mail.smtp import SmtpSender
from tests.service.mail.peer import PASSWORD, TOKEN, USER, Misbehaviour, Peer, running_peer
from tests.waiting import wait_until

RAW = b"From: support@shop.example\r\nTo: maria@example.org\r\nSubject: hi\r\n\r\n.\r\n..dots\r\n.end\r\n"
LARGE = b"Subject: hi\r\n\r\n" + (b"." + b"x" * 74 + b"\r\n") * 130_000
FROM, TO = "support@shop.example", "maria@example.org"


async def send(peer: Peer, raw: bytes = RAW, sender: str = FROM, to: str = TO, **settings: object) -> str:
    sender_of = SmtpSender(peer.settings(**settings))
    try:
        return (await sender_of.send(raw, sender, to)).said
    finally:
        await sender_of.close()


async def test_a_mail_arrives_as_it_was_sent() -> None:
    async with running_peer() as peer:
        assert await send(peer) == "taken as 1"
    assert [(mail.sender, mail.recipient, mail.raw) for mail in peer.taken] == [(FROM, TO, RAW)]


async def test_a_notice_has_an_empty_sender() -> None:
    async with running_peer() as peer:
        await send(peer, sender="")
    assert peer.taken[0].sender == "<>"


async def test_a_large_mail_arrives_whole() -> None:
    async with running_peer(data_size_limit=30_000_000) as peer:
        await send(peer, LARGE, timeout_s=60)
    assert peer.taken[0].raw == LARGE


@pytest.mark.parametrize(
    "raw", [b"a\n.\nb\r\n", b"a\r\n.\rMAIL FROM:<eve@x>\r\n", b"a\n", b"a\r", b"a\r\n\n.\r\n"], ids=repr
)
async def test_a_mail_with_loose_line_ends_is_not_sent(raw: bytes) -> None:
    async with running_peer() as peer:
        with pytest.raises(ValueError, match="CRLF"):
            await send(peer, raw)
    assert peer.taken == []


async def test_one_connection_takes_many_mails_one_after_the_other() -> None:
    async with running_peer() as peer:
        sender = SmtpSender(peer.settings())
        for _ in range(20):
            await sender.send(RAW, FROM, TO)
        await sender.close()
    assert len(peer.taken) == 20
    assert len(peer.connections) == 1


async def test_no_more_connections_than_the_settings_say_are_used_at_once() -> None:
    async with running_peer() as peer:
        peer.freely.clear()
        sender = SmtpSender(peer.settings(connections=3))
        sending = [asyncio.create_task(sender.send(RAW, FROM, TO)) for _ in range(12)]
        await wait_until(lambda: len(peer.taken) == 3)
        peer.freely.set()
        await asyncio.gather(*sending)
        await sender.close()
    assert len(peer.taken) == 12
    assert (peer.most_at_once, len(peer.connections)) == (3, 3)


async def test_a_connection_that_was_closed_while_it_rested_is_made_anew() -> None:
    async with running_peer() as peer:
        sender = SmtpSender(peer.settings())
        await sender.send(RAW, FROM, TO)
        peer.drop_connections()
        assert (await sender.send(RAW, FROM, TO)).said == "taken as 2"
        await sender.close()
    assert len(peer.connections) == 2


async def test_a_server_that_says_goodbye_to_a_rested_connection_gets_a_new_one() -> None:
    async with running_peer() as peer:
        sender = SmtpSender(peer.settings())
        await sender.send(RAW, FROM, TO)
        peer.misbehaves = Misbehaviour.SAYS_421_AT_MAIL
        with pytest.raises(SendLater, match="421"):
            await sender.send(RAW, FROM, TO)
        assert len(peer.connections) == 2
        peer.misbehaves = Misbehaviour.NONE
        await sender.send(RAW, FROM, TO)
        await sender.close()
    assert len(peer.taken) == 2


@pytest.mark.parametrize(
    ("misbehaviour", "says"),
    [
        (Misbehaviour.GREETS_NEVER, "did not answer within 1 s"),
        (Misbehaviour.GREETS_WITH_554, "554 not from you"),
        (Misbehaviour.SAYS_421_AT_MAIL, "421 closing"),
        (Misbehaviour.SAYS_530_AT_MAIL, "530 Authentication required"),
        (Misbehaviour.SAYS_451_AT_RCPT, "451 4.7.1 greylisted, try again"),
        (Misbehaviour.DROPS_BEFORE_DATA, "closed the connection"),
        (Misbehaviour.SAYS_451_AFTER_DATA, "451 try again"),
        (Misbehaviour.SAYS_NONSENSE, "lorem ipsum"),
    ],
)
async def test_what_may_pass_is_tried_later_and_the_mail_was_not_taken(misbehaviour: Misbehaviour, says: str) -> None:
    async with running_peer(misbehaviour) as peer:
        with pytest.raises(SendLater, match=says) as later:
            await send(peer, timeout_s=1)
    assert not later.value.ambiguous
    assert later.value.reason.startswith(f"localhost:{peer.port} ")
    assert peer.taken == []


@pytest.mark.parametrize(
    ("misbehaviour", "says"),
    [
        (Misbehaviour.SAYS_550_AT_MAIL, "said to the sender: 550 you may not send as this"),
        (Misbehaviour.SAYS_550_AT_RCPT, "said to the recipient: 550 5.1.1 no such user"),
        (Misbehaviour.SAYS_552_AFTER_DATA, "said: 552 too big"),
    ],
)
async def test_what_is_refused_for_good_is_said_in_the_servers_words(misbehaviour: Misbehaviour, says: str) -> None:
    async with running_peer(misbehaviour) as peer:
        with pytest.raises(SendRefused, match=says) as refused:
            await send(peer)
    assert refused.value.reason.isprintable()
    assert peer.taken == []


@pytest.mark.parametrize("misbehaviour", [Misbehaviour.DROPS_AFTER_DATA, Misbehaviour.ANSWERS_DATA_NEVER])
async def test_a_connection_lost_after_the_mail_may_mean_that_it_was_taken(misbehaviour: Misbehaviour) -> None:
    async with running_peer(misbehaviour) as peer:
        with pytest.raises(SendLater, match="which it may have") as later:
            await send(peer, timeout_s=1)
    assert later.value.ambiguous
    assert len(peer.taken) == 1


async def test_a_connection_lost_within_the_mail_counts_as_one_after_it() -> None:
    async with running_peer(Misbehaviour.DROPS_WITHIN_DATA) as peer:
        with pytest.raises(SendLater) as later:
            await send(peer, LARGE)
    assert later.value.ambiguous
    assert peer.taken == []


async def test_a_refusal_that_comes_before_the_end_of_a_mail_is_heard() -> None:
    async with running_peer(Misbehaviour.SAYS_552_WITHIN_DATA) as peer:
        with pytest.raises(SendRefused, match="552 too big"):
            await send(peer, LARGE)


async def test_after_any_misbehaviour_the_next_mail_goes_out() -> None:
    async with running_peer() as peer:
        sender = SmtpSender(peer.settings(timeout_s=1, connections=1))
        for misbehaviour in Misbehaviour:
            peer.misbehaves = misbehaviour
            with suppress(SendLater, SendRefused):
                await sender.send(RAW, FROM, TO)
            peer.misbehaves = Misbehaviour.NONE
            taken = len(peer.taken)
            marked = RAW.replace(b"Subject: hi", f"Message-ID: {make_msgid()}".encode())
            await sender.send(marked, FROM, TO)
            assert [mail.raw for mail in peer.taken[taken:]] == [marked], misbehaviour
        await sender.close()


async def test_a_sending_that_is_cancelled_leaves_no_answer_to_the_next_one() -> None:
    async with running_peer() as peer:
        sender = SmtpSender(peer.settings(connections=1))
        peer.freely.clear()
        sending = asyncio.create_task(sender.send(RAW, FROM, TO))
        await wait_until(lambda: peer.taken)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        peer.freely.set()
        peer.misbehaves = Misbehaviour.SAYS_550_AT_RCPT
        with pytest.raises(SendRefused):
            await sender.send(RAW, FROM, TO)
        await sender.close()


async def test_a_server_that_is_not_there_is_tried_later() -> None:
    async with running_peer() as peer:
        settings = peer.settings(port=1)
    with pytest.raises(SendLater, match=r"localhost:1 cannot be used: .*Connect"):
        await SmtpSender(settings).send(RAW, FROM, TO)


async def test_a_mail_larger_than_the_server_takes_is_refused_before_it_is_sent() -> None:
    async with running_peer(data_size_limit=1000) as peer:
        with pytest.raises(SendRefused, match=rf"has {len(LARGE)} bytes, and localhost:{peer.port} takes at most 1000"):
            await send(peer, LARGE)
        await send(peer)
    assert len(peer.taken) == 1


async def test_an_address_of_other_letters_needs_a_server_that_knows_them() -> None:
    async with running_peer(enable_SMTPUTF8=True) as peer:
        await send(peer, to="märia@example.org")
        assert peer.taken[0].recipient == "märia@example.org"
    async with running_peer() as peer:
        with pytest.raises(SendRefused, match="SMTPUTF8"):
            await send(peer, to="märia@example.org")


@pytest.mark.parametrize("address", ["a@b>\r\nRCPT TO:<eve@x", "a@b\x00", "a@b\nDATA", "a@b, c@d"])
async def test_an_address_never_becomes_a_command_or_another_address(address: str) -> None:
    async with running_peer() as peer:
        sender = SmtpSender(peer.settings())
        with pytest.raises(SendRefused, match="address"):
            await sender.send(RAW, FROM, address)
        await sender.send(RAW, FROM, TO)
        await sender.close()
    assert [mail.recipient for mail in peer.taken] == [TO]


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> str:
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    return str(tmp_path / "ca.pem")


def server_side(authority: trustme.CA, name: str = "localhost") -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(name).configure_cert(context)
    return context


async def test_with_starttls_the_mail_and_the_password_are_not_readable(authority: trustme.CA, ca_file: str) -> None:
    async with running_peer(tls=server_side(authority), require_starttls=True, data_size_limit=30_000_000) as peer:
        await send(peer, LARGE, tls="starttls", ca_file=ca_file, timeout_s=60)
    assert peer.taken[0].raw == LARGE


async def test_with_tls_from_the_beginning_too(authority: trustme.CA, ca_file: str) -> None:
    async with running_peer(implicit_tls=server_side(authority), data_size_limit=30_000_000) as peer:
        await send(peer, LARGE, tls="tls", ca_file=ca_file, timeout_s=60)
    assert peer.taken[0].raw == LARGE


async def test_without_tls_nothing_is_sent_when_tls_is_asked_for(authority: trustme.CA) -> None:
    async with running_peer() as peer:
        with pytest.raises(SendLater, match="offers no STARTTLS"):
            await send(peer, tls="starttls")
    async with running_peer(Misbehaviour.REFUSES_STARTTLS, tls=server_side(authority)) as peer:
        with pytest.raises(SendLater, match="454"):
            await send(peer, tls="starttls")
    assert peer.taken == []


async def test_a_wrong_certificate_is_not_believed(authority: trustme.CA, ca_file: str) -> None:
    async with running_peer(tls=server_side(authority, "elsewhere.example")) as peer:
        with pytest.raises(SendLater, match=r"certificate of .* is not to be trusted: Hostname mismatch"):
            await send(peer, tls="starttls", ca_file=ca_file)
    async with running_peer(implicit_tls=server_side(authority)) as peer:
        with pytest.raises(SendLater, match=r"not to be trusted: (self-signed|unable to get local issuer)"):
            await send(peer, tls="tls")
    assert peer.taken == []


async def test_a_file_of_certificates_that_is_not_there_is_named(tmp_path: Path) -> None:
    async with running_peer() as peer:
        with pytest.raises(SendLater, match=r"nowhere\.pem cannot be read"):
            await send(peer, tls="starttls", ca_file=str(tmp_path / "nowhere.pem"))


async def test_a_password_opens_the_server(authority: trustme.CA, ca_file: str) -> None:
    options: dict[str, Any] = {"tls": "starttls", "ca_file": ca_file, "user": USER}
    async with running_peer(tls=server_side(authority), auth_required=True) as peer:
        await send(peer, password=PASSWORD, **options)
        with pytest.raises(SendLater, match="does not take the user name or password: 535") as later:
            await send(peer, password="wrong", **options)
        assert "wrong" not in later.value.reason
    assert len(peer.taken) == 1


async def test_an_access_token_opens_the_server(authority: trustme.CA, ca_file: str) -> None:
    def printing(token: str) -> OAuth:
        return OAuth(command=(sys.executable, "-c", f"print('{token}')"))

    async with running_peer(tls=server_side(authority)) as peer:
        options: dict[str, Any] = {"tls": "starttls", "ca_file": ca_file, "user": USER}
        await send(peer, oauth=printing(TOKEN), **options)
        with pytest.raises(SendLater, match="does not take the user name or password: 535"):
            await send(peer, oauth=printing("wrong"), **options)
        with pytest.raises(SendLater, match="cannot be run"):
            await send(peer, oauth=OAuth(command=("/nonexistent/command",)), **options)
    assert len(peer.taken) == 1
