"""Typed calls of the scripts about associates: profile, presence, lease."""

import msgspec

from duetime.queues.replies import expect_ok
from duetime.queues.scripts import Scripts
from duetime.router.associate import Presence, Profile
from duetime.router.ids import AssociateId


class AssociateCalls:
    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts

    async def put(self, now_ms: int, profile: Profile, *, version: int | None, regroup: bool = True) -> int:
        """Adds (version 0) or replaces (the version read, None: whichever) a profile and gives the new version. The
        graph must be compiled afterwards; until then the associate is matched with nothing, unless ``regroup`` is
        false because skills and teams are as they were. Raises Stale, NotFound."""
        limits = [part for channel, limit in profile.limits.items() for part in (channel.value, limit)]
        reply = await self._scripts.call(
            "associate_put",
            now_ms,
            profile.id,
            "" if version is None else version,
            msgspec.json.encode(profile).decode(),
            profile.capacity_units,
            int(regroup),
            msgspec.json.encode(sorted(profile.teams)).decode(),
            *limits,
        )
        return int(expect_ok(reply, "associate")[0])

    async def set_presence(
        self,
        now_ms: int,
        associate: AssociateId,
        *,
        wanted: Presence | None = None,
        lease_until: int | None = None,
        reason: str,
    ) -> Presence:
        """What they want, and until when somebody vouches for it (0: nobody any more). ``reason`` is a word for the
        journal. Gives the presence that follows."""
        reply = await self._scripts.call(
            "presence_set",
            now_ms,
            associate,
            wanted.value if wanted else "",
            "" if lease_until is None else lease_until,
            reason,
        )
        return Presence(expect_ok(reply, "associate")[0])

    async def renew(self, now_ms: int, associate: AssociateId, lease_until: int) -> bool:
        """False when the lease has run out meanwhile: then the presence must be set again."""
        reply = await self._scripts.call("presence_renew", now_ms, associate, lease_until)
        return bool(reply[0] != "lapsed")
