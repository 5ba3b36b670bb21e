"""The Lua scripts: read from their files, put together with their includes, called by digest.

A script is the text of its includes, in the order of its ``-- @include`` line, and then its own. It is called by
EVALSHA, so daemons of different versions each run their own text on one server.
"""

import asyncio
import hashlib
import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

import msgspec
from redis.exceptions import NoScriptError

from duetime.queues.connection import Pipeline
from duetime.queues.keys import Root

_INCLUDE = re.compile(r"^-- @include (.+)$", re.MULTILINE)


class Script(msgspec.Struct, frozen=True):
    name: str
    text: str
    digest: str


@cache
def read_scripts() -> Mapping[str, Script]:
    """Every script by its name, such as ``message_intake``."""
    folder = resources.files("duetime.queues") / "lua"
    includes = {
        file.name.removesuffix(".lua"): file.read_text() for file in (folder / "include").iterdir() if file.is_file()
    }
    scripts = {}
    for file in folder.iterdir():
        if not file.name.endswith(".lua"):
            continue
        own = file.read_text()
        named = _INCLUDE.search(own)
        text = "\n".join([*(includes[name] for name in (named[1].split() if named else ())), own])
        name = file.name.removesuffix(".lua")
        digest = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
        scripts[name] = Script(name, text, digest)
    return scripts


class Scripts:
    """Calls scripts on one workspace."""

    def __init__(self, pipeline: Pipeline, root: Root) -> None:
        self._pipeline = pipeline
        self._root = root
        self._scripts = read_scripts()

    async def call(self, name: str, now_ms: int, *args: str | int) -> list[Any]:
        """The reply of a script: its first element is a word, see `replies`. Raises ServerLost, ResponseError."""
        script = self._scripts[name]
        try:
            reply = await self._pipeline.call("EVALSHA", script.digest, 1, self._root, now_ms, *args)
        except NoScriptError:
            # A server that was restarted, or failed over to, has forgotten the scripts. Both calls leave in one
            # write, so no other restart comes between them.
            load = self._pipeline.call("SCRIPT", "LOAD", script.text)
            again = self._pipeline.call("EVALSHA", script.digest, 1, self._root, now_ms, *args)
            _, reply = await asyncio.gather(load, again)
        return reply  # type: ignore[no-any-return]
