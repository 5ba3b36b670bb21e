"""A workspace of a given size on a server of its own, driven through the product's own calls."""

import asyncio
import hashlib
import itertools
import os
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from importlib import resources
from pathlib import Path
from typing import TypeVar

import msgspec

from benchmarks.shape import A_DAY_S, Shape, profiles_of, routing_of, skilled_classes
from duetime.queues.connection import Pipeline
from duetime.queues.keys import key
from duetime.queues.policy import base_class, policy_fields
from duetime.queues.records import Accepted
from duetime.queues.store import Store
from duetime.router.associate import Presence
from duetime.router.ids import EndpointId
from duetime.router.message import Channel, InboundMessage, Sender
from duetime.service.embedded import EmbeddedServer
from duetime.service.intake import Intake

T = TypeVar("T")
AT_ONCE = 200
FILL_SLICE = 1_000
TEXT = (
    "Hello, my order 4711 has not arrived yet and I would like to know where it is. Could you please check the"
    " delivery for me? Thank you!"
)


async def run_all(calls: Iterable[Callable[[], Awaitable[T]]]) -> list[T]:
    """Makes the calls, `AT_ONCE` under way at a time, and gives the results in order."""
    results: list[T] = []
    for batch in itertools.batched(calls, AT_ONCE) if hasattr(itertools, "batched") else _batched(calls):
        results += await asyncio.gather(*(call() for call in batch))
    return results
