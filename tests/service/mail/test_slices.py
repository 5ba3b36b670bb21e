"""Large mails are copied in slices, between which everybody else has a turn."""

import asyncio

from duetime.service.mail.slices import SLICE_BYTES, joined


async def test_the_pieces_stand_one_after_the_other() -> None:
    assert await joined() == b""
    assert await joined(b"head ", bytearray(b"body"), b"", b"!") == b"head body!"


async def test_others_have_a_turn_between_the_slices() -> None:
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    other = asyncio.create_task(count())
    content = bytes(range(256)) * (5 * SLICE_BYTES // 256) + b"rest"
    assert await joined(content) == content
    other.cancel()
    assert turns >= 5
