"""The Lua scripts: read from their files, put together with their includes, called by digest.

A line ``-- @include name ..`` is replaced by the text of these includes, each once in a script. One that stands behind
an early return costs nothing until the script gets there: Lua makes the functions of an include anew in every call.
Scripts are called by EVALSHA, so daemons of different versions each run their own text on one server.
"""

import asyncio
import hashlib
import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

import msgspec
from redis.exceptions import NoScriptError

from duetime.queues.connection import Pipeline
from duetime.queues.keys import Root

_INCLUDE = re.compile(r"-- @include (.+)")


class Script(msgspec.Struct, frozen=True):
    name: str
    text: str
    digest: str
    origins: tuple[tuple[str, int], ...]
    """For each line of the text the file in ``lua/`` and the line there that it comes from."""


@cache
def read_scripts() -> Mapping[str, Script]:
    """Every script by its name, such as ``message_intake``."""
    return scripts_in(resources.files("duetime.queues") / "lua")


def scripts_in(folder: Traversable) -> Mapping[str, Script]:
    names = [file.name.removesuffix(".lua") for file in folder.iterdir() if file.name.endswith(".lua")]
    return {name: _put_together(folder, name) for name in sorted(names)}


def _put_together(folder: Traversable, name: str) -> Script:
    lines: list[str] = []
    origins: list[tuple[str, int]] = []
    included: set[str] = set()

    def add(file: str) -> None:
        text = (folder / file).read_text()
        for number, line in enumerate(text.rstrip("\n").split("\n"), start=1):
            lines.append(line)
            origins.append((file, number))
            named = _INCLUDE.fullmatch(line)
            for part in named[1].split() if named else ():
                if part not in included:
                    included.add(part)
                    add(f"include/{part}.lua")

    add(f"{name}.lua")
    text = "\n".join(lines)
    return Script(name, text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest(), tuple(origins))


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
