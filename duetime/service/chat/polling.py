"""Chat over plain HTTP, for networks that let no websocket through.

A poll is a hello with what the client has; its answer is what the socket would have sent since. Nothing is kept here
between two polls: what happens meanwhile is found by looking, so nothing is missed and nothing comes twice. What the
visitor sends comes in batches beside it.
"""

import asyncio
from contextlib import suppress
from typing import Final

import msgspec
from aiohttp import web

from duetime.queues.connection import Busy, ServerLost
from duetime.router.errors import NotReady, Refusal
from duetime.service.chat.lobby import Lobby
from duetime.service.chat.poll_frames import Batch, Poll, Polled, Results
from duetime.service.sockets.admission import Admission
from duetime.service.sockets.chat_frames import Delivered, Read, Typing
from duetime.service.sockets.chat_visit import Visit
from duetime.service.sockets.dialogue import result_of
from duetime.service.sockets.frames import Goodbye, encode

LOOK_MOST_S: Final = 1.0
FRAMES_MOST: Final = 500
"""In one answer; the next poll brings the rest."""


class Basket:
    """Collects what a visitor is shown until it is fetched."""

    def __init__(self) -> None:
        self.frames: list[msgspec.Raw] = []
        self.changed = asyncio.Event()
        self._closed = False

    @property
    def closing(self) -> bool:
        return self._closed or len(self.frames) >= FRAMES_MOST

    def send(self, frame: bytes) -> None:
        if not self.closing:
            self.frames.append(msgspec.Raw(frame))
            self.changed.set()

    async def send_waiting(self, frame: bytes) -> None:
        self.send(frame)

    def close(self, code: int, reason: str) -> None:
        self._closed = True
        self.changed.set()


class Polling:
    """Chats without a socket on this daemon."""

    def __init__(self, lobby: Lobby, admission: Admission, stopping: asyncio.Event) -> None:
        self._lobby = lobby
        self._admission = admission
        self._stopping = stopping

    async def poll(self, request: web.Request, poll: Poll) -> Polled:
        with self._admission.place(request) as address:
            visitor, resumed = await self._lobby.reception.receive(poll, address)
            self._lobby.rates.requests.take(visitor.session.id)
            basket = Basket()
            with self._lobby.visit(visitor, basket) as visit:
                if not resumed or poll.wait_s == 0:
                    return Polled(welcome=await self._lobby.welcome(visit, poll, resumed=resumed), frames=[])
                await self._lobby.go_on(visit, poll.conversation, poll.after, poll.state)
                visit.begin()
                await self._wait(basket, poll.wait_s)
                await visit.looked(LOOK_MOST_S)  # what belongs together comes together
        if self._stopping.is_set():
            basket.frames.append(msgspec.Raw(encode(Goodbye(reason="restarting"))))
        return Polled(welcome=None, frames=basket.frames)

    async def send(self, request: web.Request, batch: Batch) -> Results:
        if self._stopping.is_set():
            raise NotReady("This daemon is stopping. Send the same again in a moment.")
        address = self._admission.address(request)
        visitor = await self._lobby.reception.recognise(batch.endpoint, batch.resume_token, address)
        self._lobby.rates.requests.take(visitor.session.id, len(batch.frames))
        results: list[msgspec.Raw] = []
        with self._lobby.visit(visitor, Basket()) as visit:
            await self._lobby.stand_in(visit)
            for frame in batch.frames:
                if isinstance(frame, Typing | Delivered | Read):
                    await self._tell(visit, frame)
                else:
                    doing = self._lobby.requests.carry_out(visit, frame)
                    results.append(msgspec.Raw(await result_of(frame.id, doing)))
        return Results(results=results)

    async def _tell(self, visit: Visit, frame: Typing | Delivered | Read) -> None:
        with suppress(Refusal, ServerLost, Busy):  # the next one says it again
            await self._lobby.requests.tell(visit, frame)

    async def _wait(self, basket: Basket, wait_s: int) -> None:
        """Until there is something, the daemon goes quiet, or the time is over."""
        waits = [asyncio.create_task(event.wait()) for event in (basket.changed, self._stopping)]
        try:
            await asyncio.wait(waits, timeout=wait_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
