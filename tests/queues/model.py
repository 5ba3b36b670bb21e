"""The published invariants once more, worked out by brute force from the routing and the profiles.

Nothing here reads the graph, the lines or the rooms: those are what is tested. Each check gives sentences about what
is wrong.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from duetime.router.associate import Profile
from duetime.router.conversation import HOLDING, MOVES, State
from duetime.router.due_time import BOOST_MAX_S
from duetime.router.events import Event, EventType
from duetime.router.message import Channel
from duetime.router.route import parse_class, rings
from duetime.router.routing import Routing
from tests.queues.picture import Picture, Record

MATCHED = ("arrival", "room")
"""Why an associate got a conversation, when nobody said who."""
STATES = {
    EventType.CONVERSATION_QUEUED: State.WAITING,
    EventType.OFFER_MADE: State.OFFERED,
    EventType.OFFER_ACCEPTED: State.ASSIGNED,
    EventType.CONVERSATION_ASSIGNED: State.ASSIGNED,
    EventType.CONVERSATION_PARKED: State.PARKED,
    EventType.WRAP_UP_STARTED: State.WRAP_UP,
    EventType.CONVERSATION_CLOSED: State.CLOSED,
}


def number(record: Record, field: str) -> int:
    return int(float(record.get(field, 0)))


def rank(c: Record) -> int:
    boost = min(1000 * BOOST_MAX_S, number(c, "boost") + number(c, "raised"))
    return number(c, "due_at") - boost + number(c, "late")


def is_personal(c: Record) -> bool:
    return c["line"].startswith("@")


class Eligibility:
    """Who may take what, by what the routing asks for and the profiles say."""

    def __init__(self, picture: Picture, routing: Routing) -> None:
        self._profiles = picture.profiles
        self._routing = routing
        self._known: dict[str, set[str]] = {}

    def of(self, line: str) -> set[str]:
        """The associates who may take what waits in a line, whatever their presence."""
        if line.startswith("@"):
            return {line[1:].split("/")[0]}
        if line not in self._known:
            waiting = parse_class(line)
            cost = self._routing.channels[waiting.channel].cost_units
            self._known[line] = {
                name
                for name, profile in self._profiles.items()
                if profile.limits.get(waiting.channel, 0) > 0
                and cost <= budget(self._routing, profile, urgent=waiting.urgent)
                and any(requirement.met_by(profile) for requirement in rings(waiting, self._routing.queues))
            }
        return self._known[line]


def budget(routing: Routing, profile: Profile, *, urgent: bool) -> int:
    """The units that somebody has for such a conversation."""
    return profile.capacity_units - (routing.reserve.units if routing.reserve and not urgent else 0)


def has_room(picture: Picture, routing: Routing, who: str, one: Record) -> bool:
    """Whether somebody who is available could take one more like this."""
    channel = one["channel"]
    a, profile = picture.associates[who], picture.profiles[who]
    held = [c for c in picture.conversations.values() if c.get("holder") == who and c["state"] in HOLDING]
    units = sum(int(c["cost"]) for c in held) + routing.channels[Channel(channel)].cost_units
    below = sum(c["channel"] == channel for c in held) < profile.limits.get(Channel(channel), 0)
    return a["presence"] == "available" and units <= budget(routing, profile, urgent="urgent" in one) and below


def check_capacity(before: Picture, after: Picture, may_exceed: frozenset[str]) -> Iterator[str]:
    """Nobody holds more than they may, unless it is recorded; and what is recorded grows only by a person's decision
    about those who ``may_exceed``."""
    for who, a in after.associates.items():
        held = [c for c in after.conversations.values() if c.get("holder") == who and c["state"] in HOLDING]
        counts = Counter(c["channel"] for c in held)
        limits: dict[str, int] = {channel.value: limit for channel, limit in after.profiles[who].limits.items()}
        excess = {"over": sum(int(c["cost"]) for c in held) - after.profiles[who].capacity_units}
        excess |= {f"over:{channel}": count - limits.get(channel, 0) for channel, count in counts.items()}
        for field, much in excess.items():
            if max(0, much) > number(a, field):
                yield f"{who} is {much} beyond their capacity ({field}), recorded is {number(a, field)}"
            was = number(before.associates.get(who, {}), field)
            if number(a, field) > was and who not in may_exceed:
                yield f"{field} of {who} went from {was} to {number(a, field)}, which nobody decided"


def check_places(after: Picture) -> Iterator[str]:
    """Every conversation is open or closed, and on the list of one associate at most."""
    is_open, closed = set(after.get("open", {})), set(after.get("closed", {}))
    for name, c in after.conversations.items():
        if (name in is_open, name in closed) != (c["state"] != "closed", c["state"] == "closed"):
            yield f"{name} is {c['state']}, and open {name in is_open}, closed {name in closed}"
        holders = [who for who, rows in after.all("held").items() if name in rows]
        if holders != ([c["holder"]] if "holder" in c else []):
            yield f"{name} is with {c.get('holder')} and on the lists of {holders}"
    if is_open | closed != set(after.conversations):
        yield f"conversations were lost: {(is_open | closed) ^ set(after.conversations)}"


def check_matched(after: Picture, routing: Routing) -> Iterator[str]:
    """No conversation waits while an associate who may take it has room."""
    eligibility = Eligibility(after, routing)
    for name in after.in_states("waiting"):
        c = after.conversations[name]
        cooling = after.get(f"cool:{name}", {})
        for who in sorted(eligibility.of(c["line"])):
            kept_for = after.conversations.get(after.associates[who].get("kept_for", ""))
            if cooling.get(who, 0) > after.now or (kept_for is not None and rank(kept_for) <= rank(c)):
                continue
            if has_room(after, routing, who, c):
                yield f"{name} waits in {c['line']}, though {who} has room for it"


def check_order(after: Picture, routing: Routing) -> Iterator[str]:
    """Whoever took something took the lowest rank of what they might have taken. For one transition."""
    eligibility = Eligibility(after, routing)
    for event in _matches(after.events):
        who, why = str(event.associate), event.data["why"]
        if why["rank"] is None or who in _changed(after.events):
            continue
        for name in after.in_states("waiting"):
            c = after.conversations[name]
            cost = routing.channels[Channel(c["channel"])].cost_units
            if (
                rank(c) < why["rank"]
                and who in eligibility.of(c["line"])
                and after.get(f"cool:{name}", {}).get(who, 0) <= after.now
                and why["load"] + cost <= budget(routing, after.profiles[who], urgent="urgent" in c)
                and number(after.associates[who], f"n:{c['channel']}")
                < after.profiles[who].limits.get(Channel(c["channel"]), 0)
            ):
                yield f"{who} took {event.conversation} of rank {why['rank']}, and {name} of rank {rank(c)} waits"


def check_fitting(before: Picture, after: Picture, routing: Routing) -> Iterator[str]:
    """Nobody is matched with what they may not take, nor, while somebody else is there who may, with what they just
    gave back. For one transition."""
    eligibility, earlier = Eligibility(after, routing), Eligibility(before, routing)
    for event in _matches(after.events):
        who, line = str(event.associate), event.data["why"]["line"]
        may = eligibility.of(line) | earlier.of(line)
        if who not in may:
            yield f"{who} may not take what waits in {line}, and got {event.conversation}"
        cooling = after.get(f"cool:{event.conversation}", {})
        others = [
            other
            for other in sorted(may - {who})
            if cooling.get(other, 0) <= after.now
            and all(picture.associates[other]["presence"] == "available" for picture in (before, after))
        ]
        if cooling.get(who, 0) > after.now and others and not line.startswith("@"):
            yield f"{who} gave {event.conversation} back and was offered it again, though {others} are there"


def _matches(events: list[Event]) -> Iterator[Event]:
    for event in events:
        if "why" in event.data and event.data["why"]["by"] in MATCHED:
            yield event


def _changed(events: list[Event]) -> set[str | None]:
    return {event.associate for event in events if event.type == EventType.ASSOCIATE_CHANGED}


class History:
    """What the journal tells of each conversation: its state, who has it, and its number of events."""

    def __init__(self) -> None:
        self.states: dict[str, State | None] = {}
        self._holders: dict[str, str | None] = {}
        self._numbers: Counter[str] = Counter()
        self._offers: dict[str, int] = {}

    def follow(self, events: list[Event]) -> Iterator[str]:
        """Every move must be one of `MOVES`, every number follow the one before, an offer end once."""
        for event in events:
            if event.conversation is None:
                continue
            name = event.conversation
            self._numbers[name] += 1
            if event.number != self._numbers[name]:
                yield f"event {event.number} of {name} came in place of {self._numbers[name]}"
            yield from self._offer(name, event)
            to = self._state_after(name, event)
            if to is not None:
                at = self.states.get(name)
                if to not in MOVES[at]:
                    yield f"{name} went from {at} to {to} by {event.type}"
                self.states[name] = to
                self._holders[name] = event.associate if to in HOLDING | {State.PARKED} else None

    def compare(self, after: Picture) -> Iterator[str]:
        for name, c in after.conversations.items():
            told: tuple[Any, ...] = (self.states.get(name), self._holders.get(name), self._numbers[name])
            if told != (c["state"], c.get("holder"), number(c, "events")):
                yield f"the journal tells {told} of {name}, which is {c['state']} with {c.get('holder')}"

    def _state_after(self, name: str, event: Event) -> State | None:
        if event.type == EventType.CONVERSATION_REOPENED and self.states[name] is State.WRAP_UP:
            return State.ASSIGNED
        return STATES.get(EventType(event.type))

    def _offer(self, name: str, event: Event) -> Iterator[str]:
        if event.type == EventType.OFFER_MADE:
            if name in self._offers:
                yield f"{name} was offered while it was on offer"
            self._offers[name] = event.data["offer"]
        elif event.type.startswith("Offer") and self._offers.pop(name, None) != int(event.data["offer"]):
            yield f"{event.type} of {name} ended an offer that was not open"
