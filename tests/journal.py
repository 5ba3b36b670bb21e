"""The journal of a workspace as it stands in Redis, to hold against what clients were shown."""

from collections.abc import Iterable, Mapping
from typing import Any

import redis

from duetime.queues.journal import decode
from duetime.queues.keys import key, root
from duetime.router.events import Event


def read_journal(url: str, workspace: str = "main", after: str = "-") -> list[Event]:
    """Its events, oldest first; those after a cursor."""
    start = after if after == "-" else f"({after}"
    with redis.Redis.from_url(url, decode_responses=True) as client:
        rows: Any = client.xrange(key(root(workspace), "journal"), start, "+")
    return [decode(cursor, [part for field in fields.items() for part in field]).event for cursor, fields in rows]


def shown_to(associate: str, events: Iterable[Event]) -> list[str]:
    """The cursors of what this associate's desk is to be shown."""
    return [event.cursor for event in events if event.associate == associate]


def cursors_of(frames: Iterable[Mapping[str, Any]]) -> list[str]:
    """Of the events that a desk was shown."""
    return [frame["cursor"] for frame in frames if frame["type"] == "event"]
