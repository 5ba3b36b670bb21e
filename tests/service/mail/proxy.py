"""A network between a client and a server that a test spoils, in one way at a time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import Enum, auto


class Fault(Enum):
    NONE = auto()
    SLICED = auto()
    """What the server says comes in pieces of a few bytes."""
    DELAYED = auto()
    CUT = auto()
    """The connection breaks after `Proxy.cut_after` bytes of what the server says."""
    SWALLOWED = auto()
    """Nothing arrives any more, and nobody is told."""


class Proxy:
    def __init__(self, server_port: int) -> None:
        self._server_port = server_port
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0
        self.fault = Fault.NONE
        self.cut_after = 0
        self.connections = 0

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self._server_port)
        except OSError:
            writer.transport.abort()
            return
        self._open |= {writer, server_writer}
        both = [
            asyncio.create_task(self._pass_on(reader, server_writer, spoilt=False)),
            asyncio.create_task(self._pass_on(server_reader, writer, spoilt=True)),
        ]
        self._tasks.update(both)
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        for task in both:
            task.cancel()
        for end in (writer, server_writer):
            end.transport.abort()
        self._open -= {writer, server_writer}

    def cut_all(self) -> None:
        for writer in self._open:
            writer.transport.abort()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, spoilt: bool) -> None:
        passed = 0
        try:
            while data := await reader.read(65_536):
                if self.fault is Fault.SWALLOWED:
                    await asyncio.Event().wait()
                if spoilt and self.fault is Fault.DELAYED:
                    await asyncio.sleep(0.01)
                if spoilt and self.fault is Fault.CUT and passed + len(data) > self.cut_after:
                    writer.write(data[: self.cut_after - passed])
                    await writer.drain()
                    return
                step = 7 if spoilt and self.fault is Fault.SLICED else len(data)
                for start in range(0, len(data), step):
                    writer.write(data[start : start + step])
                    await asyncio.sleep(0)
                await writer.drain()
                passed += len(data)
        except ConnectionError:
            return

    async def close(self) -> None:
        self.cut_all()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@asynccontextmanager
async def proxy_to(server_port: int) -> AsyncIterator[Proxy]:
    proxy = Proxy(server_port)
    server = await asyncio.start_server(proxy.accept, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        await proxy.close()
        await server.wait_closed()
