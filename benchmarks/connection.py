"""What a script call costs by the ways there are to make it: `python -m benchmarks.connection [ROUNDS]`.

Prints calls per second and µs of this process's CPU time per EVALSHA (two writes, fsync always):
the median of the rounds, in which the ways take turns. docs/decisions/0001-script-pipeline.md concludes.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Self

import hiredis
import uvloop
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.connection import AbstractConnection
from rich.console import Console
from rich.table import Table

from duetime.queues.connection import Pipeline, _new_connection
from duetime.service.embedded import EmbeddedServer

SCRIPT = """
redis.call('ZADD', KEYS[1], ARGV[1], ARGV[2])
return redis.call('XADD', KEYS[2], 'MAXLEN', '~', 10000, '*', 'm', ARGV[2])
"""
TEXT = "x" * 200
CALLS = {64: 30_000, 1: 3_000}
"""Callers at once -> calls of one round."""


class CallEach:
    """redis-py: a call takes a connection of a pool, and waits for its reply there."""

    async def open(self, url: str) -> Self:
        self.client = Redis(connection_pool=BlockingConnectionPool.from_url(url, max_connections=64))
        return self

    def call(self, *args: Any) -> Awaitable[Any]:
        return self.client.execute_command(*args)  # type: ignore[no-untyped-call]

    async def close(self) -> None:
        await self.client.aclose()
        await self.client.connection_pool.disconnect()


class PipelineATick(CallEach):
    """redis-py: the calls of a tick leave in one of its pipelines."""

    tasks: set[asyncio.Task[None]]

    async def open(self, url: str) -> Self:
        self.batch: list[tuple[asyncio.Future[Any], tuple[Any, ...]]] = []
        self.tasks = set()
        return await super().open(url)

    def call(self, *args: Any) -> Awaitable[Any]:
        future = asyncio.get_running_loop().create_future()
        if not self.batch:
            asyncio.get_running_loop().call_soon(self.flush)
        self.batch.append((future, args))
        return future

    def flush(self) -> None:
        batch, self.batch = self.batch, []
        task = asyncio.create_task(self.execute(batch))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def execute(self, batch: list[tuple[asyncio.Future[Any], tuple[Any, ...]]]) -> None:
        pipeline = self.client.pipeline(transaction=False)
        for _, args in batch:
            pipeline.execute_command(*args)
        for (future, _), reply in zip(batch, await pipeline.execute(raise_on_error=False), strict=True):
            future.set_result(reply)


class Batched:
    """What the ways below share: one connection, a write a tick, replies in order."""

    connection: AbstractConnection
    reading: asyncio.Task[None]

    async def open(self, url: str) -> Self:
        self.pending: deque[asyncio.Future[Any]] = deque()
        self.outbox: list[bytes] = []
        self.replies = hiredis.Reader(encoding="utf-8", errors="replace")
        self.connection = _new_connection(url)
        await self.connection.connect()  # type: ignore[no-untyped-call]
        self.reading = asyncio.create_task(self.read())
        return self

    def call(self, *args: Any) -> Awaitable[Any]:
        future = asyncio.get_running_loop().create_future()
        self.pending.append(future)
        if not self.outbox:
            asyncio.get_running_loop().call_soon(self.flush)
        self.outbox.append(hiredis.pack_command(args))
        return future

    def take_outbox(self) -> bytes:
        packed = b"".join(self.outbox)
        self.outbox.clear()
        return packed

    def flush(self) -> None:
        raise NotImplementedError

    async def read(self) -> None:
        raise NotImplementedError

    async def close(self) -> None:
        self.reading.cancel()
        await asyncio.wait([self.reading])
        await self.connection.disconnect()


class ConnectionMethods(Batched):
    """redis-py's connection, through its public methods."""

    sending: asyncio.Task[None]

    def flush(self) -> None:
        self.sending = asyncio.create_task(self.connection.send_packed_command(self.take_outbox(), False))

    async def read(self) -> None:
        while True:
            reply = await self.connection.read_response(timeout=float("inf"))
            self.pending.popleft().set_result(reply)


class ConnectionStreams(Batched):
    """redis-py's connection, its streams read by a task of our own."""

    def flush(self) -> None:
        assert self.connection._writer is not None
        self.connection._writer.write(self.take_outbox())

    async def read(self) -> None:
        assert self.connection._reader is not None
        while data := await self.connection._reader.read(65536):
            self.replies.feed(data)
            while (reply := self.replies.gets()) is not False:
                self.pending.popleft().set_result(reply)


class ConnectionTransport:
    """redis-py's connection, its transport taken over: what duetime.queues.connection does."""

    async def open(self, url: str) -> Self:
        self.pipeline = await Pipeline(url).open()
        self.call: Callable[..., Awaitable[Any]] = self.pipeline.call
        return self

    async def close(self) -> None:
        await self.pipeline.close()


Way = type[CallEach] | type[Batched] | type[ConnectionTransport]
WAYS: tuple[Way, ...] = (CallEach, PipelineATick, ConnectionMethods, ConnectionStreams, ConnectionTransport)


async def measure(way: Way, url: str, callers: int) -> tuple[float, float]:
    """Calls per second, and µs of CPU time per call, of one round."""
    client = await way().open(url)
    digest = await client.call("SCRIPT", "LOAD", SCRIPT)

    async def caller(calls: int) -> None:
        for n in range(calls):
            await client.call("EVALSHA", digest, 2, "{bench}line", "{bench}stream", n, TEXT)

    await asyncio.gather(*(caller(10) for _ in range(callers)))
    calls = CALLS[callers]
    started_s, cpu_s = time.perf_counter(), time.process_time()
    await asyncio.gather(*(caller(calls // callers) for _ in range(callers)))
    elapsed_s, cpu_s = time.perf_counter() - started_s, time.process_time() - cpu_s
    await client.close()
    return calls / elapsed_s, cpu_s / calls * 1e6


async def main(rounds: int) -> None:
    figures: dict[tuple[Way, int], list[tuple[float, float]]] = {}
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        server = EmbeddedServer(Path(folder) / "data")
        url = await server.start()
        stack.push_async_callback(server.stop)
        for _ in range(rounds):
            for way in WAYS:
                for callers in CALLS:
                    figures.setdefault((way, callers), []).append(await measure(way, url, callers))
    table = Table("way", *(f"{head}, {n} at once" for n in CALLS for head in ("calls/s", "CPU µs a call")))
    for way in WAYS:
        cells = []
        for callers in CALLS:
            rates, costs = zip(*figures[way, callers], strict=True)
            cells += [f"{statistics.median(rates):,.0f}", f"{statistics.median(costs):.1f}"]
        table.add_row(way.__name__, *cells)
    Console(width=120).print(table)


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 7))
