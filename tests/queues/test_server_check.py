"""A server that would lose conversations is refused, in sentences that say what to do."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from duetime.queues.connection import Pipeline
from duetime.queues.server_check import ServerUnfit, check_server, judge
from tests.servers import OwnServer, own_server

FIT_INFO = {
    "redis_version": "7.2.4",
    "redis_mode": "standalone",
    "role": "master",
    "aof_enabled": "1",
    "maxmemory_policy": "noeviction",
    "connected_slaves": "0",
}
FIT_CONFIG = {"appendfsync": "always", "maxmemory-policy": "noeviction"}


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[OwnServer]:
    async with own_server(tmp_path / "data") as server:
        yield server


def test_a_fit_server_has_no_problem_and_no_warning() -> None:
    report = judge(FIT_INFO, FIT_CONFIG)
    assert (report.problems, report.warnings) == ((), ())


@pytest.mark.parametrize(
    ("info", "config", "sentence"),
    [
        ({"redis_version": "6.2.14"}, {}, "Redis 6.2.14 is too old. Upgrade it"),
        ({"redis_version": "5.0"}, {}, "Redis 5.0 is too old"),
        ({"redis_version": ""}, {}, "does not tell its version"),
        ({"redis_mode": "sentinel"}, {}, "This is a Sentinel"),
        (
            {"role": "slave", "master_host": "db1", "master_port": "6379"},
            {},
            "a replica of db1:6379, and cannot be written. Point redis.url at its primary",
        ),
        ({"aof_enabled": "0"}, {}, "Set appendonly yes"),
        (
            {},
            {"maxmemory-policy": "allkeys-lru"},
            "maxmemory-policy is allkeys-lru, so the server may delete",
        ),
    ],
)
def test_a_problem_is_told_with_its_remedy(info: dict[str, str], config: dict[str, str], sentence: str) -> None:
    report = judge(FIT_INFO | info, FIT_CONFIG | config)
    assert len(report.problems) == 1
    assert sentence in report.problems[0]


@pytest.mark.parametrize("version", ["7.0.0", "7.2.4", "8.2.1", "10.0.0", "255.255.255"])
def test_seven_and_newer_are_fit(version: str) -> None:
    assert judge(FIT_INFO | {"redis_version": version}, FIT_CONFIG).problems == ()


def test_all_problems_are_told_at_once() -> None:
    unfit = {"redis_version": "6.0", "role": "slave", "aof_enabled": "0"}
    assert len(judge(FIT_INFO | unfit, FIT_CONFIG | {"maxmemory-policy": "volatile-ttl"}).problems) == 4


@pytest.mark.parametrize(
    ("info", "config", "sentence"),
    [
        ({}, {"appendfsync": "everysec"}, "appendfsync is everysec, so a power failure loses"),
        ({"connected_slaves": "1"}, {"appendfsync": "no"}, "a power failure that takes its replicas too"),
        ({"redis_mode": "cluster"}, {}, "Point redis.url at the node"),
    ],
)
def test_a_risk_that_can_be_wanted_is_a_warning(info: dict[str, str], config: dict[str, str], sentence: str) -> None:
    report = judge(FIT_INFO | info, FIT_CONFIG | config)
    assert report.problems == ()
    assert [sentence in warning for warning in report.warnings] == [True]


def test_where_config_is_forbidden_info_decides_and_the_rest_is_a_warning() -> None:
    report = judge(FIT_INFO | {"maxmemory_policy": "allkeys-lfu"}, None)
    assert [problem.split(",")[0] for problem in report.problems] == ["maxmemory-policy is allkeys-lfu"]
    assert ["appendfsync was not checked" in warning for warning in report.warnings] == [True]


async def test_the_embedded_server_is_fit(server: OwnServer) -> None:
    pipeline = await Pipeline(server.url).open()
    assert await check_server(pipeline) == ()
    await pipeline.close()


async def test_a_real_server_is_refused_with_everything_that_is_wrong(server: OwnServer) -> None:
    server.command("CONFIG", "SET", "appendonly", "no", "maxmemory-policy", "allkeys-random")
    pipeline = await Pipeline(server.url).open()

    with pytest.raises(ServerUnfit) as refused:
        await check_server(pipeline)

    assert len(refused.value.problems) == 2
    assert "Set appendonly yes" in str(refused.value)
    assert "allkeys-random" in str(refused.value)
    await pipeline.close()


async def test_a_real_server_that_forbids_config_is_judged_by_its_info(server: OwnServer) -> None:
    server.command("ACL", "SETUSER", "daemon", "on", ">secret", "~*", "+@all", "-config")
    pipeline = await Pipeline(f"{server.url}?username=daemon&password=secret").open()

    warnings = await check_server(pipeline)

    assert ["appendfsync was not checked" in warning for warning in warnings] == [True]
    await pipeline.close()


async def test_a_real_replica_is_refused(server: OwnServer) -> None:
    server.command("REPLICAOF", "127.0.0.1", 1)
    pipeline = await Pipeline(server.url).open()

    with pytest.raises(ServerUnfit, match=r"a replica of 127\.0\.0\.1:1, and cannot be written"):
        await check_server(pipeline)
    await pipeline.close()
