"""The first five minutes: every command that a daemon prints when it starts is run as it is printed."""

import re
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from tests.components import missing
from tests.daemon import DaemonProcess, clean_environment, daemon_process
from tests.waiting import wait_until


class Terminal:
    """One shell in which a printed command runs."""

    def __init__(self, command: str, directory: Path) -> None:
        self._path = directory / f"terminal-{len(list(directory.glob('terminal-*')))}.txt"
        with self._path.open("wb") as shown:
            self._process = subprocess.Popen(
                ["sh", "-c", command],
                cwd=directory,
                env=clean_environment(),
                stdin=subprocess.PIPE,
                stdout=shown,
                stderr=shown,
            )

    @property
    def shown(self) -> str:
        return self._path.read_text()

    def type(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n".encode())
        self._process.stdin.flush()

    async def shows(self, pattern: str) -> re.Match[str]:
        return await wait_until(lambda: re.search(pattern, self.shown), 20, f"{pattern!r} in a terminal")

    async def ended(self) -> int:
        await wait_until(lambda: self._process.poll() is not None, 20, "the end of a command")
        return self._process.returncode

    def close(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()


class Room:
    """A fresh checkout's folder, with the daemon in one terminal."""

    def __init__(self, daemon: DaemonProcess) -> None:
        self.daemon = daemon
        self.terminals: list[Terminal] = []

    def command(self, word: str) -> str:
        """The printed line with this word, with those that continue it."""
        lines = re.split(r"(?<!\\)\n", self.daemon.printed)
        return next(line.split("  # ")[0].strip() for line in lines if f" {word} " in f"{line} ")

    def run(self, word: str) -> Terminal:
        terminal = Terminal(self.command(word), self.daemon.directory)
        self.terminals.append(terminal)
        return terminal


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    (tmp_path / ".venv").symlink_to(sys.prefix)
    async with daemon_process(tmp_path) as daemon:
        room = Room(daemon)
        try:
            yield room
        finally:
            for terminal in room.terminals:
                terminal.close()


async def test_the_commands_of_the_readme_are_those_that_a_daemon_prints(room: Room) -> None:
    readme = (Path(__file__).parent.parent.parent / "README.md").read_text()
    chapter = readme.partition("## The first five minutes")[2].partition("\n## ")[0]
    commands = set(re.findall(r"^\.venv/bin/duetime .+$", chapter, re.MULTILINE))
    commands |= set(re.findall(r"`(\.venv/bin/duetime [^`]+)`", chapter))

    printed = room.daemon.printed.replace(f" --url {room.daemon.url}", "")

    assert len(commands) >= 4
    assert [command for command in commands if command not in printed] == [".venv/bin/duetime doctor"]


async def test_a_message_of_an_integration_is_accepted_and_answered_at_the_terminal_desk(room: Room) -> None:
    desk = room.run("desk")
    await desk.shows("you are available")
    sent = room.run("send")

    await desk.shows("Offer: #1 .* due in")
    desk.type("accept")
    await desk.shows("Do you ship to Norway")
    desk.type("We do, twice a week.")
    desk.type("close")

    assert await sent.ended() == 0
    assert "We do, twice a week." in sent.shown
    assert "Everything agrees" in room.daemon.examine()


async def test_a_visitor_in_a_terminal_talks_with_the_terminal_desk(room: Room) -> None:
    desk, visitor = room.run("desk"), room.run("chat")
    await desk.shows("you are available")
    visitor.type("Hello, is somebody there?")

    await desk.shows("Offer: #1 .* due in")
    desk.type("accept")
    await desk.shows("Hello, is somebody there")
    desk.type("Good morning!")

    await visitor.shows("Good morning!")


async def test_everything_else_that_is_printed_works(room: Room) -> None:
    status = room.run("status")
    assert await status.ended() == 0
    for name in ("Ana Ruiz", "general"):
        assert name in status.shown
    for path in ("/docs", "/readyz", "/healthz", "/openapi.json"):
        async with room.daemon.session.get(room.daemon.url + path) as response:
            assert response.status == 200
    assert f"{room.daemon.url}/docs" in room.daemon.printed
    assert room.daemon.tokens.admin in room.daemon.printed


async def test_the_request_with_curl_is_accepted(room: Room) -> None:
    if shutil.which("curl") is None:
        missing("curl", "Install it to try what the daemon prints.", optional=True)

    posted = room.run("curl")

    assert await posted.ended() == 0
    accepted = msgspec.json.decode(posted.shown)
    assert accepted["opened"] is True
    assert (await room.daemon.see(accepted["conversation"]))["state"] == "waiting"
