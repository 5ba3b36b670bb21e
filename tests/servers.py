"""A server of a test's own, to kill, freeze and start again."""

import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import redis

from duetime.service.embedded import EmbeddedServer


class OwnServer:
    """An embedded server with its data in `data_dir`."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.embedded = EmbeddedServer(data_dir)
        self.url = self.embedded.url

    @property
    def pid(self) -> int:
        return int((self.data_dir / "server.pid").read_text())

    def kill(self) -> None:
        """End it without a chance to say goodbye."""
        os.kill(self.pid, signal.SIGKILL)

    def freeze(self) -> None:
        """Let it keep its connections and answer nothing, until `thaw`."""
        os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    async def start(self) -> None:
        """Start it, also again after `kill`."""
        await self.embedded.start()

    def command(self, *args: str | int) -> object:
        """Run a command on a connection of its own."""
        with redis.Redis.from_url(self.url, decode_responses=True) as client:
            return client.execute_command(*args)


@asynccontextmanager
async def own_server(data_dir: Path) -> AsyncIterator[OwnServer]:
    server = OwnServer(data_dir)
    await server.start()
    try:
        yield server
    finally:
        await server.embedded.stop()
