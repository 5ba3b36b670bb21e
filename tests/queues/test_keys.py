"""The schema in `queues.keys` is the keys that Redis really holds, and the other way round."""

import re

import pytest

from duetime.queues import keys
from duetime.queues.chat_sessions import ChatSession
from duetime.queues.opt_outs import Told
from duetime.queues.positions import Position
from duetime.queues.tokens import TokenRecord
from duetime.router.ids import AssociateId, EndpointId, MessageId, SessionId
from duetime.router.message import Author, Channel, DeliveryState, Kind, Message
from tests.queues.picture import take_picture
from tests.world import World, supervisor

PARTS = {
    "cv": r"cv_[0-9a-z]{20}",
    "ct": r"ct_[0-9a-z]{20}",
    "class": r"@?[a-z0-9-]+(/[a-z0-9:+!]*)+",
    "channel": r"(api|chat|email|sms)",
    "lane": r"(api|chat|email|sms)!?",
    "pool": r"p[0-9]+",
    "sha256": r"[0-9a-f]{64}",
    "endpoint": r"(?!cv_)[a-z0-9-]+",
    "address": r".+",
    "folder": r".+",
    "id": r".+",
    "group": r".+",
}
"""What stands for a part of a name; any other part is a name given by an operator."""


def schema() -> dict[str, str]:
    """Pattern of a key, without its workspace, to its type."""
    found = {}
    for line in (keys.__doc__ or "").splitlines():
        entry = re.fullmatch(r"    (\{w\}\S+(?:, \{w\}\S+)*) +(string|hash|list|set|zset|stream) .*", line)
        for name in entry[1].split(", ") if entry else ():
            pattern = "".join(
                f"(?:{PARTS.get(part[1:-1], '[a-z0-9_-]+')})" if part.startswith("<") else re.escape(part)
                for part in re.findall(r"<[^>]+>|[^<]+", name.removeprefix("{w}:"))
            )
            found[pattern] = entry[2] if entry else ""
    return found


async def live(world: World) -> None:
    """Everything that leaves a key."""
    await world.come("ana", "ben", "tom")
    routed = [await world.write("router", language="de") for _ in range(3)]
    await world.desk.reply(supervisor(), routed[0].conversation, "restart it", client_id="r1")
    held = [(await world.accept((await world.write()).conversation)).id for _ in range(6)]
    await world.write(channel=Channel.EMAIL)
    await world.pass_time(3100)
    await world.desk.close(supervisor(), held[0])
    await world.desk.transfer(supervisor(), held[1], associate=AssociateId("tom"), briefing="look")
    mail = EndpointId("mail")
    for _ in range(2):
        mailed = await world.write(channel=Channel.EMAIL, endpoint=mail)
        await world.desk.reply(supervisor(), mailed.conversation, "hi")
    (claim,), _ = await world.store.outbox.claim(world.clock(), mail, most=1, lease_ms=1000)
    await world.store.outbox.settle_failed(world.clock(), mail, claim, reason="no")
    await world.store.outbox.count_acknowledgement(world.clock(), "email:kim@example.org")
    await leave_of_sms(world)
    await world.store.positions.advance(world.clock(), Position("mail/INBOX", 1, 1))
    await world.store.leases.take("mail/INBOX", "a", 60_000)
    await world.store.secrets.get("reply-tokens")
    secret = "0" * 64
    tokens, sessions = world.store.tokens, world.store.chat_sessions
    await tokens.create(TokenRecord(id="t1", secret_hash=secret, role="admin", created_at=0))
    await tokens.tickets.put(secret, b"{}", 60)
    await sessions.add(secret, ChatSession(id=SessionId("se_x"), endpoint=EndpointId("web"), created_at=0))


async def leave_of_sms(world: World) -> None:
    now, store, number, who = world.clock(), world.store, EndpointId("text"), "+4915112345678"
    texted = await world.write(channel=Channel.SMS, endpoint=number, who=who, verified=True)
    await world.desk.reply(supervisor(), texted.conversation, "hi")
    (claim,), _ = await store.outbox.claim(now, number, most=1, lease_ms=1000)
    await store.outbox.settle_sent(now, number, claim, remote_id="SM1", receipts=True)
    await store.outbox.take_receipt(now, number, "SM2", DeliveryState.DELIVERED)
    note = Message(id=MessageId("ms_1"), at=now, author=Author.SYSTEM, text="They wrote STOP.", kind=Kind.NOTE)
    await store.opt_outs.opt_out(now, number, who, Told(at=now, by="contact", why="STOP"), note, "m-stop")
    await store.opt_outs.take_help_turn(number, who)
    await store.pace.take(now, number, interval_ms=1000, ahead_ms=0)
    await store.message_parts.keep(now, f"{number}/{who}/7/2", 1, 2, "{}", f"{number}:p1")
    await world.desk.close(supervisor(), texted.conversation)


@pytest.fixture
async def types(world: World) -> dict[str, str]:
    await live(world)
    return (await take_picture(world.store)).types


async def test_every_key_stands_in_the_schema_once(types: dict[str, str]) -> None:
    lines = schema()
    for name, kind in types.items():
        matching = [pattern for pattern in lines if re.fullmatch(pattern, name)]
        assert [lines[pattern] for pattern in matching] == [kind], f"{name} is a {kind}; the schema has {matching}"


async def test_every_line_of_the_schema_is_a_key_that_there_is(types: dict[str, str]) -> None:
    unused = [pattern for pattern in schema() if not any(re.fullmatch(pattern, name) for name in types)]
    assert unused == []
