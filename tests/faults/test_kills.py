"""Daemons and their server are killed under load: nothing accepted is lost or doubled, and all goes on by itself."""

import random
from pathlib import Path

import pytest

from tests.faults.campaign import Plan, prepared


async def test_a_daemon_is_killed_again_and_again(tmp_path: Path) -> None:
    plan = Plan(messages=300, visitors=3, chat_messages=5, faults=("kill_daemon",) * 4)
    async with prepared(tmp_path, plan) as campaign:
        await campaign.run()


async def test_the_server_is_killed_again_and_again(tmp_path: Path) -> None:
    plan = Plan(messages=300, visitors=3, chat_messages=5, faults=("kill_server",) * 3, seed=2)
    async with prepared(tmp_path, plan) as campaign:
        await campaign.run()


async def test_the_power_fails_and_daemons_are_replaced_in_order(tmp_path: Path) -> None:
    plan = Plan(
        messages=300, visitors=3, chat_messages=5, faults=("kill_both", "restart_daemon", "freeze_server"), seed=3
    )
    async with prepared(tmp_path, plan, daemons=2) as campaign:
        await campaign.run()


@pytest.mark.chaos
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("daemons", [1, 2])
async def test_a_long_campaign(tmp_path: Path, daemons: int) -> None:
    faults = (
        ["kill_daemon"] * 24 + ["kill_server"] * 10 + ["kill_both"] * 2 + ["restart_daemon"] * 2 + ["freeze_server"]
    )
    random.Random(daemons).shuffle(faults)
    plan = Plan(
        messages=20_000, visitors=20, chat_messages=50, faults=tuple(faults), pause_s=(0.5, 4), seed=10 + daemons
    )
    async with prepared(tmp_path, plan, daemons) as campaign:
        await campaign.run()
