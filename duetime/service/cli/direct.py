"""Straight to the Redis of the settings, past the daemon: for what must work before there is a token, or when
no daemon runs."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

from redis.exceptions import RedisError

from duetime.config.settings import Settings
from duetime.queues.connection import Pipeline, ServerLost
from duetime.queues.store import Store
from duetime.service.cli.exits import Unreachable
from duetime.service.clock import Clock
from duetime.service.embedded import EmbeddedServer, EmbeddedServerFailed
from duetime.service.logs import set_up_logs

_PATIENCE_S: Final = 2.0
"""A person waits for the answer that nothing is there."""


@asynccontextmanager
async def direct_store(settings: Settings) -> AsyncIterator[Store]:
    """The workspace's store. An embedded server that is not running is started, and stopped afterwards.

    Raises Unreachable when there is no Redis, inside the block too.
    """
    set_up_logs("error")
    async with AsyncExitStack() as stack:
        try:
            url = settings.redis.url or await _embedded(settings, stack)
            pipeline, tail = [await Pipeline(url, patience_s=_PATIENCE_S).open() for _ in range(2)]
            clock = Clock()
            store = Store(pipeline, tail, settings.workspace, clock)
            stack.push_async_callback(store.close)
            await clock.correct(pipeline)
            yield store
        except (ServerLost, EmbeddedServerFailed, RedisError) as error:
            raise Unreachable(str(error)) from error


async def _embedded(settings: Settings, stack: AsyncExitStack) -> str:
    if not settings.data.dir.is_dir():
        raise Unreachable(
            f"There is no data in {settings.data.dir.absolute()}. Say this where the daemon was started, name"
            " its settings with --settings, or start it for the first time with `make run`."
        )
    server = EmbeddedServer(settings.data.dir)
    url = await server.start()
    stack.push_async_callback(server.stop)
    return url
