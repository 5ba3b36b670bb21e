"""An associate at a desk that comes and goes."""

import asyncio
import itertools
from collections.abc import Coroutine
from typing import Any

import aiohttp
import msgspec

from tests.faults.town import ANSWER_TIMEOUT_S, LOST, Frame, Place, Town

EXPECTED = {"offer_gone", "not_found", "conflict", "conversation_closed", "stale", "full"}
"""Refusals that a race explains. ``not_ready`` is repeated; anything else is a fault."""


class Desk:
    """An associate: takes what is offered, answers it, and closes it, hands it over or lets it rest."""

    def __init__(self, town: Town, name: str, token: str, queues: list[str]) -> None:
        self.town, self.name, self.token, self.queues = town, name, token, queues
        self.replies: dict[str, Place | None] = {}
        """Client id of a reply to where it was stored; None: it was refused."""
        self.shown: list[list[str]] = []
        """The cursors of what was shown: a list for each snapshot, which begins it."""
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._results: dict[str, asyncio.Future[Frame]] = {}
        self._ids = itertools.count(1)
        self._working: dict[str, bool] = {}
        """Conversations in work, and whether something happened to them meanwhile."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._offers: dict[str, int] = {}

    @property
    def cursor(self) -> str | None:
        return self.shown[-1][-1] if self.shown else None

    async def run(self) -> None:
        while True:
            try:
                await self._sit()
            except LOST:
                await self.town.pause()
            finally:
                self._socket = None
                for result in self._results.values():
                    result.cancel()
                self._results.clear()

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _sit(self) -> None:
        status, ticket = await self.town.post("/v1/desk/tickets", {}, self.token)
        if status != 201:
            raise aiohttp.ClientError(f"no ticket: {status}")
        async with self.town.socket("/v1/desk") as socket:
            hello = {"type": "hello", "ticket": ticket["ticket"], "cursor": self.cursor}
            await socket.send_str(msgspec.json.encode(hello).decode())
            async for message in socket:
                self._take(msgspec.json.decode(message.data, type=Frame), socket)

    def _take(self, frame: Frame, socket: aiohttp.ClientWebSocketResponse) -> None:
        match frame["type"]:
            case "result":
                waiting = self._results.pop(frame["id"], None)
                if waiting is not None and not waiting.done():
                    waiting.set_result(frame)
            case "snapshot":
                self.shown.append([frame["cursor"]])
                self._socket = socket
                for item in frame["conversations"]:
                    self._stir(item["conversation"]["id"])
                self._begin(self._be_available())
            case "resumed":
                self._socket = socket
                for conversation in list(self._working):
                    self._stir(conversation)
            case "event":
                self.shown[-1].append(frame["cursor"])
                self._hear(frame["event"])

    def _hear(self, event: Frame) -> None:
        if event["type"] == "PresenceChanged" and event["data"]["to"] == "away":
            self._begin(self._be_available())
        if event["type"] == "OfferMade":
            self._offers[event["conversation"]] = event["data"]["offer"]
        if event["type"] in ("OfferMade", "ConversationAssigned", "ConversationReopened", "MessageReceived"):
            self._stir(event["conversation"])

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _stir(self, conversation: str) -> None:
        if conversation in self._working:
            self._working[conversation] = True
        else:
            self._working[conversation] = False
            self._begin(self._work_until_quiet(conversation))

    async def _be_available(self) -> None:
        await self._ask("set_presence", presence="available")

    async def _work_until_quiet(self, conversation: str) -> None:
        try:
            while True:
                self._working[conversation] = False
                await self._work(conversation)
                if not self._working[conversation]:
                    break
        finally:
            del self._working[conversation]

    async def _work(self, conversation: str) -> None:
        dice = self.town.dice
        offer = self._offers.pop(conversation, None)
        if offer is None:
            look = await self._ask("history", conversation=conversation, limit=1)
            if look is None or look["conversation"].get("associate") != self.name:
                return
            offer = look["conversation"]["offer"] if look["conversation"]["state"] == "offered" else None
            if offer is None and look["conversation"]["state"] != "assigned":
                return
        if offer is not None:
            if not self.town.calm and dice.random() < 0.03:
                await self._ask("decline_offer", conversation=conversation, offer=offer)
                return
            if not self.town.calm and dice.random() < 0.01:
                return  # looks away until the offer expires
            if await self._ask("accept_offer", conversation=conversation, offer=offer) is None:
                return
        if await self._reply(conversation):
            await self._finish(conversation, dice.random())

    async def _reply(self, conversation: str) -> bool:
        client_id = f"{self.name}-{len(self.replies)}"
        self.replies[client_id] = None
        sent = await self._ask("reply", conversation=conversation, text=f"[{client_id}] answer", client_id=client_id)
        if sent is not None:
            self.replies[client_id] = (conversation, sent["number"])
            self.town.counts["replies"] += 1
        return sent is not None

    async def _finish(self, conversation: str, chance: float) -> None:
        if self.town.calm or chance > 0.12:
            closed = await self._ask("close", conversation=conversation, disposition="done")
            if closed is not None and closed["state"] == "wrap_up" and chance > 0.5:
                await self._ask("finish_wrap_up", conversation=conversation)
        elif chance > 0.06:
            await self._ask("park", conversation=conversation)
        else:
            queue = self.town.dice.choice(self.queues)
            await self._ask("transfer", conversation=conversation, queue=queue, briefing="yours, I think")

    async def _ask(self, type_: str, **fields: Any) -> Any:
        """The data of a request that was carried out, however long it takes; None for one that was refused."""
        while True:
            socket, id_ = self._socket, f"{self.name}-{next(self._ids)}"
            if socket is None:
                await self.town.pause()
                continue
            answer = self._results[id_] = asyncio.get_running_loop().create_future()
            try:
                await socket.send_str(msgspec.json.encode({"type": type_, "id": id_, **fields}).decode())
                result = await asyncio.wait_for(answer, ANSWER_TIMEOUT_S)
            except (*LOST, asyncio.CancelledError):
                if (task := asyncio.current_task()) is not None and task.cancelling():
                    raise
                await self.town.pause()
                continue
            if result["ok"]:
                return result["data"] or {}
            code = result["error"]["code"]
            self.town.counts[f"refused {code}"] += 1
            if code in EXPECTED:
                return None
            if code != "not_ready":
                self.town.faults.append(f"{type_} was refused: {result['error']}")
                return None
            await self.town.pause()
