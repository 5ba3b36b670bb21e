"""Estimates through the real scripts on a virtual clock: what is learned, what is told, and whether it was right."""

import heapq
import itertools
import random
from collections.abc import AsyncIterator

import pytest

import duetime.service.forecast
from duetime.queues.records import Conversation
from duetime.router.events import Event, EventType
from duetime.router.ids import ConversationId, QueueId
from duetime.router.message import Channel
from duetime.router.waiting import SHARE
from duetime.service.estimates import Estimate, Estimates
from duetime.service.experience import Experience
from duetime.service.forecast import Forecast, Forecaster
from duetime.service.outlook import Unknown
from duetime.service.pictures import Pictures
from tests.clock import VirtualClock
from tests.world import World, associate, open_world, supervisor

DOCUMENT = """
default_queue = "general"

[skills]
rare = "A rare skill"

[teams]
support = "Support"
tech = "Engineering"

[channels.api]
cost_units = 1
[channels.chat]
cost_units = 2

[priorities]
urgent = 1800

[associates.ana]
name = "Ana"
teams = ["support"]
capacity_units = 3
limits = { api = 3, chat = 1 }

[associates.ben]
name = "Ben"
teams = ["support"]
capacity_units = 3
limits = { api = 3, chat = 1 }

[associates.tom]
name = "Tom"
teams = ["tech"]
capacity_units = 2
limits = { api = 2 }

[queues.general]
name = "General"
teams = ["support"]
auto_accept = true

[queues.tech]
name = "Technical"
teams = ["tech"]
auto_accept = true
[[queues.tech.route]]
after_s = 50
add_teams = ["support"]

[[triage]]
name = "Technical"
queue = "tech"
when = { text_contains = ["router"] }

[[triage]]
name = "Rare"
skills = { rare = 5 }
when = { language = "xx" }

[[triage]]
name = "Urgent"
priority = "urgent"
when = { attributes = { plan = "gold" } }
"""
GENERAL = QueueId("general")


class Office:
    """A world whose daemon learns from its journal."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.begin()

    def begin(self) -> None:
        """As when a daemon starts."""
        world = self.world
        self.experience = Experience(world.store.journal, world.feed, world.clock)
        pictures = Pictures(world.store, lambda: world.routing, self.experience)
        self.estimates = Estimates(world.store, lambda: world.routing, self.experience, pictures)
        self.forecaster = Forecaster(world.store, pictures, self.estimates)
        self._cursor = "0-0"

    async def hear(self) -> list[Event]:
        """What the feed would hand out now."""
        events = await self.world.store.journal.between(self._cursor, limit=10_000)
        if events:
            self._cursor = events[-1].cursor
            self.experience.on_events(events)
        return events

    async def learn(self) -> None:
        await self.hear()
        await self.experience.learn()

    async def of(self, conversation: ConversationId) -> Estimate:
        found = await self.estimates.of(await self.world.see(conversation), fresh=True)
        assert found is not None
        return found

    async def work(self, times: int, handling_s: float) -> None:
        """Ana answers so many, each in that time."""
        for _ in range(times):
            accepted = await self.world.write()
            await self.world.pass_time(handling_s)
            await self.world.desk.close(associate("ana"), accepted.conversation)

    async def held(self, count: int) -> list[Conversation]:
        """So many that come one after the other, and are held or wait."""
        found = []
        for _ in range(count):
            self.world.clock.advance(0.001)
            found.append(await self.world.see((await self.world.write()).conversation))
        return found


@pytest.fixture
async def office(redis_url: str, workspace: str, clock: VirtualClock) -> AsyncIterator[Office]:
    async with open_world(redis_url, workspace, clock, DOCUMENT) as world:
        await world.feed.start()
        yield Office(world)


async def test_nothing_is_told_before_anything_is_known(office: Office) -> None:
    await office.learn()
    waiting = (await office.world.write()).conversation
    assert await office.of(waiting) == Estimate(within_s=None, unknown=Unknown.NOBODY_THERE)
    await office.world.come("ana")
    await office.held(2)
    waiting = (await office.world.write()).conversation
    await office.hear()
    assert await office.of(waiting) == Estimate(within_s=None, unknown=Unknown.TOO_LITTLE_SEEN)


async def test_what_does_not_wait_has_no_estimate(office: Office) -> None:
    await office.learn()
    await office.world.come("ana")
    assert await office.estimates.of((await office.held(1))[0]) is None


async def test_what_nobody_can_take_is_never_promised(office: Office) -> None:
    await office.learn()
    await office.world.come("ana", "ben", "tom")
    waiting = (await office.world.write(language="xx")).conversation
    assert await office.of(waiting) == Estimate(within_s=None, unknown=Unknown.NOBODY_EVER)


async def test_the_next_waits_for_the_first_of_those_that_end(office: Office) -> None:
    """Three conversations of 600 s each: one ends every 200 s, and four of five times within 1.6 times that."""
    await office.learn()
    await office.world.come("ana")
    await office.work(5, 600)
    await office.held(3)
    first, second = await office.held(2)
    await office.hear()
    within_s = (await office.of(first.id)).within_s
    assert within_s == pytest.approx(1.61 * 200, abs=5)
    assert (await office.of(second.id)).within_s == pytest.approx(2.99 * 200, abs=10)


async def test_more_people_make_it_shorter_at_once(office: Office) -> None:
    await office.learn()
    await office.world.come("ana")
    await office.work(5, 600)
    await office.held(6)
    last = (await office.held(1))[0]
    await office.hear()
    alone = (await office.of(last.id)).within_s
    await office.world.come("ben")
    await office.held(1)
    await office.hear()
    together = (await office.of((await office.held(1))[0].id)).within_s
    assert alone is not None
    assert together is not None
    assert together < alone / 1.5


async def test_more_urgent_work_that_will_come_is_reckoned_with(office: Office) -> None:
    await office.learn()
    await office.world.come("ana")
    await office.work(5, 600)
    await office.held(3)
    waiting = (await office.held(1))[0]
    await office.hear()
    before = (await office.of(waiting.id)).within_s
    for _ in range(10):
        urgent = await office.world.write("tick", attributes={"plan": "gold"})
        await office.world.desk.close(supervisor(), urgent.conversation)
        await office.world.pass_time(30)
    await office.hear()
    after = (await office.of(waiting.id)).within_s
    assert before is not None
    assert after is not None
    assert after > before


async def test_who_is_there_only_at_the_next_step_is_waited_for(office: Office) -> None:
    await office.learn()
    await office.world.come("ana")
    await office.work(5, 600)
    await office.hear()
    waiting = (await office.world.write("my router")).conversation
    assert await office.of(waiting) == Estimate(within_s=50)


async def test_who_arrives_now_waits_as_long_as_somebody_who_waits(office: Office) -> None:
    await office.learn()
    await office.world.come("ana")
    await office.work(5, 600)
    await office.hear()
    assert (await office.estimates.arriving())[GENERAL][Channel.API] == Estimate(within_s=0)
    await office.held(3)
    await office.hear()
    office.world.clock.advance(5)
    told = (await office.estimates.arriving())[GENERAL][Channel.API]
    assert told.within_s == pytest.approx(1.61 * 200, abs=10)
    assert (await office.estimates.arriving())[QueueId("tech")][Channel.API].unknown is None


async def test_a_rough_estimate_agrees_with_the_exact_one(office: Office) -> None:
    await office.learn()
    await office.world.come("ana")
    await office.work(5, 600)
    waiting = (await office.held(12))[-1]
    await office.hear()
    exact, rough = await office.of(waiting.id), await office.estimates.roughly(waiting)
    assert rough is not None
    assert exact.within_s is not None
    assert rough.within_s == pytest.approx(exact.within_s, rel=0.05)


async def test_a_daemon_that_starts_knows_what_the_journal_knows(office: Office) -> None:
    await office.learn()
    await office.world.come("ana")
    await office.work(5, 600)
    await office.held(3)
    waiting = (await office.held(1))[0]
    await office.hear()
    before = await office.of(waiting.id)
    office.begin()
    await office.world.feed.start()
    await office.experience.learn()
    assert await office.of(waiting.id) == before


async def test_what_happens_while_the_journal_is_gone_through_counts_once(office: Office) -> None:
    await office.world.come("ana")
    await office.work(3, 600)
    await office.world.feed.start()
    office.begin()
    old = await office.world.store.journal.last_cursor()
    await office.work(2, 600)
    office.experience.on_events(await office.world.store.journal.between(old))
    await office.experience.learn()
    held = [
        event
        for event in await office.world.store.journal.between("0-0")
        if event.type == EventType.CONVERSATION_CLOSED
    ]
    learned = office.experience.learned
    assert len(held) == 5
    assert learned.channel_handling_s(Channel.API) == pytest.approx(600, abs=1)
    (arrivals,) = learned.arrivals(office.world.clock())
    assert arrivals.rate_per_s == pytest.approx(5 / 3000, rel=0.3)


async def test_four_of_five_are_taken_within_what_was_told(office: Office) -> None:
    """Six slots under heavy load, several hundred conversations with handling times of any length."""
    await office.learn()
    await office.world.come("ana", "ben")
    dice = random.Random(5)
    ends: list[tuple[int, int, ConversationId, str]] = []
    numbers = itertools.count()
    world, clock = office.world, office.world.clock
    arrival = clock()
    begins = set[str]()
    for _ in range(450):
        arrival += round(1000 * dice.expovariate(0.95 * 6 / 600))
        while True:
            now = min(arrival, ends[0][0]) if ends else arrival
            clock.now_ms = max(clock.now_ms, now)
            if now == arrival:
                await world.write()
            else:
                _, _, conversation, who = heapq.heappop(ends)
                await world.desk.close(associate(who), conversation)
            for event in await office.hear():
                if event.type == EventType.CONVERSATION_ASSIGNED and event.conversation and event.associate:
                    end = event.at + round(1000 * dice.expovariate(1 / 600))
                    heapq.heappush(ends, (end, next(numbers), event.conversation, event.associate))
                elif event.type == EventType.CONVERSATION_QUEUED and event.conversation:
                    begins.add(event.conversation)
                    await office.estimates.promise(event.conversation)
            if now == arrival:
                break
    assert len(begins) > 200
    assert office.experience.calibration.shares()[GENERAL] == pytest.approx(SHARE, abs=0.1)
    assert office.experience.calibration.factor(GENERAL) == pytest.approx(1, abs=0.5)


async def forecast(office: Office, likely: float = 0.5) -> Forecast:
    office.world.clock.advance(5)
    return await office.forecaster.forecast(likely=likely, limit=10)


async def test_an_empty_house_has_an_empty_forecast(office: Office) -> None:
    await office.learn()
    found = await forecast(office)
    assert (found.waiting, found.late, found.lines, found.conversations) == (0, 0, [], [])


async def test_a_line_that_is_too_long_will_be_late_at_its_end(office: Office) -> None:
    """18 a hour are done, due is an hour after arrival: of 40 the later half will be late."""
    await office.learn()
    await office.world.come("ana")
    await office.work(5, 600)
    await office.held(3)
    waiting = []
    for _ in range(40):
        office.world.clock.advance(1)
        waiting += await office.held(1)
    await office.hear()
    found = await forecast(office)
    (line,) = found.lines
    assert (line.waiting, found.overdue) == (40, 0)
    assert line.late == pytest.approx(40 - 18, abs=4)
    named = [lateness.conversation for lateness in found.conversations]
    assert named == [conversation.id for conversation in waiting if conversation.id in named]
    assert waiting[0].id not in named
    chances = [lateness.probability for lateness in (await forecast(office, 0.0)).conversations]
    assert chances == sorted(chances)


async def test_what_is_overdue_is_late_for_certain(office: Office) -> None:
    await office.learn()
    await office.held(2)
    await office.world.pass_time(4000)
    found = await forecast(office)
    assert (found.overdue, found.late, found.lines[0].late) == (2, 2, None)
    assert found.lines[0].unknown is Unknown.NOBODY_THERE


async def test_the_forecast_of_a_long_line_costs_no_more_calls(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    await office.learn()
    await office.world.come("ana")
    await office.work(5, 600)
    monkeypatch.setattr(duetime.service.forecast, "NAMED_MOST", 20)
    await office.held(60)
    await office.hear()
    short = await calls(office, monkeypatch)
    await office.held(200)
    assert await calls(office, monkeypatch) <= short
    assert (await forecast(office)).waiting == 257


async def calls(office: Office, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many calls to Redis a forecast makes."""
    count = 0
    lines = office.world.store.lines
    real = lines._call

    def counted(*args: str | bytes | int | float) -> object:
        nonlocal count
        count += 1
        return real(*args)

    with monkeypatch.context() as patched:
        patched.setattr(lines, "_call", counted)
        await forecast(office)
    assert count > 0
    return count
