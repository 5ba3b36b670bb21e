"""API tokens and websocket tickets, on a real server."""

import asyncio

import pytest
import redis

from duetime.queues.tokens import TokenRecord
from duetime.router.errors import Unauthenticated
from duetime.router.events import Event, EventType
from duetime.router.ids import AssociateId
from duetime.service.access import CACHE_MS, Authenticator, Role, Scope, Tickets, as_actor, new_token
from tests.world import World


@pytest.fixture
def authenticator(world: World) -> Authenticator:
    return Authenticator(world.store.tokens, world.clock)


@pytest.fixture
def tickets(world: World, authenticator: Authenticator) -> Tickets:
    return Tickets(world.store.tokens, authenticator, ttl_s=30)


async def make_token(world: World, role: Role = Role.ADMIN, *, lasts_s: int = 3600) -> tuple[str, str]:
    """A stored token: its text and its id."""
    associate = AssociateId("ana") if role is Role.ASSOCIATE else None
    now = world.clock()
    text, record = new_token(role, now=now, expires_at=now + 1000 * lasts_s, associate=associate)
    await world.store.tokens.create(record)
    return text, record.id


def revoked(token_id: str) -> list[Event]:
    return [Event(cursor="1-0", type=EventType.TOKEN_REVOKED, at=1, data={"token": token_id})]


async def test_a_token_tells_who_asks(world: World, authenticator: Authenticator) -> None:
    text, token_id = await make_token(world, Role.ASSOCIATE)
    actor = await authenticator.actor(text)
    assert (actor.role, actor.associate, actor.token_id) == (Role.ASSOCIATE, "ana", token_id)


async def test_scopes_come_back_as_they_were_given(world: World, authenticator: Authenticator) -> None:
    given = {Scope.MESSAGES_WRITE, Scope.CONVERSATIONS_READ}
    text, record = new_token(Role.INTEGRATION, now=world.clock(), expires_at=None, scopes=given)
    await world.store.tokens.create(record)
    assert (await authenticator.actor(text)).scopes == given


@pytest.mark.parametrize(
    "text",
    [
        "",
        "dt_",
        "Bearer",
        "dt_" + "0" * 20 + "_" + "A" * 42,
        "dt_" + "0" * 20 + "_" + "A" * 44,
        "dt_" + "u" * 20 + "_" + "A" * 43,
        "dt_" + "0" * 20 + "_" + "A" * 42 + "\n",
        "dt_" + "0" * 20 + "_" + "A" * 43 + "\n",
        "dt_" + "0" * 20 + "_" + "Ä" * 43,
        "dt_" + "٣" * 20 + "_" + "A" * 43,
        "\x00" * 70,
    ],
)
async def test_what_is_no_token_is_refused(authenticator: Authenticator, text: str) -> None:
    with pytest.raises(Unauthenticated, match="not an API token"):
        await authenticator.actor(text)


async def test_an_unknown_token_is_refused_like_one_with_a_wrong_secret(
    world: World, authenticator: Authenticator
) -> None:
    text, _ = await make_token(world)
    unknown, _ = new_token(Role.ADMIN, now=world.clock(), expires_at=None)
    wrong_secret = text[:-43] + "A" * 43
    with pytest.raises(Unauthenticated) as of_unknown:
        await authenticator.actor(unknown)
    with pytest.raises(Unauthenticated) as of_wrong:
        await authenticator.actor(wrong_secret)
    assert of_unknown.value.detail == of_wrong.value.detail
    assert (await authenticator.actor(text)).role is Role.ADMIN


async def test_a_wrong_secret_is_refused_when_the_right_one_is_cached(
    world: World, authenticator: Authenticator
) -> None:
    text, _ = await make_token(world)
    await authenticator.actor(text)
    with pytest.raises(Unauthenticated):
        await authenticator.actor(text[:-43] + "A" * 43)


async def test_a_token_ends_when_it_expires_even_while_it_is_cached(world: World, authenticator: Authenticator) -> None:
    text, _ = await make_token(world, lasts_s=2)
    await authenticator.actor(text)
    world.clock.advance(2)
    with pytest.raises(Unauthenticated, match="expired"):
        await authenticator.actor(text)


async def test_a_revoked_token_is_refused_as_soon_as_the_event_arrives(
    world: World, authenticator: Authenticator
) -> None:
    text, token_id = await make_token(world)
    await authenticator.actor(text)
    await world.store.tokens.revoke(token_id)
    authenticator.on_events(revoked(token_id))
    with pytest.raises(Unauthenticated, match="revoked"):
        await authenticator.actor(text)


async def test_a_revoked_token_is_refused_without_the_event_once_the_cache_is_old(
    world: World, authenticator: Authenticator
) -> None:
    text, token_id = await make_token(world)
    await authenticator.actor(text)
    await world.store.tokens.revoke(token_id)
    world.clock.advance(CACHE_MS / 1000)
    with pytest.raises(Unauthenticated, match="revoked"):
        await authenticator.actor(text)


async def test_a_clock_that_goes_back_does_not_prolong_the_cache(world: World, authenticator: Authenticator) -> None:
    text, token_id = await make_token(world)
    await authenticator.actor(text)
    await world.store.tokens.revoke(token_id)
    world.clock.now_ms -= 60_000
    with pytest.raises(Unauthenticated, match="revoked"):
        await authenticator.actor(text)


async def test_a_record_read_before_its_revocation_is_not_cached_after_it(
    world: World, authenticator: Authenticator
) -> None:
    text, token_id = await make_token(world)
    reading = asyncio.ensure_future(authenticator.actor(text))
    await asyncio.sleep(0)
    authenticator.on_events(revoked(token_id))
    await reading
    await world.store.tokens.revoke(token_id)
    with pytest.raises(Unauthenticated, match="revoked"):
        await authenticator.actor(text)


def test_an_associates_token_that_names_nobody_gives_no_access() -> None:
    record = TokenRecord(id="tk_x", secret_hash="", role="associate", created_at=0)
    with pytest.raises(Unauthenticated, match="names none"):
        as_actor(record)


def test_a_scope_of_another_version_gives_nothing() -> None:
    record = TokenRecord(
        id="tk_x",
        secret_hash="",
        role="integration",
        scopes=frozenset({"everything:write", "contacts:read"}),
        created_at=0,
    )
    assert as_actor(record).scopes == {Scope.CONTACTS_READ}


async def test_secrets_are_nowhere_in_redis(
    world: World, authenticator: Authenticator, tickets: Tickets, redis_url: str, workspace: str
) -> None:
    text, _ = await make_token(world)
    ticket = await tickets.issue(await authenticator.actor(text))
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        keys = list(client.scan_iter(match=f"{{{workspace}}}:t*", count=1000))
        stored = [*keys, *(str(client.get(key)) for key in keys if client.type(key) == "string")]
    assert any(":token:" in key for key in keys)
    assert any(":ticket:" in key for key in keys)
    assert not [found for found in stored if text[-43:] in found or ticket.ticket in found]


async def test_a_ticket_stands_for_its_token_once(world: World, authenticator: Authenticator, tickets: Tickets) -> None:
    text, _ = await make_token(world, Role.ASSOCIATE)
    actor = await authenticator.actor(text)
    ticket = await tickets.issue(actor)
    assert await tickets.redeem(ticket.ticket) == actor
    with pytest.raises(Unauthenticated, match="used"):
        await tickets.redeem(ticket.ticket)


async def test_one_of_two_who_redeem_a_ticket_at_once_is_refused(
    world: World, authenticator: Authenticator, tickets: Tickets
) -> None:
    text, _ = await make_token(world)
    ticket = (await tickets.issue(await authenticator.actor(text))).ticket
    found = await asyncio.gather(tickets.redeem(ticket), tickets.redeem(ticket), return_exceptions=True)
    assert len([one for one in found if isinstance(one, Unauthenticated)]) == 1


async def test_a_ticket_ends_after_its_time(
    world: World, authenticator: Authenticator, tickets: Tickets, redis_url: str, workspace: str
) -> None:
    text, _ = await make_token(world)
    ticket = await tickets.issue(await authenticator.actor(text))
    with redis.Redis.from_url(redis_url) as client:
        (key,) = client.scan_iter(match=f"{{{workspace}}}:ticket:*", count=1000)
        assert 0 < client.ttl(key) <= ticket.expires_in_s == 30


async def test_a_ticket_dies_with_its_token(world: World, authenticator: Authenticator, tickets: Tickets) -> None:
    text, token_id = await make_token(world)
    ticket = await tickets.issue(await authenticator.actor(text))
    await world.store.tokens.revoke(token_id)
    with pytest.raises(Unauthenticated, match="revoked"):
        await tickets.redeem(ticket.ticket)


@pytest.mark.parametrize("ticket", ["", "x" * 43, "\ud800", "a" * 10_000, "{w}:token"])
async def test_what_is_no_ticket_is_refused(tickets: Tickets, ticket: str) -> None:
    with pytest.raises(Unauthenticated):
        await tickets.redeem(ticket)
