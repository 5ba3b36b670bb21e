"""What an associate does at a terminal desk: each command as a request, and what comes of it."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec

from duetime.queues.records import Conversation, Page
from duetime.router.conversation import State
from duetime.router.ids import ConversationId
from duetime.router.message import Message
from duetime.service.cli.client import Client
from duetime.service.cli.desk_commands import Command
from duetime.service.cli.desk_lines import help_lines, overview, transcript, waiting
from duetime.service.cli.desk_view import DeskView, Entry
from duetime.service.cli.exits import Refused
from duetime.service.cli.link import Link
from duetime.service.cli.screen import Screen
from duetime.service.cli.terminal import now_ms
from duetime.service.sockets.desk_frames import DeskConversation

_WAIT_S: Final = 600
_TAKE_S: Final = 10
HISTORY_PAGE: Final = 20
"""Messages asked for at once: twenty of the longest still fit the buffer of a connection."""


class DeskWork:
    def __init__(self, view: DeskView, link: Link, client: Client, screen: Screen, changed: asyncio.Event) -> None:
        """``changed`` is set whenever something came from the daemon."""
        self._view = view
        self._link = link
        self._client = client
        self._screen = screen
        self._changed = changed
        self._verbs: dict[str, Callable[[Command], Awaitable[None]]] = {
            "accept": self._accept,
            "decline": self._decline,
            "reply": self._reply,
            "note": self._note,
            "park": self._park,
            "wake": self._wake,
            "transfer": self._transfer,
            "merge": self._merge,
            "split": self._split,
            "close": self._close,
            "finish": self._finish,
            "take": self._take,
            "list": self._list,
            "open": self._open,
            "history": self._history,
            "waiting": self._waiting,
            "presence": self._presence,
            "wait": self._wait,
            "help": self._help,
        }

    async def obey(self, command: Command) -> None:
        """Raises Refused and Unreachable with a sentence for the associate."""
        await self._verbs[command.verb](command)

    async def _accept(self, command: Command) -> None:
        offer = self._offer(command)
        self._view.current = offer.record.id
        await self._change("accept_offer", offer, offer=offer.record.offer)

    async def _decline(self, command: Command) -> None:
        offer = self._offer(command)
        await self._link.request(
            "decline_offer",
            conversation=offer.record.id,
            offer=offer.record.offer,
            reason=command.text or None,
        )
        self._view.gave_back(offer)

    async def _reply(self, command: Command) -> None:
        await self._write("reply", command.text)

    async def _note(self, command: Command) -> None:
        await self._write("add_note", command.text)

    async def _write(self, request: str, text: str) -> None:
        entry = self._current()
        # The id makes it safe to send again after a lost connection: the daemon recognises the second one.
        answer = await self._link.request(
            request, repeat=True, conversation=entry.record.id, text=text, client_id=secrets.token_hex(12)
        )
        self._view.wrote(entry, msgspec.convert(answer, Message))

    async def _park(self, command: Command) -> None:
        wake_at = now_ms() + 1000 * command.duration_s if command.duration_s else None
        await self._change("park", self._current(), wake_at=wake_at)

    async def _wake(self, command: Command) -> None:
        await self._change("wake", self._current())

    async def _transfer(self, command: Command) -> None:
        target = command.word or ""
        to = {"associate": target[1:]} if target.startswith("@") else {"queue": target}
        await self._change("transfer", self._current(), briefing=command.text or None, **to)

    async def _merge(self, command: Command) -> None:
        entry = self._current()
        other = command.word if command.number is None else self._numbered(command.number).record.id
        await self._change("merge", entry, other=other)

    async def _split(self, command: Command) -> None:
        await self._change("split", self._current(), other=command.word)

    async def _close(self, command: Command) -> None:
        await self._change("close", self._current(), disposition=command.word)

    async def _finish(self, command: Command) -> None:
        await self._change("finish_wrap_up", self._current(), disposition=command.word)

    async def _take(self, command: Command) -> None:
        await self._link.request("assign", conversation=command.word)
        taken = ConversationId(command.word or "")
        await self._until(lambda: self._view.find(taken) is not None, _TAKE_S)
        self._view.current = taken

    async def _list(self, command: Command) -> None:
        self._say(overview(self._view, now_ms()))

    async def _open(self, command: Command) -> None:
        entry = self._numbered(command.number or 0)
        self._view.current = entry.record.id
        self._say(transcript(entry, now_ms()))

    async def _history(self, command: Command) -> None:
        entry = self._current()
        after = 0
        while True:
            answer = await self._link.request("history", conversation=entry.record.id, after=after, limit=HISTORY_PAGE)
            page = msgspec.convert(answer, DeskConversation)
            entry.messages.update((message.number, message) for message in page.messages)
            if len(page.messages) < HISTORY_PAGE:
                break
            after = page.messages[-1].number
        self._say(transcript(entry, now_ms(), last=None))

    async def _waiting(self, command: Command) -> None:
        page = await self._client.get("/v1/conversations", Page, state=State.WAITING.value, limit=50)
        self._say(waiting(page.conversations, now_ms()))

    async def _presence(self, command: Command) -> None:
        await self._link.request("set_presence", presence=command.word)

    async def _wait(self, command: Command) -> None:
        wait_s = command.duration_s or _WAIT_S
        await self._until(lambda: any(entry.wants_work for entry in self._view.entries()), wait_s)

    async def _help(self, command: Command) -> None:
        self._say(help_lines())

    async def _change(self, request: str, entry: Entry, **fields: Any) -> None:
        answer = await self._link.request(request, conversation=entry.record.id, **fields)
        # The event says it too, but later: the next line typed must find the desk as this one left it.
        self._view.update(msgspec.convert(answer, Conversation))

    async def _until(self, condition: Callable[[], bool], timeout_s: int) -> None:
        try:
            async with asyncio.timeout(timeout_s):
                while not condition():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError as error:
            raise Refused(f"Nothing came within {timeout_s} s.") from error

    def _current(self) -> Entry:
        """The current conversation, or the only one at the desk."""
        entry = self._view.find(self._view.current) if self._view.current else None
        entries = self._view.entries()
        if entry is None and len(entries) == 1:
            entry = entries[0]
        if entry is None:
            raise Refused(
                "Which one? `list` shows them, `open N` makes one current." if entries else "Nothing is at your desk."
            )
        self._view.current = entry.record.id
        return entry

    def _numbered(self, number: int) -> Entry:
        entry = self._view.numbered(number)
        if entry is None:
            raise Refused("There is no such number at your desk: `list` shows them.")
        return entry

    def _offer(self, command: Command) -> Entry:
        if command.number is not None:
            entry = self._numbered(command.number)
            if entry.record.state is not State.OFFERED:
                raise Refused(f"#{entry.number} is not offered to you now.")
            return entry
        offers = self._view.offers()
        if not offers:
            raise Refused("No offer is open.")
        return offers[0]

    def _say(self, lines: list[str]) -> None:
        for line in lines:
            self._screen.say(line)
