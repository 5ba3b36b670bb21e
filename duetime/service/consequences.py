"""What another routing configuration would mean for what waits and for who is there, found out without changing it.

Only what it may concern is looked at: the conversations of queues whose promises change or which are gone, and the
graph.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Final

import msgspec

from duetime.config.words import levels
from duetime.queues.policy import base_class, classes_of, standing_base
from duetime.queues.records import Conversation
from duetime.queues.store import Store
from duetime.queues.topology import Standing
from duetime.router.calendar import Calendar
from duetime.router.ids import AssociateId, ClassId, QueueId
from duetime.router.message import Channel
from duetime.router.route import Queue, WaitingClass, parse_class
from duetime.router.routing import Routing
from duetime.router.targets import NEVER
from duetime.router.triage import NORMAL
from duetime.router.words import listed
from duetime.service.introduction import news_of_associates
from duetime.service.pool_names import Seat, seats
from duetime.service.promises import moved_fields

_DUES: Final = ("due_first", "due_next", "due_resolution")


class Effect(StrEnum):
    DUE_SOONER = "due_sooner"
    DUE_LATER = "due_later"
    OVERDUE = "overdue"
    """Due in the future as things are, and in the past then."""
    MOVES = "moves"
    """To another queue, because its own is gone."""
    UNSERVED = "unserved"
    """Somebody could take it as things are, and nobody then."""
    SERVED = "served"
    """Nobody can take it as things are, and somebody then."""
    POOL = "pool"
    """Associates who leave one pool for another."""
    TAKES = "takes"
    """Associates who may take what they could not."""
    NO_LONGER_TAKES = "no_longer_takes"


_SAID: Final = (
    (Effect.DUE_SOONER, "become", "due sooner"),
    (Effect.DUE_LATER, "become", "due later"),
    (Effect.OVERDUE, "be", "overdue at once"),
)


class Consequence(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    effect: Effect
    sentence: str
    count: int
    """Of conversations, or of associates."""
    queue: QueueId | None = None
    associates: list[AssociateId] = []


async def consequences(store: Store, old: Routing, new: Routing) -> list[Consequence]:
    """First what happens to conversations, queue by queue, then what to people."""
    found: list[Consequence] = []
    for queue in old.queues:
        if _may_concern(queue, old, new):
            found += await _of_queue(store, old, new, queue)
    standing = await store.topology.read()
    lengths = await store.lines.lengths(list(await store.lines.heads()))
    return found + await asyncio.to_thread(_of_graph, standing, lengths, old, new)


def _may_concern(queue: QueueId, old: Routing, new: Routing) -> bool:
    """Whether what waits there may be due at another time, or elsewhere."""
    before, after = old.queues[queue], new.queues.get(queue)
    if after is None or before.targets != after.targets:
        return True
    return _calendar(old, before) != _calendar(new, after)


def _calendar(routing: Routing, queue: Queue) -> Calendar | None:
    return routing.calendars.get(queue.calendar) if queue.calendar else None


async def _of_queue(store: Store, old: Routing, new: Routing, queue: QueueId) -> list[Consequence]:
    counts: Counter[Effect] = Counter()
    moves: Counter[QueueId] = Counter()
    async for batch in store.waiting.slices(queue):
        effects, moved = await asyncio.to_thread(_due_effects, batch, new, store.clock())
        counts.update(effects)
        moves.update(moved)
    found = [
        _of_conversations(
            Effect.MOVES, queue, count, f"{_waiting(count)} of {queue} {_verb('move', count)} to {target}"
        )
        for target, count in sorted(moves.items())
    ]
    for effect, verb, what in _SAID:
        if count := counts[effect]:
            sentence = f"{queue}: {_waiting(count)} {_verb(verb, count)} {what}"
            found.append(_of_conversations(effect, queue, count, sentence))
    return found


def _due_effects(batch: list[Conversation], new: Routing, now_ms: int) -> tuple[list[Effect], list[QueueId]]:
    """When these would be due, compared with now; and the queues to which those move whose own is gone."""
    effects: list[Effect] = []
    moved: list[QueueId] = []
    for found in batch:
        base = standing_base(new, parse_class(found.base))
        if base.queue != found.queue:
            moved.append(base.queue)
        priority = found.priority if found.priority in new.priorities else NORMAL
        fields = moved_fields(new, found, base.queue, priority, now_ms, somebody_must=False)
        due_at = min((due for name in _DUES if isinstance(due := fields[name], int)), default=NEVER)
        if due_at != found.due_at:
            effects.append(Effect.DUE_SOONER if due_at < found.due_at else Effect.DUE_LATER)
        if due_at <= now_ms < found.due_at:
            effects.append(Effect.OVERDUE)
    return effects, moved


def _of_graph(standing: Standing, lengths: Mapping[ClassId, int], old: Routing, new: Routing) -> list[Consequence]:
    known = {profile.id: profile for profile in standing.profiles}
    news = news_of_associates(old.associates, new, set(known))
    bases = [parse_class(name) for name in {*standing.classes, *lengths}]
    before, served_before = seats(known.values(), _last_classes(old, bases), old)
    after, served_after = seats(({**known, **{p.id: p for p in news}}).values(), _last_classes(new, bases), new)
    found: list[Consequence] = []
    for name, count in sorted(lengths.items()):
        base = parse_class(name)
        could = any(waiting.id in served_before for waiting in _last_classes_of(old, standing_base(old, base)))
        can = any(waiting.id in served_after for waiting in _last_classes_of(new, standing_base(new, base)))
        if could != can and count:
            found.append(_served(base, count, can=can))
    return [*found, *_of_people(before, after)]


def _last_classes(routing: Routing, bases: Iterable[WaitingClass]) -> Iterator[WaitingClass]:
    """The classes at which who may ever take something may take it: of all queues, of all triage rules, and in use."""
    for queue in routing.queues:
        for channel in Channel:
            yield from _last_classes_of(routing, base_class(queue, channel, {}))
    for rule in routing.triage:
        for channel in ([rule.when.channel] if rule.when.channel else Channel) if rule.skills else ():
            default = routing.channels[channel].default_queue
            for queue in rule.split or [rule.queue or default]:
                yield from _last_classes_of(routing, base_class(queue, channel, rule.skills))
    for base in bases:
        yield from _last_classes_of(routing, standing_base(routing, base))


def _last_classes_of(routing: Routing, base: WaitingClass) -> Iterator[WaitingClass]:
    last = len(routing.queues[base.queue].steps)
    return (waiting for waiting in classes_of(routing, base) if waiting.step == last)


def _served(base: WaitingClass, count: int, *, can: bool) -> Consequence:
    asks = f" with {levels(base.skills)}" if base.skills else ""
    what = f"{_waiting(count)} by {base.channel}{asks}"
    if can:
        return _of_conversations(
            Effect.SERVED, base.queue, count, f"{base.queue}: somebody may take {what}, nobody now"
        )
    return _of_conversations(Effect.UNSERVED, base.queue, count, f"{base.queue}: nobody could take {what} any more")


def _of_people(before: Mapping[AssociateId, Seat], after: Mapping[AssociateId, Seat]) -> Iterator[Consequence]:
    """Who leaves which pool for which, and of those who stay, who may take more queues or fewer."""
    pools: defaultdict[tuple[str, str], list[AssociateId]] = defaultdict(list)
    takes: defaultdict[tuple[Effect, QueueId], list[AssociateId]] = defaultdict(list)
    for who, seat in sorted(after.items()):
        was = before.get(who)
        if was is None or was.pool != seat.pool:
            pools[was.pool if was else "", seat.pool].append(who)
            continue
        for queue in seat.queues - was.queues:
            takes[Effect.TAKES, queue].append(who)
        for queue in was.queues - seat.queues:
            takes[Effect.NO_LONGER_TAKES, queue].append(who)
    for (left, joined), whom in sorted(pools.items()):
        leaves = (
            f"{_verb('leave', len(whom))} pool {left} and {_verb('join', len(whom))}"
            if left
            else _verb("join", len(whom))
        )
        sentence = f"{listed(whom)} {leaves} pool {joined}"
        yield Consequence(effect=Effect.POOL, count=len(whom), associates=whom, sentence=sentence)
    for (effect, queue), whom in sorted(takes.items()):
        may = "may take" if effect is Effect.TAKES else "may no longer take"
        sentence = f"{listed(whom)} {may} {queue}"
        yield Consequence(effect=effect, count=len(whom), associates=whom, queue=queue, sentence=sentence)


def _of_conversations(effect: Effect, queue: QueueId, count: int, sentence: str) -> Consequence:
    return Consequence(effect=effect, queue=queue, count=count, sentence=sentence)


def _waiting(count: int) -> str:
    return "1 waiting conversation" if count == 1 else f"{count} waiting conversations"


def _verb(verb: str, count: int) -> str:
    if verb == "be":
        return "is" if count == 1 else "are"
    return f"{verb}s" if count == 1 else verb
