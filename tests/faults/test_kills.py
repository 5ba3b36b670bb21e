"""Daemons and their server are killed under load: nothing accepted is lost or doubled, and all goes on by itself."""

import random
from pathlib import Path

import pytest

from tests.faults.campaign import Plan, prepared


def plan(*faults: str, seed: int) -> Plan:
    return Plan(associates=8, messages=500, visitors=3, chat_messages=5, faults=faults, seed=seed)


async def test_a_daemon_is_killed_again_and_again(tmp_path: Path) -> None:
    async with prepared(tmp_path, plan(*["kill_daemon"] * 4, seed=1)) as campaign:
        await campaign.run()


async def test_the_server_is_killed_again_and_again(tmp_path: Path) -> None:
    async with prepared(tmp_path, plan(*["kill_server"] * 3, seed=2)) as campaign:
        await campaign.run()


async def test_the_power_fails_and_daemons_are_replaced_in_order(tmp_path: Path) -> None:
    faults = ("kill_both", "restart_daemon", "freeze_server")
    async with prepared(tmp_path, plan(*faults, seed=3), daemons=2) as campaign:
        await campaign.run()


@pytest.mark.chaos
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("daemons", [1, 2])
async def test_a_long_campaign(tmp_path: Path, daemons: int, capsys: pytest.CaptureFixture[str]) -> None:
    often = {"kill_daemon": 24, "kill_server": 10, "kill_both": 2, "restart_daemon": 2, "freeze_server": 1}
    faults = [name for name, times in often.items() for _ in range(times)]
    random.Random(daemons).shuffle(faults)
    long = Plan(
        associates=30,
        messages=20_000,
        visitors=20,
        chat_messages=50,
        faults=tuple(faults),
        pause_s=(0.5, 4),
        seed=10 + daemons,
    )
    async with prepared(tmp_path, long, daemons) as campaign:
        with capsys.disabled():  # the totals are worth seeing
            await campaign.run()
