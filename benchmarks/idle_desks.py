"""Connections that say nothing, in a process of their own.

`python -m benchmarks.idle_desks` reads a `path_load.Job` as a line of JSON, then lines with a number: it opens as many
connections more and answers "open" each time. It ends with its input.
"""

import asyncio
import os
import sys

import msgspec
import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport

from benchmarks.path_load import Job, dialect_of


class Desk(WSListener):
    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.PING:
            transport.send_pong(frame.get_payload_as_bytes())


async def main() -> None:
    loop = asyncio.get_running_loop()

    async def next_line() -> str:
        return await loop.run_in_executor(None, sys.stdin.readline)

    dialect = dialect_of(msgspec.json.decode(await next_line(), type=Job))
    while line := await next_line():
        await dialect.open_desks(Desk, int(line))
        print("open", flush=True)
    os._exit(0)  # thousands of connections, and nothing to say goodbye for


if __name__ == "__main__":
    uvloop.run(main())
