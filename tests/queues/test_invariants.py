"""Whatever happens, in whatever order, and on however many daemons: what `docs/routing.md` promises holds."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
import uvloop
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from duetime.router.associate import Presence
from duetime.service import timekeeper
from duetime.service.embedded import EmbeddedServer
from tests.queues import commands
from tests.queues.commands import Be, Command
from tests.queues.trial import Trial, open_trial
from tests.world import A_DAY_S

PAUSES = st.sampled_from([0.5, 5, 11, 31, 61, 130, 700])


@pytest.fixture(scope="module")
def quick_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server that leaves to the system when it writes to the disk."""
    server = EmbeddedServer(tmp_path_factory.mktemp("quick"), fsync="no")
    yield asyncio.run(server.start())
    asyncio.run(server.stop())


@pytest.fixture(autouse=True)
def one_timer_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """What several transitions of one moment did can be held against no order."""
    monkeypatch.setattr(timekeeper, "CLAIM_MOST", 1)


class Day(RuleBasedStateMachine):
    """One daemon, one command at a time."""

    url: str

    def __init__(self) -> None:
        super().__init__()
        self._loop = uvloop.new_event_loop()
        self._stack = AsyncExitStack()
        self._trial: Trial = self._run(self._stack.enter_async_context(open_trial(self.url)))

    def _run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return self._loop.run_until_complete(coroutine)

    def teardown(self) -> None:
        self._run(self._stack.aclose())
        self._loop.close()

    @initialize(absent=st.sets(commands.people, max_size=2), early=st.lists(commands.writes, min_size=3, max_size=9))
    def some_are_there_and_some_wait(self, absent: set[str], early: list[Command]) -> None:
        there = [Be(0, who, Presence.AVAILABLE, A_DAY_S) for who in commands.PEOPLE if who not in absent]
        self._run(self._trial.prepare([*there, *early]))

    @rule(command=commands.writes)
    def a_contact_writes(self, command: Command) -> None:
        self._run(self._trial.do(command))

    @rule(command=commands.writes)
    def another_contact_writes(self, command: Command) -> None:
        self._run(self._trial.do(command))

    @rule(command=commands.writes)
    def one_more_contact_writes(self, command: Command) -> None:
        self._run(self._trial.do(command))

    @rule(command=commands.arrivals | commands.presences)
    def presence_changes(self, command: Command) -> None:
        self._run(self._trial.do(command))

    @rule(command=commands.answers)
    def an_offer_is_answered(self, command: Command) -> None:
        self._run(self._trial.do(command))

    @rule(command=commands.answers)
    def another_offer_is_answered(self, command: Command) -> None:
        self._run(self._trial.do(command))

    @rule(command=commands.sayings)
    def somebody_says_something(self, command: Command) -> None:
        self._run(self._trial.do(command))

    @rule(command=commands.handlings)
    def a_conversation_is_handled(self, command: Command) -> None:
        self._run(self._trial.do(command))

    @rule(command=commands.transfers | commands.assignments)
    def a_conversation_is_handed_over(self, command: Command) -> None:
        self._run(self._trial.do(command))

    @rule(command=commands.merges | commands.splits)
    def two_turn_out_to_be_one_or_one_two(self, command: Command) -> None:
        self._run(self._trial.do(command))

    @rule(command=commands.changes | commands.applications | commands.preferences | commands.marks)
    def something_else_happens(self, command: Command) -> None:
        self._run(self._trial.do(command))

    @rule(seconds=PAUSES)
    def time_passes(self, seconds: float) -> None:
        self._run(self._trial.pass_time(seconds))

    @rule(seconds=PAUSES)
    def no_daemon_runs(self, seconds: float) -> None:
        self._run(self._trial.oversleep(seconds))


def run_days(url: str, examples: int, steps: int) -> None:
    run_state_machine_as_test(
        type("DayHere", (Day,), {"url": url}),
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            suppress_health_check=list(HealthCheck),
            deadline=None,
        ),
    )


@pytest.mark.timeout(400)
def test_after_every_step_of_any_day_all_invariants_hold(quick_server: str) -> None:
    run_days(quick_server, examples=60, steps=40)


@pytest.mark.chaos
@pytest.mark.timeout(3600)
def test_after_every_step_of_many_long_days_all_invariants_hold(quick_server: str) -> None:
    run_days(quick_server, examples=1500, steps=80)


@settings(max_examples=25, phases=[Phase.generate], suppress_health_check=list(HealthCheck), deadline=None)
@given(days=st.lists(st.lists(commands.anything, min_size=8, max_size=40), min_size=2, max_size=8))
def test_when_four_daemons_act_at_once_all_invariants_hold_as_soon_as_they_rest(
    quick_server: str, days: list[list[Command]]
) -> None:
    """What was drawn cannot be drawn again with the same result, so nothing is shrunk."""

    async def live() -> None:
        async with open_trial(quick_server, daemons=4) as trial:
            await trial.prepare([Be(0, who, Presence.AVAILABLE, A_DAY_S) for who in commands.PEOPLE])
            for batch in days:
                await trial.do_at_once(batch)
                await trial.pass_time(31)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(live())
