"""What is said of a conversation in each of its states, word for word, under a virtual clock."""

from collections.abc import AsyncIterator

import pytest

from duetime.queues.records import Accepted
from duetime.router.associate import Presence
from duetime.router.ids import AssociateId
from duetime.router.message import Channel
from duetime.router.remedy import RemedyKind
from duetime.service.estimates import Estimates
from duetime.service.experience import Experience
from duetime.service.explain import Explainer
from duetime.service.explanation import Explanation, Readiness
from duetime.service.outlook import Unknown
from duetime.service.pictures import Pictures
from duetime.service.staff import AssociateChange
from duetime.service.unroutable import UnroutableKind, Unroutables
from tests.clock import VirtualClock
from tests.world import World, associate, open_world, supervisor

DOCUMENT = """
default_queue = "general"

[skills]
german = "German"

[teams]
support = "Support"
tech = "Engineering"

[channels.email]
cost_units = 4
[channels.chat]
cost_units = 2
[channels.api]
cost_units = 1
reopen_within_s = 3600

[associates.ana]
name = "Ana Ruiz"
teams = ["support"]
skills = { german = 4 }
capacity_units = 3
limits = { api = 3, chat = 1 }

[associates.ben]
name = "Ben Okafor"
teams = ["support"]
capacity_units = 3
limits = { api = 2, chat = 1 }

[associates.eva]
name = "Eva Lind"
teams = ["tech"]
skills = { german = 2 }
capacity_units = 3
limits = { api = 3, email = 2 }

[queues.general]
name = "General"
teams = ["support"]
offer_timeout_s = 30
cooldown_s = 90
preferred_s = 45

[queues.tech]
name = "Technical"
teams = ["tech"]
auto_accept = true
wrap_up_s = 20
[[queues.tech.route]]
after_s = 50
add_teams = ["support"]

[[triage]]
name = "technical words"
queue = "tech"
[triage.when]
text_contains = ["router"]

[[triage]]
name = "German speakers"
skills = { german = 3 }
[triage.when]
language = "de"
"""


@pytest.fixture
async def world(redis_url: str, workspace: str, clock: VirtualClock) -> AsyncIterator[World]:
    async with open_world(redis_url, workspace, clock, DOCUMENT) as opened:
        yield opened


def unroutables(world: World) -> Unroutables:
    return Unroutables(world.store, lambda: world.routing)


async def explain(world: World, accepted: Accepted) -> Explanation:
    experience = Experience(world.store.journal, world.feed, world.clock)
    pictures = Pictures(world.store, lambda: world.routing, experience)
    estimates = Estimates(world.store, lambda: world.routing, experience, pictures)
    explainer = Explainer(world.store, lambda: world.routing, estimates)
    return await explainer.explain(await world.see(accepted.conversation))


async def said(world: World, accepted: Accepted) -> list[str]:
    return (await explain(world, accepted)).sentences


async def held_by(world: World, name: str) -> Accepted:
    """One that this associate has accepted."""
    accepted = await world.write()
    assert (await world.accept(accepted.conversation)).associate == name
    return accepted


async def test_an_offer_that_came_while_somebody_had_room(world: World) -> None:
    await world.come("ana")
    await held_by(world, "ana")
    await world.be("ben", Presence.AWAY)
    offered = await world.write()
    await world.pass_time(5)
    assert await said(world, offered) == [
        "No triage rule fits it, so it went to the default queue General.",
        "It is offered to Ana Ruiz, who has 25 s to answer.",
        "Of those who fitted best and had room for it when it came, Ana Ruiz had the smallest share of capacity in"
        " use: 1 of 3 units.",
        "As things are now, of the others who may take it Ben Okafor is away.",
    ]


async def test_the_decision_stays_as_it_was_made(world: World) -> None:
    await world.come("ana")
    held = await held_by(world, "ana")
    decided_at = world.clock()
    await world.pass_time(600)
    await world.come("ben")
    explained = await explain(world, held)
    assert explained.decision is not None
    assert (explained.decision.by, explained.decision.load, explained.decision.step) == ("arrival", 0, 0)
    assert (explained.decision.associate, explained.decision.at) == ("ana", decided_at)
    assert explained.sentences[1] == "Ana Ruiz has it, and an answer is due in 50 min."
    assert explained.sentences[3] == "As things are now, of the others who may take it Ben Okafor could take it now."


async def test_one_that_waited_until_somebody_had_room(world: World) -> None:
    waited = await world.write("my router", language="de")
    await world.pass_time(80)
    await world.come("ben")
    assert await said(world, waited) == [
        "The triage rule “technical words” sent it to the queue Technical.",
        "Ben Okafor has it, and an answer is due in 59 min.",
        "It had waited for 80 s when Ben Okafor got room for it, with 0 of 3 units in use; nothing else that Ben"
        " Okafor may take ranked before it.",
        "Its route had come to step 1, which asks for somebody in the team Support or Engineering who takes api.",
        "As things are now, of the others who may take it Eva Lind and Ana Ruiz are offline.",
    ]


async def test_one_that_was_given_by_hand(world: World) -> None:
    given = await world.write()
    await world.desk.assign(supervisor(), given.conversation, AssociateId("ben"), override=True)
    assert (await said(world, given))[1:3] == [
        "Ben Okafor has it, and an answer is due in 60 min.",
        "It was given to Ben Okafor by hand.",
    ]


async def test_one_that_waits_says_what_it_needs_who_could_and_what_is_next(world: World) -> None:
    await world.come("ana")
    for _ in range(3):
        await held_by(world, "ana")
    for _ in range(2):
        await world.write("router")
    world.clock.advance(0.001)
    waiting = await world.write("router")
    await world.pass_time(10)
    explained = await explain(world, waiting)
    assert explained.sentences == [
        "The triage rule “technical words” sent it to the queue Technical.",
        "It has waited for 10 s and is due in 60 min.",
        "It needs somebody in the team Engineering who takes api.",
        "Only Eva Lind may take it, who is offline.",
        "2 of its queue go first.",
        "When it will be taken cannot be said yet: too few conversations have ended to know how long one takes.",
        "In 40 s its route goes on and asks for somebody in the team Support or Engineering who takes api: then 2"
        " people more may take it: Ana Ruiz is full (3 of 3 units) and Ben Okafor is offline.",
    ]
    assert explained.ahead is not None
    assert (explained.ahead.in_queue, explained.ahead.for_the_same_people) == (2, 2)
    assert explained.next_step_at == world.clock() + 40_000
    assert [(need.step, need.people, need.present) for need in explained.route] == [(0, 1, True), (1, 2, False)]
    assert explained.estimate is not None
    assert explained.estimate.unknown is Unknown.TOO_LITTLE_SEEN


async def test_nobody_there_is_why_nothing_can_be_said(world: World) -> None:
    waiting = await world.write()
    explained = await explain(world, waiting)
    assert explained.estimate is not None
    assert explained.estimate.unknown is Unknown.NOBODY_THERE
    assert explained.sentences[3:] == [
        "2 people may take it, and none can now: Ana Ruiz and Ben Okafor are offline.",
        "It is the next of its queue.",
        "When it will be taken cannot be said while nobody who may take it is available.",
    ]


async def test_everybody_who_could_take_it_has_a_reason_not_to(world: World) -> None:
    await world.come("ben")
    for _ in range(2):
        await held_by(world, "ben")
    await world.come("ana")
    declined = await world.write()
    await world.desk.decline_offer(associate("ana"), declined.conversation, 1)
    explained = await explain(world, declined)
    assert {person.associate: (person.readiness, person.until) for person in explained.people} == {
        "ana": (Readiness.COOLING, world.clock() + 90_000),
        "ben": (Readiness.AT_LIMIT, None),
    }
    assert explained.sentences[3] == (
        "2 people may take it, and none can now: Ana Ruiz declined or missed it and is not asked again for 90 s;"
        " Ben Okafor has 2 of 2 api conversations."
    )


async def test_too_few_units_are_said_with_what_is_free(world: World) -> None:
    await world.come("ana")
    await held_by(world, "ana")
    await held_by(world, "ana")
    chat = await world.write(channel=Channel.CHAT, language="de")
    assert (await said(world, chat))[2:4] == [
        "It needs somebody in the team Support with German at 3 or more who takes chat.",
        "Only Ana Ruiz may take it, who has 1 of 3 units free, and it takes 2.",
    ]


async def test_what_others_of_the_same_people_go_first_is_counted(world: World) -> None:
    await world.pass_time(0)
    for _ in range(2):
        await world.write("router")
    await world.pass_time(60)
    later = await world.write()
    assert (await said(world, later))[4] == (
        "It is the next of its queue, but of what the same people serve elsewhere 2 go first."
    )


async def test_one_that_waits_for_who_had_it_before(world: World) -> None:
    await world.come("ana")
    back = await held_by(world, "ana")
    await world.desk.park(associate("ana"), back.conversation)
    for _ in range(3):
        await held_by(world, "ana")
    await world.intake.receive(world.message("and?", conversation=back.conversation, who="contact-1"))
    assert (await said(world, back))[1:3] == [
        "It has waited for 0 s and is due in 60 min.",
        "For another 45 s it waits for Ana Ruiz, who had it before, and then in the queue General. Ana Ruiz is full"
        " (3 of 3 units).",
    ]


async def test_what_nobody_can_ever_take_is_told_with_what_would_help(world: World) -> None:
    await world.come("ana", "ben", "eva")
    never = await world.write("Guten Tag", channel=Channel.EMAIL, language="de")
    explained = await explain(world, never)
    assert explained.sentences == [
        "The triage rule “German speakers” sent it to the queue General.",
        "It has waited for 0 s and is due in 60 min.",
        "As things are nobody can ever take it: it needs somebody in the team Support with German at 3 or more who"
        " takes email and has 4 units of capacity, and there is nobody like that.",
        "One change is enough. Raise the capacity of Ana Ruiz from 3 to 4 units, and limits.email to 1.",
    ]
    assert explained.never
    assert [remedy.kind for remedy in explained.remedies] == [RemedyKind.CAPACITY]
    assert explained.estimate is None


async def test_the_change_that_is_named_does_what_it_says(world: World) -> None:
    await world.come("ana")
    never = await world.write("Guten Tag", channel=Channel.EMAIL, language="de")
    remedy = (await explain(world, never)).remedies[0]
    assert remedy.associate is not None
    assert remedy.value is not None
    profile = (await world.store.views.associate(remedy.associate)).profile
    change = AssociateChange(capacity_units=remedy.value, limits={**profile.limits, Channel.EMAIL: 1})
    await world.staff.change(supervisor(), remedy.associate, change, version=None)
    assert (await world.see(never.conversation)).associate == "ana"


async def test_rest_and_end(world: World) -> None:
    await world.come("ana")
    resting, snoozed, closed = [await held_by(world, "ana") for _ in range(3)]
    ana = associate("ana")
    await world.desk.reply(ana, resting.conversation, "Which number?")
    assert (await said(world, resting))[1] == "Ana Ruiz has it, and the contact has the next word."
    await world.desk.park(ana, resting.conversation)
    await world.desk.park(ana, snoozed.conversation, wake_at=world.clock() + 7_500_000)
    await world.desk.close(ana, closed.conversation, disposition="solved")
    await world.pass_time(300)
    assert (await said(world, resting))[1:] == [
        "It rests with Ana Ruiz until the contact writes.",
        "It uses nobody's capacity. It comes back to Ana Ruiz if there is room, else by the route of the queue"
        " General.",
    ]
    assert (await said(world, snoozed))[1] == ("It is snoozed with Ana Ruiz for 2 h more, or until the contact writes.")
    assert (await said(world, closed))[1:] == [
        "It was closed 5 min ago as “solved”, last with Ana Ruiz.",
        "A message of the contact within 55 min opens it again.",
    ]
    await world.pass_time(3600)
    assert (await said(world, closed))[2] == "A message of the contact begins another conversation."


async def test_work_that_is_only_finished(world: World) -> None:
    await world.come("eva")
    done = await world.write("router")
    await world.desk.close(associate("eva"), done.conversation)
    assert (await said(world, done))[1] == "It is over for the contact; Eva Lind has 20 s to finish the work on it."


async def test_who_waits_in_vain_is_counted_and_listed(world: World) -> None:
    assert await unroutables(world).all() == []
    await world.come("ana")
    never = []
    for _ in range(2):
        world.clock.advance(0.001)
        never.append(await world.write("Guten Tag", channel=Channel.EMAIL, language="de"))
    absent = await world.write("router")
    await world.write()
    counts = await unroutables(world).counts()
    assert counts == {UnroutableKind.NOBODY_EVER: 2, UnroutableKind.NOBODY_THERE: 1}
    ever, there = await unroutables(world).all()
    assert (ever.kind, ever.waiting, ever.conversations) == (
        UnroutableKind.NOBODY_EVER,
        2,
        [accepted.conversation for accepted in never],
    )
    assert ever.remedies
    assert (there.conversations, there.associates) == ([absent.conversation], ["eva"])
    assert there.sentence == "Nobody is available of those who may take it: Eva Lind."
    await world.come("eva")
    assert (await unroutables(world).counts())[UnroutableKind.NOBODY_THERE] == 0


HOURS = """
[priorities]
urgent = 7200

[reserve]
units = 1
priority = "urgent"

[calendars.office]
zone = "UTC"
hours = { mon-sun = ["08:00-16:00"] }

[[triage]]
name = "urgent words"
queue = "night"
priority = "urgent"
when = { text_contains = ["fire"] }

[[triage]]
name = "night words"
queue = "night"
when = { text_contains = ["night"] }

[queues.night]
name = "Night"
teams = ["support"]
calendar = "office"
[[queues.night.route]]
after_s = 60
during = "closed"
add_teams = ["tech"]
"""


@pytest.fixture
async def night(redis_url: str, workspace: str, clock: VirtualClock) -> AsyncIterator[World]:
    """With a reserve for what is urgent, and a route that depends on the hour; it is late in the evening."""
    async with open_world(redis_url, workspace, clock, DOCUMENT + HOURS) as opened:
        yield opened


async def test_capacity_that_is_reserved_is_not_there_for_what_is_not_urgent(night: World) -> None:
    await night.come("ana")
    for _ in range(2):
        await held_by(night, "ana")
    waiting = await night.write()
    (person, _) = (await explain(night, waiting)).people
    assert (person.readiness, person.load_units, person.capacity_units) == (Readiness.FULL, 2, 2)
    urgent = await night.write("fire!")
    explained = await explain(night, urgent)
    assert (explained.associate, explained.people[0].capacity_units) == ("ana", 3)


async def test_the_next_step_is_that_of_the_hour(night: World) -> None:
    waiting = await night.write("Good night")
    await night.pass_time(10)
    assert (await said(night, waiting))[-1] == (
        "In 50 s its route goes on and asks for somebody in the team Support or Engineering who takes api: then Eva"
        " Lind may take it, too, who is offline."
    )
    night.clock.advance(11 * 3600)
    by_day = await night.write("Good night")
    assert [need.step for need in (await explain(night, by_day)).route] == [0]
