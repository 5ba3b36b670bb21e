"""The doctor finds what is broken: each invariant is broken by hand, and named."""

from collections.abc import Callable

import pytest

from duetime.queues import doctor
from duetime.queues.doctor import examine
from duetime.queues.keys import key
from duetime.router.ids import ConversationId
from tests.world import World, associate

Breakage = tuple[str, ...]


class Ward:
    """A workspace in which somebody has something of everything."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.assigned = self.parked = self.offered = self.waiting = ConversationId("")

    async def fill(self) -> None:
        await self.world.come("ana")
        self.assigned = (await self.world.accept((await self.world.write()).conversation)).id
        self.parked = (await self.world.accept((await self.world.write()).conversation)).id
        await self.world.desk.park(associate("ana"), self.parked, wake_at=self.world.clock() + 1000)
        self.offered = (await self.world.write()).conversation
        self.waiting = (await self.world.write("router")).conversation

    async def call(self, command: str, name: str, *args: str) -> None:
        await self.world.store.pipeline.call(command, key(self.world.store.root, name), *args)


@pytest.fixture
async def ward(world: World) -> Ward:
    made = Ward(world)
    await made.fill()
    return made


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "PAUSE_S", 0)


BREAKAGES: dict[str, Callable[[Ward], Breakage]] = {
    "load": lambda ward: ("HINCRBY", "associate:ana", "load", "1"),
    "count": lambda ward: ("HINCRBY", "associate:ana", "n:api", "1"),
    "over_capacity": lambda ward: ("HSET", "associate:ana", "capacity", "1"),
    "over_limit": lambda ward: ("HSET", "associate:ana", "limit:api", "1"),
    "held_by_another": lambda ward: ("HSET", f"conv:{ward.assigned}", "holder", "ben"),
    "held_in_no_state": lambda ward: ("HSET", f"conv:{ward.assigned}", "state", "closed"),
    "held_order": lambda ward: ("ZINCRBY", "held:ana", "1", ward.assigned),
    "held_nowhere": lambda ward: ("ZREM", "held:ana", ward.assigned),
    "open_in_no_state": lambda ward: ("HSET", f"conv:{ward.parked}", "state", "resting"),
    "two_places": lambda ward: ("HSET", f"conv:{ward.waiting}", "holder", "ana"),
    "waits_twice": lambda ward: ("ZADD", "line:tech/1/api/", "1", ward.waiting),
    "waits_nowhere": lambda ward: ("ZREM", "queue:tech", ward.waiting),
    "rank": lambda ward: ("ZINCRBY", "queue:tech", "1", ward.waiting),
    "line_head": lambda ward: ("ZREM", "lines:api", "tech/0/api/"),
    "empty_line": lambda ward: ("ZADD", "lines:api", "1", "general/0/api/"),
    "closed_but_open": lambda ward: ("ZADD", "closed", "1", ward.waiting),
    "room": lambda ward: ("ZREM", "room:api:p1", "ana"),
    "room_head": lambda ward: ("DEL", "rooms:api"),
    "presence": lambda ward: ("HSET", "associate:ana", "presence", "away"),
    "edge": lambda ward: ("ZADD", "pools:tech/0/api/", "1", "p99"),
    "unmatched": lambda ward: ("SADD", "served:p1", "tech/0/api/"),
    "kept": lambda ward: ("ZADD", "kept", "1", "ana"),
    "timer": lambda ward: ("ZADD", "timers", "1", f"wrap:{ward.assigned}"),
    "lease_for_ever": lambda ward: ("ZREM", "timers", "lease:ana"),
    "cools_for_ever": lambda ward: ("ZADD", "cooling", "1", ward.waiting),
    "offer_for_ever": lambda ward: ("ZREM", "timers", f"offer:{ward.offered}"),
    "step_for_ever": lambda ward: ("ZREM", "timers", f"step:{ward.waiting}"),
    "sleeps_for_ever": lambda ward: ("ZREM", "timers", f"wake:{ward.parked}"),
    "never_late": lambda ward: ("ZREM", "timers", f"target:{ward.waiting}"),
    "parts_for_ever": lambda ward: ("HSET", "part:text/+49/7/2", "1", "{}"),
    "no_parts": lambda ward: ("ZADD", "parts", "1", "text/+49/7/2"),
    "journal_end": lambda ward: ("HINCRBY", f"conv:{ward.assigned}", "events", "1"),
}


async def test_it_finds_nothing_where_nothing_is_wrong(ward: Ward) -> None:
    assert await examine(ward.world.store) == []


@pytest.mark.parametrize("code", BREAKAGES)
async def test_it_finds_what_is_broken(ward: Ward, code: str) -> None:
    await ward.call(*BREAKAGES[code](ward))
    assert code in {finding.code for finding in await examine(ward.world.store)}


async def test_it_finds_a_gap_in_the_journal(ward: Ward) -> None:
    events = await ward.world.store.journal.between("0-0")
    second = next(event for event in events if event.conversation == ward.assigned and event.number == 2)
    await ward.call("XDEL", "journal", second.cursor)
    assert "journal_gap" in {finding.code for finding in await examine(ward.world.store)}


async def test_what_is_right_at_a_second_look_was_only_under_way(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    await ward.call("HINCRBY", "associate:ana", "load", "1")
    looks = 0
    look = doctor._look

    async def repaired(store: object) -> object:
        nonlocal looks
        looks += 1
        if looks == 3:
            await ward.call("HINCRBY", "associate:ana", "load", "-1")
        return await look(ward.world.store)

    monkeypatch.setattr(doctor, "_look", repaired)
    assert await examine(ward.world.store) == []
    assert looks == 3
