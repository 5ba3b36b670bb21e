"""A campaign: everybody works while daemons and their server are killed, and afterwards everything is there once."""

import asyncio
import itertools
import os
import random
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

import aiohttp
import msgspec
import redis

from duetime.router.events import Event
from tests.daemon import DaemonProcess, daemon_process
from tests.faults.checks import check_desk, check_journal, check_messages, check_replies, check_visitor
from tests.faults.desk import Desk
from tests.faults.integration import Integration
from tests.faults.stored import Stored, read_messages
from tests.faults.town import Town
from tests.faults.visitor import Visitor
from tests.journal import read_journal
from tests.waiting import wait_until

ROUTING = """
default_queue = "general"

[teams]
support = "Support"
tech = "Technicians"

[channels.chat]
cost_units = 2
reopen_within_s = 2
[channels.api]
cost_units = 1
reopen_within_s = 2

[queues.general]
name = "General"
teams = ["support"]
offer_timeout_s = 5
cooldown_s = 1
reassign_after_s = 2
preferred_s = 1
[[queues.general.route]]
after_s = 3
add_teams = ["tech"]

[queues.tech]
name = "Technical"
teams = ["tech"]
auto_accept = true
reassign_after_s = 2

[queues.orders]
name = "Orders"
teams = ["support", "tech"]
offer_timeout_s = 5
cooldown_s = 1
wrap_up_s = 1

[[triage]]
name = "router"
queue = "tech"
[triage.when]
text_contains = ["router"]

[[triage]]
name = "order"
queue = "orders"
[triage.when]
text_contains = ["order"]
"""
SUBJECTS = ["Hello?", "Where is my order?", "The router blinks."]
SETTINGS: dict[str, object] = {
    "desk_reconnect_grace_s": 3,
    "stop_drain_s": 2,
    "log_level": "warning",
    "limits_requests_per_s_per_token": 100_000,
    "limits_desk_requests_per_s": 100_000,
    "limits_chat_sessions_per_minute_per_ip": 100_000,
    "limits_chat_messages_per_minute": 100_000,
}
CLIENTS = 4
CONTACTS = 100
"""Of each client: so many conversations may be open at once."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """How much happens."""

    associates: int
    messages: int
    """Of the integrations, at least: they go on while there are faults."""
    chat_messages: int
    """Of each visitor."""
    visitors: int
    faults: tuple[str, ...]
    """Names of methods of `Campaign`, in the order in which they strike."""
    pause_s: tuple[float, float] = (0.3, 1.5)
    """Between two faults, at least and at most."""
    seed: int = 1

    @property
    def drain_timeout_s(self) -> float:
        """For what waits when all is said, and then for everybody to have seen it."""
        return 60 + self.messages / 100

    @property
    def names(self) -> list[str]:
        return [f"associate-{number}" for number in range(self.associates)]

    @property
    def routing(self) -> str:
        people = (
            f'[associates.{name}]\nname = "{name}"\nteams = ["{team}"]\ncapacity_units = 5\n'
            for name, team in zip(self.names, itertools.cycle(("support", "tech")), strict=False)
        )
        return ROUTING + "".join(people)


class Campaign:
    def __init__(self, daemons: list[DaemonProcess], session: aiohttp.ClientSession, plan: Plan) -> None:
        self.daemons = daemons
        self.plan = plan
        self.dice = random.Random(plan.seed)
        first = daemons[0]
        self.url = first.redis_url
        self.town = Town(session, [daemon.url for daemon in daemons], random.Random(plan.seed + 1))
        tokens = {str(name): token for name, token in first.tokens.associates.items()}
        self.desks = [Desk(self.town, name, tokens[name], ["general", "tech", "orders"]) for name in plan.names]
        self.integrations = [
            Integration(self.town, f"crm{number}", first.tokens.integration, contacts=CONTACTS)
            for number in range(CLIENTS)
        ]
        self.visitors = [Visitor(self.town, f"visitor{number}") for number in range(plan.visitors)]
        self.journal: list[Event] = []
        self._over = False

    async def run(self) -> None:
        """Raises AssertionError with everything that is not as it should be."""
        started_s = time.monotonic()
        sitting = [asyncio.create_task(desk.run()) for desk in self.desks]
        chatting = [
            asyncio.create_task(visitor.run(self.plan.chat_messages, lambda: self._over)) for visitor in self.visitors
        ]
        try:
            async with asyncio.TaskGroup() as group:
                striking = group.create_task(self._strike())
                group.create_task(self._post(striking))
            self.town.calm = True
            await wait_until(self._all_is_closed, self.plan.drain_timeout_s, "everything to be answered and closed")
            await self.integrations[0].write("one-more", "Hello?")
            await wait_until(self._all_is_closed, self.plan.drain_timeout_s, "one more to be answered and closed")
            with suppress(AssertionError):  # what is missed then is told with the other problems
                await wait_until(self._all_is_shown, self.plan.drain_timeout_s)
            self._over = True
            await asyncio.gather(*chatting)
            problems = list(self._problems())
        finally:
            for task in (*sitting, *chatting):
                task.cancel()
            ending = (desk.stop() for desk in self.desks)
            await asyncio.gather(*sitting, *chatting, *ending, return_exceptions=True)
        counted = ", ".join(f"{count} {what}" for what, count in sorted(self.town.counts.items()))
        print(f"\n{time.monotonic() - started_s:.0f} s: {counted}")
        assert problems == [], "\n".join(problems[:20])

    # --- faults

    async def kill_daemon(self) -> None:
        daemon = self.dice.choice(self.daemons)
        daemon.kill()
        await asyncio.sleep(self.dice.uniform(0, 0.5))
        await daemon.start()

    async def kill_server(self) -> None:
        """The embedded server dies; a daemon that watches it starts it again."""
        pid = self.daemons[0].server_pid
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        await wait_until(lambda: self._server_is_another(pid), 30, "another server")

    async def kill_both(self) -> None:
        """A power cut."""
        for daemon in self.daemons:
            daemon.kill()
        os.kill(self.daemons[0].server_pid, signal.SIGKILL)
        await asyncio.gather(*(daemon.start() for daemon in self.daemons))

    async def restart_daemon(self) -> None:
        """In order, as a new version is rolled out."""
        daemon = self.dice.choice(self.daemons)
        code = await daemon.stop()
        if code != 0:
            self.town.faults.append(f"a daemon that was stopped in order ended with {code}")
        await daemon.start()

    async def freeze_server(self) -> None:
        """The server answers nothing for three seconds."""
        pid = self.daemons[0].server_pid
        os.kill(pid, signal.SIGSTOP)
        await asyncio.sleep(3)
        os.kill(pid, signal.SIGCONT)

    # --- the course of it

    async def _post(self, striking: asyncio.Task[None]) -> None:
        numbers = itertools.count()

        def enough(number: int) -> bool:
            return striking.done() and number >= self.plan.messages

        await asyncio.gather(*(party.run(numbers, enough, SUBJECTS) for party in self.integrations for _ in range(4)))

    async def _strike(self) -> None:
        for name in self.plan.faults:
            await asyncio.sleep(self.dice.uniform(*self.plan.pause_s))
            strike: Callable[[], Awaitable[None]] = getattr(self, name)
            await strike()
            self.town.counts[name] += 1
            with suppress(redis.ConnectionError):
                self._read_on()

    def _read_on(self) -> bool:
        """Reads the journal while it is there: it keeps only so many events. Says whether there was something new."""
        new = read_journal(self.url, after=self.journal[-1].cursor if self.journal else "-")
        self.journal += new
        return bool(new)

    def _server_is_another(self, pid: int) -> bool:
        try:
            return self.daemons[0].server_pid != pid
        except (OSError, ValueError):
            return False

    async def _all_is_closed(self) -> bool:
        """Wakes what rests, so that it is answered and closed as well."""
        daemon, still = self.daemons[0], 0
        for state in ("waiting", "offered", "assigned", "parked", "wrap_up"):
            found = (await daemon.get(f"/v1/conversations?state={state}&limit=200"))["conversations"]
            still += len(found)
            for conversation in found if state == "parked" else ():
                path = f"/v1/conversations/{conversation['id']}/wake"
                answer = await daemon.call("POST", path, {}, token=daemon.tokens.admin)
                assert answer.status in (200, 409), answer.raw
        return still == 0 and all(len(visitor.sent) == self.plan.chat_messages for visitor in self.visitors)

    async def _all_is_shown(self) -> bool:
        await asyncio.sleep(0.5)  # reading everything takes time, which the desks need too
        return not self._read_on() and not any(self._shown_wrongly(read_messages(self.url)))

    def _shown_wrongly(self, stored: Stored) -> Iterator[str]:
        for desk in self.desks:
            yield from check_desk(self.journal, desk)
        for visitor in self.visitors:
            yield from check_visitor(stored, visitor)

    def _problems(self) -> Iterator[str]:
        stored = read_messages(self.url)
        yield from self.town.faults
        yield from check_messages(stored, self.integrations, self.visitors)
        yield from check_replies(stored, self.desks)
        yield from check_journal(self.journal)
        yield from self._shown_wrongly(stored)
        said = self.daemons[0].examine()
        if "Everything agrees" not in said:
            yield said


@asynccontextmanager
async def prepared(directory: Path, plan: Plan, daemons: int = 1) -> AsyncIterator[Campaign]:
    """A campaign against so many daemons on one data directory, which run."""
    async with AsyncExitStack() as stack:
        running = []
        for number in range(daemons):
            (directory / f"daemon{number}").mkdir()
            daemon = daemon_process(
                directory / f"daemon{number}", plan.routing, **SETTINGS, data_dir=directory / "data"
            )
            running.append(await stack.enter_async_context(daemon))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        yield Campaign(running, session, plan)
