"""The daemon's clock, corrected against the server's, so that daemons whose machines disagree keep the same time."""

import time

from duetime.queues.connection import Pipeline


class Clock:
    """Calling it gives now in epoch ms."""

    def __init__(self) -> None:
        self._offset_ms = 0.0

    def __call__(self) -> int:
        return int(time.time() * 1000 + self._offset_ms)

    async def correct(self, pipeline: Pipeline) -> float:
        """Reads the server's time and gives the offset in ms. The server is asked three times, and the quickest answer
        is believed, because half of its round trip is the error."""
        best = (float("inf"), 0.0)
        for _ in range(3):
            before = time.time()
            seconds, micros = await pipeline.call("TIME")
            after = time.time()
            server_ms = int(seconds) * 1000 + int(micros) / 1000
            best = min(best, (after - before, server_ms - 500 * (before + after)))
        self._offset_ms = best[1]
        return self._offset_ms
