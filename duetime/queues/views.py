"""Reads: one conversation, lists, histories, queues and associates at a glance."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from duetime.queues import decode
from duetime.queues.connection import Pipeline
from duetime.queues.keys import Root, key
from duetime.queues.records import Associate, Conversation, DeskSnapshot, Page, QueueFigures
from duetime.queues.replies import expect_ok
from duetime.queues.scripts import Scripts
from duetime.router.conversation import State
from duetime.router.errors import Invalid, NotFound
from duetime.router.ids import AssociateId, ClassId, ContactId, ConversationId, EndpointId, PoolId, QueueId
from duetime.router.message import Channel, Message
from duetime.router.route import WaitingClass

PAGE_MAX = 200
SCAN_MAX = 2_000
"""A page that filters looks at so many conversations at most, and may therefore be shorter than asked for."""
SNAPSHOT_MESSAGES = 50


class Views:
    def __init__(self, pipeline: Pipeline, scripts: Scripts, root: Root, clock: Callable[[], int]) -> None:
        self._call = pipeline.call
        self._scripts = scripts
        self._root = root
        self._clock = clock

    async def conversation(self, conversation_id: ConversationId) -> Conversation:
        """Raises NotFound."""
        found = await self.find([conversation_id])
        if not found:
            raise NotFound("There is no such conversation.", conversation=conversation_id)
        return found[0]

    async def standing(self, conversation_id: ConversationId) -> Conversation:
        """The conversation, or the one that it was merged into. Raises NotFound."""
        found = await self.conversation(conversation_id)
        while found.merged_into is not None:
            found = await self.conversation(found.merged_into)
        return found

    async def conversations(
        self,
        *,
        state: State | None = None,
        queue: QueueId | None = None,
        associate: AssociateId | None = None,
        contact: ContactId | None = None,
        channel: Channel | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page:
        """Newest first. Raises Invalid for a cursor that is not one."""
        limit = max(1, min(limit, PAGE_MAX))
        before = _parse_cursor(cursor)
        kept: list[Conversation] = []
        scanned = 0
        while scanned < SCAN_MAX:
            batch = await self._newest(self._index(state, associate, contact), before, limit)
            found = await self.find([ConversationId(name) for name, _ in batch])
            for conversation in found:
                if (
                    state in (None, conversation.state)
                    and queue in (None, conversation.queue)
                    and associate in (None, conversation.associate)
                    and channel in (None, conversation.channel)
                ):
                    kept.append(conversation)
                    if len(kept) == limit:
                        return Page(conversations=kept, cursor=f"{conversation.opened_at}.{conversation.id}")
            if len(batch) < limit:
                return Page(conversations=kept, cursor=None)
            before = (batch[-1][1], batch[-1][0])
            scanned += len(batch)
        return Page(conversations=kept, cursor=f"{before[0]}.{before[1]}" if before else None)

    async def messages(self, conversation_id: ConversationId, *, after: int = 0, limit: int = 100) -> list[Message]:
        """The messages with numbers after ``after``, oldest first."""
        name = key(self._root, "messages", conversation_id)
        rows = await self._call("LRANGE", name, max(0, after), max(0, after) + limit - 1)
        return decode.messages(rows, max(0, after) + 1)

    async def was_taken(self, endpoint: EndpointId, external_id: str) -> bool:
        """Whether a message with this id was taken in at this endpoint lately."""
        return bool(await self._call("EXISTS", key(self._root, "seen", endpoint, external_id)))

    async def why(self, conversation_id: ConversationId) -> str | None:
        """JSON of the reasons of the last decision, None before the first."""
        text = await self._call("GET", key(self._root, "why", conversation_id))
        return None if text is None else str(text)

    async def associate(self, associate_id: AssociateId) -> Associate:
        """Raises NotFound."""
        found = await self._associates([associate_id])
        if not found:
            raise NotFound("There is no associate by that name.", associate=associate_id)
        return found[0]

    async def all_associates(self) -> list[Associate]:
        names = await self._call("SMEMBERS", key(self._root, "associates"))
        return await self._associates(sorted(names))

    async def queue_figures(self, queues: Iterable[QueueId]) -> list[QueueFigures]:
        return list(await asyncio.gather(*(self._figures(queue) for queue in queues)))

    async def desk_snapshot(self, associate_id: AssociateId) -> DeskSnapshot:
        """Raises NotFound."""
        reply = await self._scripts.call("desk_snapshot", self._clock(), associate_id, SNAPSHOT_MESSAGES)
        cursor, record, profile, held = expect_ok(reply, "associate")
        conversations, histories = [], {}
        for conversation_id, flat, about, rows in held:
            conversation = decode.conversation(conversation_id, flat, about)
            conversations.append(conversation)
            histories[conversation.id] = decode.messages(rows, conversation.messages - len(rows) + 1)
        return DeskSnapshot(
            cursor=cursor,
            associate=decode.associate(record, profile),
            conversations=conversations,
            histories=histories,
        )

    async def position(self, conversation_id: ConversationId) -> int | None:
        """Its place among all that wait in its queue: 1 is next. None when it does not wait."""
        queue = await self._call("HGET", key(self._root, "conv", conversation_id), "queue")
        rank = queue and await self._call("ZRANK", key(self._root, "queue", queue), conversation_id)
        return None if rank is None or queue is None else int(rank) + 1

    async def newest_on(self, contact: ContactId, endpoint: EndpointId) -> ConversationId | None:
        """The conversation that the contact joined or opened last on an endpoint, open or closed."""
        newest = await self._call("HGET", key(self._root, "talk", contact), endpoint)
        return ConversationId(newest) if newest else None

    async def lines_served(self, associate_id: AssociateId, lines: Iterable[ClassId]) -> set[ClassId]:
        """Those of the lines that the associate may take from: their own, and the classes of their pool."""
        wanted = set(lines)
        mine = {line for line in wanted if line.startswith(f"@{associate_id}/")}
        classes = [line for line in wanted if not line.startswith("@")]
        pool = await self._call("HGET", key(self._root, "associate", associate_id), "pool") if classes else None
        if pool is None:
            return mine
        served = await self._call("SMISMEMBER", key(self._root, "served", pool), *classes)
        return mine | {line for line, serves in zip(classes, served, strict=True) if serves}

    def _index(self, state: State | None, associate: AssociateId | None, contact: ContactId | None) -> list[str]:
        if contact is not None:
            return [key(self._root, "talks", contact)]
        if state is State.CLOSED:
            return [key(self._root, "closed")]
        if state is not None or associate is not None:
            return [key(self._root, "open")]
        return [key(self._root, "open"), key(self._root, "closed")]

    async def _newest(self, indexes: list[str], before: tuple[int, str] | None, limit: int) -> list[tuple[str, int]]:
        """Ids with the time they were opened, newest first, after a place in that order. Ids sort by time, so the
        order is by (opened_at, id), the order of the sorted sets themselves."""
        top = str(before[0]) if before else "+inf"
        merged: list[tuple[int, str]] = []
        for index in indexes:
            offset = fresh = 0
            while fresh < limit:
                flat = await self._call("ZREVRANGEBYSCORE", index, top, "-inf", "WITHSCORES", "LIMIT", offset, limit)
                rows = [(int(float(score)), str(name)) for name, score in zip(flat[::2], flat[1::2], strict=True)]
                later = [row for row in rows if before is None or row < before]
                merged += later
                fresh += len(later)
                offset += limit
                if len(rows) < limit:
                    break
        merged.sort(reverse=True)
        return [(name, opened_at) for opened_at, name in merged[:limit]]

    async def find(self, ids: list[ConversationId]) -> list[Conversation]:
        """Those of the conversations that there are."""
        records, abouts = await self._replies(ids, ("HGETALL", "conv"), ("GET", "about"))
        rows = zip(ids, records, abouts, strict=True)
        return [decode.conversation(name, record, about) for name, record, about in rows if record]

    async def _associates(self, names: list[Any]) -> list[Associate]:
        records, profiles = await self._replies(names, ("HGETALL", "associate"), ("GET", "profile"))
        rows = zip(records, profiles, strict=True)
        return [decode.associate(record, profile) for record, profile in rows if record and profile]

    async def _replies(self, names: Sequence[str], *kinds: tuple[str, str]) -> list[list[Any]]:
        """For every pair of a command and a kind of key: the replies for all names. One wait for all of them, so that
        none fails unheard when the server is lost."""
        calls = [self._call(command, key(self._root, kind, name)) for command, kind in kinds for name in names]
        replies = await asyncio.gather(*calls)
        return [replies[len(names) * place : len(names) * (place + 1)] for place in range(len(kinds))]

    async def _figures(self, queue: QueueId) -> QueueFigures:
        waiting, oldest, head = await asyncio.gather(
            self._call("ZCARD", key(self._root, "queue", queue)),
            self._call("ZRANGE", key(self._root, "arrived", queue), 0, 0, "WITHSCORES"),
            self._call("ZRANGE", key(self._root, "queue", queue), 0, 0),
        )
        due = await self._call("HGET", key(self._root, "conv", head[0]), "due_at") if head else None
        return QueueFigures(
            queue=queue,
            waiting=waiting,
            oldest_arrived_at=int(float(oldest[1])) if oldest else None,
            next_due_at=int(float(due)) if due else None,
            routable_associates=await self._routable(queue),
        )

    async def _routable(self, queue: QueueId) -> int:
        best: dict[PoolId, int] = {}
        for channel in Channel:
            line = WaitingClass(queue, 0, channel).id
            pools = await self._call(
                "ZINTER", 2, key(self._root, "rooms", channel.value), key(self._root, "pools", line)
            )
            for pool in pools:
                room = await self._call("ZCARD", key(self._root, "room", channel.value, pool))
                best[pool] = max(best.get(pool, 0), room)
        return sum(best.values())


def _parse_cursor(cursor: str | None) -> tuple[int, str] | None:
    if cursor is None:
        return None
    opened_at, _, name = cursor.partition(".")
    if not opened_at.isdecimal() or not name:
        raise Invalid("The cursor is not one that a page of this list gave.")
    return int(opened_at), name
