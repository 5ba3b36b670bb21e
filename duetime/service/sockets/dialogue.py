"""How a client of either socket is talked to: a hello in time, then frame after frame, each request
answered."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import msgspec
import structlog

from duetime.queues.connection import Busy, ServerLost
from duetime.router.errors import Invalid, NotReady, Refusal, TooMany
from duetime.service.http.problem import InternalError
from duetime.service.sockets.connection import Connection
from duetime.service.sockets.frames import (
    CLOSE_LATER,
    CLOSE_MANY,
    CLOSE_RULES,
    CLOSE_UNKNOWN,
    Malformed,
    decode,
    done,
    refused,
)

HELLO_TIMEOUT_S: Final = 10.0
MALFORMED_MAX: Final = 10
"""A client that sends this many malformed frames in a row is disconnected."""

log = structlog.get_logger(__name__)
Frame = TypeVar("Frame")


async def read_hello(connection: Connection, decoder: msgspec.json.Decoder[Frame]) -> Frame | None:
    """The first frame; None when the client went away or broke the rules, and is being disconnected."""
    try:
        async with asyncio.timeout(HELLO_TIMEOUT_S):
            raw = await connection.receive()
        return None if raw is None else decode(decoder, raw)
    except TimeoutError:
        detail = f"Say hello within {HELLO_TIMEOUT_S:.0f} seconds."
    except Malformed as error:
        detail = f"The first frame is a hello. {error.detail}"
    dismiss(connection, Invalid(detail))
    return None


def dismiss(connection: Connection, refusal: Refusal) -> None:
    """Say why this connection cannot be, and close it."""
    connection.send(refused(None, refusal))
    codes = {Invalid: CLOSE_RULES, NotReady: CLOSE_LATER, TooMany: CLOSE_MANY}
    connection.close(codes.get(type(refusal), CLOSE_UNKNOWN), refusal.code)


async def read_frames(
    connection: Connection, decoder: msgspec.json.Decoder[Frame], take: Callable[[Frame], Awaitable[None]]
) -> None:
    """Hand every frame to ``take``, one after the other, until the connection ends."""
    malformed = 0
    while (raw := await connection.receive()) is not None:
        try:
            frame = decode(decoder, raw)
        except Malformed as error:
            malformed += 1
            connection.send(refused(error.id, Invalid(error.detail)))
            if malformed == MALFORMED_MAX:
                connection.close(CLOSE_RULES, "one malformed frame after the other")
            continue
        malformed = 0
        await take(frame)


async def result_of(id_: str, doing: Awaitable[object]) -> bytes:
    """The result of a request as a frame, whatever comes of it."""
    try:
        return done(id_, await doing)
    except Refusal as refusal:
        return refused(id_, refusal)
    except (ServerLost, Busy) as error:
        return refused(id_, unavailable(error))
    except Exception:
        log.exception("socket_request_failed")
        return refused(id_, InternalError("It is in the daemon's log. Whether it was carried out is unknown."))


def unavailable(error: ServerLost | Busy) -> NotReady:
    if isinstance(error, Busy):
        return NotReady("Too much is under way; this was not carried out. Send it again in a moment.")
    return NotReady("The daemon's Redis is away. Look whether it was carried out, then send it again.")
