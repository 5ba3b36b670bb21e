"""What one task does for all connections of a socket, so that none of them needs a timer of its own."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from duetime.queues.connection import Busy, ServerLost

log = structlog.get_logger(__name__)


class Rounds:
    """Makes a round over the connections every ``interval_s``, for as long as there are any."""

    def __init__(
        self,
        interval_s: float,
        *,
        stopping: asyncio.Event,
        anybody: Callable[[], bool],
        round_: Callable[[], Awaitable[None]],
        goodbye: Callable[[], None] | None = None,
    ) -> None:
        """Once ``stopping`` is set there are no more rounds; ``goodbye`` is called instead."""
        self._interval_s = interval_s
        self._stopping = stopping
        self._anybody = anybody
        self._round = round_
        self._goodbye = goodbye
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Call when a connection joined."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while self._anybody():
            try:
                async with asyncio.timeout(self._interval_s):
                    await self._stopping.wait()
            except TimeoutError:
                await self._one_round()
            else:
                if self._goodbye is not None:
                    self._goodbye()
                return

    async def _one_round(self) -> None:
        try:
            await self._round()
        except (ServerLost, Busy) as error:
            log.warning("socket_round_lost", error=str(error))
        except Exception:
            log.exception("socket_round_failed")
