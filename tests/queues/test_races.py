"""Many clients and daemons at once: nothing twice, nothing lost, nobody over capacity."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Iterable
from typing import TypeVar

import msgspec
import pytest

from duetime.config.build import load_routing
from duetime.queues.connection import Pipeline
from duetime.queues.doctor import examine
from duetime.queues.journal import START
from duetime.queues.policy import base_class
from duetime.queues.store import Store
from duetime.router.associate import Presence
from duetime.router.conversation import State
from duetime.router.errors import Refusal
from duetime.router.events import EventType
from duetime.router.graph import compile_graph
from duetime.router.ids import AssociateId, ConversationId, QueueId, SkillId
from duetime.router.message import Channel
from duetime.router.route import parse_class
from tests.clock import VirtualClock
from tests.queues.trial import START as NOW
from tests.world import World, associate, supervisor

T = TypeVar("T")
CLIENTS, CLAIMS = 20, 10_000
PEOPLE = [f"a{number}" for number in range(20)]
UNITS = 25
DOCUMENT = """
default_queue = "one"
[skills]
german = "German"
french = "French"
[channels.api]
cost_units = 1
[presence]
missed_offers_max = 100
[queues.one]
name = "One"
offer_timeout_s = 30
[queues.two]
name = "Two"
skills = { german = 2 }
[[queues.two.route]]
after_s = 30
drop = ["german"]
""" + "".join(
    f'[associates.{name}]\nname = "{name}"\ncapacity_units = {UNITS}\nskills = {{ german = {1 + number % 5} }}\n'
    for number, name in enumerate(PEOPLE)
)


@pytest.fixture
async def daemons(redis_url: str, workspace: str) -> AsyncIterator[list[World]]:
    """Twenty of them, on one workspace."""
    clock = VirtualClock(NOW)
    routing = load_routing(DOCUMENT)
    worlds = []
    for _ in range(CLIENTS):
        pipeline = await Pipeline(redis_url).open()
        worlds.append(World(Store(pipeline, pipeline, workspace, clock), clock, routing))
    try:
        await worlds[0].set_up(DOCUMENT)
        yield worlds
    finally:
        for world in worlds:
            await world.store.close()


async def attempt(claim: Awaitable[T]) -> T | None:
    """None when it was refused."""
    try:
        return await claim
    except Refusal:
        return None


async def write(world: World, count: int, first: int = 0) -> list[ConversationId]:
    names = range(first, first + count)
    taken = await asyncio.gather(*(world.write(who=f"kim-{name}", external_id=f"x{name}") for name in names))
    return [one.conversation for one in taken]


async def each_in_turn(claims: Iterable[Awaitable[T | None]]) -> list[T]:
    """What one client gets, one claim after the other."""
    return [got for claim in claims if (got := await claim) is not None]


async def loads(world: World) -> dict[str, int]:
    return {found.profile.id: found.load_units for found in await world.store.views.all_associates()}


async def test_ten_thousand_take_five_hundred(daemons: list[World]) -> None:
    """Everybody tries to take everything; there is room for exactly as much as there is."""
    for name in PEOPLE:
        await daemons[0].be(name, Presence.BUSY)
    names = await write(daemons[0], CLAIMS // CLIENTS)

    async def client(world: World, who: str) -> list[ConversationId]:
        order = random.Random(who).sample(names, len(names))
        claims = (attempt(world.desk.assign(associate(who), name, AssociateId(who))) for name in order)
        return [found.id for found in await each_in_turn(claims)]

    got = await asyncio.gather(*map(client, daemons, PEOPLE))
    assert sorted(name for taken in got for name in taken) == sorted(names)
    assert set((await loads(daemons[0])).values()) == {UNITS}
    assert await examine(daemons[0].store) == []


async def test_ten_thousand_claims_of_every_kind(daemons: list[World]) -> None:
    """Taken, given, accepted and declined at once, with less room than there is work."""
    await daemons[0].come(*PEOPLE)
    names = await write(daemons[0], 600)

    async def claim(world: World, dice: random.Random) -> object:
        name, who = dice.choice(names), dice.choice(PEOPLE)
        kind = dice.randrange(4)
        if kind == 0:
            return await attempt(world.desk.assign(associate(who), name, AssociateId(who)))
        if kind == 1:
            return await attempt(world.desk.assign(supervisor(), name, AssociateId(who)))
        found = await world.see(name)
        answer = world.desk.accept_offer if kind == 2 else world.desk.decline_offer
        return await attempt(answer(associate(str(found.associate)), name, found.offer))

    async def client(number: int, world: World) -> None:
        dice = random.Random(number)
        for _ in range(CLAIMS // CLIENTS):
            await claim(world, dice)

    await asyncio.gather(*(client(number, world) for number, world in enumerate(daemons)))
    found = await loads(daemons[0])
    assert max(found.values()) <= UNITS
    assert sum(found.values()) == sum([(await daemons[0].see(name)).state is not State.WAITING for name in names])
    assert await examine(daemons[0].store) == []


async def test_two_hundred_first_messages_of_one_contact_open_one_conversation(daemons: list[World]) -> None:
    await daemons[0].come("a0")
    taken = await asyncio.gather(
        *(
            daemons[number % 4].write(f"line {number}", who="kim", external_id=f"x{number}", verified=number % 2 == 0)
            for number in range(200)
        )
    )
    assert len({one.conversation for one in taken}) == len({one.contact for one in taken}) == 1
    assert sorted(one.number for one in taken) == list(range(1, 201))
    assert sum(one.opened for one in taken) == 1
    assert (await daemons[0].see(taken[0].conversation)).messages == 200
    assert await examine(daemons[0].store) == []


async def test_first_messages_over_every_channel_of_one_proven_address_open_one_each(daemons: list[World]) -> None:
    """The addresses of two channels are two contacts until somebody joins them."""
    taken = await asyncio.gather(
        *(
            daemons[number % 4].write(who="kim", channel=list(Channel)[number % 4], external_id=f"x{number}")
            for number in range(40)
        )
    )
    assert len({one.conversation for one in taken}) == len(Channel)


async def test_daemons_that_compile_at_once_end_at_the_same_graph(daemons: list[World]) -> None:
    """Each for a class of its own, while associates change under way: the graph is what brute force says."""
    dice = random.Random(7)
    few = daemons[:6]

    async def change(world: World, name: str) -> None:
        profile = (await world.person(name)).profile
        skills = {SkillId(skill): dice.randint(1, 5) for skill in ("german", "french") if dice.random() < 0.6}
        await world.store.associates.put(world.clock(), msgspec.structs.replace(profile, skills=skills), version=None)
        await world.store.topology.compile(world.routing)

    async def compile_for(world: World, number: int) -> None:
        wanted = base_class(QueueId("two"), Channel.API, {SkillId("french"): 1 + number % 5})
        await world.store.topology.compile(world.routing, [wanted])

    await asyncio.gather(
        *(change(world, name) for world, name in zip(few * 2, PEOPLE, strict=False)),
        *(compile_for(world, number) for number, world in enumerate(few)),
    )
    world = daemons[0]
    standing = await world.store.topology.read()
    classes = [parse_class(name) for name in sorted(standing.classes)]
    groups = compile_graph(standing.profiles, classes, world.routing.queues, world.routing.channels)
    wanted = {name: dict(edges) for edges, who in groups.items() for name in who}
    assert {name: dict(standing.graph.pools[pool]) for name, pool in standing.members.items()} == wanted
    assert {f"two/1/api/french:{level}" for level in range(1, 6)} <= standing.classes
    assert not await world.store.topology.is_dirty()
    assert await examine(world.store) == []


async def test_an_offer_that_is_accepted_as_it_expires_ends_once(daemons: list[World]) -> None:
    """By daemons whose clocks differ by a millisecond, while somebody declines and somebody closes."""
    await daemons[0].come(*PEOPLE[:4])
    names = await write(daemons[0], 60)
    offers = {name: await daemons[0].see(name) for name in names}

    async def race(name: ConversationId) -> None:
        offer = offers[name]
        who, until = AssociateId(str(offer.associate)), int(offer.offer_expires_at or 0)
        calls = [daemon.store.conversations for daemon in daemons[:4]]
        ends = [
            calls[0].accept_offer(until - 1, name, who, offer.offer),
            calls[1].expire_offer(until, name, offer.offer),
            calls[2].decline_offer(until - 1, name, who, offer.offer, None),
            calls[3].close(until, name),
        ]
        random.Random(name).shuffle(ends)
        await asyncio.gather(*map(attempt, ends))

    daemons[0].clock.advance(30)
    await asyncio.gather(*map(race, names))
    ended = Counter[tuple[str | None, int]]()
    for event in await daemons[0].store.journal.between(START, limit=10_000):
        if event.type.startswith("Offer") and event.type != EventType.OFFER_MADE:
            ended[event.conversation, int(event.data["offer"])] += 1
    assert {ended[name, 1] for name in names} == {1}
    assert {(await daemons[0].see(name)).state for name in names} == {State.CLOSED}
    assert await examine(daemons[0].store) == []


async def test_presence_that_flaps_while_messages_arrive_loses_nothing(daemons: list[World]) -> None:
    everybody = list(Presence)

    async def flap(world: World, who: str) -> None:
        dice = random.Random(who)
        for _ in range(60):
            await world.be(who, dice.choice(everybody))

    async def arrive(world: World, number: int) -> list[ConversationId]:
        return [name for start in range(50) for name in await write(world, 1, 100 * number + start)]

    results = await asyncio.gather(
        *(arrive(world, number) for number, world in enumerate(daemons[:4])),
        *map(flap, daemons[4:10], PEOPLE[:6]),
    )
    names = [name for found in results if found for name in found]
    assert await examine(daemons[0].store) == []
    await daemons[0].come(*PEOPLE[:8])
    assert Counter([(await daemons[0].see(name)).state for name in names]) == {State.OFFERED: 200}
    assert sum((await loads(daemons[0])).values()) == 200
    assert await examine(daemons[0].store) == []


async def test_every_timer_is_carried_out_once_by_whichever_daemon(daemons: list[World]) -> None:
    await daemons[0].come(*PEOPLE)
    names = await write(daemons[0], 200)
    daemons[0].clock.advance(30)

    async def tick(world: World) -> None:
        while await world.timekeeper.tick() == 0:
            pass

    await asyncio.gather(*map(tick, daemons))
    expired = Counter(
        event.conversation
        for event in await daemons[0].store.journal.between(START, limit=10_000)
        if event.type == EventType.OFFER_EXPIRED
    )
    assert expired == Counter(names)
    assert await examine(daemons[0].store) == []
