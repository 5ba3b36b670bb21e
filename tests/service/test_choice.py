"""Which queue, skills and priority a message gets that opens a conversation."""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from duetime.queues.doctor import examine
from duetime.queues.records import Conversation
from duetime.router.conversation import State
from duetime.service.choice import choose
from duetime.service.language import detect_language
from tests.clock import VirtualClock
from tests.world import World, open_world, supervisor

DOCUMENT = """
default_queue = "care"
language_level = 2
[skills]
german = "German"
french = "French"
money = "Money"
[languages]
de = "german"
fr = "french"
[teams]
day = "Day"
night = "Night"
[priorities]
vip = 3600
[calendars.office]
zone = "UTC"
hours = { mon-fri = ["09:00-17:00"] }
[associates.ana]
name = "Ana"
teams = ["day"]
skills = { german = 2 }
[associates.noa]
name = "Noa"
teams = ["night"]
[queues.care]
name = "Care"
[queues.office]
name = "Office"
teams = ["day"]
calendar = "office"
[[queues.office.route]]
after_s = 300
add_teams = ["night"]
during = "closed"
[queues.daytime]
name = "Daytime"
calendar = "office"
after_hours_queue = "care"
[queues.small]
name = "Small"
max_waiting = 2
full_queue = "spare"
[queues.spare]
name = "Spare"
max_waiting = 1
full_queue = "care"
[queues.one]
name = "One"
[queues.two]
name = "Two"
[[triage]]
name = "important people"
priority = "vip"
[triage.when]
contact = { plan = "gold" }
[[triage]]
name = "shared out"
split = { one = 70, two = 30 }
[triage.when]
text_contains = ["share"]
[[triage]]
name = "French"
queue = "office"
[triage.when]
language = "fr"
"""
for _name in ("office", "daytime", "small"):
    DOCUMENT += f'\n[[triage]]\nname = "{_name}"\nqueue = "{_name}"\n[triage.when]\ntext_contains = ["{_name}"]\n'
NOON = int(datetime(2026, 11, 18, 12, tzinfo=UTC).timestamp() * 1000)
NIGHT = int(datetime(2026, 11, 18, 23, tzinfo=UTC).timestamp() * 1000)
GERMAN = "Guten Tag, ich habe eine Frage zu meiner letzten Rechnung und bitte um Rückruf."
FRENCH = "Bonjour, je voudrais savoir quand ma commande sera livrée, merci beaucoup."


@pytest.fixture
async def world(redis_url: str, workspace: str, clock: VirtualClock) -> AsyncIterator[World]:
    clock.now_ms = NOON
    async with open_world(redis_url, workspace, clock, DOCUMENT) as opened:
        yield opened
        assert await examine(opened.store) == []


async def opened(world: World, text: str = "hello", **details: Any) -> Conversation:
    return await world.see((await world.write(text, **details)).conversation)


async def test_a_split_is_about_right_and_the_same_for_the_same_person(world: World) -> None:
    senders = [f"person-{number}" for number in range(1000)]
    chosen = [await choose(world.store, world.routing, world.message("share", who=who), NOON) for who in senders]
    counts = Counter(choice.base.queue for choice in chosen)
    assert set(counts) == {"one", "two"}
    assert 640 <= counts["one"] <= 760  # type: ignore[index]
    again = [await choose(world.store, world.routing, world.message("share", who=who), NIGHT) for who in senders]
    assert [choice.base for choice in chosen] == [choice.base for choice in again]


async def test_a_contacts_attributes_make_them_important(world: World) -> None:
    first = await opened(world, who="mia")
    assert first.priority == "normal"
    await world.store.contacts.change(first.contact, name=None, attributes={"plan": "gold"}, version=None)
    await world.desk.close(supervisor(), first.id)
    world.clock.advance(2 * 86_400)
    second = await opened(world, who="mia")
    assert (second.id != first.id, second.priority, second.boost) == (True, "vip", 3_600_000)
    assert (await opened(world, who="leo")).priority == "normal"


@pytest.mark.parametrize("language", ["de", "DE", "de-AT"])
async def test_a_language_asks_for_its_skill_whatever_the_region(world: World, language: str) -> None:
    found = await opened(world, language=language)
    assert (found.line, found.language) == ("care/0/api/german:2", "de")


async def test_a_language_that_is_not_said_is_detected(world: World) -> None:
    assert (await opened(world, GERMAN)).line == "care/0/api/german:2"
    assert (await opened(world, "ok?")).language is None
    assert detect_language("12345 67890 !!!") is None


async def test_an_answer_in_another_language_is_better_than_none(world: World) -> None:
    """Nobody speaks French, and at the level that is asked nobody ever will."""
    found = await opened(world, FRENCH)
    assert (found.language, found.line, found.queue) == ("fr", "office/0/api/", "office")
    await world.come("ana")
    assert (await world.see(found.id)).state is State.OFFERED


async def test_what_is_said_wins_over_what_is_detected(world: World) -> None:
    assert (await opened(world, GERMAN, language="en")).line == "care/0/api/"


async def test_while_a_queue_is_closed_another_takes_what_comes(world: World) -> None:
    assert (await opened(world, "daytime")).queue == "daytime"
    world.clock.now_ms = NIGHT
    assert (await opened(world, "daytime")).queue == "care"


async def test_a_full_queue_hands_over_and_so_does_the_next(world: World) -> None:
    queues = [(await opened(world, "small")).queue for _ in range(5)]
    assert queues == ["small", "small", "spare", "care", "care"]


async def test_what_is_taken_makes_room_in_a_queue_that_was_full(world: World) -> None:
    waiting = [await opened(world, "small") for _ in range(3)]
    await world.desk.close(supervisor(), waiting[0].id)
    assert (await opened(world, "small")).queue == "small"


async def test_at_night_the_route_asks_others_and_in_the_morning_no_longer(world: World) -> None:
    world.clock.now_ms = NIGHT
    taken = await opened(world, "office")
    await world.come("noa")
    assert (await world.see(taken.id)).state is State.WAITING
    await world.pass_time(301)
    found = await world.see(taken.id)
    assert (found.state, found.associate, found.line) == (State.OFFERED, "noa", "office/1c/api/")


async def test_what_waits_when_the_office_opens_is_for_the_office(world: World) -> None:
    world.clock.now_ms = NIGHT
    taken = await opened(world, "office")
    await world.pass_time(301)
    assert (await world.see(taken.id)).line == "office/1c/api/"
    world.clock.now_ms = NIGHT + 10 * 3_600_000 - 1000
    await world.pass_time(2)
    assert (await world.see(taken.id)).line == "office/1/api/"
    await world.come("noa")
    assert (await world.see(taken.id)).state is State.WAITING
