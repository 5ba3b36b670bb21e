"""One visit to the web chat from a terminal: the socket's frames become lines, typed lines messages."""

import asyncio
import os
import secrets
from pathlib import Path
from typing import Final, assert_never

import click
import msgspec

from duetime.router.message import Author
from duetime.service.cli.client import Client
from duetime.service.cli.exits import OK, Refused, Unreachable
from duetime.service.cli.link import TRYING, Frame, Link
from duetime.service.cli.screen import Screen, open_screen
from duetime.service.cli.terminal import parse_span
from duetime.service.sockets.chat_frames import ChatMessage, ChatState, Standing, Welcome

_WAIT_S: Final = 600
_HELP: Final = (
    "Every line is a message. /wait [60s] waits for an answer, /quit leaves,"
    " and a line that begins with two slashes is sent with one."
)


class Visit:
    """The visitor's side of the chat socket, and of a screen."""

    path = "/v1/chat"

    def __init__(
        self, client: Client, endpoint: str, name: str | None, language: str | None, session_file: Path | None
    ) -> None:
        self._introduction = {"endpoint": endpoint, "name": name, "language": language}
        self._session_file = session_file
        self._resume_token = _read_session(session_file)
        self._screen: Screen = open_screen(lambda: TRYING if self._away else self._standing)
        self._link = Link(client, self)
        self._away = False
        self._standing = ""
        self._associate = "Team"
        self._conversation: str | None = None
        self._seen = 0
        """The number of the last message shown, in the current conversation."""
        self._sent: set[str] = set()
        self._answered = asyncio.Event()
        self._exit_code = OK

    async def run(self) -> int:
        """Chat until the input ends. Raises Refused and Unreachable when it cannot go on."""
        await self._link.run_with(self._obey_lines())
        return self._exit_code

    async def hello(self) -> Frame:
        known = {"resume_token": self._resume_token, "conversation": self._conversation, **self._introduction}
        given = {name: value for name, value in known.items() if value is not None}
        return {"type": "hello", "after": self._seen, **given}

    def take(self, frame: Frame) -> None:
        match frame.get("type"):
            case "welcome":
                self._enter(msgspec.convert(frame, Welcome))
            case "state":
                self._stand(msgspec.convert(frame, ChatState))
            case "message":
                self._hear([msgspec.convert(frame, ChatMessage)])
            case "error":
                self._screen.complain(str(frame["error"].get("detail", "The daemon did not understand.")))

    def lost(self, reason: str) -> None:
        if not self._away:
            self._screen.say(f"The connection is lost: {reason} Trying again.", "ansiyellow")
        self._away = True

    def found(self) -> None:
        if self._away:
            self._screen.say("Connected again; nothing was missed.", "ansigreen")
        self._away = False

    def _enter(self, welcome: Welcome) -> None:
        if self._resume_token is None:
            self._screen.say(f"{welcome.endpoint_name}: write your message.", "bold")
        elif not welcome.resumed:
            self._screen.say("The earlier session has ended; this is a new one.", "ansiyellow")
            self._conversation, self._seen = None, 0
        self._resume_token = welcome.resume_token
        if self._session_file is not None:
            _write_session(self._session_file, welcome.resume_token)
        if welcome.conversation is not None:
            self._stand(welcome.conversation)
        self._hear(welcome.messages)

    def _stand(self, state: ChatState) -> None:
        self._turn_to(state.conversation)
        match state.state:
            case Standing.WAITING:
                # While somebody is asked whether they can take it, there is no position to tell.
                place = f"You are number {state.position} in line." if state.position else self._standing
                standing = place or "Somebody will be with you."
            case Standing.ASSIGNED:
                self._associate = state.associate or "Team"
                standing = f"{self._associate} is with you."
            case Standing.CLOSED:
                standing = "The conversation is closed. Write again to go on."
            case _:
                assert_never(state.state)
        if standing != self._standing:
            self._screen.say(standing, "italic")
        self._standing = standing

    def _turn_to(self, conversation: str) -> None:
        """Messages are numbered anew in every conversation."""
        if conversation != self._conversation:
            self._conversation, self._seen = conversation, 0

    def _hear(self, messages: list[ChatMessage]) -> None:
        last_seen = self._seen
        for message in messages:
            if message.number <= self._seen:
                continue
            self._seen = message.number
            if message.author is not Author.CONTACT:
                self._screen.say(f"{message.name or self._associate}: {message.text}", "bold")
                self._answered.set()
            elif message.client_id not in self._sent:
                self._screen.say(f"You: {message.text}")
        if self._seen > last_seen:
            self._link.tell("read", number=self._seen)

    async def _obey_lines(self) -> None:
        await self._link.welcomed.wait()
        async for line in self._screen.lines():
            text = line.strip()
            try:
                if text == "/quit":
                    return
                if text.startswith("/") and not text.startswith("//"):
                    await self._obey(text)
                elif text:
                    await self._say(text.removeprefix("/"))
            except (Refused, Unreachable) as error:
                self._screen.complain(error.message)
                if not self._screen.interactive:
                    self._exit_code = error.exit_code

    async def _obey(self, text: str) -> None:
        verb, _, rest = text.partition(" ")
        if verb != "/wait":
            self._screen.say(_HELP)
            if verb != "/help":
                raise Refused(f"There is no command {verb}.")
            return
        try:
            wait_s = parse_span(rest) if rest else _WAIT_S
            async with asyncio.timeout(wait_s):
                await self._answered.wait()
        except TimeoutError as error:
            raise Refused("Nobody answered in time; the conversation stays open.", "no_answer") from error
        except ValueError as error:
            raise Refused(str(error)) from error

    async def _say(self, text: str) -> None:
        # The id names the message: sent again after a lost connection, it is the same message.
        client_id = secrets.token_hex(12)
        self._sent.add(client_id)
        self._answered.clear()
        taken = await self._link.request("message", repeat=True, id_=client_id, text=text)
        self._turn_to(taken["conversation"])


def _read_session(path: Path | None) -> str | None:
    try:
        return path.read_text(encoding="ascii").strip() or None if path else None
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise click.UsageError(f"Cannot read the session in {path}: {error}") from error


def _write_session(path: Path, resume_token: str) -> None:
    """Whoever can read the file is the visitor, so nobody else may."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            os.fchmod(descriptor, 0o600)
            file.write(f"{resume_token}\n")
    except OSError as error:
        raise click.UsageError(f"Cannot keep the session in {path}: {error.strerror}.") from error
