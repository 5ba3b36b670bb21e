"""The pace of an endpoint: when its next message may leave, over all daemons together."""

import msgspec

from duetime.queues.replies import expect_ok
from duetime.queues.scripts import Scripts
from duetime.router.ids import EndpointId


class Slot(msgspec.Struct, frozen=True):
    at: int
    """When it is (epoch ms)."""
    is_ours: bool
    """False: it is too far ahead to wait for; ask again then."""


class Pace:
    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts

    async def take(self, now_ms: int, endpoint: EndpointId, *, interval_ms: int, ahead_ms: int) -> Slot:
        """The next moment that nobody has, if it lies at most ``ahead_ms`` ahead."""
        reply = await self._scripts.call("pace_take", now_ms, endpoint, interval_ms, ahead_ms)
        if reply[0] == "later":
            return Slot(int(reply[1]), is_ours=False)
        (at,) = expect_ok(reply)
        return Slot(int(at), is_ours=True)
