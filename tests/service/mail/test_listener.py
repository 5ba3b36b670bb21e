"""Mail that is handed to us by SMTP or LMTP: kept before it is acknowledged, for our addresses only."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, suppress
from typing import Any

import pytest

from duetime.config.email_settings import EmailEndpoint
from duetime.config.email_settings import MailListener as ListenerSettings
from duetime.queues.connection import ServerLost
from duetime.queues.positions import Position
from duetime.router.errors import NotReady
from duetime.router.ids import EndpointId
from duetime.service.mail.listener import RECIPIENTS_MAX, STOP_S, MailListener
from duetime.service.mail.listener_session import SESSIONS_MAX
from duetime.service.mail.taking import Partial
from tests.waiting import wait_until

ENDPOINTS = {
    "support": EmailEndpoint(address="support@example.com", aliases=("help@example.com",)),
    "sales": EmailEndpoint(address="sales@example.com", plus_addressing=False),
}
TEXT = "From: maria@example.org\r\nSubject: Hi\r\n\r\nHello.\r\n"
LIMIT = 200_000


class Peer:
    """Whoever hands over mail, line by line."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer

    async def hear(self) -> str:
        """The last line of the next answer."""
        async with asyncio.timeout(10):
            while True:
                line = (await self._reader.readline()).decode().rstrip("\r\n")
                if line[3:4] != "-":
                    return line

    async def say(self, line: str) -> str:
        self.writer.write(f"{line}\r\n".encode())
        return await self.hear()

    async def begin(self, *recipients: str, greeting: str = "EHLO mx.example.org", sender: str = "maria@x.org") -> None:
        """Up to the text."""
        await self.hear()
        await self.say(greeting)
        await self.say(f"MAIL FROM:<{sender}>")
        for recipient in recipients:
            assert (await self.say(f"RCPT TO:<{recipient}>")).startswith("250 ")
        assert (await self.say("DATA")).startswith("354 ")

    async def end(self, text: str | bytes) -> str:
        self.writer.write(text if isinstance(text, bytes) else text.encode())
        return await self.say(".")


async def end(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()


class Office:
    """A listener, and what it took."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, bytes]] = []
        self.trouble: Callable[[str], Exception | None] = lambda _: None
        self.hold: asyncio.Event | None = None
        self._stack = AsyncExitStack()
        self.listener: MailListener
        self.port = 0

    async def take(self, endpoint: EndpointId, raw: bytes | Partial, position: Position | None) -> None:
        assert position is None
        assert isinstance(raw, bytes)
        if self.hold is not None:
            await self.hold.wait()
        if trouble := self.trouble(endpoint):
            raise trouble
        self.taken.append((endpoint, raw))

    async def open(self, **settings: Any) -> None:
        chosen = ListenerSettings(port=0, **settings)
        self.listener = MailListener(
            chosen, ENDPOINTS, take=self.take, clock=lambda: 1_700_000_000_000, mail_bytes=LIMIT
        )
        self.port = await self.listener.start()
        self._stack.push_async_callback(self.listener.stop)

    async def peer(self) -> Peer:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self._stack.push_async_callback(end, writer)
        return Peer(reader, writer)

    async def close(self) -> None:
        await self._stack.aclose()

    @property
    def texts(self) -> list[str]:
        """What was taken, without what was written on top."""
        return [raw.decode().split("-0000\r\n", 1)[-1] for _, raw in self.taken]


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    office = Office()
    yield office
    await office.close()


async def test_a_mail_is_acknowledged_when_it_is_kept(office: Office) -> None:
    await office.open()
    office.hold = asyncio.Event()
    peer = await office.peer()
    await peer.begin("support@example.com")
    answer = asyncio.create_task(peer.end(TEXT))
    done, _ = await asyncio.wait({answer}, timeout=0.05)
    assert not done
    office.hold.set()
    assert await answer == "250 2.0.0 Kept"
    assert office.texts == [TEXT]


async def test_what_is_known_of_the_delivery_stands_on_top(office: Office) -> None:
    await office.open()
    peer = await office.peer()
    await peer.begin("Support+token@EXAMPLE.com", "help@example.com", sender="", greeting="EHLO mx.example.org")
    await peer.end(TEXT)
    ((endpoint, raw),) = office.taken
    assert endpoint == "support"
    assert raw.decode().splitlines()[:4] == [
        "Return-Path: <>",
        "Delivered-To: Support+token@EXAMPLE.com",
        "Delivered-To: help@example.com",
        "Received: from mx.example.org ([127.0.0.1])",
    ]
    assert raw.endswith(b" with SMTP;\r\n\tTue, 14 Nov 2023 22:13:20 -0000\r\n" + TEXT.encode())


async def test_a_greeting_writes_no_header(office: Office) -> None:
    await office.open()
    peer = await office.peer()
    await peer.begin("support@example.com", greeting="EHLO x)\tSubject: no <b>")
    await peer.end(TEXT)
    assert b"Received: from unknown ([127.0.0.1])" in office.taken[0][1]


@pytest.mark.parametrize(
    ("address", "ours"),
    [
        ("support@example.com", True),
        ("SUPPORT@Example.Com", True),
        ("help+abc@example.com", True),
        ("sales@example.com", True),
        ("sales+abc@example.com", False),
        ("support@example.org", False),
        ("supporter@example.com", False),
        ("support@example.com@evil.org", False),
        ("support%evil.org@example.com", False),
        ("@evil.org:victim@example.org", False),
        ("+@example.com", False),
        ("root", False),
        ("Maria", False),
    ],
)
async def test_only_our_addresses_are_taken_and_nothing_is_relayed(office: Office, address: str, ours: bool) -> None:
    await office.open()
    peer = await office.peer()
    await peer.hear()
    await peer.say("EHLO mx")
    await peer.say("MAIL FROM:<maria@example.org>")
    answer = await peer.say(f"RCPT TO:<{address}>")
    assert answer.startswith("250 " if ours else "55")
    if not ours:
        assert (await peer.say("DATA")).startswith("503 ")


async def test_one_mail_to_two_of_our_addresses_goes_to_each_once(office: Office) -> None:
    await office.open()
    peer = await office.peer()
    await peer.begin("support@example.com", "sales@example.com", "help@example.com")
    assert await peer.end(TEXT) == "250 2.0.0 Kept"
    assert [endpoint for endpoint, _ in office.taken] == ["support", "sales"]


@pytest.mark.parametrize("trouble", [ServerLost(), NotReady("The daemon stops."), KeyError("a fault of ours")])
async def test_what_cannot_be_kept_now_is_asked_for_again(office: Office, trouble: Exception) -> None:
    await office.open()
    office.trouble = lambda endpoint: trouble if endpoint == "sales" else None
    peer = await office.peer()
    await peer.begin("support@example.com", "sales@example.com")
    assert await peer.end(TEXT) == "451 4.3.0 It cannot be kept now: try again later"


async def test_lmtp_answers_for_each_recipient(office: Office) -> None:
    await office.open(protocol="lmtp")
    office.trouble = lambda endpoint: ServerLost() if endpoint == "sales" else None
    peer = await office.peer()
    await peer.begin("support@example.com", "sales@example.com", "help@example.com", greeting="LHLO mx")
    assert await peer.end(TEXT) == "250 2.0.0 Kept"
    assert (await peer.hear()).startswith("451 ")
    assert await peer.hear() == "250 2.0.0 Kept"
    assert (await peer.say("EHLO mx")).startswith("500 ")


async def test_the_next_mail_may_follow_on_the_same_connection(office: Office) -> None:
    await office.open()
    peer = await office.peer()
    await peer.begin("support@example.com")
    await peer.end(TEXT)
    await peer.say("MAIL FROM:<paul@example.org>")
    await peer.say("RCPT TO:<sales@example.com>")
    await peer.say("DATA")
    assert await peer.end("Subject: second\r\n\r\n") == "250 2.0.0 Kept"
    assert [endpoint for endpoint, _ in office.taken] == ["support", "sales"]


def smuggled(end: str) -> str:
    rest = "MAIL FROM:<boss@example.com>\r\nRCPT TO:<sales@example.com>\r\nDATA\r\nSubject: smuggled\r\n\r\nx\r\n"
    return f"Subject: one\r\n\r\nHello{end}{rest}"


@pytest.mark.parametrize("end", ["\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r", "\r\n.\r", "\r.\r\n", "\n.\r", "\r\r\n.\n"])
async def test_no_other_line_end_ends_a_mail(office: Office, end: str) -> None:
    """Else what a peer takes for one mail would be two here, the second with a sender of the writer's choice."""
    await office.open()
    peer = await office.peer()
    await peer.begin("support@example.com")
    assert await peer.end(smuggled(end)) == "250 2.0.0 Kept"
    ((endpoint, raw),) = office.taken
    assert endpoint == "support"
    assert b"Subject: smuggled" in raw


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("", ""),
        ("..\r\n", ".\r\n"),
        ("..a\r\n...\r\n.b\r\n", ".a\r\n..\r\nb\r\n"),
        ("a.\r\n..\r\n\r\n", "a.\r\n.\r\n\r\n"),
        ("a\n.b\r\n", "a\n.b\r\n"),
    ],
)
async def test_dots_are_unstuffed(office: Office, sent: str, meant: str) -> None:
    await office.open()
    peer = await office.peer()
    await peer.begin("support@example.com")
    assert (await peer.end(sent)).startswith("250 ")
    assert office.taken[0][1].endswith(f"-0000\r\n{meant}".encode())


async def test_a_mail_that_trickles_in_is_taken_whole(office: Office) -> None:
    await office.open()
    peer = await office.peer()
    await peer.begin("support@example.com")
    for char in "..a\r\n.\r\n":
        peer.writer.write(char.encode())
        await peer.writer.drain()
        await asyncio.sleep(0)
    assert (await peer.hear()).startswith("250 ")
    assert office.taken[0][1].endswith(b"-0000\r\n.a\r\n")


async def test_lines_may_be_long_and_many(office: Office) -> None:
    await office.open()
    peer = await office.peer()
    long, many = "x" * 90_000 + "\r\n", "\r\n" * 40_000
    await peer.begin("support@example.com")
    assert await peer.end(long + many) == "250 2.0.0 Kept"
    assert office.taken[0][1].endswith((long + many).encode())


async def test_a_mail_that_is_too_large_is_refused_and_not_held(office: Office) -> None:
    await office.open()
    peer = await office.peer()
    await peer.begin("support@example.com")
    assert (await peer.end("x" * 50 * LIMIT + "\r\n")).startswith("552 ")
    assert (await peer.say(f"MAIL FROM:<a@example.org> SIZE={LIMIT + 1}")).startswith("552 ")
    assert (await peer.say("NOOP")).startswith("250 ")
    assert office.taken == []


async def test_only_those_who_forward_mail_to_us_may_connect(office: Office) -> None:
    await office.open(networks=("10.0.0.0/8",))
    peer = await office.peer()
    assert await peer.hear() == "554 5.7.1 You may not hand over mail here (email.listen.networks)"
    assert await peer.hear() == ""


@pytest.mark.parametrize(
    ("peer", "admitted"),
    [("127.0.0.1", True), ("::ffff:127.0.0.1", True), ("::1", True), ("128.0.0.1", False), ("fe80::1%eth0", False)],
)
async def test_addresses_are_compared_as_numbers(office: Office, peer: str, admitted: bool) -> None:
    await office.open()
    assert office.listener.admits(peer) is admitted


async def test_too_many_recipients_are_put_off(office: Office) -> None:
    await office.open()
    peer = await office.peer()
    await peer.hear()
    await peer.say("EHLO mx")
    await peer.say("MAIL FROM:<maria@example.org>")
    for number in range(RECIPIENTS_MAX):
        assert (await peer.say(f"RCPT TO:<support+{number}@example.com>")).startswith("250 ")
    assert (await peer.say("RCPT TO:<support@example.com>")).startswith("452 ")


async def test_too_many_connections_are_put_off(office: Office) -> None:
    await office.open()
    peers = [await office.peer() for _ in range(SESSIONS_MAX)]
    for peer in peers:
        assert (await peer.hear()).startswith("220 ")
    late = await office.peer()
    assert (await late.hear()).startswith("421 ")
    await peers[0].say("QUIT")
    await wait_until(lambda: has_room(office))


async def has_room(office: Office) -> bool:
    return (await (await office.peer()).hear()).startswith("220 ")


async def test_nonsense_is_answered_and_ends(office: Office) -> None:
    await office.open()
    peer = await office.peer()
    await peer.hear()
    nonsense: Iterable[str] = [
        "x" * 3000,
        "\x00\x01",
        "GET / HTTP/1.1",
        "AUTH PLAIN AGE=",
        "EXPN root",
        "RCPT TO:<" + "(" * 400,
    ]
    for line in nonsense:
        assert (await peer.say(line))[:1] in "45"
    peer.writer.write(b"NOPE\r\n" * 30)
    answers = [await peer.hear() for _ in range(10)]
    assert "" in answers
    assert office.taken == []


async def test_a_peer_that_goes_away_in_the_middle_leaves_nothing(office: Office) -> None:
    await office.open()
    peer = await office.peer()
    await peer.begin("support@example.com")
    peer.writer.write(TEXT.encode())
    await peer.writer.drain()
    peer.writer.transport.abort()
    assert await has_room(office)
    assert office.taken == []


async def test_what_came_whole_is_kept_when_the_listener_stops(office: Office) -> None:
    await office.open()
    office.hold = asyncio.Event()
    busy, idle = await office.peer(), await office.peer()
    await idle.hear()
    await busy.begin("support@example.com")
    answer = asyncio.create_task(busy.end(TEXT))
    stopping = asyncio.create_task(office.listener.stop())
    assert (await idle.hear()).startswith("421 ")
    office.hold.set()
    assert await answer == "250 2.0.0 Kept"
    async with asyncio.timeout(STOP_S / 2):
        await stopping
    assert office.texts == [TEXT]
