"""Keys that all daemons of a workspace share, such as the one that signs the tokens in our mails."""

import secrets

from duetime.queues.connection import Pipeline
from duetime.queues.keys import Root, key


class Secrets:
    def __init__(self, pipeline: Pipeline, root: Root) -> None:
        self._call = pipeline.call
        self._root = root

    async def get(self, name: str) -> bytes:
        """32 bytes, made by whoever asks first, and the same for everybody since."""
        where = key(self._root, "secret", name)
        await self._call("SET", where, secrets.token_hex(32), "NX")
        return bytes.fromhex(await self._call("GET", where))
