"""Whatever happens to the server, the network, Redis or the daemon: no mail is lost, and none is taken as another."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from duetime.config.email_settings import OAuth
from duetime.queues.connection import ServerLost
from duetime.service.mail.imap import FetchRefused, Imap4
from duetime.service.mail.mailbox import Pace
from duetime.service.mail.taking import Partial
from tests.service.mail.desk_of_mail import MailDesk, mail, only
from tests.service.mail.dovecot import Dovecot, token_for
from tests.service.mail.proxy import Fault, proxy_to
from tests.waiting import wait_until


def numbered(count: int, first: int = 0) -> list[bytes]:
    return [mail(f"{number}") for number in range(first, first + count)]


def each_once(desk: MailDesk, count: int) -> bool:
    return Counter(desk.subjects) == Counter(f"{number}" for number in range(count))


async def test_an_outage_of_days_is_caught_up(dovecot: Dovecot, user: str, desk: MailDesk) -> None:
    mailboxes = desk.read(dovecot.port, user, start="now")
    await wait_until(lambda: only(mailboxes).connected)
    await desk.stop(mailboxes)
    dovecot.deliver(user, numbered(5000))
    desk.read(dovecot.port, user, start="now")
    await wait_until(lambda: len(desk.taken) == 5000, timeout_s=90)
    assert desk.subjects == [f"{number}" for number in range(5000)]


async def test_a_server_that_is_killed_is_read_on_when_it_is_back(
    own_dovecot: Dovecot, user: str, desk: MailDesk
) -> None:
    own_dovecot.append(user, *numbered(5))
    mailboxes = desk.read(own_dovecot.port, user)
    await wait_until(lambda: len(desk.taken) == 5)
    own_dovecot.kill()
    problem = await wait_until(lambda: only(mailboxes).problem)
    assert problem.endswith("cannot be reached: Connection refused.") or "closed the connection" in problem
    assert not only(mailboxes).connected
    own_dovecot.start()
    own_dovecot.append(user, *numbered(5, first=5))
    await wait_until(lambda: len(desk.taken) == 10)
    assert each_once(desk, 10)
    assert mailboxes.problems() == []


async def test_a_server_that_is_killed_while_it_is_read_loses_nothing(
    own_dovecot: Dovecot, user: str, desk: MailDesk
) -> None:
    own_dovecot.deliver(user, numbered(300))
    desk.read(own_dovecot.port, user)
    for count in (50, 150, 250):
        await wait_until(lambda count=count: len(desk.taken) >= count)  # type: ignore[misc]
        own_dovecot.kill()
        own_dovecot.start()
    await wait_until(lambda: len(desk.taken) >= 300)
    assert each_once(desk, 300)


@pytest.mark.parametrize("fault", [Fault.SLICED, Fault.DELAYED, Fault.CUT, Fault.SWALLOWED])
async def test_a_bad_line_loses_nothing(fault: Fault, dovecot: Dovecot, user: str, desk: MailDesk) -> None:
    dovecot.deliver(user, numbered(30))
    async with proxy_to(dovecot.port) as proxy:
        proxy.fault, proxy.cut_after = fault, 4000
        desk.read(proxy.port, user, timeout_s=1)
        await wait_until(lambda: proxy.connections > 2 or len(desk.taken) == 30)
        proxy.fault = Fault.NONE
        await wait_until(lambda: len(desk.taken) >= 30)
        await desk.stop()
    assert each_once(desk, 30)
    assert desk.doubled == 0


async def test_a_line_that_goes_silent_while_it_waits_for_mail_is_noticed(
    dovecot: Dovecot, user: str, desk: MailDesk
) -> None:
    """No end of the connection arrives: a firewall forgot it."""
    async with proxy_to(dovecot.port) as proxy:
        mailboxes = desk.read(proxy.port, user, pace=Pace(idle_s=0.3, first_pause_s=0.02, lease_s=3), timeout_s=1)
        await wait_until(lambda: only(mailboxes).connected)
        proxy.fault = Fault.SWALLOWED
        dovecot.append(user, mail("0"))
        await wait_until(lambda: only(mailboxes).problem == "The server did not answer within 1 s.")
        proxy.fault = Fault.NONE
        await wait_until(lambda: desk.taken)
        await desk.stop()
    assert each_once(desk, 1)


async def test_a_connection_that_ends_while_it_waits_is_made_anew_at_once(
    dovecot: Dovecot, user: str, desk: MailDesk
) -> None:
    async with proxy_to(dovecot.port) as proxy:
        mailboxes = desk.read(proxy.port, user)
        await wait_until(lambda: only(mailboxes).connected)
        proxy.cut_all()
        await wait_until(lambda: proxy.connections == 2 and only(mailboxes).connected)
        dovecot.append(user, mail("0"))
        await wait_until(lambda: desk.taken)
        await desk.stop()
    assert each_once(desk, 1)


async def test_many_mails_that_are_deleted_at_once_disturb_nothing(dovecot: Dovecot, user: str, desk: MailDesk) -> None:
    """The server tells of each in a line of its own."""
    dovecot.deliver(user, numbered(3000))
    mailboxes = desk.read(dovecot.port, user, start="now")
    await wait_until(lambda: only(mailboxes).connected)
    with dovecot.login(user) as client:
        client.select()
        client.store("1:*", "+FLAGS.SILENT", r"(\Deleted)")
        client.expunge()
    dovecot.append(user, mail("0"))
    await wait_until(lambda: desk.taken)
    assert each_once(desk, 1)
    assert mailboxes.problems() == []


async def test_mails_wait_while_redis_is_away(dovecot: Dovecot, user: str, desk: MailDesk) -> None:
    dovecot.append(user, *numbered(5))
    desk.trouble = lambda _: ServerLost() if len(desk.taken) == 3 else None
    mailboxes = desk.read(dovecot.port, user)
    await wait_until(lambda: desk.doubled > 1)
    assert only(mailboxes).problem == "Redis is away, so mails stay where they are."
    desk.trouble = lambda _: None
    await wait_until(lambda: len(desk.taken) == 5)
    assert each_once(desk, 5)


async def test_a_mail_that_makes_the_daemon_fail_is_said_and_tried_again(
    dovecot: Dovecot, user: str, desk: MailDesk
) -> None:
    dovecot.append(user, *numbered(2))
    desk.trouble = lambda _: KeyError("secret words of a customer")
    mailboxes = desk.read(dovecot.port, user)
    problem = await wait_until(lambda: only(mailboxes).problem)
    assert problem == "A mail could not be taken (KeyError); the daemon's log says more."
    desk.trouble = lambda _: None
    await wait_until(lambda: len(desk.taken) == 2)
    assert each_once(desk, 2)


async def test_a_daemon_that_dies_is_replaced(dovecot: Dovecot, user: str, desk: MailDesk) -> None:
    """It dies after a mail was kept and before it heard of that, and cannot give back its lease."""
    dovecot.deliver(user, numbered(40))
    desk.trouble = lambda _: ServerLost() if len(desk.taken) == 20 else None
    first = desk.read(dovecot.port, user, who="first")
    await wait_until(lambda: len(desk.taken) == 20)
    await desk.stop(first)
    desk.trouble = lambda _: None
    assert await desk.leases.take("mailbox:support/INBOX", "first", 1500)
    second = desk.read(dovecot.port, user, who="second")
    await wait_until(lambda: len(desk.taken) == 40)
    assert only(second).ours
    assert each_once(desk, 40)


async def test_one_daemon_reads_at_a_time(dovecot: Dovecot, user: str, desk: MailDesk) -> None:
    first = desk.read(dovecot.port, user, who="first")
    await wait_until(lambda: only(first).connected)
    second = desk.read(dovecot.port, user, who="second")
    dovecot.append(user, *numbered(3))
    await wait_until(lambda: len(desk.taken) == 3)
    assert not only(second).ours
    assert second.problems() == []
    await desk.stop(first)
    dovecot.append(user, *numbered(3, first=3))
    await wait_until(lambda: len(desk.taken) == 6)
    assert only(second).ours
    assert each_once(desk, 6)
    assert desk.doubled == 0


async def test_a_daemon_that_loses_its_lease_stops_reading(dovecot: Dovecot, user: str, desk: MailDesk) -> None:
    mailboxes = desk.read(dovecot.port, user, who="first")
    await wait_until(lambda: only(mailboxes).connected)
    name = "mailbox:support/INBOX"
    await desk.leases.release(name, "first")
    assert await desk.leases.take(name, "somebody else", 60_000)
    await wait_until(lambda: not only(mailboxes).ours)
    dovecot.append(user, mail("0"))
    assert not only(mailboxes).connected
    await desk.leases.release(name, "somebody else")
    await wait_until(lambda: desk.taken)
    assert only(mailboxes).ours


async def test_a_folder_that_is_numbered_anew_is_read_again(dovecot: Dovecot, user: str, desk: MailDesk) -> None:
    """What was there before it was first read stays out."""
    dovecot.append(user, mail("old"), came=datetime.now(UTC) - timedelta(hours=1))
    mailboxes = desk.read(dovecot.port, user, start="now")
    await wait_until(lambda: only(mailboxes).connected)
    dovecot.append(user, *numbered(3))
    await wait_until(lambda: len(desk.taken) == 3)
    await desk.stop()
    dovecot.renumber(user)
    dovecot.append(user, *numbered(2, first=3))
    desk.read(dovecot.port, user, start="now")
    await wait_until(lambda: len(desk.taken) == 8)
    assert desk.subjects == ["0", "1", "2", "0", "1", "2", "3", "4"]


async def test_a_folder_is_read_again_only_as_far_back_as_doubles_are_recognised(
    dovecot: Dovecot, user: str, desk: MailDesk
) -> None:
    dovecot.append(user, mail("old"), came=datetime.now(UTC) - timedelta(days=100))
    dovecot.append(user, mail("new"))
    desk.read(dovecot.port, user)
    await wait_until(lambda: len(desk.taken) == 2)
    await desk.stop()
    dovecot.renumber(user)
    desk.read(dovecot.port, user)
    await wait_until(lambda: len(desk.taken) == 3)
    await desk.stop()
    dovecot.append(user, mail("newer"))
    desk.read(dovecot.port, user)
    await wait_until(lambda: len(desk.taken) == 4)
    assert desk.subjects == ["old", "new", "new", "newer"]


async def test_a_wrong_password_says_so_and_the_right_one_helps(dovecot: Dovecot, user: str, desk: MailDesk) -> None:
    dovecot.append(user, *numbered(1))
    wrong = desk.read(dovecot.port, user, password="guessed")
    problem = await wait_until(lambda: only(wrong).problem)
    assert f"does not let {user} in: [AUTHENTICATIONFAILED] Authentication failed" in problem
    assert problem.endswith("Check imap.user and imap.password.")
    assert "guessed" not in problem
    await desk.stop()
    desk.read(dovecot.port, user)
    await wait_until(lambda: desk.taken)


async def test_an_access_token_takes_the_place_of_a_password(dovecot: Dovecot, user: str, desk: MailDesk) -> None:
    dovecot.append(user, *numbered(1))
    desk.read(dovecot.port, user, oauth=OAuth(command=("echo", token_for(user))))
    await wait_until(lambda: desk.taken)
    assert each_once(desk, 1)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("echo", "not-a-token"), "Check imap.user and imap.oauth."),
        (("false",), "The command false failed with exit code 1."),
    ],
)
async def test_an_access_token_that_is_refused_says_so(
    command: tuple[str, ...], said: str, dovecot: Dovecot, user: str, desk: MailDesk
) -> None:
    mailboxes = desk.read(dovecot.port, user, oauth=OAuth(command=command))
    problem = await wait_until(lambda: only(mailboxes).problem)
    assert problem.endswith(said)
    assert "not-a-token" not in problem


async def test_the_connection_is_encrypted_and_the_server_known(dovecot: Dovecot, user: str, desk: MailDesk) -> None:
    dovecot.append(user, *numbered(1))
    authority = str(dovecot.root / "ca.pem")
    desk.read(dovecot.tls_port, user, host="localhost", tls=True, ca_file=authority)
    await wait_until(lambda: desk.taken)
    assert each_once(desk, 1)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"host": "localhost"}, "is not accepted: "),
        ({"host": "127.0.0.1", "ca_file": "{root}/ca.pem"}, "is not accepted: "),
        ({"host": "localhost", "ca_file": "{root}/none.pem"}, "none.pem cannot be used: No such file or directory."),
        ({"host": "localhost", "ca_file": "{root}/users"}, "cannot be used: "),
    ],
    ids=["unknown authority", "another name", "no such file", "not a certificate"],
)
async def test_a_server_that_proves_nothing_is_not_told_the_password(
    settings: dict[str, Any], said: str, dovecot: Dovecot, user: str, desk: MailDesk
) -> None:
    given: dict[str, Any] = {name: value.format(root=dovecot.root) for name, value in settings.items()}
    mailboxes = desk.read(dovecot.tls_port, user, tls=True, **given)
    problem = await wait_until(lambda: only(mailboxes).problem)
    assert said in problem
    assert not only(mailboxes).connected


async def test_one_mailbox_that_fails_does_not_disturb_another(dovecot: Dovecot, user: str, desk: MailDesk) -> None:
    dovecot.append(user, *numbered(1))
    bad = desk.read(dovecot.port, user, who="bad", password="wrong", folders=("Other",))
    good = desk.read(dovecot.port, user, who="good")
    await wait_until(lambda: desk.taken and bad.problems())
    assert good.problems() == []


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        (b"* BYE Too many connections\r\n", "The server greeted with: * BYE Too many connections"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "The server greeted with: SSH-2.0-OpenSSH_9.2"),
        (b"\xff\x00\x1b[2J\r\n" * 3000, "The server greeted with: \ufffd  [2J"),
        (b"", "The server did not answer within 1 s."),
        (b"* OK ready\r\n" + b"* 1 FETCH (\r\n" * 5000, "The server did not answer within 1 s."),
    ],
    ids=["full", "another protocol", "noise", "silence", "endless answers"],
)
async def test_a_server_that_is_none_is_said_and_tried_again(
    said: bytes, problem: str, dovecot: Dovecot, user: str, desk: MailDesk
) -> None:
    peers: list[asyncio.StreamWriter] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peers.append(writer)
        writer.write(said)

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    mailboxes = desk.read(server.sockets[0].getsockname()[1], user, timeout_s=1)
    try:
        assert await wait_until(lambda: only(mailboxes).problem) == problem
    finally:
        await desk.stop()
        server.close()
        for peer in peers:
            peer.close()
    dovecot.append(user, *numbered(1))
    desk.read(dovecot.port, user)
    await wait_until(lambda: desk.taken)


@pytest.mark.parametrize("refused", ["fetch", "describe"])
async def test_a_mail_that_its_server_never_gives_holds_up_no_other(
    dovecot: Dovecot, user: str, desk: MailDesk, monkeypatch: pytest.MonkeyPatch, refused: str
) -> None:
    genuine = getattr(Imap4, refused)

    async def refuse_the_third(connection: Imap4, uids: Any, *rest: Any) -> Any:
        if uids == 3 or (isinstance(uids, list) and 3 in uids):
            raise FetchRefused("[SERVERBUG] Internal error")
        return await genuine(connection, uids, *rest)

    monkeypatch.setattr(Imap4, refused, refuse_the_third)
    dovecot.append(user, *numbered(6))
    desk.read(dovecot.port, user)
    await wait_until(lambda: len(desk.taken) == 6, timeout_s=60)
    numbers = [position.number for _, position in desk.taken]
    assert numbers == [1, 2, 3, 4, 5, 6]
    passed_over = [raw for raw, _ in desk.taken if isinstance(raw, Partial)]
    if refused == "fetch":
        assert [raw.reason for raw in passed_over] == ["its server does not give it: [SERVERBUG] Internal error"]
    else:
        assert passed_over == []
