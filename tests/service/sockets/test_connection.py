"""A connection towards one client: bounded, in order, and ended in any case."""

import asyncio
from typing import Any

import pytest
from aiohttp import WSMessage, WSMsgType

from duetime.service.sockets import connection as connection_module
from duetime.service.sockets.connection import BEHIND_BYTES, Connection
from duetime.service.sockets.frames import CLOSE_GOING, CLOSE_SLOW, framed
from tests.waiting import wait_until


class Wire:
    """A client that takes frames when it is told to: as its socket, and as the transport below that."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.controls: list[tuple[WSMsgType, bytes]] = []
        self.said: asyncio.Queue[WSMessage] = asyncio.Queue()
        self.reads = asyncio.Event()
        self.reads.set()
        self.closed = False
        self.closed_with: int | None = None
        self.aborted = False
        self.answers_close = True

    async def receive(self) -> WSMessage:
        return await self.said.get()

    async def send_frame(self, frame: bytes, opcode: WSMsgType) -> None:
        if self.closed:
            raise ConnectionResetError
        if opcode is WSMsgType.TEXT:
            self.taken.append(frame)
        else:
            self.controls.append((opcode, frame))
        await self.reads.wait()

    def get_write_buffer_size(self) -> int:
        return 0 if self.reads.is_set() else BEHIND_BYTES

    def write(self, framed: bytes) -> None:
        assert framed[0] == 0x81, "the last frame of a text"
        assert framed[1] == len(framed) - 2
        self.taken.append(framed[2:])

    def is_closing(self) -> bool:
        return self.aborted

    async def close(self, *, code: int, message: bytes, drain: bool) -> None:
        assert message
        assert not drain
        self.closed_with = code
        if not self.answers_close:
            await asyncio.Event().wait()

    def abort(self) -> None:
        self.aborted = True


@pytest.fixture
async def wire() -> Wire:
    return Wire()


def connect(wire: Any, frames_max: int = 3) -> Connection:
    return Connection(wire, wire, frames_max)


async def test_a_client_that_keeps_up_is_written_to_at_once(wire: Wire) -> None:
    connection = connect(wire)
    connection.send(b"0")
    connection.send(b"1")
    assert wire.taken == [b"0", b"1"]


async def test_frames_leave_in_the_order_in_which_they_were_sent(wire: Wire) -> None:
    connection = connect(wire)
    connection.send(b"0")
    wire.reads.clear()
    connection.send(b"1")
    await wait_until(lambda: len(wire.taken) == 2)
    connection.send(b"2")
    wire.reads.set()
    connection.send(b"3")
    await connection.send_waiting(b"4")
    connection.send(b"5")
    assert wire.taken == [b"0", b"1", b"2", b"3", b"4", b"5"]


async def test_nothing_is_written_once_the_client_has_ended(wire: Wire) -> None:
    connection = connect(wire)
    wire.closed = True
    connection.send(b"too late")
    await connection.send_waiting(b"too late, too")
    assert wire.taken == []


@pytest.mark.parametrize(
    ("size", "head"),
    [(0, "8100"), (125, "817d"), (126, "817e007e"), (65_535, "817effff"), (65_536, "817f0000000000010000")],
)
def test_a_text_is_framed_with_its_length_in_as_few_bytes_as_the_protocol_asks_for(size: int, head: str) -> None:
    assert framed(b"x" * size) == bytes.fromhex(head) + b"x" * size


async def test_a_client_with_too_many_frames_before_it_is_disconnected(wire: Wire) -> None:
    connection = connect(wire)
    wire.reads.clear()
    connection.send(b"on its way")
    await wait_until(lambda: wire.taken)
    for _ in range(3):
        connection.send(b"waiting")
    before = connection.closing
    connection.send(b"one too many")
    assert (before, connection.closing) == (False, True)
    await connection.closed()
    assert (wire.closed_with, wire.aborted, wire.taken) == (CLOSE_SLOW, True, [b"on its way"])


async def test_a_client_with_too_many_bytes_before_it_is_disconnected(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection_module, "BUFFER_BYTES", 100)
    connection = connect(wire)
    wire.reads.clear()
    connection.send(b"x" * 60)
    connection.send(b"x" * 60)
    await connection.closed()
    assert wire.closed_with == CLOSE_SLOW


async def test_what_was_sent_before_an_orderly_end_arrives(wire: Wire) -> None:
    connection = connect(wire)
    connection.send(b"goodbye")
    connection.close(CLOSE_GOING, "restarting")
    connection.send(b"too late")
    connection.close(CLOSE_SLOW, "the first reason counts")
    await connection.closed()
    assert (wire.taken, wire.closed_with) == ([b"goodbye"], CLOSE_GOING)


async def test_a_client_that_does_not_answer_a_close_is_cut_off(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_module, "CLOSE_TIMEOUT_S", 0.01)
    wire.answers_close = False
    connection = connect(wire)
    connection.close(CLOSE_GOING, "restarting")
    await connection.closed()
    assert wire.aborted


async def test_a_ping_of_the_client_is_answered_and_is_no_message(wire: Wire) -> None:
    connection = connect(wire)
    for kind, data in ((WSMsgType.PING, b"now"), (WSMsgType.PONG, b""), (WSMsgType.TEXT, "hello")):
        wire.said.put_nowait(WSMessage(kind, data, None))
    assert await connection.receive() == "hello"
    assert wire.controls == [(WSMsgType.PONG, b"now")]


async def test_a_client_that_answers_its_ping_stays(wire: Wire) -> None:
    connection = connect(wire)
    reader = asyncio.create_task(connection.receive())
    for number in range(1, 4):
        connection.beat()
        await wait_until(lambda number=number: len(wire.controls) == number)  # type: ignore[misc]
        wire.said.put_nowait(WSMessage(WSMsgType.PONG, b"", None))
        await wait_until(wire.said.empty)
    wire.said.put_nowait(WSMessage(WSMsgType.CLOSE, 1000, None))
    assert await reader is None
    assert not wire.aborted


async def test_a_client_from_which_nothing_comes_is_dropped_at_the_second_beat(wire: Wire) -> None:
    connection = connect(wire)
    connection.beat()
    first = wire.aborted
    connection.beat()
    assert (first, wire.aborted) == (False, True)
