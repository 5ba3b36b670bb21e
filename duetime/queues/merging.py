"""Conversations that turn out to be one matter of one person, and the way back."""

import msgspec

from duetime.queues.replies import expect_ok
from duetime.queues.scripts import Scripts
from duetime.router.ids import ConversationId


class Merging:
    """Every method takes ``now_ms`` and raises the refusals of `replies.expect_ok`."""

    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts

    async def merge(
        self,
        now_ms: int,
        conversation: ConversationId,
        other: ConversationId,
        *,
        by: str,
        version: int | None,
    ) -> None:
        """The first stands for both from now on, and their contacts are one."""
        reply = await self._scripts.call(
            "conversation_merge",
            now_ms,
            conversation,
            "" if version is None else version,
            other,
            msgspec.json.encode(by).decode(),
        )
        expect_ok(reply)

    async def split(self, now_ms: int, other: ConversationId, *, by: str) -> None:
        """Undoes the merge of a conversation into another one."""
        expect_ok(await self._scripts.call("conversation_split", now_ms, other, msgspec.json.encode(by).decode()))
