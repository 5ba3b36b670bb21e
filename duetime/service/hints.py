"""Hints: what is worth showing now and worth nothing later, such as "is typing".

They pass between daemons over Redis PUBLISH on ``{workspace}:hints``, and are neither stored nor repeated:
a hint that is lost is missed by nobody. What must not be lost is in the journal.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec
import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from duetime.queues.connection import Busy, ServerLost
from duetime.queues.keys import Root, key
from duetime.router.ids import AssociateId, ConversationId
from duetime.router.message import Author

RECONNECT_PAUSE_S: Final = 1.0
PING_INTERVAL_S: Final = 15.0
"""A connection that does not answer a ping is made anew."""

log = structlog.get_logger(__name__)


class Typing(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody writes in this conversation."""

    conversation: ConversationId
    author: Author
    associate: AssociateId | None
    """Who holds the conversation, as far as the sender knows."""
    source: str
    """The connection it came from, which need not be told."""


Listener = Callable[[Typing], None]
_decoder: Final = msgspec.json.Decoder(Typing)


class Hints:
    """Publishes hints and hands those of all daemons, its own too, to its listeners."""

    def __init__(self, root: Root, url: str, call: Callable[..., Awaitable[Any]]) -> None:
        """``call`` sends one command over the shared connection; ``url`` is for a connection of its own,
        because one that has subscribed to something can do nothing else."""
        self._channel = key(root, "hints")
        self._url = url
        self._call = call
        self._listeners: list[Listener] = []

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` with every hint until the returned function is called."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def publish(self, hint: Typing) -> None:
        """Tell every daemon; nobody, when Redis is away."""
        try:
            await self._call("PUBLISH", self._channel, msgspec.json.encode(hint))
        except (ServerLost, Busy, RedisError):
            log.debug("hint_lost", conversation=hint.conversation)

    async def run(self) -> None:
        """Listen until cancelled, reconnecting after every loss."""
        while True:
            _obey_cancellation()
            try:
                async with Redis.from_url(self._url, health_check_interval=PING_INTERVAL_S) as redis:
                    await self._listen(redis)
            except (RedisError, OSError):
                # Without a word: the pipeline to the same server says more about its loss.
                await asyncio.sleep(RECONNECT_PAUSE_S)

    async def _listen(self, redis: Redis) -> None:
        async with redis.pubsub(ignore_subscribe_messages=True) as subscription:
            await subscription.subscribe(self._channel)
            while True:
                _obey_cancellation()
                message = await subscription.get_message(timeout=PING_INTERVAL_S)
                if message is not None:
                    self._hand_out(message["data"])

    def _hand_out(self, raw: bytes) -> None:
        try:
            hint = _decoder.decode(raw)
        except msgspec.DecodeError:
            return  # a daemon of another version
        for listener in tuple(self._listeners):
            listener(hint)


def _obey_cancellation() -> None:
    """End this task if it was cancelled, even if that got lost: redis-py forgets a cancellation that comes
    while it connects, and would then listen for ever."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
