"""Waiting in tests says what it waited for, and the virtual clock moves only when told."""

import pytest

from tests.clock import VirtualClock
from tests.waiting import wait_until


async def test_it_gives_the_first_true_value() -> None:
    values = iter([0, None, "", "there"])
    assert await wait_until(lambda: next(values)) == "there"


async def test_the_predicate_may_be_async() -> None:
    values = iter([False, True])

    async def ready() -> bool:
        return next(values)

    assert await wait_until(ready) is True


async def test_in_vain_it_tells_what_it_waited_for_and_what_it_saw() -> None:
    with pytest.raises(AssertionError, match=r"Waited 0 s for the desk to open; the last value was \[\]"):
        await wait_until(list, timeout_s=0, what="the desk to open")
    with pytest.raises(AssertionError, match=r"wait_until\(lambda: 1 > 2, timeout_s=0\)"):
        await wait_until(lambda: 1 > 2, timeout_s=0)


def test_the_clock_moves_only_when_told() -> None:
    clock = VirtualClock(now_ms=1000)
    assert clock() == clock() == 1000
    assert clock.advance(1.5) == 2500
    with pytest.raises(ValueError, match="does not go back"):
        clock.advance(-1)
