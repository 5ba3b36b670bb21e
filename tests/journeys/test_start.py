"""A daemon that cannot start says why and what to do, in a sentence, and exits with 1."""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis

from duetime.service.embedded import find_binary
from tests.daemon import DaemonProcess
from tests.waiting import wait_until


async def refusal(directory: Path, routing: str | None = None, **settings: object) -> str:
    """What a daemon says that does not start."""
    daemon = DaemonProcess(directory, routing, **settings)
    await daemon.close()
    daemon.launch()
    assert await daemon.ended() == 1, daemon.log
    assert daemon.printed == ""
    assert "Traceback" not in daemon.log
    return daemon.log


@contextmanager
def server(directory: Path, **options: str) -> Iterator[str]:
    """A real server with these options; gives its URL."""
    path = directory / "redis.sock"
    chosen = {"port": "0", "unixsocket": str(path), "dir": str(directory), "save": "", **options}
    words = [word for name, value in chosen.items() for word in (f"--{name.replace('_', '-')}", value)]
    process = subprocess.Popen([str(find_binary()), *words], stdout=subprocess.DEVNULL)
    try:
        yield f"unix://{path}"
    finally:
        process.kill()
        process.wait()


async def answering(url: str) -> str:
    def answers() -> bool:
        try:
            with redis.Redis.from_url(url) as client:
                return bool(client.ping())
        except redis.ConnectionError:
            return False

    await wait_until(answers)
    return url


async def test_a_port_in_use(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        said = await refusal(tmp_path, http_port=port)

    assert f"127.0.0.1:{port} cannot be listened on: Address already in use." in said
    assert "set another port: PORT=9000 make run" in said


async def test_an_address_that_is_not_ours(tmp_path: Path) -> None:
    said = await refusal(tmp_path, http_host="no-such-host.invalid")
    assert "no-such-host.invalid:0 cannot be listened on" in said


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("redis://127.0.0.1:1/0", "Redis (host 127.0.0.1, port 1, db 0) cannot be reached"),
        ("http://127.0.0.1", 'it is not a Redis address such as "redis://localhost:6379/0"'),
    ],
)
async def test_a_wrong_redis_url(tmp_path: Path, url: str, sentence: str) -> None:
    said = await refusal(tmp_path, redis_url=url)
    assert sentence in said
    assert "DUETIME_REDIS_URL" in said


async def test_a_wrong_redis_password_is_never_shown(tmp_path: Path) -> None:
    with server(tmp_path, appendonly="yes", maxmemory_policy="noeviction", requirepass="right") as url:
        await wait_until((tmp_path / "redis.sock").exists)
        said = await refusal(tmp_path, redis_url=url.replace("unix://", "unix://:sesame@"))
    assert "invalid username-password pair" in said or "WRONGPASS" in said
    assert "sesame" not in said


async def test_a_server_that_would_lose_what_it_is_given(tmp_path: Path) -> None:
    with server(tmp_path, appendonly="no", maxmemory_policy="allkeys-lru") as url:
        said = await refusal(tmp_path, redis_url=await answering(url))
    assert "Set appendonly yes in its configuration." in said
    assert "maxmemory-policy is allkeys-lru" in said
    assert "Set maxmemory-policy noeviction in its configuration." in said


async def test_wrong_settings_are_told_all_at_once(tmp_path: Path) -> None:
    settings = tmp_path / "settings.toml"
    settings.write_text('[http]\nhost = ""\n[stop]\ndrain = 3\n')
    said = await refusal(tmp_path, settings=settings, desk_heartbeat_s="often")
    assert "3 problems" in said
    assert 'line 4: stop.drain: there is no such key (did you mean "drain_s"?)' in said


async def test_a_settings_file_that_is_not_there(tmp_path: Path) -> None:
    assert "there is no such file" in await refusal(tmp_path, settings=tmp_path / "none.toml")


async def test_a_broken_routing_configuration(tmp_path: Path) -> None:
    said = await refusal(tmp_path, 'default_queue = "nowhere"\n[queues.general]\nname = "General"\ntargets = "soon"\n')
    assert "in the routing configuration" in said
    assert "nowhere" in said


@pytest.mark.parametrize(("name", "sentence"), [("none.toml", "there is no such file"), (".", "cannot be read")])
async def test_a_routing_file_that_cannot_be_read(tmp_path: Path, name: str, sentence: str) -> None:
    said = await refusal(tmp_path, routing_file=tmp_path / name)
    assert str(tmp_path / name) in said
    assert sentence in said
    assert "routing.file" in said or "routing configuration" in said


async def test_a_data_directory_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file, not a directory")
    said = await refusal(tmp_path)
    assert f"Cannot write to the data directory {tmp_path / 'data'}" in said
    assert "choose another directory" in said


async def test_a_data_directory_that_cannot_be_written_beside_a_redis_of_ones_own(
    tmp_path: Path, redis_url: str, workspace: str
) -> None:
    (tmp_path / "data").write_text("a file, not a directory")
    said = await refusal(tmp_path, redis_url=redis_url, workspace=workspace)
    assert f"Cannot write to the data directory {tmp_path / 'data'}" in said
