"""Capacity is kept, the lists that matching reads are right, and nothing waits for somebody who has room."""

from collections.abc import AsyncIterator

from duetime.queues.findings import Finding, Reader
from duetime.router.associate import Presence
from duetime.router.conversation import HOLDING, State
from duetime.router.message import Channel

Record = dict[str, str]

ALL_LANES = [f"{channel.value}{side}" for side in ("", "!") for channel in Channel]


async def check_associates(reader: Reader) -> AsyncIterator[Finding]:
    """Load equals the sum of costs of what is offered, assigned and in wrap-up; never over budget unrecorded."""
    names = await reader.members("associates")
    held = {name: rows async for name, rows in reader.rankings("held", names)}
    async for name, a in reader.records("associate", names):
        load, counts = 0, dict.fromkeys(Channel, 0)
        async for conversation, c in reader.records("conv", held[name]):
            state = c.get("state")
            if c.get("holder") != name:
                yield Finding("held_by_another", name, f"{conversation} is listed with {name}, who does not have it.")
            elif state in HOLDING:
                load += int(c["cost"])
                counts[Channel(c["channel"])] += 1
            elif state != State.PARKED:
                yield Finding("held_in_no_state", name, f"{conversation} is listed with {name} as {state}.")
            if held[name][conversation] != float(c.get("due_at", 0)):
                yield Finding("held_order", name, f"{conversation} is listed with {name} under another due time.")
        if load != _number(a, "load"):
            yield Finding("load", name, f"The load of {name} is {_number(a, 'load')}, what they hold costs {load}.")
        if load > _number(a, "capacity") + _number(a, "over"):
            yield Finding("over_capacity", name, f"{name} holds {load} of {a.get('capacity')} units, unrecorded.")
        for channel, count in counts.items():
            if count != _number(a, f"n:{channel}"):
                sentence = f"{name} holds {count} on {channel}, counted {_number(a, f'n:{channel}')}."
                yield Finding("count", name, sentence)
            if count > _number(a, f"limit:{channel}") + _number(a, f"over:{channel}"):
                yield Finding("over_limit", name, f"{name} holds {count} on {channel}, beyond the limit, unrecorded.")


async def check_lines(reader: Reader) -> AsyncIterator[Finding]:
    """The head of every line is known."""
    noted = {line: rank for lane in ALL_LANES for line, rank in (await reader.ranked("lines", lane)).items()}
    async for line, rows in reader.rankings("line", await reader.names("line")):
        head = min(rows.values(), default=None)
        if not _is_personal(line) and noted.pop(line, None) != head:
            yield Finding("line_head", line, f"The head of the line {line} is {head}, which is not noted.")
    for line in noted:
        yield Finding("empty_line", line, f"The line {line} is empty, but has a head noted.")


async def check_rooms(reader: Reader) -> AsyncIterator[Finding]:
    """The room sets hold exactly those who can take one more, in the pool that they are in, and their heads are
    known."""
    costs = await reader.record("params")
    rooms = {name: rows async for name, rows in reader.rankings("room", await reader.names("room"))}
    present = {name: rows async for name, rows in reader.sets("present", await reader.names("present"))}
    async for name, a in reader.records("associate", await reader.members("associates")):
        pool, available = a.get("pool"), a["presence"] == Presence.AVAILABLE
        if [at for at, who in present.items() if name in who] != ([pool] if pool and available else []):
            yield Finding("presence", name, f"{name} is {a['presence']} in {pool}, which the pools do not say.")
        noted = sorted(at for at, who in rooms.items() if name in who)
        kept = "kept_for" in a
        should = sorted(f"{lane}:{pool}" for lane in _lanes(costs) if pool and not kept and _has_room(a, lane, costs))
        if noted != should:
            yield Finding("room", name, f"{name} has room in {should}, noted is {noted}.")
    for lane in ALL_LANES:
        heads = await reader.ranked("rooms", lane)
        prefix = f"{lane}:"
        should_be = {at.removeprefix(prefix): min(who.values()) for at, who in rooms.items() if at.startswith(prefix)}
        if heads != should_be:
            yield Finding("room_head", lane, f"The heads of the rooms on {lane} are not those noted.")


async def check_graph(reader: Reader) -> AsyncIterator[Finding]:
    """The graph says the same from both of its sides."""
    pools = {name: rows async for name, rows in reader.rankings("pools", await reader.names("pools"))}
    served = {name: rows async for name, rows in reader.sets("served", await reader.names("served"))}
    edges = {(line, pool) for line, rows in pools.items() for pool in rows}
    for line, pool in sorted(edges ^ {(line, pool) for pool, lines in served.items() for line in lines}):
        yield Finding("edge", pool, f"The edge from {line} to {pool} is known on one side only.")


async def check_matched(reader: Reader) -> AsyncIterator[Finding]:
    """No conversation waits while an associate who may take it has room for it. One who is kept for a conversation has
    room for what ranks before it."""
    costs = await reader.record("params")
    kept = await reader.ranked("kept")
    free = [
        (name, a)
        async for name, a in reader.records("associate", await reader.members("associates"))
        if any(_has_room(a, lane, costs) for lane in _lanes(costs))
    ]
    pools = sorted({a["pool"] for _, a in free if "pool" in a})
    served = {pool: lines async for pool, lines in reader.sets("served", pools)}
    waiting = {name: rows async for name, rows in reader.rankings("line", await reader.names("line"))}
    for line, rows in waiting.items():
        lane = _lane_of(line)
        for who, a in free:
            personal = _is_personal(line) and line.startswith(f"@{who}/")
            if not _has_room(a, lane, costs) or not (personal or line in served.get(a.get("pool", ""), ())):
                continue
            for name, rank in rows.items():
                if rank >= kept.get(who, float("inf")):
                    break
                if (await reader.ranked("cool", name)).get(who, 0) <= reader.now:
                    yield Finding("unmatched", name, f"{name} waits in {line}, though {who} has room for it.")
    async for who, a in reader.records("associate", kept):
        c = await reader.record("conv", a.get("kept_for", ""))
        if c.get("kept_by") != who or c.get("state") != State.WAITING:
            yield Finding("kept", who, f"{who} is kept for {a.get('kept_for')}, which does not wait for them.")


def _lanes(params: Record) -> list[str]:
    """Those in use: the urgent ones only where capacity is reserved for them."""
    return ALL_LANES if params.get("reserve", "0") != "0" else [channel.value for channel in Channel]


def _has_room(a: Record, lane: str, params: Record) -> bool:
    """Whether an available associate has units and is below the channel's limit."""
    channel = lane.removesuffix("!")
    reserved = 0 if lane.endswith("!") else _number(params, "reserve")
    units = _number(a, "load") + int(params.get(f"cost:{channel}", 1))
    below = _number(a, f"n:{channel}") < _number(a, f"limit:{channel}")
    return a["presence"] == Presence.AVAILABLE and units <= _number(a, "capacity") - reserved and below


def _number(record: Record, field: str) -> int:
    return int(record.get(field, 0))


def _is_personal(line: str) -> bool:
    return line.startswith("@")


def _lane_of(line: str) -> str:
    return line.split("/")[1 if _is_personal(line) else 2]
