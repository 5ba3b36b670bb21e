"""What is stored, read straight from Redis."""

from typing import Any

import redis

from duetime.queues import decode
from duetime.queues.keys import key, root
from duetime.router.message import Message

Stored = dict[str, list[Message]]
"""Conversation to its messages."""


def read_messages(url: str, workspace: str = "main") -> Stored:
    where = root(workspace)
    with redis.Redis.from_url(url, decode_responses=True) as client:
        ids: list[Any] = [*client.zrange(key(where, "open"), 0, -1), *client.zrange(key(where, "closed"), 0, -1)]
        pipeline = client.pipeline(transaction=False)
        for id_ in ids:
            pipeline.lrange(key(where, "messages", id_), 0, -1)
        return {id_: decode.messages(rows, 1) for id_, rows in zip(ids, pipeline.execute(), strict=True)}
