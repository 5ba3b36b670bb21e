"""Whether a Redis or Valkey server is fit to hold conversations: checked once, when the daemon starts."""

import re
from collections.abc import Mapping

import msgspec
from redis.exceptions import ResponseError

from duetime.queues.connection import Pipeline

_CHECKED_SETTINGS = ("appendfsync", "maxmemory-policy")


class ServerUnfit(Exception):
    """The server would lose or refuse what it is given. Each of `problems` says why, and what to do."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Report(msgspec.Struct, frozen=True):
    """What is wrong with a server: `problems` keep the daemon from starting, `warnings` do not."""

    problems: tuple[str, ...]
    warnings: tuple[str, ...]


async def check_server(pipeline: Pipeline) -> tuple[str, ...]:
    """The warnings about the server, in sentences. Raises ServerUnfit with all problems; ServerLost."""
    info = _parse_info(await pipeline.call("INFO"))
    report = judge(info, await _read_config(pipeline))
    if report.problems:
        raise ServerUnfit(report.problems)
    return report.warnings


async def _read_config(pipeline: Pipeline) -> dict[str, str] | None:
    config: dict[str, str] = {}
    try:
        for name in _CHECKED_SETTINGS:
            reply = await pipeline.call("CONFIG", "GET", name)
            config |= dict(zip(reply[::2], reply[1::2], strict=True))
    except ResponseError:  # a managed service, or a user without the right
        return None
    return config


def judge(info: Mapping[str, str], config: Mapping[str, str] | None) -> Report:
    """Judge a server by its INFO fields and settings; `config` is None where CONFIG is forbidden."""
    problems = [*_version(info), *_role(info), *_append_only_file(info), *_eviction(info, config or {})]
    warnings = [*_fsync(info, config or {}), *_cluster(info)]
    return Report(tuple(problems), tuple(warnings))


def _version(info: Mapping[str, str]) -> list[str]:
    # Valkey says in redis_version with which Redis it is compatible: 7.2.4 for all of its versions.
    version = info.get("redis_version", "")
    number = re.match(r"\d+", version)
    if number is None:
        return ["The server does not tell its version. Duetime needs Redis or Valkey 7.0 or newer."]
    if int(number[0]) < 7:
        return [f"Redis {version} is too old. Upgrade it: Duetime needs Redis or Valkey 7.0 or newer."]
    return []


def _role(info: Mapping[str, str]) -> list[str]:
    if info.get("redis_mode") == "sentinel":
        return ["This is a Sentinel, which holds no data. Point redis.url at the primary that it watches."]
    if info.get("role") == "slave":
        primary = f"{info.get('master_host', '?')}:{info.get('master_port', '?')}"
        return [f"This server is a replica of {primary}, and cannot be written. Point redis.url at its primary."]
    return []


def _append_only_file(info: Mapping[str, str]) -> list[str]:
    if info.get("aof_enabled") == "1":
        return []
    return [
        "The append-only file is off, so a restart of the server would lose conversations."
        " Set appendonly yes in its configuration."
    ]


def _eviction(info: Mapping[str, str], config: Mapping[str, str]) -> list[str]:
    policy = config.get("maxmemory-policy") or info.get("maxmemory_policy", "unknown")
    if policy == "noeviction":
        return []
    return [
        f"maxmemory-policy is {policy}, so the server may delete conversations when its memory is full."
        " Set maxmemory-policy noeviction in its configuration."
    ]


def _fsync(info: Mapping[str, str], config: Mapping[str, str]) -> list[str]:
    fsync = config.get("appendfsync")
    if fsync == "always":
        return []
    if fsync is None:
        return ["The server forbids CONFIG, so appendfsync was not checked. See that it is always."]
    if int(info.get("connected_slaves", "0")):
        risk = "a power failure that takes its replicas too loses the last writes"
    else:
        risk = "a power failure loses the last writes: it has no replica that holds them"
    return [f"appendfsync is {fsync}, so {risk}. Set appendfsync always in its configuration."]


def _cluster(info: Mapping[str, str]) -> list[str]:
    if info.get("redis_mode") != "cluster":
        return []
    return ["This is a Redis Cluster. Point redis.url at the node that has the workspace's slot."]


def _parse_info(text: str) -> dict[str, str]:
    lines = (line.partition(":") for line in text.splitlines() if not line.startswith("#"))
    return {name: value for name, separator, value in lines if separator}
