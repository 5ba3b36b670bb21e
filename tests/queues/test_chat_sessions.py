"""Sessions of chat visitors: found by a hash, kept while they are used."""

import msgspec

from duetime.queues.chat_sessions import FRESH_S, KEPT_S, ChatSession, Identity, Said
from duetime.queues.keys import key
from duetime.router.ids import EndpointId, SessionId
from tests.world import World

HASH = "ab" * 32
SESSION = ChatSession(id=SessionId("se_0000000000000000000a"), endpoint=EndpointId("web"), created_at=5)


async def ttl_s(world: World) -> int:
    return int(await world.store.pipeline.call("TTL", key(world.store.root, "session", HASH)))


async def test_a_session_is_found_by_its_hash_and_by_no_other(world: World) -> None:
    await world.store.chat_sessions.add(HASH, SESSION)
    assert await world.store.chat_sessions.resume(HASH) == SESSION
    assert await world.store.chat_sessions.resume("cd" * 32) is None


async def test_a_session_in_which_nothing_happened_is_forgotten_soon(world: World) -> None:
    await world.store.chat_sessions.add(HASH, SESSION)
    assert FRESH_S - 60 < await ttl_s(world) <= FRESH_S


async def test_coming_back_keeps_a_session(world: World) -> None:
    await world.store.chat_sessions.add(HASH, SESSION)
    await world.store.chat_sessions.resume(HASH)
    assert KEPT_S - 60 < await ttl_s(world) <= KEPT_S


async def test_using_a_session_keeps_it(world: World) -> None:
    await world.store.chat_sessions.add(HASH, SESSION)
    await world.store.chat_sessions.keep(HASH)
    assert KEPT_S - 60 < await ttl_s(world) <= KEPT_S


async def test_keeping_what_was_forgotten_does_not_bring_it_back(world: World) -> None:
    await world.store.chat_sessions.keep(HASH)
    assert await world.store.chat_sessions.resume(HASH) is None


async def test_what_is_learned_of_a_visitor_is_kept_as_long_as_their_session(world: World) -> None:
    await world.store.chat_sessions.add(HASH, SESSION)
    known = msgspec.structs.replace(
        SESSION, identity=Identity(user="7", name="Mia"), identity_ends_at=9, said=Said(form={"order": "4711"})
    )
    await world.store.chat_sessions.change(HASH, known)
    assert FRESH_S - 60 < await ttl_s(world) <= FRESH_S
    assert await world.store.chat_sessions.resume(HASH) == known


async def test_changing_what_was_forgotten_does_not_bring_it_back(world: World) -> None:
    await world.store.chat_sessions.change(HASH, SESSION)
    assert await world.store.chat_sessions.resume(HASH) is None
