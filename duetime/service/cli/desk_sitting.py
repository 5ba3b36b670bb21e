"""One sitting at a terminal desk: the socket's frames become lines, typed lines become requests."""

import asyncio
from typing import Final

import msgspec

from duetime.router.associate import Presence
from duetime.router.errors import Forbidden, NotFound
from duetime.router.events import Event, EventType
from duetime.router.ids import ConversationId
from duetime.service.access import TicketText
from duetime.service.cli.client import Client
from duetime.service.cli.desk_commands import parse_command
from duetime.service.cli.desk_lines import arrival, footer, happened, heading, reasons, transcript
from duetime.service.cli.desk_view import DeskView, Entry
from duetime.service.cli.desk_work import HISTORY_PAGE, DeskWork
from duetime.service.cli.exits import OK, Refused, Unreachable
from duetime.service.cli.link import TRYING, Frame, Link
from duetime.service.cli.screen import Screen, open_screen
from duetime.service.cli.terminal import now_ms
from duetime.service.sockets.desk_frames import DeskConversation, EventFrame, Snapshot

_ASK_AGAIN_S: Final = 1.0


class Sitting:
    """The associate's side of the desk socket, and of a screen."""

    path = "/v1/desk"

    def __init__(self, client: Client) -> None:
        self._view = DeskView()
        self._screen: Screen = open_screen(self._footer)
        self._client = client
        self._link = Link(client, self)
        self._away = False
        self._why: dict[ConversationId, str] = {}
        self._arrived = asyncio.Event()
        self._changed = asyncio.Event()
        self._exit_code = OK

    async def run(self) -> int:
        """Sit at the desk until the input ends. Raises Refused and Unreachable when it cannot go on."""
        await self._link.run_with(self._ask(), self._obey_lines())
        return self._exit_code

    def _footer(self) -> str:
        return footer(self._view, TRYING if self._away else "connected", now_ms())

    async def hello(self) -> Frame:
        ticket = await self._client.post("/v1/desk/tickets", TicketText, {})
        cursor = {"cursor": self._view.cursor} if self._view.cursor else {}
        return {"type": "hello", "ticket": ticket.ticket, **cursor}

    def take(self, frame: Frame) -> None:
        match frame.get("type"):
            case "snapshot":
                self._load(msgspec.convert(frame, Snapshot))
            case "event":
                self._hear(msgspec.convert(frame, EventFrame).event)
            case "error":
                self._screen.complain(str(frame["error"].get("detail", "The daemon did not understand.")))
        self._changed.set()

    def lost(self, reason: str) -> None:
        if not self._away:
            self._screen.say(f"The connection is lost: {reason} Trying again.", "ansiyellow")
        self._away = True

    def found(self) -> None:
        if self._away:
            self._screen.say("Connected again; nothing was missed.", "ansigreen")
        self._away = False
        self._arrived.set()

    def _load(self, snapshot: Snapshot) -> None:
        associate = snapshot.associate
        if associate is None:
            raise Refused("This token belongs to no associate, so there is nothing to do at a desk.")
        self._view.load(
            snapshot.cursor,
            associate,
            [(held.conversation, held.messages) for held in snapshot.conversations],
        )
        self._screen.say(f"{associate.profile.name}, you are {associate.presence}.", "bold")
        if associate.presence is not Presence.AVAILABLE:
            self._screen.say("Write `presence available` to get offers.")
        entries = self._view.entries()
        for entry in entries:
            if entry.wants_work:
                self._say_all(arrival(entry, "", now_ms()))
            else:
                self._screen.say(heading(entry, now_ms()))
        if not entries:
            self._screen.say("Nothing is at your desk.")

    def _hear(self, event: Event) -> None:
        known = self._view.presence
        entry = self._view.apply(event)
        if event.type == EventType.OFFER_MADE and event.conversation:
            self._why[event.conversation] = reasons(event.data.get("why", {}))
        if self._view.presence is not known:
            reason = f" ({event.data['reason']})" if event.data.get("reason") else ""
            self._screen.say(f"You are {self._view.presence} now{reason}.", "bold")
        if self._view.unknown():
            self._arrived.set()
        if entry is None:
            return
        if line := happened(event, entry, now_ms()):
            self._screen.say(line)
        if event.type == EventType.OFFER_ACCEPTED:
            self._say_all(transcript(entry, now_ms())[1:])

    async def _ask(self) -> None:
        """Ask the daemon about what came to the desk; an event names little more than its due time."""
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            for conversation in self._view.unknown():
                try:
                    entry = await self._fetch(conversation)
                except (Refused, Unreachable) as error:
                    if isinstance(error, Refused) and error.code in (NotFound.code, Forbidden.code):
                        self._view.forget(conversation)
                        continue
                    await asyncio.sleep(_ASK_AGAIN_S)
                    self._arrived.set()
                else:
                    self._announce(entry)
            self._changed.set()

    async def _fetch(self, conversation: ConversationId) -> Entry:
        """How it stands, and its last messages."""
        known = self._view.find(conversation)
        after = max(known.messages, default=0) if known else 0
        found = await self._history(conversation, after)
        if found.conversation.messages > after + HISTORY_PAGE:
            found = await self._history(conversation, found.conversation.messages - HISTORY_PAGE)
        return self._view.learn(found.conversation, found.messages)

    async def _history(self, conversation: ConversationId, after: int) -> DeskConversation:
        answer = await self._link.request("history", conversation=conversation, after=after, limit=HISTORY_PAGE)
        return msgspec.convert(answer, DeskConversation)

    def _announce(self, entry: Entry) -> None:
        if entry.at_desk:
            self._say_all(arrival(entry, self._why.pop(entry.record.id, ""), now_ms()))

    async def _obey_lines(self) -> None:
        await self._link.welcomed.wait()
        work = DeskWork(self._view, self._link, self._client, self._screen, self._changed)
        async for line in self._screen.lines():
            try:
                command = parse_command(line)
                if command is None:
                    continue
                if command.verb == "quit":
                    return
                await work.obey(command)
            except (Refused, Unreachable) as error:
                self._screen.complain(error.message)
                if not self._screen.interactive:
                    self._exit_code = error.exit_code

    def _say_all(self, lines: list[str]) -> None:
        for line in lines:
            self._screen.say(line)
