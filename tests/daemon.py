"""Whole daemons with their clients: in this process, where that is enough, or as processes that tests kill."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import msgspec

from duetime.config.settings import load_settings
from duetime.service.daemon import start_daemon
from duetime.service.embedded import EmbeddedServer
from duetime.service.welcome import LocalTokens, make_local_tokens, read_local_tokens
from tests.service.http.api import Answer
from tests.service.sockets.clients import ChatClient, DeskClient, Sockets
from tests.waiting import wait_until

COMMAND = (sys.executable, "-c", "from duetime.service.cli.main import main; main()")
START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 30


class Daemon:
    """One daemon, as programs and people outside of it see it. They have the tokens of its first start."""

    def __init__(self, directory: Path, routing: str | None = None, **settings: object) -> None:
        """``settings`` are named like their variables, without DUETIME_ and in lower case. What is not told
        otherwise is kept in ``directory``."""
        self.directory = directory
        self.url = ""
        self.settings = {"http_port": 0, "data_dir": directory / "data", **settings}
        self.data_dir = Path(str(self.settings["data_dir"]))
        if routing is not None:
            self.settings["routing_file"] = directory / "routing.toml"
            (directory / "routing.toml").write_text(routing)
        self.session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True))
        self._sockets: dict[str, Sockets] = {}

    @property
    def environment(self) -> dict[str, str]:
        """Of the daemon, and of command lines that are given the same settings."""
        return clean_environment() | {f"DUETIME_{name.upper()}": str(value) for name, value in self.settings.items()}

    @property
    def redis_url(self) -> str:
        return str(self.settings.get("redis_url", EmbeddedServer(self.data_dir).url))

    @property
    def tokens(self) -> LocalTokens:
        tokens = read_local_tokens(self.data_dir)
        assert tokens is not None
        return tokens

    def token_of(self, name: str) -> str:
        return {str(who): token for who, token in self.tokens.associates.items()}[name]

    async def close(self) -> None:
        for sockets in self._sockets.values():
            await sockets.close()
        await self.session.close()

    async def call(self, method: str, path: str, body: Any = None, *, token: str, **headers: str) -> Answer:
        """``headers`` are written ``If_Match="..."``."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent["Authorization"] = f"Bearer {token}"
        sent["Content-Type"] = "application/json"
        data = None if body is None else msgspec.json.encode(body)
        async with self.session.request(method, self.url + path, data=data, headers=sent) as response:
            return Answer(response.status, dict(response.headers), await response.read())

    async def get(self, path: str, token: str | None = None) -> Any:
        """What is there, for an admin unless a token says otherwise."""
        answer = await self.call("GET", path, token=token or self.tokens.admin)
        assert answer.status == 200, answer.raw
        return answer.body

    async def post(self, path: str, body: Any = None, token: str | None = None, **headers: str) -> Any:
        """The body of a success, for an admin unless a token says otherwise."""
        answer = await self.call("POST", path, body or {}, token=token or self.tokens.admin, **headers)
        assert answer.status < 300, answer.raw
        return answer.body if answer.raw else None

    async def ready(self) -> bool:
        async with self.session.get(f"{self.url}/readyz") as response:
            return response.status == 200

    async def write(self, text: str, who: str = "maria", **fields: Any) -> dict[str, Any]:
        """A contact's message comes from the integration."""
        body = {"sender": {"address": who}, "text": text, **fields}
        accepted: dict[str, Any] = await self.post("/v1/messages", body, self.tokens.integration)
        return accepted

    async def see(self, conversation: str) -> dict[str, Any]:
        found: dict[str, Any] = await self.get(f"/v1/conversations/{conversation}")
        return found

    async def answers(self, conversation: str) -> list[str]:
        """The texts of the associates' messages, as the integration reads them."""
        messages = await self.get(f"/v1/conversations/{conversation}/messages", self.tokens.integration)
        return [message["text"] for message in messages if message["author"] == "associate"]

    async def desk(self, name: str, *, cursor: str | None = None, token: str | None = None) -> DeskClient:
        """Somebody sits down: a desk that has its first state."""
        ticket = await self.post("/v1/desk/tickets", token=token or self.token_of(name))
        desk = await self._opener().desk(ticket["ticket"], cursor=cursor)
        await desk.frame("snapshot" if cursor is None else "resumed")
        return desk

    async def chat(self, **hello: Any) -> ChatClient:
        """A visitor who was welcomed."""
        return await self._opener().chat(**hello)

    def command(self, *args: str) -> subprocess.CompletedProcess[str]:
        """Run a command line of the same machine, such as `status`."""
        return subprocess.run(
            [*COMMAND, *args], cwd=self.directory, env=self.environment, capture_output=True, text=True, timeout=60
        )

    def examine(self) -> str:
        """What `duetime doctor` says of the data."""
        doctor = self.command("doctor")
        return doctor.stdout + doctor.stderr

    def _opener(self) -> Sockets:
        return self._sockets.setdefault(self.url, Sockets(self.session, self.url))


class DaemonProcess(Daemon):
    """`duetime run`. What it prints and logs is kept in ``directory``."""

    def __init__(self, directory: Path, routing: str | None = None, **settings: object) -> None:
        super().__init__(directory, routing, **settings)
        self._process: subprocess.Popen[bytes] | None = None
        self._printed_before = 0

    @property
    def printed(self) -> str:
        """What the daemon printed for people since it was last started."""
        return (self.directory / "printed.txt").read_text()[self._printed_before :]

    @property
    def log(self) -> str:
        return (self.directory / "log.txt").read_text()

    @property
    def process(self) -> subprocess.Popen[bytes]:
        assert self._process is not None
        return self._process

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def server_pid(self) -> int:
        """Of the embedded server."""
        return int((self.data_dir / "server.pid").read_text())

    def launch(self) -> None:
        """Start the process, without waiting for anything."""
        assert not self.is_running
        with (self.directory / "printed.txt").open("ab") as printed, (self.directory / "log.txt").open("ab") as log:
            self._printed_before = printed.tell()
            self._process = subprocess.Popen(
                [*COMMAND, "run"], cwd=self.directory, env=self.environment, stdout=printed, stderr=log
            )

    async def start(self) -> None:
        """Start it, and wait until it serves: on the port that it had, if it was started before."""
        self.launch()
        found = await wait_until(
            lambda: not self.is_running or re.search(r"is up at (http://\S+:(\d+))", self.printed), START_TIMEOUT_S
        )
        assert isinstance(found, re.Match), f"The daemon did not start:\n{self.log}"
        self.url = found[1]
        self.settings["http_port"] = found[2]

    def kill(self) -> None:
        """End it as a power cut would; an embedded server lives on."""
        self.process.kill()
        self.process.wait()

    def ask_to_stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    async def ended(self) -> int:
        """Wait until it has ended by itself, and give its exit code."""
        await wait_until(lambda: not self.is_running, STOP_TIMEOUT_S, "the daemon's end")
        return int(self.process.returncode)

    async def stop(self) -> int:
        self.ask_to_stop()
        return await self.ended()

    async def close(self) -> None:
        await super().close()
        if self.is_running:
            await self.stop()


@asynccontextmanager
async def daemon_process(
    directory: Path, routing: str | None = None, **settings: object
) -> AsyncIterator[DaemonProcess]:
    """A started process, stopped in the end if the test did not."""
    daemon = DaemonProcess(directory, routing, **settings)
    try:
        await daemon.start()
        yield daemon
    finally:
        await daemon.close()


@asynccontextmanager
async def daemon_here(directory: Path, routing: str, **settings: object) -> AsyncIterator[Daemon]:
    """A daemon in this process: quick to start, and all but the process itself is as in the other."""
    daemon = Daemon(directory, routing, **settings)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(daemon.close)
        started = await start_daemon(load_settings(None, daemon.environment), stack)
        await make_local_tokens(started.parts.store, daemon.data_dir)
        daemon.url = started.url
        yield daemon
        started.parts.stopping.set()


def clean_environment() -> dict[str, str]:
    """The environment without settings of the machine on which the tests run."""
    return {name: value for name, value in os.environ.items() if not name.startswith("DUETIME_")}
