"""Leases: what only one daemon does at a time. One that dies lets go of them when they run out."""

from duetime.queues.scripts import Scripts


class Leases:
    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts

    async def take(self, name: str, owner: str, ttl_ms: int) -> bool:
        """Takes it, or goes on holding it, for ``ttl_ms`` from now; False while somebody else has it."""
        reply = await self._scripts.call("lease_take", 0, name, owner, ttl_ms)
        return bool(reply[0] != "taken")

    async def release(self, name: str, owner: str) -> None:
        """Gives it back, if it is ours."""
        await self._scripts.call("lease_take", 0, name, owner, 0)
