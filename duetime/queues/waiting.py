"""Everything that waits, in slices: for what has to look at all of it without holding up anything else."""

import asyncio
from collections.abc import AsyncIterator

from duetime.queues import decode
from duetime.queues.connection import Pipeline
from duetime.queues.keys import Root, key
from duetime.queues.records import Conversation
from duetime.router.ids import ConversationId, QueueId

SLICE = 200


class Waiting:
    def __init__(self, pipeline: Pipeline, root: Root) -> None:
        self._call = pipeline.call
        self._root = root

    async def slices(self, queue: QueueId) -> AsyncIterator[list[Conversation]]:
        """The conversations, in the order of their ranks, without what people see of them. What comes, goes or moves
        meanwhile may be missing."""
        seen: set[ConversationId] = set()
        start = 0
        while names := await self._call("ZRANGE", key(self._root, "queue", queue), start, start + SLICE - 1):
            start += SLICE
            fresh = [ConversationId(name) for name in names if name not in seen]
            seen.update(fresh)
            records = await asyncio.gather(*(self._call("HGETALL", key(self._root, "conv", name)) for name in fresh))
            yield [decode.conversation(name, flat, None) for name, flat in zip(fresh, records, strict=True) if flat]
