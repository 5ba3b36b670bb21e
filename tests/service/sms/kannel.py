"""A real SMS gateway: Kannel, with its own test SMSC in place of a network, as whoever runs the tests."""

import asyncio
import shutil
import socket
import subprocess
from contextlib import suppress
from pathlib import Path

import aiohttp
from aiohttp import web

from tests.components import missing
from tests.waiting import wait_until

USER, PASSWORD, KEY = "duetime", "secret", "hush-hush"
SEARCHED = "/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin"
FAKE_SMSC = "/usr/lib/kannel/test/fakesmsc"
CONFIG = """
group = core
admin-port = {admin}
admin-password = {password}
admin-deny-ip = "*.*.*.*"
admin-allow-ip = "127.0.0.1"
smsbox-port = {boxes}
box-deny-ip = "*.*.*.*"
box-allow-ip = "127.0.0.1"
log-file = "{root}/bearerbox.log"
sms-resend-freq = 1
store-type = file
store-location = {root}/store

group = smsc
smsc = fake
smsc-id = fake
port = {smsc}
connect-allow-ip = 127.0.0.1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-interface = 127.0.0.1
sendsms-port = {sendsms}
log-file = "{root}/smsbox.log"
http-request-retry = 20
http-queue-delay = 1

group = sendsms-user
username = {user}
password = {password}
max-messages = 9
concatenation = true

group = sms-service
keyword = default
get-url = "{inbound}?key={key}&id=%I&from=%p&to=%P&text=%a"
max-messages = 0
catch-all = yes
omit-empty = yes
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Between:
    """Stands between the gateway and us: answers 503 as often as it is told, and may turn receipts round."""

    def __init__(self) -> None:
        self.url = ""
        self.target = ""
        self.refuses = 0
        self.turns_receipts_round = False
        self.passed: list[tuple[str, str]] = []
        """Kind and id, or state, of what was passed on."""
        self.refused: list[str] = []
        """Ids of messages that met a 503."""
        self._delivered = asyncio.Event()
        self._session: aiohttp.ClientSession | None = None
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        app = web.Application()
        app.router.add_get("/{path:.*}", self._pass_on)
        self._session = aiohttp.ClientSession()
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        self._delivered.set()
        if self._runner and self._session:
            await self._runner.cleanup()
            await self._session.close()

    async def _pass_on(self, request: web.Request) -> web.Response:
        kind = request.path.rpartition("/")[2]
        if self.refuses:
            self.refuses -= 1
            self.refused.append(request.query["id"])
            return web.Response(status=503)
        state = request.query.get("status")
        if self.turns_receipts_round and state == "8":
            await self._delivered.wait()
        assert self._session is not None
        async with self._session.get(self.target + request.raw_path) as response:
            body = await response.read()
            self.passed.append((kind, state or request.query["id"]))
            if state == "1":
                self._delivered.set()
            return web.Response(status=response.status, body=body)


class Kannel:
    """``inbound`` is the address that it calls for messages."""

    def __init__(self, root: Path, inbound: str) -> None:
        self.root = root
        self._ports = {name: free_port() for name in ("admin", "boxes", "smsc", "sendsms")}
        self._config = CONFIG.format(root=root, user=USER, password=PASSWORD, key=KEY, inbound=inbound, **self._ports)
        self._processes: list[subprocess.Popen[bytes]] = []

    @property
    def sendsms(self) -> str:
        return f"http://127.0.0.1:{self._ports['sendsms']}/cgi-bin/sendsms"

    @property
    def got(self) -> list[str]:
        """What the network got: sender, receiver and text of each message."""
        lines = (self.root / "fakesmsc.log").read_text(errors="replace").splitlines()
        return [line.partition(": <")[2].removesuffix(">") for line in lines if "Got message" in line]

    async def start(self) -> None:
        bearerbox, smsbox = (shutil.which(name, path=SEARCHED) for name in ("bearerbox", "smsbox"))
        if bearerbox is None or smsbox is None or shutil.which(FAKE_SMSC) is None:
            missing("Kannel", "Install it: apt-get install kannel kannel-extras.")
        config = self.root / "kannel.conf"
        config.write_text(self._config)
        self._launch("bearerbox", bearerbox, str(config))
        await self._listens("boxes")
        self._launch("smsbox", smsbox, str(config))
        await self._listens("sendsms")
        await self._listens("smsc")

    async def network(self, *messages: str) -> None:
        """A network with people who write these at once: sender, receiver, and text."""
        port = str(self._ports["smsc"])
        lines = [" ".join((sender, receiver, "text", text)) for sender, receiver, text in map(_three, messages)]
        options = ("-H", "127.0.0.1", "-r", port, "-i", "0.1", "-m", str(len(lines)))
        self._launch("fakesmsc", FAKE_SMSC, *options, *(lines or ["1 2 text nothing"]))

    def stop(self) -> None:
        for process in reversed(self._processes):
            process.kill()
            process.wait()

    def _launch(self, name: str, *command: str) -> None:
        with (self.root / f"{name}.log").open("ab") as output:
            self._processes.append(subprocess.Popen(command, stdout=output, stderr=output, cwd=self.root))

    async def _listens(self, port: str) -> None:
        async def open_connection() -> bool:
            with suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", self._ports[port])
                writer.close()
                return True
            return False

        await wait_until(open_connection, 20, f"Kannel's port {port}")


def _three(message: str) -> tuple[str, str, str]:
    sender, receiver, text = message.split(" ", 2)
    return sender, receiver, text
