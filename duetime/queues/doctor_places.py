"""Each conversation is in one state and one place, what is due is in the timers, and the journal has no gap."""

from collections.abc import AsyncIterator

import msgspec

from duetime.queues.findings import Finding, Reader
from duetime.queues.timers import TimerKind
from duetime.router.conversation import HOLDING, State
from duetime.router.due_time import BOOST_MAX_S


class Duty(msgspec.Struct, frozen=True):
    """In these states, with this field, a conversation has a timer."""

    states: frozenset[State]
    field: str
    code: str
    """Of the finding if it has none."""


OPEN = frozenset(set(State) - {State.CLOSED})
DUTIES = {
    TimerKind.OFFER: Duty(frozenset({State.OFFERED}), "offer_until", "offer_for_ever"),
    TimerKind.STEP: Duty(frozenset({State.WAITING}), "step_until", "step_for_ever"),
    TimerKind.IDLE: Duty(frozenset({State.ASSIGNED}), "idle_at", "idle_for_ever"),
    TimerKind.WAKE: Duty(frozenset({State.PARKED}), "wake_at", "sleeps_for_ever"),
    TimerKind.WRAP: Duty(frozenset({State.WRAP_UP}), "wrap_until", "wraps_for_ever"),
    TimerKind.REASSIGN: Duty(frozenset({State.ASSIGNED}), "reassign_at", "absent_for_ever"),
    TimerKind.TARGET: Duty(OPEN, "target_at", "never_late"),
    TimerKind.ACT: Duty(OPEN, "pending", "never_acted_on"),
}
"""The other kinds, cool and lease, have their times elsewhere; ack is due at once."""
WAITS = {TimerKind.REMIND: "remind_at", TimerKind.SILENCE: "silence_at", TimerKind.UNSEEN: "unseen_at"}
"""What begins with an answer, and is looked at when it is due: it may have been overtaken."""


async def check_conversations(reader: Reader) -> AsyncIterator[Finding]:
    """Each open conversation is in exactly one state and in one place, and what will happen to it has a timer."""
    timers = await reader.ranked("timers")
    is_open = await reader.ranked("open")
    held = {name: rows async for name, rows in reader.rankings("held", await reader.members("associates"))}
    async for name, c in reader.records("conv", is_open):
        state, holder = c.get("state"), c.get("holder")
        if state not in OPEN:
            yield Finding("open_in_no_state", name, f"{name} is open, but its state is {state}.")
        if state == State.WAITING and holder:
            yield Finding("two_places", name, f"{name} waits and is with {holder}.")
        if state in HOLDING and not holder:
            yield Finding("held_nowhere", name, f"{name} is {state}, but nobody's.")
        if holder and name not in held.get(holder, {}):
            yield Finding("held_nowhere", name, f"{name} is with {holder}, but not in their list.")
        for kind, duty in DUTIES.items():
            # A step that the route no longer has was let go when it was due.
            gone = kind is TimerKind.STEP and float(c.get(duty.field, 0)) <= reader.now
            if state in duty.states and c.get(duty.field) and not gone and f"{kind.value}:{name}" not in timers:
                yield Finding(duty.code, name, f"{name} is {state} until {duty.field}, but no timer ends it.")
    async for name, c in reader.records("conv", await reader.ranked("closed")):
        if c.get("state") != State.CLOSED or name in is_open:
            yield Finding("closed_but_open", name, f"{name} is listed as closed, and is not.")


async def check_queues(reader: Reader) -> AsyncIterator[Finding]:
    """What waits is in its line and in the lists of its queue, at its rank and arrival, and nothing else is."""
    for kind in ("line", "queue", "arrived"):
        listed = set[str]()
        async for place, rows in reader.rankings(kind, await reader.names(kind)):
            listed.update(rows)
            async for name, c in reader.records("conv", rows):
                if c.get("state") != State.WAITING or c["line" if kind == "line" else "queue"] != place:
                    yield Finding("waits_twice", name, f"{name} is in {kind} {place}, where it does not wait.")
                elif rows[name] != (float(c["arrived_at"]) if kind == "arrived" else _rank(c)):
                    yield Finding("rank", name, f"{name} is in {kind} {place} at {rows[name]}, which is not its place.")
        async for name, c in reader.records("conv", await reader.ranked("open")):
            if c.get("state") == State.WAITING and name not in listed:
                yield Finding("waits_nowhere", name, f"{name} waits, but in no {kind}.")


def _rank(c: dict[str, str]) -> float:
    boost = min(1000 * BOOST_MAX_S, float(c["boost"]) + float(c.get("raised", 0)))
    return float(c["due_at"]) - boost + float(c.get("late", 0))


async def check_timers(reader: Reader) -> AsyncIterator[Finding]:
    """No timer without its subject, and nobody is vouched for or cooling without one."""
    timers = await reader.ranked("timers")
    subjects: dict[str, list[str]] = {}
    for timer in timers:
        kind, _, subject = timer.partition(":")
        subjects.setdefault(subject, []).append(kind)
    for where in ("associate", "conv"):
        named = sorted(name for name, kinds in subjects.items() if (TimerKind.LEASE in kinds) == (where == "associate"))
        async for name, record in reader.records(where, named):
            for kind in subjects[name]:
                if not _expects(TimerKind(kind), record):
                    yield Finding("timer", f"{kind}:{name}", f"The timer {kind}:{name} has no subject.")
    async for name, a in reader.records("associate", await reader.members("associates")):
        if float(a.get("lease_until", 0)) > reader.now and f"lease:{name}" not in timers:
            yield Finding("lease_for_ever", name, f"Nothing ends the presence of {name} when nobody vouches for it.")
    for name in await reader.ranked("cooling"):
        if f"cool:{name}" not in timers:
            yield Finding("cools_for_ever", name, f"{name} waits for somebody's cooldown, but no timer ends it.")


def _expects(kind: TimerKind, record: dict[str, str]) -> bool:
    if kind is TimerKind.LEASE:
        return "lease_until" in record
    if kind is TimerKind.COOL:
        return record.get("state") == State.WAITING and "cooling" in record
    if kind is TimerKind.ACK:
        return bool(record)
    if kind in WAITS:
        return WAITS[kind] in record
    return record.get("state") in DUTIES[kind].states and DUTIES[kind].field in record


async def check_sequences(reader: Reader) -> AsyncIterator[Finding]:
    """The sequence of each conversation's journal has no gap, as far back as the journal reaches, and ends with the
    number that the conversation has."""
    counted = {name: int(c.get("events", 0)) async for name, c in reader.records("conv", await reader.ranked("open"))}
    last: dict[str, int] = {}
    async for fields in reader.journal():
        name = fields.get("c")
        if name is None:
            continue
        number = int(fields["n"])
        if name in last and number != last[name] + 1:
            yield Finding("journal_gap", name, f"The journal of {name} goes from {last[name]} to {number}.")
        last[name] = number
    for name, number in last.items():
        if number < counted.get(name, 0):
            yield Finding("journal_end", name, f"{name} has had {counted[name]} events, the journal tells {number}.")
