"""The invariants of the model, checked against a live Redis.

Each check reads what several keys say about one thing and reports where they disagree. A running system changes while
it is read, so a suspicion counts only if it is still there when it is looked at again.
"""

import asyncio
from collections.abc import AsyncIterator

import msgspec

from duetime.queues import decode
from duetime.queues.keys import key
from duetime.queues.store import Store
from duetime.queues.timers import TimerKind
from duetime.router.associate import Presence
from duetime.router.conversation import HOLDING, State
from duetime.router.message import Channel


class Finding(msgspec.Struct, frozen=True, order=True):
    """One broken invariant. ``code`` is stable; ``subject`` is the id that it is about."""

    code: str
    subject: str
    sentence: str


async def examine(store: Store) -> list[Finding]:
    """Everything that is wrong and stays wrong on a second look."""
    suspected = await _look(store)
    if not suspected:
        return []
    await asyncio.sleep(0.05)
    return sorted(suspected & await _look(store))


async def _look(store: Store) -> set[Finding]:
    found: set[Finding] = set()
    for check in (_associates, _conversations, _lines, _rooms, _timers, _sequences, _matched):
        async for finding in check(store):
            found.add(finding)
    return found


async def _ids(store: Store, *parts: str) -> list[str]:
    return list(await store.pipeline.call("ZRANGE", key(store.root, *parts), 0, -1))


async def _record(store: Store, kind: str, name: str) -> dict[str, str]:
    return decode.pairs(await store.pipeline.call("HGETALL", key(store.root, kind, name)))


async def _associates(store: Store) -> AsyncIterator[Finding]:
    """Load equals the sum of costs of what is offered, assigned and in wrap-up; never over budget unrecorded."""
    for name in await store.pipeline.call("SMEMBERS", key(store.root, "associates")):
        record = await _record(store, "associate", name)
        load, counts = 0, dict.fromkeys(Channel, 0)
        for conversation_id in await _ids(store, "held", name):
            held = await _record(store, "conv", conversation_id)
            if held.get("holder") != name:
                yield Finding(
                    "held_by_another", name, f"{conversation_id} is listed with {name}, who does not have it."
                )
            elif held["state"] in HOLDING:
                load += int(held["cost"])
                counts[Channel(held["channel"])] += 1
            elif held["state"] != State.PARKED:
                yield Finding("held_in_no_state", name, f"{conversation_id} is listed with {name} as {held['state']}.")
        if load != int(record.get("load", 0)):
            yield Finding("load", name, f"The load of {name} is {record.get('load', 0)}, what they hold costs {load}.")
        if load > int(record["capacity"]) + int(record.get("over", 0)):
            yield Finding("over_capacity", name, f"{name} holds {load} of {record['capacity']} units, unrecorded.")
        for channel, count in counts.items():
            if count != int(record.get(f"n:{channel}", 0)):
                yield Finding(
                    "count",
                    name,
                    f"{name} holds {count} on {channel}, counted {record.get(f'n:{channel}', 0)}.",
                )
            if count > int(record.get(f"limit:{channel}", 0)) + int(record.get(f"over:{channel}", 0)):
                yield Finding("over_limit", name, f"{name} holds {count} on {channel}, beyond the limit, unrecorded.")


async def _conversations(store: Store) -> AsyncIterator[Finding]:
    """Each open conversation is in exactly one state and in one place."""
    for name in await _ids(store, "open"):
        c = await _record(store, "conv", name)
        state, holder = c.get("state"), c.get("holder")
        if state == State.WAITING:
            for place in (f"line:{c['line']}", f"queue:{c['queue']}", f"arrived:{c['queue']}"):
                if await store.pipeline.call("ZSCORE", key(store.root, place), name) is None:
                    yield Finding("waits_nowhere", name, f"{name} waits, but is not in {place}.")
            if holder:
                yield Finding("two_places", name, f"{name} waits and is with {holder}.")
        elif state in (State.OFFERED, State.ASSIGNED, State.WRAP_UP):
            if not holder or await store.pipeline.call("ZSCORE", key(store.root, "held", holder), name) is None:
                yield Finding("held_nowhere", name, f"{name} is {state}, but nobody's.")
        elif state != State.PARKED:
            yield Finding("open_in_no_state", name, f"{name} is open, but its state is {state}.")
        if state == State.OFFERED and not await _has_timer(store, TimerKind.OFFER, name):
            yield Finding("offer_for_ever", name, f"The offer of {name} never expires.")
        if state == State.PARKED and "wake_at" in c and not await _has_timer(store, TimerKind.WAKE, name):
            yield Finding("sleeps_for_ever", name, f"{name} is snoozed and never wakes.")
    for name in await _ids(store, "closed"):
        if (await _record(store, "conv", name)).get("state") != State.CLOSED:
            yield Finding("closed_but_open", name, f"{name} is listed as closed, and is not.")


async def _lines(store: Store) -> AsyncIterator[Finding]:
    """Lines hold what waits in them and nothing else, and the head of every line is known."""
    prefix = key(store.root, "line", "")
    for line_key in await _scan(store, prefix):
        line = line_key.removeprefix(prefix)
        rows = await store.pipeline.call("ZRANGE", line_key, 0, -1, "WITHSCORES")
        for name, rank in zip(rows[::2], rows[1::2], strict=True):
            c = await _record(store, "conv", name)
            if c.get("state") != State.WAITING or c.get("line") != line:
                yield Finding("waits_twice", name, f"{name} is in the line {line}, but is {c.get('state')}.")
            elif int(float(rank)) != int(float(c["due_at"])) - int(float(c["boost"])):
                yield Finding("rank", name, f"The rank of {name} is not its due time less its boost.")
        if rows and not line.startswith("@"):
            channel = line.split("/")[2]
            head = await store.pipeline.call("ZSCORE", key(store.root, "lines", channel), line)
            if head is None or float(head) != float(rows[1]):
                yield Finding("line_head", line, f"The head of the line {line} is {rows[1]}, noted as {head}.")
    for channel_name in Channel:
        for line in await _ids(store, "lines", channel_name.value):
            if not await store.pipeline.call("EXISTS", prefix + line):
                yield Finding("empty_line", line, f"The line {line} is empty, but has a head noted.")


async def _rooms(store: Store) -> AsyncIterator[Finding]:
    """The room sets hold exactly those who can take one more, in the pool that they are in."""
    costs = decode.pairs(await store.pipeline.call("HGETALL", key(store.root, "params")))
    for name in await store.pipeline.call("SMEMBERS", key(store.root, "associates")):
        a = await _record(store, "associate", name)
        pool = a.get("pool")
        if pool is None:
            continue
        available = a["presence"] == Presence.AVAILABLE
        present = await store.pipeline.call("SISMEMBER", key(store.root, "present", pool), name)
        if bool(present) != available:
            yield Finding("presence", name, f"{name} is {a['presence']}, the pool {pool} says otherwise.")
        for channel in Channel:
            cost = int(costs.get(f"cost:{channel}", 1))
            room = (
                available
                and "kept_for" not in a
                and int(a.get("load", 0)) + cost <= int(a["capacity"])
                and int(a.get(f"n:{channel}", 0)) < int(a.get(f"limit:{channel}", 0))
            )
            noted = await store.pipeline.call("ZSCORE", key(store.root, "room", channel.value, pool), name)
            if room != (noted is not None):
                yield Finding("room", name, f"{name} {'has' if room else 'has no'} room on {channel}, noted otherwise.")


async def _timers(store: Store) -> AsyncIterator[Finding]:
    """No timer without its subject."""
    for timer in await _ids(store, "timers"):
        kind, _, subject = timer.partition(":")
        where = "associate" if kind == TimerKind.LEASE else "conv"
        record = await _record(store, where, subject)
        if not record or record.get("state") == State.CLOSED:
            yield Finding("timer", timer, f"The timer {timer} has no subject.")


async def _sequences(store: Store) -> AsyncIterator[Finding]:
    """The sequence of each conversation's journal has no gap, as far back as the journal reaches."""
    last: dict[str, int] = {}
    rows = await store.pipeline.call("XRANGE", key(store.root, "journal"), "-", "+")
    for _, flat in rows:
        fields = decode.pairs(flat)
        name = fields.get("c")
        if name is None:
            continue
        number = int(fields["n"])
        if name in last and number != last[name] + 1:
            yield Finding("journal_gap", name, f"The journal of {name} goes from {last[name]} to {number}.")
        last[name] = number


async def _matched(store: Store) -> AsyncIterator[Finding]:
    """No conversation waits while an associate who may take it has room."""
    now = store.clock()
    prefix = key(store.root, "line", "")
    for line_key in await _scan(store, prefix):
        line = line_key.removeprefix(prefix)
        for name in await store.pipeline.call("ZRANGE", line_key, 0, -1):
            cooling = set(await store.pipeline.call("ZRANGEBYSCORE", key(store.root, "cool", name), f"({now}", "+inf"))
            for associate in await _with_room(store, line):
                if associate not in cooling:
                    yield Finding("unmatched", name, f"{name} waits in {line}, though {associate} has room for it.")


async def _with_room(store: Store, line: str) -> list[str]:
    channel = line.split("/")[1] if line.startswith("@") else line.split("/")[2]
    if line.startswith("@"):
        associate = line[1:].split("/")[0]
        pool = await store.pipeline.call("HGET", key(store.root, "associate", associate), "pool")
        room = pool and await store.pipeline.call("ZSCORE", key(store.root, "room", channel, pool), associate)
        return [associate] if room is not None else []
    pools = await _ids(store, "pools", line)
    found: list[str] = []
    for pool in pools:
        found += await _ids(store, "room", channel, pool)
    return found


async def _has_timer(store: Store, kind: TimerKind, name: str) -> bool:
    return await store.pipeline.call("ZSCORE", key(store.root, "timers"), f"{kind.value}:{name}") is not None


async def _scan(store: Store, prefix: str) -> list[str]:
    cursor, found = "0", []
    while True:
        cursor, batch = await store.pipeline.call("SCAN", cursor, "MATCH", _literal(prefix) + "*", "COUNT", 1000)
        found += batch
        if cursor == "0":
            return sorted(set(found))


def _literal(text: str) -> str:
    return "".join(f"\\{char}" if char in "[]*?\\" else char for char in text)
