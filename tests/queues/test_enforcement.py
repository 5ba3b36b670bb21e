"""At risk and breach: seen at their moment, told to whom the queue says, and acted on once, whatever happens."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from duetime.queues.connection import Pipeline
from duetime.queues.doctor import examine
from duetime.queues.store import Store
from duetime.router.conversation import State
from duetime.router.events import Event
from duetime.router.ids import ConversationId
from duetime.service.actions import act_on_target
from tests.clock import VirtualClock
from tests.world import World, associate, open_world, supervisor

MINUTE, HOUR = 60_000, 3_600_000
DOCUMENT = """
default_queue = "plain"
[skills]
german = "German"
[teams]
front = "Front"
back = "Back"
[channels.api]
idle_release_s = 0
[associates.ana]
name = "Ana"
teams = ["front"]
capacity_units = 9
[associates.ben]
name = "Ben"
teams = ["back"]
capacity_units = 9

[queues.plain]
name = "Plain"
at_risk_s = 600
auto_accept = true
reassign_after_s = 120
[queues.boosts]
name = "Boosts"
teams = ["back"]
at_risk_s = 600
[queues.boosts.on_risk]
boost_s = 1800
notify = ["team"]
[queues.boosts.on_breach]
boost_s = 7200
notify = ["associate", "team", "supervisors"]
webhook = true
[queues.widens]
name = "Widens"
teams = ["back"]
at_risk_s = 600
[queues.widens.on_risk]
widen = true
boost_s = 60
[[queues.widens.route]]
after_s = 86400
add_teams = ["front"]
boost_s = 300
[queues.moves]
name = "Moves"
teams = ["front", "back"]
auto_accept = true
at_risk_s = 0
cooldown_s = 60
reassign_after_s = 7200
[queues.moves.on_breach]
reassign = true
[queues.hands]
name = "Hands over"
teams = ["back"]
[queues.hands.on_breach]
escalate_to = "plain"
[queues.both]
name = "Both at once"
teams = ["back"]
at_risk_s = 1800
[[queues.both.targets]]
first_response_s = 3600
resolution_s = 5400
[queues.both.on_risk]
boost_s = 10
[queues.both.on_breach]
boost_s = 1000
"""
for _name in ("boosts", "widens", "moves", "hands", "both"):
    DOCUMENT += f'\n[[triage]]\nname = "{_name}"\nqueue = "{_name}"\n[triage.when]\ntext_contains = ["{_name}"]\n'


@pytest.fixture
async def world(redis_url: str, workspace: str, clock: VirtualClock) -> AsyncIterator[World]:
    async with open_world(redis_url, workspace, clock, DOCUMENT) as opened:
        yield opened
        assert await examine(opened.store) == []


@asynccontextmanager
async def aclosing_store(store: Store) -> AsyncIterator[Store]:
    try:
        yield store
    finally:
        await store.close()


async def told(world: World, *kinds: str) -> list[Event]:
    wanted = kinds or ("TargetAtRisk", "TargetBreached")
    return [event for event in await world.store.journal.between("0-0") if event.type in wanted]


async def rank(world: World, conversation: ConversationId) -> int:
    standing = await world.store.lines.standing(conversation, (await world.see(conversation)).queue)
    assert standing.rank is not None
    return standing.rank


async def test_at_risk_and_breach_are_told_at_their_very_moment(world: World) -> None:
    taken = await world.write()
    opened = world.clock()
    await world.pass_time(2 * 3600)
    events = await told(world)
    assert [(event.type, event.at - opened) for event in events] == [
        ("TargetAtRisk", 50 * MINUTE),
        ("TargetBreached", HOUR),
    ]
    assert events[1].data == {
        "target": "first",
        "due_at": opened + HOUR,
        "state": "waiting",
        "notify": ["associate", "supervisors"],
    }
    assert {event.conversation for event in events} == {taken.conversation}


async def test_the_holder_is_told_of_their_own(world: World) -> None:
    await world.come("ana")
    await world.write()
    await world.pass_time(3500)
    assert [event.associate for event in await told(world)] == ["ana"]


async def test_a_queue_says_whom_to_tell_and_which_team_that_is(world: World) -> None:
    await world.write("boosts")
    await world.pass_time(3700)
    risk, breach = await told(world)
    assert (risk.data["notify"], risk.data["teams"]) == (["team"], ["back"])
    assert (breach.data["notify"], breach.data["teams"]) == (
        ["associate", "supervisors", "team", "webhook"],
        ["back"],
    )


async def test_nothing_is_escalated_that_was_answered(world: World) -> None:
    await world.come("ben")
    taken = await world.write("hands")
    await world.accept(taken.conversation)
    await world.desk.reply(associate("ben"), taken.conversation, "done")
    await world.pass_time(4 * 3600)
    assert (await world.see(taken.conversation)).queue == "hands"
    assert await told(world) == []


async def test_it_goes_forward_by_the_boost_and_keeps_it_on_its_route(world: World) -> None:
    taken = await world.write("boosts")
    due = (await world.see(taken.conversation)).due_at
    await world.pass_time(3100)
    assert await rank(world, taken.conversation) == due - 1_800_000
    await world.pass_time(600)
    assert await rank(world, taken.conversation) == due - 9_000_000
    found = await world.see(taken.conversation)
    assert (found.raised, found.boost, found.pending) == (9_000_000, 0, [])


async def test_boosts_stay_within_a_day(world: World) -> None:
    taken = await world.write("boosts")
    found = await world.see(taken.conversation)
    change = [(found.id, None, {"raise": 10 * 86_400_000})]
    await world.store.conversations.change(world.clock(), change, tell=False)  # type: ignore[arg-type]
    assert await rank(world, taken.conversation) == found.due_at - 86_400_000


async def test_the_route_is_widened_before_its_time_and_both_boosts_count(world: World) -> None:
    await world.come("ana")
    taken = await world.write("widens")
    before = await world.see(taken.conversation)
    assert before.state is State.WAITING
    await world.pass_time(3001)
    found = await world.see(taken.conversation)
    assert (found.state, found.associate, found.step) == (State.OFFERED, "ana", 1)
    assert (found.boost, found.raised, found.due_at) == (300_000, 60_000, before.due_at)


async def test_where_the_route_ends_widening_does_nothing_else(world: World) -> None:
    taken = await world.write("widens")
    await world.desk.set_priority(supervisor(), taken.conversation, "normal")
    await world.pass_time(3001)
    one = await world.see(taken.conversation)
    await world.pass_time(3600)
    two = await world.see(taken.conversation)
    assert (one.step, two.step, two.pending) == (1, 1, [])


async def test_who_does_not_answer_loses_it_to_somebody_else(world: World) -> None:
    await world.come("ana", "ben")
    taken = await world.write("moves")
    first = await world.see(taken.conversation)
    assert first.state is State.ASSIGNED
    await world.pass_time(3601)
    second = await world.see(taken.conversation)
    assert {first.associate, second.associate} == {"ana", "ben"}
    (lost,) = await told(world, "ConversationUnassigned")
    assert (lost.associate, lost.data["reason"]) == (first.associate, "breach")


async def test_it_is_handed_to_the_escalation_queue_with_its_arrival(world: World) -> None:
    taken = await world.write("hands")
    opened = world.clock()
    await world.pass_time(3601)
    found = await world.see(taken.conversation)
    assert (found.queue, found.arrived_at, found.due_at) == ("plain", opened, opened + HOUR)
    (event,) = await told(world, "ConversationTransferred")
    assert event.data == {"to_queue": "plain", "by": "escalation"}
    assert len(await told(world, "TargetBreached")) == 1


async def test_an_unanswered_one_moves_on_after_its_breach(world: World) -> None:
    await world.come("ana", "ben")
    taken = await world.write()
    first = await world.see(taken.conversation)
    await world.pass_time(3600 + 119)
    assert (await world.see(taken.conversation)).associate == first.associate
    await world.pass_time(2)
    second = await world.see(taken.conversation)
    assert {first.associate, second.associate} == {"ana", "ben"}
    (lost,) = await told(world, "ConversationUnassigned")
    assert lost.data["reason"] == "unanswered"


async def test_an_answer_after_the_breach_keeps_it(world: World) -> None:
    await world.come("ana", "ben")
    taken = await world.write()
    first = await world.see(taken.conversation)
    await world.pass_time(3610)
    await world.desk.reply(associate(str(first.associate)), taken.conversation, "sorry")
    await world.pass_time(600)
    assert await told(world, "ConversationUnassigned") == []
    assert (await world.see(taken.conversation)).breached == []


async def test_two_targets_at_the_same_moment_are_both_acted_on(world: World) -> None:
    """First is breached in the second in which resolution is at risk."""
    taken = await world.write("both")
    await world.pass_time(3599)
    assert (await world.see(taken.conversation)).raised == 10_000
    await world.pass_time(2)
    found = await world.see(taken.conversation)
    assert (found.breached, found.at_risk, found.raised) == (["first"], ["resolution"], 1_020_000)


async def test_what_a_dead_daemon_left_is_done_by_another_once(world: World) -> None:
    taken = await world.write("boosts")
    world.clock.advance(3000)
    store = world.store
    await store.timers.claim(world.clock(), most=10, lease_ms=10_000)
    notify: dict[str, Any] = {"on_risk": [], "on_breach": [], "teams": []}
    await store.conversations.check_targets(world.clock(), taken.conversation, **notify)
    await store.timers.claim(world.clock(), most=10, lease_ms=10_000)
    assert (await world.see(taken.conversation)).pending == ["risk:first"]
    await world.pass_time(9)
    assert (await world.see(taken.conversation)).raised == 0
    await world.pass_time(2)
    found = await world.see(taken.conversation)
    assert (found.raised, found.pending, len(await told(world))) == (1_800_000, [], 1)


async def test_two_daemons_that_act_on_the_same_do_it_once(world: World) -> None:
    taken = await world.write("boosts")
    world.clock.advance(3000)
    notify: dict[str, Any] = {"on_risk": [], "on_breach": [], "teams": []}
    await world.store.conversations.check_targets(world.clock(), taken.conversation, **notify)
    found = await world.see(taken.conversation)
    done = [await act_on_target(world.store, world.routing, found) for _ in range(3)]
    assert done == [True, False, False]
    assert (await world.see(taken.conversation)).raised == 1_800_000


async def test_daemons_whose_clocks_differ_do_no_harm(
    world: World, redis_url: str, workspace: str, clock: VirtualClock
) -> None:
    """One is five seconds ahead of the other."""
    pipeline, tail = await Pipeline(redis_url).open(), await Pipeline(redis_url).open()
    async with aclosing_store(Store(pipeline, tail, workspace, lambda: clock() + 5000)) as store:
        ahead = World(store, clock, world.routing)
        await world.come("ana", "ben")
        taken, other = await world.write("moves"), await ahead.write("boosts", external_id="other")
        opened = world.clock()
        for _ in range(800):
            for one in (ahead, world):
                while await one.timekeeper.tick() == 0:
                    pass
            clock.advance(5)
    events = await told(world)
    assert len({(event.conversation, event.type, event.data["target"]) for event in events}) == len(events)
    breaches = [event.at for event in events if event.conversation == taken.conversation]
    assert breaches
    assert all(-5000 <= at - opened - HOUR <= 5000 for at in breaches)
    assert (await world.see(other.conversation)).pending == []
    assert await examine(world.store) == []


async def test_when_time_goes_back_no_timer_is_lost(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock goes back in the moment between a timer being claimed and being carried out."""
    await world.come("ben")
    taken = await world.write("boosts")
    claim = world.store.timers.claim

    async def claim_and_go_back(*args: Any, **options: Any) -> Any:
        claimed = await claim(*args, **options)
        if claimed[0]:
            monkeypatch.undo()
            world.clock.now_ms -= 60_000
        return claimed

    for moment in (30, 3000):
        monkeypatch.setattr(world.store.timers, "claim", claim_and_go_back)
        world.clock.now_ms = max(world.clock(), (await world.see(taken.conversation)).opened_at + 1000 * moment)
        await world.timekeeper.tick()
    await world.pass_time(4000)
    found = await world.see(taken.conversation)
    assert (found.breached, found.raised) == (["first"], 9_000_000)
    assert found.state is State.WAITING
    assert len(await told(world, "OfferExpired")) == 3


async def test_what_is_overdue_and_changes_is_not_told_again(world: World) -> None:
    taken = await world.write("boosts")
    await world.pass_time(4000)
    await world.desk.transfer(supervisor(), taken.conversation, queue=(await world.see(taken.conversation)).queue)
    await world.desk.set_priority(supervisor(), taken.conversation, "normal")
    await world.pass_time(60)
    assert len(await told(world, "TargetBreached")) == 1
