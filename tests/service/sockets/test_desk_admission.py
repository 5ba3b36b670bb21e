"""Who gets a desk, and when they lose it again."""

import asyncio

import aiohttp
import pytest

from duetime.config.settings import Desk, Limits
from duetime.router.ids import AssociateId
from duetime.service.access import Role, new_token
from duetime.service.sockets import desk_socket, dialogue
from duetime.service.sockets.frames import CLOSE_BROKEN, CLOSE_GOING, CLOSE_MANY, CLOSE_RULES, CLOSE_UNKNOWN
from tests.service.sockets.office import CONSOLE, SHOP, Office
from tests.waiting import wait_until


@pytest.fixture
def limits() -> Limits:
    return Limits(desks_per_associate=2, connections_per_ip=5, desk_requests_per_s=5)


@pytest.fixture
def desk_settings() -> Desk:
    return Desk(reconnect_grace_s=1)


async def test_a_ticket_is_good_once(office: Office) -> None:
    ticket = await office.ticket(await office.token_of("ana"))
    first = await office.sockets.desk(ticket)
    await first.frame("snapshot")
    second = await office.sockets.desk(ticket)
    assert await second.ended() == CLOSE_UNKNOWN
    assert second.frames[0]["error"]["code"] == "unauthenticated"


@pytest.mark.parametrize("ticket", ["nonsense", "\u00fc" * 200])
async def test_an_unknown_ticket_is_refused(office: Office, ticket: str) -> None:
    desk = await office.sockets.desk(ticket)
    assert await desk.ended() == CLOSE_UNKNOWN


async def test_a_ticket_of_a_revoked_token_is_refused(office: Office) -> None:
    token = await office.token_of("ana")
    ticket = await office.ticket(token)
    await office.parts.store.tokens.revoke(token)
    desk = await office.sockets.desk(ticket)
    assert await desk.ended() == CLOSE_UNKNOWN


async def test_a_revoked_token_ends_its_desks_and_no_others(office: Office) -> None:
    token = await office.token_of("ana")
    revoked = await office.sockets.desk(await office.ticket(token))
    await revoked.frame("snapshot")
    other = await office.desk("ana")
    await office.parts.store.tokens.revoke(token)
    assert await revoked.ended() == CLOSE_UNKNOWN
    await other.do("ping")


async def test_a_revocation_that_no_event_told_of_ends_the_desk_too(office: Office) -> None:
    token = await office.token_of("ana")
    desk = await office.sockets.desk(await office.ticket(token))
    await desk.frame("snapshot")
    store = office.parts.store
    await store.pipeline.call("DEL", f"{store.root}:token:{token}")
    assert await desk.ended() == CLOSE_UNKNOWN


async def test_a_token_that_expires_ends_its_desks(office: Office) -> None:
    store = office.parts.store
    text, record = new_token(
        Role.ASSOCIATE, now=store.clock(), expires_at=store.clock() + 300, associate=AssociateId("ana")
    )
    await store.tokens.create(record)
    ticket = await office.parts.tickets.issue(await office.parts.authenticator.actor(text))
    desk = await office.sockets.desk(ticket.ticket)
    assert await desk.ended() == CLOSE_UNKNOWN


@pytest.mark.parametrize("origin", ["https://evil.example", "null", SHOP, f"{CONSOLE}.evil.example", "http://[", ""])
async def test_a_page_of_a_foreign_origin_is_refused_before_the_socket_opens(office: Office, origin: str) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
        await office.sockets.raw("/v1/desk", Origin=origin)
    assert refusal.value.status == 403


@pytest.mark.parametrize("path", ["/v1/desk", "/v1/chat"])
async def test_what_does_not_ask_for_a_websocket_is_told_to(office: Office, path: str) -> None:
    async with office.sockets.session.get(office.sockets.url + path) as answer:
        problem = await answer.json()
    assert (answer.status, problem["code"]) == (422, "invalid")


async def test_pages_of_allowed_origins_and_of_our_own_may_connect(office: Office) -> None:
    for origin in (CONSOLE, office.sockets.url):
        ticket = await office.ticket(await office.token_of("ana"))
        desk = await office.sockets.desk(ticket, Origin=origin)
        await desk.frame("snapshot")
        await desk.close()


@pytest.mark.parametrize(
    "first", ['{"type":"ping","id":"1"}', '{"type":"hello"}', "garbage", '{"type":"hello","ticket":"x","cursor":"7"}']
)
async def test_who_does_not_begin_with_a_hello_is_dismissed(office: Office, first: str) -> None:
    client = await office.sockets.raw("/v1/desk")
    await client.socket.send_str(first)
    assert await client.ended() == CLOSE_RULES
    assert client.frames[0]["error"]["code"] == "invalid"


async def test_who_says_nothing_is_dismissed(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialogue, "HELLO_TIMEOUT_S", 0.05)
    client = await office.sockets.raw("/v1/desk")
    assert await client.ended() == CLOSE_RULES


async def test_an_associate_has_so_many_desks_at_once(office: Office) -> None:
    desks = [await office.desk("ana") for _ in range(2)]
    third = await office.sockets.desk(await office.ticket(await office.token_of("ana")))
    assert await third.ended() == CLOSE_MANY
    await desks[0].close()
    await wait_until(lambda: _opens(office), what="room for another desk")


async def _opens(office: Office) -> bool:
    desk = await office.sockets.desk(await office.ticket(await office.token_of("ana")))
    reader = asyncio.create_task(desk.ended())
    frame = asyncio.create_task(desk.frame("snapshot"))
    await asyncio.wait([reader, frame], return_when=asyncio.FIRST_COMPLETED)
    opened = not reader.done()
    frame.cancel()
    await desk.close()
    return opened


async def test_an_address_has_so_many_connections_at_once(office: Office) -> None:
    clients = [await office.sockets.raw("/v1/desk") for _ in range(5)]
    with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
        await office.sockets.raw("/v1/desk")
    assert refusal.value.status == 429
    for client in clients:
        await client.close()
    await office.desk("ana")


async def test_requests_that_come_too_fast_are_refused_and_not_carried_out(office: Office) -> None:
    ana = await office.desk("ana")
    results = [await ana.ask("ping") for _ in range(12)]
    refused = [result["error"] for result in results if not result["ok"]]
    assert refused
    assert refused[0]["code"] == "too_many_requests"
    assert refused[0]["retry_after_s"] >= 1


async def test_presence_ends_when_the_last_desk_has_been_gone_for_the_grace(office: Office) -> None:
    boss = await office.desk(None, role=Role.SUPERVISOR)
    one = await office.desk("ana", presence="available")
    two = await office.desk("ana")
    await one.close()
    await boss.do("ping")
    await two.close()
    await wait_until(
        lambda: boss.events[-1]["type"] == "PresenceChanged" and boss.events[-1]["data"]["to"] == "offline"
    )
    assert boss.events[-1]["associate"] == "ana"


async def test_presence_lasts_while_a_desk_is_silent(office: Office) -> None:
    ana = await office.desk("ana", presence="available")
    started = office.parts.store.clock()
    await wait_until(lambda: office.parts.store.clock() > started + 2500, what="longer than the grace")
    associate = await office.parts.store.views.associate(AssociateId("ana"))
    assert associate.presence == "available"
    assert not [event for event in ana.events if event["type"] == "PresenceChanged"]


async def test_a_daemon_that_stops_says_goodbye_and_takes_nobody_new(office: Office) -> None:
    ana = await office.desk("ana")
    office.parts.stopping.set()
    assert await ana.ended() == CLOSE_GOING
    assert ana.frames[-1] == {"type": "goodbye", "reason": "restarting"}
    with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
        await office.sockets.raw("/v1/desk")
    assert refusal.value.status == 503


async def test_a_fault_of_the_daemon_ends_the_connection_and_says_so(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("a fault")

    desk = await office.desk("ana")
    monkeypatch.setattr(desk_socket, "carry_out", broken)
    assert await desk.refusal("set_presence", presence="away") == "internal_error"
    await desk.do("ping")
    monkeypatch.setattr(desk_socket, "first_frames", broken)
    other = await office.sockets.desk(await office.ticket(await office.token_of("ana")))
    assert await other.ended() == CLOSE_BROKEN
