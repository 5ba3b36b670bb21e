"""Somebody in operations changes how conversations are routed while they come in, and is not afraid of it."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.daemon import COMMAND, Daemon, DaemonProcess, daemon_here, daemon_process
from tests.journeys.conftest import ROUTING
from tests.waiting import wait_until

GENERAL = '[queues.general]\nname = "General"\n'
HALF_AN_HOUR = ROUTING.replace(GENERAL, f"{GENERAL}targets = [{{ first_response_s = 1800 }}]\n", 1)
ANA_SPEAKS_GERMAN = ROUTING.replace('name = "Ana Ruiz"', 'name = "Ana Ruiz"\nskills = { german = 4 }', 1)


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[Daemon]:
    async with daemon_here(tmp_path, ROUTING) as running:
        yield running


@pytest.fixture
async def two(redis_url: str, workspace: str, tmp_path: Path) -> AsyncIterator[tuple[DaemonProcess, DaemonProcess]]:
    """Two daemons of one workspace."""
    async with AsyncExitStack() as stack:
        found = []
        for name in ("one", "two"):
            folder = tmp_path / name
            folder.mkdir()
            process = daemon_process(
                folder, ROUTING, redis_url=redis_url, workspace=workspace, data_dir=tmp_path / "data"
            )
            found.append(await stack.enter_async_context(process))
        yield found[0], found[1]


async def command(daemon: Daemon, *args: str) -> str:
    """What a command line says that is given on the daemon's machine, and ends well."""
    done = await asyncio.to_thread(
        subprocess.run,
        [*COMMAND, *args, "--url", daemon.url],
        cwd=daemon.directory,
        env=daemon.environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


async def apply(daemon: Daemon, document: str, version: int, comment: str = "") -> int:
    """The status with which it was answered."""
    body = {"document": document, "comment": comment}
    answer = await daemon.call("PUT", "/v1/config", body, token=daemon.tokens.admin, If_Match=f'"{version}"')
    status: int = answer.status
    return status


async def due_in_s(daemon: Daemon, conversation: str) -> int:
    found = await daemon.see(conversation)
    return int((found["due_at"] - found["opened_at"]) // 1000)


async def test_a_target_is_changed_seen_before_applied_and_taken_back(daemon: Daemon) -> None:
    waiting = (await daemon.write("hello"))["conversation"]
    assert await due_in_s(daemon, waiting) == 3600
    (daemon.directory / "next.toml").write_text(HALF_AN_HOUR)

    assert await command(daemon, "config", "diff", "next.toml") == (
        "general: first response 1 h → 30 min\n\n"
        "Now, this would mean:\n"
        "general: 1 waiting conversation becomes due sooner\n"
    )
    assert await due_in_s(daemon, waiting) == 3600

    applied = await command(daemon, "config", "apply", "next.toml", "-m", "a promise to the shop")
    assert applied.endswith("Version 2 is in force.\n")
    await wait_until(lambda: _is_due_in(daemon, waiting, 1800))

    taken_back = await command(daemon, "config", "rollback", "1", "-m", "not yet")
    assert taken_back.endswith("Version 3 is in force.\n")
    await wait_until(lambda: _is_due_in(daemon, waiting, 3600))

    page = await daemon.get("/v1/config/versions")
    assert [(note["version"], note["why"], note["changes"]) for note in page["versions"]] == [
        (3, "roll back to version 1: not yet", ["general: first response 30 min → 1 h"]),
        (2, "a promise to the shop", ["general: first response 1 h → 30 min"]),
        (1, "from the file routing.toml", []),
    ]
    assert "Everything agrees." in await asyncio.to_thread(daemon.examine)


async def _is_due_in(daemon: Daemon, conversation: str, seconds: int) -> bool:
    return await due_in_s(daemon, conversation) == seconds


async def test_what_nobody_could_take_is_matched_as_soon_as_somebody_may(daemon: Daemon) -> None:
    desk = await daemon.desk("ana")
    await desk.do("set_presence", presence="available")
    german = (await daemon.write("Guten Tag", language="de"))["conversation"]
    assert (await daemon.see(german))["state"] == "waiting"

    assert await apply(daemon, ANA_SPEAKS_GERMAN, 1, "ana passed her exam") == 200
    made = await desk.event("OfferMade")
    assert made["conversation"] == german


async def test_of_two_editors_at_two_daemons_one_is_told_of_the_other(two: tuple[DaemonProcess, DaemonProcess]) -> None:
    one, other = two
    statuses = await asyncio.gather(
        apply(one, HALF_AN_HOUR, 1, "from one desk"), apply(other, ANA_SPEAKS_GERMAN, 1, "from another")
    )
    assert sorted(statuses) == [200, 412]
    winner = HALF_AN_HOUR if statuses[0] == 200 else ANA_SPEAKS_GERMAN
    assert (await one.get("/v1/config"))["document"] == winner


async def test_a_broken_document_changes_nothing(daemon: Daemon) -> None:
    waiting = (await daemon.write("hello"))["conversation"]
    before = await daemon.see(waiting)
    broken = HALF_AN_HOUR.replace('teams = ["tech"]', 'teams = ["techs"]', 1)
    assert await apply(daemon, broken, 1) == 422
    assert (await daemon.get("/v1/config"))["version"] == 1
    assert await daemon.see(waiting) == before


async def test_every_daemon_routes_by_what_was_applied_at_one(two: tuple[DaemonProcess, DaemonProcess]) -> None:
    one, other = two
    assert await apply(one, HALF_AN_HOUR, 1) == 200

    async def promises_half_an_hour() -> bool:
        written = await other.write("hello")
        return await due_in_s(other, written["conversation"]) == 1800

    await wait_until(promises_half_an_hour)


async def test_a_daemon_that_was_away_during_three_applies_comes_back_on_the_newest(
    two: tuple[DaemonProcess, DaemonProcess],
) -> None:
    one, other = two
    other.kill()
    for version, document in enumerate([f"# a\n{ROUTING}", f"# b\n{ANA_SPEAKS_GERMAN}", HALF_AN_HOUR], start=1):
        assert await apply(one, document, version) == 200
    await other.start()
    shown = await other.get("/v1/config")
    assert (shown["version"], shown["document"]) == (4, HALF_AN_HOUR)
    written = await other.write("hello")
    assert await due_in_s(other, written["conversation"]) == 1800


async def test_a_restart_does_not_take_back_what_was_applied_since(tmp_path: Path) -> None:
    async with daemon_process(tmp_path, ROUTING) as daemon:
        assert await apply(daemon, HALF_AN_HOUR, 1, "by hand") == 200
        await daemon.stop()
        await daemon.start()
        assert (await daemon.get("/v1/config"))["why"] == "by hand"
        await daemon.stop()
        (tmp_path / "routing.toml").write_text(f"# edited\n{ROUTING}")
        await daemon.start()
        assert (await daemon.get("/v1/config"))["why"] == "from the file routing.toml"
