"""Everything that this daemon does by itself, in one list.

A duty that fails is tried again after a pause, and while it fails the daemon says so in `/readyz`. Nothing here drains
a queue: that happens inside the script that makes it possible.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from duetime.queues.connection import ServerLost

PAUSE_S = 0.5

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Duty:
    name: str
    run: Callable[[], Awaitable[object]]
    every_s: float | None = None
    """How often it is done; None: it goes on until it is cancelled."""


class Duties:
    def __init__(self, duties: list[Duty]) -> None:
        self._duties = duties
        self._tasks: list[asyncio.Task[None]] = []
        self._failing: dict[str, str] = {}
        self._stopping = False

    def start(self) -> None:
        self._tasks = [asyncio.create_task(self._do(duty), name=duty.name) for duty in self._duties]

    async def stop(self) -> None:
        self._stopping = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def problems(self) -> list[str]:
        """One sentence for each duty that does not get done at the moment."""
        return [f"{name}: {why}" for name, why in self._failing.items()]

    async def _do(self, duty: Duty) -> None:
        while not self._stopping:
            if duty.every_s is None:
                # It goes on from here, so whatever it failed at before is over, or is found again at once.
                self._failing.pop(duty.name, None)
            else:
                await asyncio.sleep(duty.every_s)
            try:
                await duty.run()
            except ServerLost:
                self._failing[duty.name] = "Redis is away"  # where it is, is nobody's business
            except Exception as error:
                log.exception("a duty failed", duty=duty.name)
                self._failing[duty.name] = type(error).__name__
            else:
                self._failing.pop(duty.name, None)
                if duty.every_s is None:
                    return
                continue
            await asyncio.sleep(PAUSE_S)
