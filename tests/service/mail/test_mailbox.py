"""Mails come in from a mailbox, each once and in order, whatever the settings and the server's abilities."""

from datetime import UTC, datetime, timedelta

import pytest

from duetime.service.mail.taking import Partial
from tests.service.mail.desk_of_mail import MAIL_BYTES, MailDesk, mail, only
from tests.service.mail.dovecot import Dovecot
from tests.waiting import wait_until

DAY = timedelta(days=1)


def folder_of(server: Dovecot, user: str, folder: str = "INBOX", criteria: str = "ALL") -> int:
    """How many mails of a folder, named as on the wire, match."""
    with server.login(user) as client:
        client.select(f'"{folder}"', readonly=True)
        return len(client.search(None, criteria)[1][0].split())


async def test_mail_that_is_there_comes_in_in_its_order(dovecot: Dovecot, user: str, desk: MailDesk) -> None:
    dovecot.append(user, *(mail(f"{number}") for number in range(5)))
    desk.read(dovecot.port, user)
    await wait_until(lambda: len(desk.taken) == 5)
    assert desk.subjects == ["0", "1", "2", "3", "4"]


async def test_the_server_tells_of_new_mail(dovecot: Dovecot, user: str, desk: MailDesk) -> None:
    mailboxes = desk.read(dovecot.port, user)
    await wait_until(lambda: only(mailboxes).connected)
    for number in range(3):
        dovecot.append(user, mail(f"{number}"))
        await wait_until(lambda count=number + 1: len(desk.taken) == count)  # type: ignore[misc]
    assert desk.subjects == ["0", "1", "2"]
    assert only(mailboxes).last_mail_at is not None


async def test_a_server_that_does_not_tell_is_asked(old_dovecot: Dovecot, user: str, desk: MailDesk) -> None:
    mailboxes = desk.read(old_dovecot.port, user)
    await wait_until(lambda: only(mailboxes).connected)
    old_dovecot.append(user, mail("asked for"))
    await wait_until(lambda: desk.taken)
    assert desk.subjects == ["asked for"]


async def test_reading_leaves_a_mail_unread(dovecot: Dovecot, user: str, desk: MailDesk) -> None:
    dovecot.append(user, mail("one"))
    desk.read(dovecot.port, user)
    await wait_until(lambda: desk.taken)
    assert folder_of(dovecot, user, criteria="UNSEEN") == 1


async def test_a_mail_that_was_read_by_a_person_comes_in_all_the_same(
    dovecot: Dovecot, user: str, desk: MailDesk
) -> None:
    dovecot.append(user, mail("one"))
    with dovecot.login(user) as client:
        client.select()
        client.store("1", "+FLAGS", r"(\Seen)")
    desk.read(dovecot.port, user)
    await wait_until(lambda: desk.taken)
    assert desk.subjects == ["one"]


async def test_a_mail_without_a_message_id_comes_in_and_the_next_one_too(
    dovecot: Dovecot, user: str, desk: MailDesk
) -> None:
    dovecot.append(user, mail("without", message_id=False), mail("with"), b"no header at all")
    desk.read(dovecot.port, user)
    await wait_until(lambda: len(desk.taken) == 3)
    assert desk.subjects == ["without", "with"]


async def test_mail_comes_as_it_is_byte_for_byte(dovecot: Dovecot, user: str, desk: MailDesk) -> None:
    odd = [
        b"Subject: lines\r\n\r\n* 1 FETCH (UID 9)\r\n)\r\nA1 OK done\r\n.\r\n(((\r\n",
        b"Subject: bytes\r\n\r\n" + bytes(set(range(1, 256)) - {10, 13}) * 50 + b"\r\n",
        b"Subject: many lines\r\n\r\n" + b"\r\n" * 20_000,
        b"Subject: {10}\r\n\r\n{99999}\r\n",
    ]
    dovecot.append(user, *odd)
    desk.read(dovecot.port, user)
    await wait_until(lambda: len(desk.taken) == len(odd))
    assert [raw for raw, _ in desk.taken] == odd


async def test_a_mail_that_is_too_large_is_taken_with_its_header_only(
    dovecot: Dovecot, user: str, desk: MailDesk
) -> None:
    large = mail("large") + (b"y" * 998 + b"\r\n") * 30_000
    assert len(large) > MAIL_BYTES
    dovecot.append(user, large, mail("after it"))
    desk.read(dovecot.port, user, timeout_s=60)
    await wait_until(lambda: len(desk.taken) == 2, timeout_s=60)
    first = desk.taken[0][0]
    assert isinstance(first, Partial)
    assert "bytes are read (email.mail_bytes)" in first.reason.replace(f"{MAIL_BYTES:,}", "bytes")
    assert desk.subjects == ["large", "after it"]


async def test_only_what_comes_from_now_on(dovecot: Dovecot, user: str, desk: MailDesk) -> None:
    dovecot.append(user, mail("old"))
    mailboxes = desk.read(dovecot.port, user, start="now")
    await wait_until(lambda: only(mailboxes).connected)
    await desk.stop()
    dovecot.append(user, mail("while nobody read"))
    desk.read(dovecot.port, user, start="now")
    await wait_until(lambda: desk.taken)
    assert desk.subjects == ["while nobody read"]


async def test_only_what_came_since_a_day(dovecot: Dovecot, user: str, desk: MailDesk) -> None:
    now = datetime.now(UTC)
    for days in (5, 1, 4, 0):  # somebody put old mails into the folder, in any order
        dovecot.append(user, mail(f"{days} days ago"), came=now - days * DAY)
    desk.read(dovecot.port, user, start=f"{now - 2 * DAY:%Y-%m-%d}")
    await wait_until(lambda: len(desk.taken) == 2)
    dovecot.append(user, mail("an old mail that somebody moved here"), came=now - 50 * DAY)
    await wait_until(lambda: len(desk.taken) == 3)
    assert desk.subjects == ["1 days ago", "0 days ago", "an old mail that somebody moved here"]


@pytest.mark.parametrize(
    ("folder", "on_the_wire"),
    [
        ("Käufe", "K&AOQ-ufe"),
        ("Q & A", "Q &- A"),
        ('say "hello"', r"say \"hello\""),
        ("back\\slash", r"back\\slash"),
        ("サポート", "&MLUw3TD8MMg-"),
        ("😀 {3}", "&2D3eAA- {3}"),
    ],
)
async def test_a_folder_may_have_any_name(
    dovecot: Dovecot, user: str, desk: MailDesk, folder: str, on_the_wire: str
) -> None:
    with dovecot.login(user) as client:
        assert client.create(f'"{on_the_wire}"')[0] == "OK"
    dovecot.append(user, mail("in an odd folder"), folder=f'"{on_the_wire}"')
    desk.read(dovecot.port, user, folders=(folder,))
    await wait_until(lambda: desk.taken)
    assert desk.subjects == ["in an odd folder"]


async def test_several_folders_are_read_and_a_missing_one_says_so(dovecot: Dovecot, user: str, desk: MailDesk) -> None:
    with dovecot.login(user) as client:
        client.create("Sales")
    dovecot.append(user, mail("to sales"), folder="Sales")
    dovecot.append(user, mail("to the inbox"))
    mailboxes = desk.read(dovecot.port, user, folders=("INBOX", "Sales", "Gone"))
    await wait_until(lambda: len(desk.taken) == 2 and mailboxes.problems())
    assert sorted(desk.subjects) == ["to sales", "to the inbox"]
    (problem,) = mailboxes.problems()
    assert problem.startswith('mailbox support/Gone: The folder "Gone" cannot be opened: ')
    with dovecot.login(user) as client:
        client.create("Gone")
    await wait_until(lambda: not mailboxes.problems())


async def test_mails_are_marked_as_read_once_they_are_kept(dovecot: Dovecot, user: str, desk: MailDesk) -> None:
    dovecot.append(user, mail("one"), mail("two"))
    desk.read(dovecot.port, user, after="flag")
    await wait_until(lambda: folder_of(dovecot, user, criteria="SEEN") == 2)
    assert desk.subjects == ["one", "two"]


@pytest.mark.parametrize("server", ["dovecot", "old_dovecot"])
async def test_mails_are_moved_once_they_are_kept(
    request: pytest.FixtureRequest, server: str, user: str, desk: MailDesk
) -> None:
    """Those of others that are marked as deleted stay, also where a server moves nothing by itself."""
    dovecot: Dovecot = request.getfixturevalue(server)
    dovecot.append(user, mail("old"))
    with dovecot.login(user) as client:
        client.select()
        client.store("1", "+FLAGS", r"(\Deleted)")
    mailboxes = desk.read(dovecot.port, user, after="move", move_to="Erledigt & fertig", start="now")
    await wait_until(lambda: only(mailboxes).connected)
    dovecot.append(user, mail("one"), mail("two"))
    await wait_until(lambda: folder_of(dovecot, user) == 1)
    assert folder_of(dovecot, user, "Erledigt &- fertig") == 2
    assert desk.subjects == ["one", "two"]


async def test_a_mail_that_cannot_be_moved_is_kept_and_said(dovecot: Dovecot, user: str, desk: MailDesk) -> None:
    dovecot.append(user, mail("one"), mail("two"))
    mailboxes = desk.read(dovecot.port, user, after="move", move_to="no//such//name")
    await wait_until(lambda: len(desk.taken) == 2)
    problem = await wait_until(lambda: only(mailboxes).problem)
    assert problem.startswith('Mail cannot be moved to "no//such//name": ')
    assert only(mailboxes).connected


async def test_what_was_kept_but_not_moved_is_moved_later(dovecot: Dovecot, user: str, desk: MailDesk) -> None:
    """A daemon died between the two."""
    dovecot.append(user, mail("one"), mail("two"))
    first = desk.read(dovecot.port, user)
    await wait_until(lambda: len(desk.taken) == 2)
    await desk.stop(first)
    desk.read(dovecot.port, user, after="move", move_to="Done")
    await wait_until(lambda: folder_of(dovecot, user) == 1)
    assert desk.doubled == 0
