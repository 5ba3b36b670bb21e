"""Processes that read mails: every mail has an end that a person can see, and the event loop goes on."""

import asyncio
import os
import resource
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from duetime.channels.email.mail import Mail
from duetime.router.errors import Unreadable
from duetime.service.mail import readers as readers_module
from duetime.service.mail.reader_process import MEMORY_BYTES, NotUnderstood, read
from duetime.service.mail.readers import Readers
from tests.waiting import wait_until

LETTER = b"From: mia@example.org\r\nSubject: Hello\r\n\r\nHello\r\n"


@pytest.fixture
async def readers() -> AsyncIterator[Readers]:
    async with Readers(count=1) as readers:
        yield readers


def processes(readers: Readers) -> list[int]:
    return [reader._process.pid for reader in readers._readers if reader._process is not None]


@pytest.mark.both_loops
async def test_a_mail_comes_back_read(readers: Readers) -> None:
    mail = await readers.read(LETTER)
    assert (mail.from_addr, mail.text) == ("mia@example.org", "Hello")


async def test_many_callers_each_get_their_mail() -> None:
    letters = [LETTER.replace(b"Subject: Hello", b"Subject: %d" % number) for number in range(40)]
    async with Readers(count=2) as readers:
        mails = await asyncio.gather(*(readers.read(letter) for letter in letters))
        assert len(processes(readers)) == 2
    assert [mail.subject for mail in mails] == [str(number) for number in range(40)]


async def test_the_servers_of_ours_are_believed() -> None:
    head = b"Authentication-Results: mx.ours.example; dmarc=pass header.from=example.org\r\n"
    async with Readers(count=1, authserv_ids=["MX.ours.example"]) as readers:
        assert (await readers.read(head + LETTER)).authenticated


async def test_a_mail_that_takes_too_long_is_given_up_and_the_next_is_read() -> None:
    async with Readers(count=1, timeout_s=0.001) as readers:
        with pytest.raises(Unreadable, match=r"took longer than 0\.001 s"):
            await readers.read(b"From: a@b.c\r\n\r\n" + b"> x\n" * 1_000_000)
        assert processes(readers) == []
        readers._readers[0]._timeout_s = 5
        assert (await readers.read(LETTER)).text == "Hello"


async def test_a_mail_of_more_than_the_limit_is_not_even_handed_over(readers: Readers) -> None:
    with pytest.raises(Unreadable, match="longer than 25 MB"):
        await readers.read(b"x" * 25_000_001)
    assert processes(readers) == []


async def test_a_process_that_ends_is_replaced_and_its_mail_read_again(readers: Readers) -> None:
    await readers.read(LETTER)
    (pid,) = processes(readers)
    os.kill(pid, signal.SIGKILL)
    assert (await readers.read(LETTER)).text == "Hello"
    assert processes(readers) != [pid]


async def test_a_mail_that_ends_every_process_is_unreadable(readers: Readers) -> None:
    await readers.read(LETTER)
    reading = asyncio.create_task(readers.read(b"From: a@b.c\r\n\r\n" + b"x" * 20_000_000))
    killed = set[int]()
    while not reading.done():
        for pid in processes(readers):
            if pid not in killed:
                killed.add(pid)
                os.kill(pid, signal.SIGKILL)
        await asyncio.sleep(0)
    with pytest.raises((Unreadable, readers_module.NoReader)):
        await reading
    assert (await readers.read(LETTER)).text == "Hello"


async def test_a_caller_that_gives_up_leaves_nothing_of_its_mail_behind(readers: Readers) -> None:
    await readers.read(LETTER)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await readers.read(b"Subject: other\r\n\r\n" + b"x" * 5_000_000)
    assert (await readers.read(LETTER)).subject == "Hello"


async def test_what_is_being_read_is_read_to_its_end_when_the_pool_closes() -> None:
    async with Readers(count=1) as readers:
        reading = asyncio.create_task(readers.read(LETTER))
        await wait_until(lambda: processes(readers))
    assert (await reading).text == "Hello"


async def test_the_processes_end_with_the_pool() -> None:
    async with Readers(count=2) as readers:
        await asyncio.gather(readers.read(LETTER), readers.read(LETTER))
        pids = processes(readers)
    assert len(pids) == 2
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_a_mail_that_needs_too_much_memory_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def parse(*_: object, **__: object) -> Mail:
        raise MemoryError

    monkeypatch.setattr("duetime.service.mail.reader_process.parse_mail", parse)
    assert read(b"", frozenset()) == NotUnderstood("Reading the mail needed more memory than 1 GiB.")


def test_a_defect_of_ours_tells_its_place_and_nothing_of_the_mail(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def parse(raw: bytes, **_: object) -> Mail:
        raise ValueError(raw)

    monkeypatch.setattr("duetime.service.mail.reader_process.parse_mail", parse)
    result = read(b"secret words", frozenset())
    assert isinstance(result, NotUnderstood)
    assert "ValueError" in result.reason
    assert "secret" not in result.reason + capsys.readouterr().err


async def test_a_process_cannot_take_more_memory_than_its_limit(readers: Readers) -> None:
    await readers.read(LETTER)
    soft, hard = resource.prlimit(processes(readers)[0], resource.RLIMIT_AS)
    assert (soft, hard) == (MEMORY_BYTES, MEMORY_BYTES)


@pytest.fixture(scope="module")
def bombs(shared_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("bombs")
    subprocess.run([sys.executable, shared_dir / "tools" / "make_mail_bombs.py", folder], check=True)
    return sorted(folder.iterdir())


async def test_every_mail_bomb_has_an_end_and_the_next_mail_is_read(readers: Readers, bombs: list[Path]) -> None:
    unreadable = {}
    for bomb in bombs:
        try:
            assert (await readers.read(await asyncio.to_thread(bomb.read_bytes))).from_addr in ("a@b.c", None), (
                bomb.name
            )
        except Unreadable as error:
            unreadable[bomb.name] = str(error)
        assert (await readers.read(LETTER)).text == "Hello", bomb.name
    assert unreadable == {"b64_40MB.eml": "The mail is longer than 25 MB."}


async def test_the_event_loop_turns_while_a_large_mail_is_handed_over(readers: Readers) -> None:
    await readers.read(LETTER)
    turns = 0

    async def turn() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    turning = asyncio.create_task(turn())
    mail = await readers.read(b"From: a@b.c\r\nContent-Type: image/gif\r\n\r\n" + b"x" * 20_000_000)
    turning.cancel()
    assert len(mail.attachments[0].content) == 20_000_000
    assert turns > 50
