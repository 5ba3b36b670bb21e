"""Waiting for something to become true, in place of sleeps."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import TypeVar, overload

T = TypeVar("T")
_POLL_S = 0.005


@overload
async def wait_until(
    predicate: Callable[[], Awaitable[T | None]], timeout_s: float = 20, what: str | None = None
) -> T: ...
@overload
async def wait_until(predicate: Callable[[], T | None], timeout_s: float = 20, what: str | None = None) -> T: ...
async def wait_until(predicate: Callable[[], object], timeout_s: float = 20, what: str | None = None) -> object:
    """The first true value of `predicate`, which may be async, looked at again and again for `timeout_s`.

    Raises AssertionError that says for `what` it waited; without it, the predicate's source.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + timeout_s
    while True:
        found = predicate()
        value = await found if isinstance(found, Awaitable) else found
        if value:
            return value
        if loop.time() > deadline:
            raise AssertionError(
                f"Waited {timeout_s} s for {what or _source(predicate)}; the last value was {value!r}."
            )
        await asyncio.sleep(_POLL_S)


def _source(predicate: Callable[[], object]) -> str:
    try:
        return " ".join(inspect.getsource(predicate).split())
    except (OSError, TypeError):
        return repr(predicate)
