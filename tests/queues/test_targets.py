"""The clocks of the three targets: when each starts, rests, runs on and is met, and what is due by when."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from duetime.config.build import load_routing
from duetime.queues.doctor import examine
from duetime.queues.records import Conversation
from duetime.router.conversation import ParkReason, State
from duetime.router.ids import AssociateId, ConversationId, QueueId
from duetime.router.targets import NEVER
from tests.clock import VirtualClock
from tests.world import World, associate, open_world, supervisor

MINUTE, HOUR = 60_000, 3_600_000
DOCUMENT = """
default_queue = "care"
[teams]
office = "Office"
[priorities]
gold = 3600
[calendars.office]
zone = "UTC"
hours = { mon-fri = ["09:00-12:00", "13:00-17:00"] }
[channels.api]
idle_release_s = 300
reopen_within_s = 86400
[associates.ana]
name = "Ana"
teams = ["office"]
capacity_units = 9
[associates.ben]
name = "Ben"
teams = ["office"]
capacity_units = 9
[queues.care]
name = "Care"
auto_accept = true
at_risk_s = 300
cooldown_s = 0
[[queues.care.targets]]
first_response_s = 3600
next_response_s = 1800
resolution_s = 14400
[[queues.care.targets]]
priority = "gold"
first_response_s = 600
[queues.quick]
name = "Quick"
auto_accept = true
wrap_up_s = 600
[[queues.quick.targets]]
first_response_s = 300
next_response_s = 240
[queues.office]
name = "Office"
teams = ["office"]
calendar = "office"
at_risk_s = 3300
[[queues.office.targets]]
first_response_s = 3600
resolution_s = 25200
[[triage]]
name = "for the office"
queue = "office"
[triage.when]
text_contains = ["office"]
[[triage]]
name = "in haste"
queue = "quick"
[triage.when]
text_contains = ["quick"]
"""
FRIDAY = int(datetime(2026, 11, 20, 16, 50, tzinfo=UTC).timestamp() * 1000)
MONDAY = int(datetime(2026, 11, 23, 9, 0, tzinfo=UTC).timestamp() * 1000)


@pytest.fixture
async def world(redis_url: str, workspace: str, clock: VirtualClock) -> AsyncIterator[World]:
    async with open_world(redis_url, workspace, clock, DOCUMENT) as opened:
        yield opened
        assert await examine(opened.store) == []


async def reply(world: World, found: ConversationId) -> Conversation:
    holder = (await world.see(found)).associate
    assert holder is not None
    await world.desk.reply(associate(holder), found, "an answer")
    return await world.see(found)


async def told(world: World, kind: str) -> list[str]:
    """The targets of which events of this kind told, in order."""
    return [event.data["target"] for event in await world.store.journal.between("0-0") if event.type == kind]


async def adopt(world: World, text: str) -> None:
    """This document comes into force while conversations are open."""
    current = await world.store.configs.current()
    assert current is not None
    await world.store.configs.apply(text, load_routing(text), current=current.version, who="test", why="change")
    await world.adopt()


async def test_first_response_and_resolution_start_with_the_message_that_opens(world: World) -> None:
    found = await world.see((await world.write()).conversation)
    opened = world.clock()
    assert (found.due_first, found.due_next, found.due_resolution) == (opened + HOUR, None, opened + 4 * HOUR)
    assert (found.due_at, found.risk_first) == (opened + HOUR, opened + 55 * MINUTE)


async def test_the_due_time_follows_the_first_answer(world: World) -> None:
    await world.come("ana")
    taken = await world.write()
    opened = world.clock()
    world.clock.advance(60)
    found = await reply(world, taken.conversation)
    assert (found.due_first, found.due_next, found.due_at) == (None, None, opened + 4 * HOUR)


async def test_a_note_among_associates_stops_no_clock(world: World) -> None:
    await world.come("ana")
    taken = await world.write()
    before = await world.see(taken.conversation)
    await world.desk.add_note(associate("ana"), taken.conversation, "called twice")
    assert (await world.see(taken.conversation)).due_first == before.due_first


async def test_the_next_response_runs_from_the_first_message_that_is_not_answered(world: World) -> None:
    await world.come("ana")
    taken = await world.write(who="mia")
    await reply(world, taken.conversation)
    world.clock.advance(60)
    asked = world.clock()
    await world.write("and?", who="mia")
    world.clock.advance(60)
    await world.write("hello?", who="mia")
    found = await world.see(taken.conversation)
    assert (found.due_first, found.due_next) == (None, asked + 30 * MINUTE)
    assert (await reply(world, taken.conversation)).due_next is None


async def test_more_messages_do_not_put_off_the_first_response(world: World) -> None:
    taken = await world.write(who="mia")
    before = await world.see(taken.conversation)
    world.clock.advance(600)
    await world.write("anybody there?", who="mia")
    found = await world.see(taken.conversation)
    assert (found.due_first, found.due_next) == (before.due_first, None)


async def test_parked_for_the_contact_the_resolution_rests(world: World) -> None:
    await world.come("ana")
    taken = await world.write(who="mia")
    await reply(world, taken.conversation)
    await world.pass_time(300)
    rests = await world.see(taken.conversation)
    assert (rests.park_reason, rests.due_resolution, rests.due_at) == (ParkReason.AWAITING_CONTACT, None, NEVER)
    await world.pass_time(20 * 3600)
    assert (await world.see(taken.conversation)).breached == []
    await world.write("thanks, but", who="mia")
    found = await world.see(taken.conversation)
    left = 4 * HOUR - 5 * MINUTE
    assert (found.due_resolution, found.due_next) == (world.clock() + left, world.clock() + 30 * MINUTE)
    await world.pass_time(600)
    await reply(world, taken.conversation)
    await world.pass_time(300)
    await world.pass_time(3600)
    await world.write("once more", who="mia")
    assert (await world.see(taken.conversation)).due_resolution == world.clock() + left - 15 * MINUTE


async def test_a_snooze_rests_nothing(world: World) -> None:
    await world.come("ana")
    taken = await world.write()
    before = await reply(world, taken.conversation)
    await world.desk.park(associate("ana"), taken.conversation, wake_at=world.clock() + HOUR)
    assert (await world.see(taken.conversation)).due_resolution == before.due_resolution
    await world.pass_time(3600)
    woken = await world.see(taken.conversation)
    assert (woken.state, woken.due_resolution) == (State.ASSIGNED, before.due_resolution)
    assert woken.due_next == world.clock() + 30 * MINUTE


@pytest.mark.parametrize("who", ["ana", "ben"])
async def test_taken_up_by_hand_the_resolution_runs_on(world: World, who: str) -> None:
    await world.come("ana")
    taken = await world.write()
    holder = (await reply(world, taken.conversation)).associate
    assert holder == "ana"
    await world.desk.park(associate("ana"), taken.conversation)
    await world.pass_time(3600)
    await world.come("ben")
    await world.desk.assign(supervisor(), taken.conversation, AssociateId(who))
    found = await world.see(taken.conversation)
    assert (found.associate, found.paused_at, found.due_resolution) == (who, None, world.clock() + 4 * HOUR)


async def test_the_clock_does_not_run_on_after_resolve(world: World) -> None:
    await world.come("ana")
    taken = await world.write()
    await world.desk.close(associate("ana"), taken.conversation)
    closed = await world.see(taken.conversation)
    assert (closed.due_first, closed.due_resolution, closed.due_at) == (None, None, NEVER)
    await world.pass_time(24 * 3600)
    assert await told(world, "TargetAtRisk") == await told(world, "TargetBreached") == []


async def test_in_wrap_up_nothing_is_due_and_a_change_of_priority_starts_no_clock(world: World) -> None:
    await world.come("ana")
    taken = await world.write("quick")
    await world.desk.close(associate("ana"), taken.conversation)
    found = await world.desk.set_priority(associate("ana"), taken.conversation, "gold")
    assert (found.state, found.due_first, found.due_at) == (State.WRAP_UP, None, NEVER)


async def test_reopened_the_next_response_and_a_new_resolution_are_due(world: World) -> None:
    await world.come("ana")
    taken = await world.write(who="mia")
    await reply(world, taken.conversation)
    await world.pass_time(900)
    await world.write("hm", who="mia")
    await world.desk.close(associate("ana"), taken.conversation)
    await world.pass_time(3600)
    await world.write("it is broken again", who="mia")
    found = await world.see(taken.conversation)
    now = world.clock()
    assert (found.due_first, found.due_next, found.due_resolution) == (None, now + 30 * MINUTE, now + 4 * HOUR)


async def test_a_transfer_keeps_the_arrival_and_takes_the_promise_of_the_new_queue(world: World) -> None:
    taken = await world.write()
    opened = world.clock()
    world.clock.advance(120)
    await world.desk.transfer(supervisor(), taken.conversation, queue=QueueId("quick"))
    found = await world.see(taken.conversation)
    assert (found.due_first, found.due_resolution, found.due_at) == (opened + 5 * MINUTE, None, opened + 5 * MINUTE)


async def test_who_is_given_an_answered_one_has_to_look_at_it_in_time(world: World) -> None:
    await world.come("ana")
    taken = await world.write()
    await reply(world, taken.conversation)
    await world.pass_time(600)
    found = await world.desk.transfer(associate("ana"), taken.conversation, queue=QueueId("care"))
    assert (found.due_next, found.due_resolution) == (
        world.clock() + 30 * MINUTE,
        world.clock() + 4 * HOUR - 5 * MINUTE,
    )
    assert found.paused_at is None


async def test_whoever_writes_again_after_an_answer_in_the_line_waits_since_then(world: World) -> None:
    taken = await world.write(who="mia")
    await world.desk.reply(supervisor(), taken.conversation, "somebody will call you")
    assert (await world.see(taken.conversation)).due_first is None
    await world.pass_time(7200)
    await world.write("nobody called", who="mia")
    found = await world.see(taken.conversation)
    assert (found.state, found.due_next, found.arrived_at) == (
        State.WAITING,
        world.clock() + 30 * MINUTE,
        world.clock(),
    )


async def test_another_priority_makes_other_promises_at_once(world: World) -> None:
    first = await world.write()
    world.clock.advance(1)
    second = await world.write()
    found = await world.desk.set_priority(supervisor(), second.conversation, "gold")
    assert (found.due_first, found.due_resolution) == (found.opened_at + 10 * MINUTE, found.opened_at + 4 * HOUR)
    assert await world.store.views.position(second.conversation) == 1
    back = await world.desk.set_priority(supervisor(), second.conversation, "normal")
    assert (back.due_first, back.boost) == (back.opened_at + HOUR, 0)
    assert await world.store.views.position(first.conversation) == 1


async def test_another_calendar_changes_what_is_due_at_once(world: World) -> None:
    world.clock.now_ms = FRIDAY
    taken = await world.write("office")
    assert (await world.see(taken.conversation)).due_first == MONDAY + 50 * MINUTE
    await adopt(world, DOCUMENT.replace('"13:00-17:00"', '"13:00-18:00"'))
    assert (await world.see(taken.conversation)).due_first == FRIDAY + HOUR


async def test_another_lead_of_the_risk_counts_for_what_is_open(world: World) -> None:
    taken = await world.write()
    await adopt(world, DOCUMENT.replace("at_risk_s = 300", "at_risk_s = 900"))
    found = await world.see(taken.conversation)
    assert (found.due_first, found.risk_first) == (found.opened_at + HOUR, found.opened_at + 45 * MINUTE)


async def test_nobody_is_reminded_at_midnight(world: World) -> None:
    """At risk is so much business time before, not so much of a night."""
    world.clock.now_ms = FRIDAY
    taken = await world.write("office")
    found = await world.see(taken.conversation)
    assert (found.risk_first, found.due_first) == (FRIDAY + 5 * MINUTE, MONDAY + 50 * MINUTE)
    await world.pass_time(4 * 86_400 - 3600)
    at = [event.at for event in await world.store.journal.between("0-0") if event.type.startswith("Target")]
    assert at[:2] == [found.risk_first, found.due_first]
    assert all(9 <= datetime.fromtimestamp(moment / 1000, UTC).hour < 18 for moment in at)


async def test_one_target_hides_no_other(world: World) -> None:
    """First and resolution each are at risk and breached at their own time, whatever became of the other."""
    taken = await world.write()
    await world.pass_time(5 * 3600)
    found = await world.see(taken.conversation)
    assert await told(world, "TargetAtRisk") == await told(world, "TargetBreached") == ["first", "resolution"]
    assert (found.breached, found.due_at) == (["first", "resolution"], found.opened_at + HOUR)
    await world.come("ana")
    assert (await reply(world, taken.conversation)).breached == ["resolution"]


async def test_what_is_due_is_always_the_earliest_that_is_not_met(world: World) -> None:
    await world.come("ana")
    taken = await world.write(who="mia")
    seen = [await world.see(taken.conversation)]
    for pause in (60, 400, 7000):
        seen.append(await reply(world, taken.conversation))
        await world.pass_time(pause)
        seen.append(await world.see(taken.conversation))
        await world.write("more", who="mia")
        seen.append(await world.see(taken.conversation))
    for found in seen:
        dues = (found.due_first, found.due_next, found.due_resolution)
        assert found.due_at == min((due for due in dues if due is not None), default=NEVER)


async def test_an_associates_own_list_is_ordered_by_due_time(world: World) -> None:
    await world.come("ana")
    slow, quick = await world.write(who="mia"), await world.write("quick", who="leo")

    async def order() -> list[str]:
        return [c.id for c in (await world.store.views.desk_snapshot(AssociateId("ana"))).conversations]

    assert await order() == [quick.conversation, slow.conversation]
    await reply(world, quick.conversation)
    assert await order() == [slow.conversation, quick.conversation]
    await world.desk.set_priority(associate("ana"), slow.conversation, "gold")
    await world.write("again", who="leo")
    assert await order() == [quick.conversation, slow.conversation]
