"""Where the people and programs of a campaign live. Each of them goes on until it is sure: it repeats what was not
answered, under the same name, and remembers what it was told and shown."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import msgspec

Frame = dict[str, Any]
Place = tuple[str, int]
"""A conversation, and the number of a message in it."""

LOST = (aiohttp.ClientError, OSError, TimeoutError)
ANSWER_TIMEOUT_S = 10
PAUSE_S = 0.1


class Town:
    """Where the parties find a daemon, and how many of what happened."""

    def __init__(self, session: aiohttp.ClientSession, urls: list[str], dice: random.Random) -> None:
        self.session = session
        self.urls = urls
        self.dice = dice
        self.counts: Counter[str] = Counter()
        self.faults: list[str] = []
        """What should never be seen, whatever is killed."""
        self.calm = False
        """Set when all is said: from now on everybody only finishes what they have."""

    async def post(self, path: str, body: Frame, token: str, key: str | None = None) -> tuple[int, Any]:
        """One try. Raises what is in LOST."""
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        if key is not None:
            headers["Idempotency-Key"] = key
        url = self.dice.choice(self.urls) + path
        timeout = aiohttp.ClientTimeout(total=ANSWER_TIMEOUT_S)
        async with self.session.post(url, data=msgspec.json.encode(body), headers=headers, timeout=timeout) as response:
            raw = await response.read()
            return response.status, msgspec.json.decode(raw) if raw else None

    async def pause(self) -> None:
        self.counts["pauses"] += 1
        await asyncio.sleep(PAUSE_S * self.dice.uniform(0.5, 2))

    @asynccontextmanager
    async def socket(self, path: str) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
        url = self.dice.choice(self.urls) + path
        async with self.session.ws_connect(url, max_msg_size=0, autoping=True) as socket:
            self.counts["connections"] += 1
            yield socket
