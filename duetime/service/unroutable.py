"""What waits and cannot be taken: by nobody ever as things are, or by nobody who is there."""

from collections.abc import Callable
from enum import StrEnum
from typing import Final

import msgspec

from duetime.queues.lines import Edges
from duetime.queues.store import Store
from duetime.router.associate import Presence, Profile
from duetime.router.eligibility import may_take, units_needed
from duetime.router.ids import AssociateId, ClassId, ConversationId, QueueId
from duetime.router.message import Channel
from duetime.router.remedy import Remedy, remedies
from duetime.router.route import WaitingClass, parse_class, rings
from duetime.router.routing import Routing
from duetime.router.words import listed, requirement_words

NAMED_MOST: Final = 20


class UnroutableKind(StrEnum):
    NOBODY_EVER = "nobody_ever"
    """No associate, present or not, meets what any step of the route asks for and takes the channel."""
    NOBODY_THERE = "nobody_there"
    """Nobody who may take it at its present step is available."""


class Unroutable(msgspec.Struct, frozen=True, kw_only=True):
    """Conversations that wait with equal requirements and that nobody takes. Times are epoch ms."""

    kind: UnroutableKind
    line: ClassId
    queue: QueueId
    channel: Channel
    waiting: int
    conversations: list[ConversationId]
    """Those that are served first, at most 20."""
    sentence: str
    remedies: list[Remedy]
    """For `nobody_ever`: changes each of which is enough, the smallest first."""
    associates: list[AssociateId]
    """For `nobody_there`: who may take it and is not available, at most 20."""


class Unroutables:
    def __init__(self, store: Store, routing: Callable[[], Routing]) -> None:
        self._store = store
        self._routing = routing

    async def counts(self) -> dict[UnroutableKind, int]:
        """How many conversations wait in vain."""
        found = await self._find()
        lengths = await self._store.lines.lengths(list(found))
        return {kind: sum(lengths[line] for line, of in found.items() if of is kind) for kind in UnroutableKind}

    async def all(self) -> list[Unroutable]:
        """Every class of which something waits in vain: first what nobody could ever take, and of each kind where most
        wait. Personal lines are not among them: their time is short, and then the queue takes over."""
        found = await self._find()
        if not found:
            return []
        lines = list(found)
        lengths = await self._store.lines.lengths(lines)
        heads = await self._store.lines.places([(line, 0, NAMED_MOST - 1) for line in lines])
        staff = [(person.profile, person.presence) async for person in self._store.lines.people()]
        shown = [
            self._shown(line, found[line], lengths[line], [name for name, _ in row], staff)
            for line, row in zip(lines, heads, strict=True)
            if row
        ]
        return sorted(shown, key=lambda each: (each.kind, -each.waiting))

    async def _find(self) -> dict[ClassId, UnroutableKind]:
        edges, heads = await self._store.lines.edges(), await self._store.lines.heads()
        found: dict[ClassId, UnroutableKind] = {}
        for line in heads:
            if nobody_ever(self._routing(), edges, line):
                found[line] = UnroutableKind.NOBODY_EVER
            elif not await self._store.lines.available(edges.pools.get(line, ())):
                found[line] = UnroutableKind.NOBODY_THERE
        return found

    def _shown(
        self,
        line: ClassId,
        kind: UnroutableKind,
        waiting: int,
        conversations: list[ConversationId],
        staff: list[tuple[Profile, Presence]],
    ) -> Unroutable:
        routing, parsed = self._routing(), parse_class(line)
        found: list[Remedy] = []
        absent: list[Profile] = []
        if kind is UnroutableKind.NOBODY_EVER:
            found = suggest(parsed, routing, staff)
            sentence = never_sentence(parsed, routing)
        else:
            absent = [profile for profile, _ in staff if may_take(parsed, routing, profile)]
            sentence = f"Nobody is available of those who may take it: {listed([profile.name for profile in absent])}."
        return Unroutable(
            kind=kind,
            line=line,
            queue=parsed.queue,
            channel=parsed.channel,
            waiting=waiting,
            conversations=conversations,
            sentence=sentence,
            remedies=found,
            associates=[profile.id for profile in absent[:NAMED_MOST]],
        )


def nobody_ever(routing: Routing, edges: Edges, line: ClassId) -> bool:
    """Whether nobody may take what waits in this class, now or at a later step of its route."""
    waiting = parse_class(line)
    queue = routing.queues.get(waiting.queue)
    steps = range(waiting.step, len(queue.steps) + 1) if queue else [waiting.step]
    return not any(
        edges.pools.get(msgspec.structs.replace(waiting, step=step, closed=closed).id)
        for step in steps
        for closed in (False, True)
    )


def suggest(waiting: WaitingClass, routing: Routing, staff: list[tuple[Profile, Presence]]) -> list[Remedy]:
    """The changes that would do, for those first who are there."""
    if waiting.queue not in routing.queues:
        return []
    there_first = sorted(staff, key=lambda person: person[1] is not Presence.AVAILABLE)
    return remedies(waiting, routing, [profile for profile, _ in there_first])


def never_sentence(waiting: WaitingClass, routing: Routing) -> str:
    queue = routing.queues.get(waiting.queue)
    last = routing.class_at(waiting, len(queue.steps)) if queue else waiting
    needs = list(rings(last, routing.queues))
    need = requirement_words(routing, needs[-1]) if needs else "somebody"
    units = units_needed(waiting, routing)
    capacity = f" and has {units} units of capacity" if units > 1 else ""
    end = "even at the end of its route " if queue and queue.steps else ""
    return (
        f"As things are nobody can ever take it: {end}it needs {need} who takes {waiting.channel}{capacity},"
        " and there is nobody like that."
    )
