"""The load on one whole path, in a process of its own: HTTP posts in, frames on desks out.

`python -m benchmarks.path_load` reads a `Job` as JSON from its input. It writes a line when the measured time begins,
one when it ends, and a `Result`. The same 200
desks and 64 keep-alive posters speak to Duetime and to the floor programs; only the dialects differ.

closed   every poster sends the next message as soon as the last one is acknowledged
open     messages fall due by a Poisson process of `rate` a second and wait for a free poster; latency counts from
         the moment they are due, so a server that falls behind cannot hide it
"""

import asyncio
import itertools
import os
import random
import sys
import time
from collections import deque
from typing import Protocol, cast

import aiohttp
import msgspec
import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

DESKS = 200
POSTERS = 64
CONVERSATIONS = 1_000
WARM_UP_S, COOL_DOWN_S = 1.0, 1.0
TEXT = (
    "Hello, my order 4711 has not arrived yet and I would like to know where it is. Could you please check the"
    " delivery for me? Thank you!"
)
now_s = time.perf_counter


class Job(msgspec.Struct, frozen=True, kw_only=True):
    dialect: str
    """floor or duetime."""
    port: int
    desk_port: int
    seconds: float = 0.0
    rate: float | None = None
    """Messages a second of an open load; None: a closed one."""
    integration_token: str = ""
    desk_tokens: list[str] = []


class Result(msgspec.Struct, frozen=True, kw_only=True):
    per_s: float
    """Messages that reached their desk, per second."""
    p50_ms: float
    p99_ms: float
    """From due (open) or sent (closed) to the frame on the desk."""
    messages: int
    """That reached their desk in the measured time."""
    lost: int
    """Sent and never seen on a desk."""


class Dialect(Protocol):
    async def open_desks(self, listener: type[WSListener], count: int) -> None: ...

    def first_requests(self) -> list[bytes]:
        """What is posted before anything is measured."""

    def request(self, at_s: float) -> bytes:
        """A message, with the moment by which its latency is counted in it."""

    def moment(self, frame: bytes) -> float | None:
        """The moment in a frame; None for a frame that is not about a measured message."""


class Floor:
    def __init__(self, job: Job) -> None:
        self._job = job
        self._number = 0

    async def open_desks(self, listener: type[WSListener], count: int) -> None:
        for desk in range(count):
            await ws_connect(listener, f"ws://127.0.0.1:{self._job.desk_port}/ws?agent={desk}")

    def first_requests(self) -> list[bytes]:
        return []

    def request(self, at_s: float) -> bytes:
        self._number += 1
        body = (
            f'{{"id":"m-{self._number:012}","channel":"chat","sender":"customer-{self._number % 100_000:06}",'
            f'"agent":{random.randrange(DESKS)},"body":"{TEXT}","ts":{at_s:.6f}}}'
        )
        return _post("/messages", "", body)

    def moment(self, frame: bytes) -> float | None:
        start = frame.rfind(b'"ts":') + 5
        return float(frame[start : frame.find(b"}", start)])


class Duetime:
    def __init__(self, job: Job) -> None:
        self._job = job
        self._run = random.getrandbits(32)
        self._number = 0
        self._auth = f"Authorization: Bearer {job.integration_token}\r\n"

    async def open_desks(self, listener: type[WSListener], count: int) -> None:
        base = f"http://127.0.0.1:{self._job.port}"
        async with aiohttp.ClientSession() as session:
            for token in itertools.islice(itertools.cycle(self._job.desk_tokens), count):
                headers = {"Authorization": f"Bearer {token}"}
                async with session.post(f"{base}/v1/desk/tickets", headers=headers) as response:
                    response.raise_for_status()
                    ticket = (await response.json())["ticket"]
                transport, _ = await ws_connect(listener, f"ws://127.0.0.1:{self._job.desk_port}/v1/desk")
                transport.send(WSMsgType.TEXT, msgspec.json.encode({"type": "hello", "ticket": ticket}))
                presence = {"type": "set_presence", "id": "1", "presence": "available"}
                transport.send(WSMsgType.TEXT, msgspec.json.encode(presence))
        await asyncio.sleep(1.0)  # the last of them are available

    def first_requests(self) -> list[bytes]:
        return [self._request(contact, "first") for contact in range(CONVERSATIONS)]

    def request(self, at_s: float) -> bytes:
        return self._request(random.randrange(CONVERSATIONS), f"{TEXT} @@{at_s:.6f}@@")

    def _request(self, contact: int, text: str) -> bytes:
        self._number += 1
        body = (
            f'{{"external_id":"m-{self._run:08x}-{self._number:012}","sender":{{"address":"customer-{contact:06}"}},'
            f'"text":"{text}"}}'
        )
        return _post("/v1/messages", self._auth, body)

    def moment(self, frame: bytes) -> float | None:
        start = frame.find(b"@@") + 2
        is_message = start > 1 and frame.startswith(b'{"type":"event"')  # not a snapshot with older ones
        return float(frame[start : frame.find(b"@@", start)]) if is_message else None


def dialect_of(job: Job) -> Dialect:
    return Duetime(job) if job.dialect == "duetime" else Floor(job)


def _post(path: str, headers: str, body: str) -> bytes:
    return (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}Content-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


class Load:
    """Counts and latencies of one run."""

    def __init__(self, job: Job, dialect: Dialect) -> None:
        self.job = job
        self.dialect = dialect
        self.first: deque[bytes] = deque()
        self.due: deque[float] = deque()
        self.idle: deque[Poster] = deque()
        self.measuring = self.stopped = False
        self.sent = self.seen = 0
        self.latencies: list[float] = []

    def see(self, frame: bytes) -> None:
        moment = self.dialect.moment(frame)
        if moment is not None:
            self.seen += 1
            if self.measuring:
                self.latencies.append(now_s() - moment)

    def take_up(self, poster: "Poster") -> None:
        """What a poster that is free does next."""
        if self.first:
            poster.write(self.first.popleft())
        elif self.job.rate is None and not self.stopped:
            self.post(poster, now_s())
        elif self.due:
            self.post(poster, self.due.popleft())
        else:
            self.idle.append(poster)

    def post(self, poster: "Poster", at_s: float) -> None:
        self.sent += 1
        poster.write(self.dialect.request(at_s))

    async def let_fall_due(self, rate: float) -> None:
        next_s = now_s()
        while not self.stopped:
            while next_s <= now_s():
                if self.idle:
                    self.post(self.idle.popleft(), next_s)
                else:
                    self.due.append(next_s)
                next_s += random.expovariate(rate)
            await asyncio.sleep(min(0.001, max(0.0, next_s - now_s())))


class Poster(asyncio.Protocol):
    def __init__(self, load: Load) -> None:
        self._load = load
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.write = cast(asyncio.Transport, transport).write

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._buffer[:end].lower()
        start = head.find(b"content-length:") + 15
        if len(self._buffer) < end + 4 + int(head[start:].split(b"\r", 1)[0]):
            return
        if not head.startswith(b"http/1.1 202"):
            raise RuntimeError(self._buffer.decode())
        self._buffer = b""
        self._load.take_up(self)

    def connection_lost(self, exc: Exception | None) -> None:
        sys.exit("The server closed a connection: it has ended, or refuses the load.")


async def run(job: Job) -> Result:
    load = Load(job, dialect_of(job))

    class Desk(WSListener):
        def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
            if frame.msg_type == WSMsgType.TEXT:
                load.see(frame.get_payload_as_bytes())
            elif frame.msg_type == WSMsgType.PING:
                transport.send_pong(frame.get_payload_as_bytes())

    await load.dialect.open_desks(Desk, DESKS)
    load.first.extend(load.dialect.first_requests())
    loop = asyncio.get_running_loop()
    for _ in range(POSTERS):
        _, poster = await loop.create_connection(lambda: Poster(load), "127.0.0.1", job.port)
        load.take_up(poster)
    while load.first:  # noqa: ASYNC110 - nothing tells when, and it is over at once
        await asyncio.sleep(0.05)
    generator = asyncio.create_task(load.let_fall_due(job.rate)) if job.rate else None
    await asyncio.sleep(WARM_UP_S)
    load.measuring, started_s = True, now_s()
    print("begin", flush=True)
    await asyncio.sleep(job.seconds)
    load.measuring, elapsed_s = False, now_s() - started_s
    print("end", flush=True)
    load.stopped = True
    await asyncio.sleep(COOL_DOWN_S)
    if generator is not None:
        await generator
    latencies = sorted(load.latencies)
    return Result(
        per_s=len(latencies) / elapsed_s,
        p50_ms=1000 * latencies[len(latencies) // 2],
        p99_ms=1000 * latencies[int(len(latencies) * 0.99)],
        messages=len(latencies),
        lost=load.sent - load.seen,
    )


def main() -> None:
    job = msgspec.json.decode(sys.stdin.buffer.readline(), type=Job)
    sys.stdout.buffer.write(msgspec.json.encode(uvloop.run(run(job))) + b"\n")
    sys.stdout.flush()
    os._exit(0)  # hundreds of connections, and nothing to say goodbye for


if __name__ == "__main__":
    main()
