"""The body of a mail on its way to the server. aiosmtplib would look at every line of it in one go, which stops the
event loop for half a second at 25 MB; this passes it on in pieces, and hears the server meanwhile."""

import asyncio
from collections.abc import Iterator
from typing import Final, cast

import aiosmtplib
from aiosmtplib import SMTPResponse, SMTPServerDisconnected

PIECE_BYTES: Final = 64 * 1024
AHEAD_BYTES: Final = 512 * 1024
"""So much may wait to be taken by the server before the next piece is given."""
LOOK_EVERY_S: Final = 0.005


async def transmit(client: aiosmtplib.SMTP, raw: bytes, timeout_s: float) -> SMTPResponse:
    """Sends what follows ``DATA`` and gives the answer, which a server may give before the end. Lines of ``raw`` end
    in CRLF. Raises SMTPServerDisconnected, SMTPTimeoutError, and TimeoutError when the server takes nothing for
    ``timeout_s``."""
    protocol, transport = client.protocol, cast(asyncio.WriteTransport, client.transport)
    if protocol is None:
        raise SMTPServerDisconnected("Connection lost")
    answered = asyncio.ensure_future(protocol.read_response(timeout=None))
    try:
        await asyncio.sleep(0)  # the reading begins: an answer that nobody awaits is thrown away
        for piece in _pieces(raw):
            if answered.done():
                return _early(client, answered.result())
            protocol.write(piece)
            async with asyncio.timeout(timeout_s):
                while transport.get_write_buffer_size() > AHEAD_BYTES and not answered.done():  # noqa: ASYNC110
                    await asyncio.sleep(LOOK_EVERY_S)  # a transport tells this to its protocol only
        async with asyncio.timeout(timeout_s):
            return await answered
    finally:
        answered.cancel()


def _early(client: aiosmtplib.SMTP, answer: SMTPResponse) -> SMTPResponse:
    """An answer to a mail that is not yet there: a refusal is believed, but the connection is of no more use."""
    client.close()
    if answer.code < 400:
        raise SMTPServerDisconnected("The server confirmed a mail that it did not have")
    return answer


def _pieces(raw: bytes) -> Iterator[bytes]:
    """With a dot before each line that begins with one (RFC 5321, 4.5.2), and the end of the mail."""
    start, begins_line = 0, True
    while start < len(raw):
        end = min(start + PIECE_BYTES, len(raw))
        piece = raw[start:end]
        # Where a piece ends within a line end, the next one begins with the rest of it.
        stuffed = piece.replace(b"\n.", b"\n..")
        yield b"." + stuffed if begins_line and piece.startswith(b".") else stuffed
        begins_line = piece.endswith(b"\n")
        start = end
    yield b".\r\n" if raw.endswith(b"\r\n") else b"\r\n.\r\n"
