"""The script pipeline: replies in order, one write per tick, and what happens when the server is away."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trustme
from redis import exceptions

from duetime.queues.connection import Busy, Pipeline, ServerLost, ServerUnable
from tests.servers import OwnServer, own_server
from tests.waiting import wait_until

pytestmark = pytest.mark.both_loops


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[OwnServer]:
    async with own_server(tmp_path / "data") as server:
        yield server


@pytest.fixture
async def pipeline(redis_url: str) -> AsyncIterator[Pipeline]:
    pipeline = await Pipeline(redis_url).open()
    yield pipeline
    await pipeline.close()


class CountedTransport:
    """Stands in front of a pipeline's transport and counts what is written."""

    def __init__(self, pipeline: Pipeline) -> None:
        assert pipeline._wire is not None
        self.transport = pipeline._wire._transport
        self.writes: list[bytes] = []
        pipeline._wire._transport = self  # type: ignore[assignment]

    def write(self, data: bytes) -> None:
        self.writes.append(data)
        self.transport.write(data)

    def abort(self) -> None:
        self.transport.abort()


async def test_replies_come_in_the_order_of_the_calls(pipeline: Pipeline, workspace: str) -> None:
    calls = [pipeline.call("INCR", f"{{{workspace}}}n") for _ in range(1000)]
    assert await asyncio.gather(*calls) == list(range(1, 1001))


async def test_the_calls_of_a_tick_leave_in_one_write(pipeline: Pipeline) -> None:
    transport = CountedTransport(pipeline)

    async def add(n: int) -> int:
        return int(await pipeline.call("ECHO", n)) + 1

    assert await asyncio.gather(*(add(n) for n in range(100))) == list(range(1, 101))
    assert len(transport.writes) == 1


async def test_a_batch_does_not_wait_for_the_one_before(pipeline: Pipeline) -> None:
    transport = CountedTransport(pipeline)
    first = pipeline.call("EVAL", "local n = 0 while n < 3000000 do n = n + 1 end return 'slow'", 0)
    await asyncio.sleep(0)
    second = pipeline.call("ECHO", "fast")
    await asyncio.sleep(0)

    assert len(transport.writes) == 2
    assert not first.done()
    assert await first == "slow"
    assert await second == "fast"


async def test_an_error_reply_fails_its_own_call_only(pipeline: Pipeline, workspace: str) -> None:
    key = f"{{{workspace}}}text"
    calls = [
        pipeline.call("SET", key, "word"),
        pipeline.call("INCR", key),
        pipeline.call("NO-SUCH-COMMAND"),
        pipeline.call("GET", key),
    ]
    replies = await asyncio.gather(*calls, return_exceptions=True)

    assert replies[0] == "OK"
    assert isinstance(replies[1], exceptions.ResponseError)
    assert "not an integer" in str(replies[1])
    assert isinstance(replies[2], exceptions.ResponseError)
    assert replies[3] == "word"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("NOSCRIPT No matching script.", exceptions.NoScriptError),
        ("OOM command not allowed", ServerUnable),
        ("READONLY You can't write", ServerUnable),
        ("LOADING the dataset", ServerUnable),
        ("NOPERM no permissions", exceptions.NoPermissionError),
        ("CUSTOM of a script", exceptions.ResponseError),
    ],
)
async def test_error_replies_are_told_apart(pipeline: Pipeline, text: str, kind: type[Exception]) -> None:
    with pytest.raises(kind, match=text[:20]):
        await pipeline.call("EVAL", "return redis.error_reply(ARGV[1])", 0, text)


async def test_a_cancelled_caller_leaves_its_place_in_the_order(pipeline: Pipeline) -> None:
    calls = [pipeline.call("ECHO", n) for n in range(10)]
    for gone in calls[2:5]:
        gone.cancel()

    assert await asyncio.gather(*calls[:2], *calls[5:]) == ["0", "1", "5", "6", "7", "8", "9"]


async def test_an_argument_of_another_type_is_refused_before_it_is_sent(pipeline: Pipeline) -> None:
    before = pipeline.call("ECHO", "before")
    with pytest.raises(TypeError):
        pipeline.call("ECHO", None)  # type: ignore[arg-type]
    after = pipeline.call("ECHO", "after")

    assert await before == "before"
    assert await after == "after"


async def test_replies_are_text_numbers_and_lists(pipeline: Pipeline) -> None:
    script = "return {1, 'grüße 👋', {false, ARGV[1], ARGV[2], ARGV[3]}}"
    reply = await pipeline.call("EVAL", script, 0, 7, 1.5, b"bytes")
    assert reply == [1, "grüße 👋", [None, "7", "1.5", "bytes"]]


async def test_bytes_that_are_not_text_are_replaced(pipeline: Pipeline) -> None:
    assert await pipeline.call("ECHO", "grün".encode()[:3]) == "gr\ufffd"


async def test_ten_thousand_calls_can_be_under_way_and_no_more(pipeline: Pipeline) -> None:
    calls = [pipeline.call("ECHO", n) for n in range(10_000)]
    with pytest.raises(Busy, match="10000 calls"):
        pipeline.call("ECHO", "too many")

    assert await asyncio.gather(*calls) == [str(n) for n in range(10_000)]
    assert await pipeline.call("ECHO", "room again") == "room again"


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


async def test_it_speaks_tcp_with_a_user_password_and_database(server: OwnServer) -> None:
    port = free_port()
    server.command("CONFIG", "SET", "port", port)
    server.command("ACL", "SETUSER", "daemon", "on", ">p@ss/word", "~*", "+@all")
    pipeline = await Pipeline(f"redis://daemon:p%40ss%2Fword@127.0.0.1:{port}/3").open()

    assert await pipeline.call("ACL", "WHOAMI") == "daemon"
    assert "db=3" in await pipeline.call("CLIENT", "INFO")
    await pipeline.close()


@asynccontextmanager
async def tls_in_front_of(server: OwnServer, context: ssl.SSLContext) -> AsyncIterator[int]:
    """A port on which the server speaks TLS."""

    async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
        writer.close()

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        to_server = await asyncio.open_unix_connection(server.url.removeprefix("unix://"))
        await asyncio.gather(copy(reader, to_server[1]), copy(to_server[0], writer))

    listener = await asyncio.start_server(forward, "127.0.0.1", 0, ssl=context)
    async with listener:
        yield listener.sockets[0].getsockname()[1]


async def test_it_speaks_tls_and_trusts_only_whom_it_should(server: OwnServer, tmp_path: Path) -> None:
    ca = trustme.CA()
    ca.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ca.issue_cert("127.0.0.1").configure_cert(context)

    async with tls_in_front_of(server, context) as port:
        pipeline = await Pipeline(f"rediss://127.0.0.1:{port}?ssl_ca_certs={tmp_path}/ca.pem").open()
        text = "x" * 300_000
        calls = [pipeline.call("ECHO", text) for _ in range(10)]
        assert await asyncio.gather(*calls) == [text] * 10
        await pipeline.close()

        with pytest.raises(ServerLost, match="certificate verify failed"):
            await Pipeline(f"rediss://127.0.0.1:{port}", patience_s=0.3).open()


@pytest.mark.parametrize("url", ["http://localhost", "localhost:6379", "redis://localhost?colour=red"])
async def test_a_url_of_another_kind_is_refused(url: str) -> None:
    with pytest.raises(ServerLost, match="its URL is wrong"):
        Pipeline(url)


async def test_a_wrong_password_is_told_at_once_and_not_shown(server: OwnServer) -> None:
    server.command("ACL", "SETUSER", "daemon", "on", ">right")
    with pytest.raises(ServerLost, match="invalid username-password") as refused:
        await Pipeline(f"{server.url}?username=daemon&password=wr0ng", patience_s=600).open()
    assert "wr0ng" not in str(refused.value)


async def test_a_database_that_is_not_there_is_told_at_once(server: OwnServer) -> None:
    with pytest.raises(ServerLost, match="DB index is out of range"):
        await Pipeline(f"{server.url}?db=99", patience_s=600).open()


async def test_opening_gives_up_when_nobody_answers(tmp_path: Path) -> None:
    with pytest.raises(ServerLost, match=r"absent.sock.* cannot be reached: Error 2 connecting"):
        await Pipeline(f"unix://{tmp_path}/absent.sock", patience_s=0.2).open()


async def test_opening_waits_for_a_server_that_starts(tmp_path: Path) -> None:
    server = OwnServer(tmp_path / "data")
    opening = asyncio.create_task(Pipeline(server.url).open())
    await asyncio.sleep(0)
    await server.start()

    pipeline = await opening
    assert await pipeline.call("PING") == "PONG"
    await pipeline.close()
    await server.embedded.stop()


async def test_a_lost_connection_fails_what_is_under_way_and_comes_back(server: OwnServer) -> None:
    losses: list[str] = []
    pipeline = await Pipeline(server.url, on_lost=lambda: losses.append("lost")).open()
    await pipeline.call("SET", "kept", "yes")
    server.freeze()
    under_way = [pipeline.call("INCR", "n") for _ in range(3)]
    await asyncio.sleep(0)
    server.kill()

    failures = await asyncio.gather(*under_way, return_exceptions=True)
    assert [type(failure) for failure in failures] == [ServerLost] * 3
    assert losses == ["lost"]

    waiting = [pipeline.call("ECHO", n) for n in range(3)]
    await server.start()
    assert await asyncio.gather(*waiting) == ["0", "1", "2"]
    assert await pipeline.call("GET", "kept") == "yes"
    await pipeline.close()
    assert losses == ["lost"]


async def test_calls_wait_for_the_server_only_so_long_and_then_have_not_run(server: OwnServer) -> None:
    pipeline = await Pipeline(server.url, patience_s=0.1).open()
    server.kill()
    await wait_until(lambda: pipeline._wire is None)
    patient = [pipeline.call("INCR", "n") for _ in range(3)]

    failures = await asyncio.gather(*patient, return_exceptions=True)
    assert [type(failure) for failure in failures] == [ServerLost] * 3
    assert "cannot be reached" in str(failures[0])

    await server.start()
    await wait_until(lambda: pipeline._wire is not None)
    assert await pipeline.call("GET", "n") is None
    await pipeline.close()


async def test_a_call_cancelled_while_the_server_is_away_does_not_run(server: OwnServer) -> None:
    pipeline = await Pipeline(server.url).open()
    server.kill()
    await wait_until(lambda: pipeline._wire is None)
    kept, cancelled = pipeline.call("INCR", "kept"), pipeline.call("INCR", "cancelled")
    cancelled.cancel()

    await server.start()
    assert await kept == 1
    assert await pipeline.call("GET", "cancelled") is None
    await pipeline.close()


async def test_waiting_calls_are_bounded_as_well(server: OwnServer) -> None:
    pipeline = await Pipeline(server.url, limit=3).open()
    server.kill()
    await wait_until(lambda: pipeline._wire is None)
    waiting = [pipeline.call("PING") for _ in range(3)]

    with pytest.raises(Busy):
        pipeline.call("PING")

    await pipeline.close()
    failures = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(failure) for failure in failures] == [ServerLost] * 3


async def test_a_server_that_hangs_counts_as_lost(server: OwnServer) -> None:
    pipeline = await Pipeline(server.url, silence_s=0.1).open()
    server.freeze()

    with pytest.raises(ServerLost, match="broke before the reply"):
        await pipeline.call("PING")

    server.thaw()
    assert await pipeline.call("PING") == "PONG"
    await pipeline.close()


async def test_a_quiet_connection_is_not_lost(server: OwnServer) -> None:
    losses: list[str] = []
    pipeline = await Pipeline(server.url, silence_s=0.3, on_lost=lambda: losses.append("lost")).open()

    await asyncio.sleep(1)  # three looks at a connection without a call
    assert await pipeline.call("PING") == "PONG"
    assert losses == []
    await pipeline.close()


async def test_closing_fails_what_is_under_way_and_what_comes_later(server: OwnServer) -> None:
    losses: list[str] = []
    pipeline = await Pipeline(server.url, on_lost=lambda: losses.append("lost")).open()
    under_way = pipeline.call("BLPOP", "nothing", 5)

    await pipeline.close()
    await pipeline.close()

    with pytest.raises(ServerLost):
        await under_way
    with pytest.raises(ServerLost, match="this pipeline is closed"):
        await pipeline.call("PING")
    assert losses == []


async def test_a_pipeline_can_be_closed_while_it_reconnects(server: OwnServer) -> None:
    pipeline = await Pipeline(server.url).open()
    server.kill()
    await wait_until(lambda: pipeline._wire is None)

    await pipeline.close()

    assert pipeline._reconnecting is not None
    assert pipeline._reconnecting.cancelled()
