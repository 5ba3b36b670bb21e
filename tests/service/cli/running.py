"""A real daemon and real command lines as processes, for tests of what a person types."""

import io
import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from unittest.mock import patch

from duetime.service.cli.main import execute
from duetime.service.welcome import LocalTokens, read_local_tokens

COMMAND = (sys.executable, "-c", "from duetime.service.cli.main import main; main()")
ROUTING = """
default_queue = "ana"

[teams]
a = "With Ana"
b = "With Ben"
c = "With Cleo"

[associates.ana]
name = "Ana Ruiz"
teams = ["a"]
capacity_units = 50

[associates.ben]
name = "Ben Okafor"
teams = ["b"]
capacity_units = 50

[associates.cleo]
name = "Cleo Martin"
teams = ["c"]
capacity_units = 50

[queues.ana]
name = "Ana's"
teams = ["a"]
offer_timeout_s = 600

[queues.ben]
name = "Ben's"
teams = ["b"]
offer_timeout_s = 600

[queues.cleo]
name = "Cleo's"
teams = ["c"]
offer_timeout_s = 600

[[triage]]
name = "For Ben"
queue = "ben"
when = { text_contains = ["for ben"] }

[[triage]]
name = "For Cleo"
queue = "cleo"
when = { text_contains = ["for cleo"] }
"""


class Daemon:
    """`duetime run` with its data in one directory; it can be killed and started again."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.url = ""
        self._port = "0"
        self._process: subprocess.Popen[str] | None = None
        self.command_lines: list[CommandLine] = []
        (directory / "routing.toml").write_text(ROUTING)

    @property
    def tokens(self) -> LocalTokens:
        tokens = read_local_tokens(self.directory / "data")
        assert tokens is not None
        return tokens

    @property
    def environment(self) -> dict[str, str]:
        """What the command lines of this daemon's machine are given."""
        return {"DUETIME_URL": self.url, "DUETIME_DATA_DIR": str(self.directory / "data")}

    def start(self) -> None:
        log = self.directory / "daemon.log"
        with log.open("a") as errors:
            self._process = subprocess.Popen(
                [*COMMAND, "run"],
                cwd=self.directory,
                env=clean_environment(
                    DUETIME_HTTP_PORT=self._port,
                    DUETIME_ROUTING_FILE=str(self.directory / "routing.toml"),
                    DUETIME_DESK_RECONNECT_GRACE_S="2",
                    DUETIME_STOP_DRAIN_S="1",
                ),
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        assert self._process.stdout is not None
        greeting = self._process.stdout.readline()
        found = re.search(r"http://[^\s:]+:(\d+)", greeting)
        assert found, f"The daemon said {greeting!r}.\n{log.read_text()}"
        self.url, self._port = found[0], found[1]

    def kill(self) -> None:
        """As a power cut would, for the daemon; its server lives on."""
        self._end(signal.SIGKILL)

    def kill_command_lines(self) -> None:
        while self.command_lines:
            self.command_lines.pop().kill()

    def stop(self) -> int:
        """In order; gives the exit code."""
        return self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> int:
        assert self._process is not None
        with self._process as process:
            process.send_signal(number)
            return process.wait(30)


@contextmanager
def running_daemon(directory: Path) -> Iterator[Daemon]:
    daemon = Daemon(directory)
    daemon.start()
    try:
        yield daemon
    finally:
        daemon.kill_command_lines()
        daemon.stop()


class CommandLine:
    """One command line as a process, with somebody who types and reads."""

    def __init__(self, daemon: Daemon, *args: str) -> None:
        self._process = subprocess.Popen(
            [*COMMAND, *args],
            cwd=daemon.directory,
            env=clean_environment(**daemon.environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            bufsize=1,
        )
        daemon.command_lines.append(self)
        self._lines: queue.Queue[str] = queue.Queue()
        self.said: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def type(self, *lines: str) -> None:
        assert self._process.stdin is not None
        for line in lines:
            self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def expect(self, pattern: str, timeout_s: float = 15) -> str:
        """The next line in which the pattern is found; fails with all that was said."""
        deadline = time.monotonic() + timeout_s
        while True:
            try:
                line = self._lines.get(timeout=max(0, deadline - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"{pattern!r} was not said. Said was:\n{''.join(self.said)}") from None
            if re.search(pattern, line):
                return line

    def interrupt(self) -> None:
        self._process.send_signal(signal.SIGINT)

    def end(self) -> int:
        """End the input and wait; gives the exit code."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        code = self._process.wait(15)
        self._reader.join(5)
        return code

    def kill(self) -> None:
        """For those that a failed test left behind."""
        if self._process.poll() is None:
            self._process.kill()
            self.end()

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as output:
            for line in output:
                self.said.append(line)
                self._lines.put(line)


def run_command(daemon: Daemon, *args: str, text: str = "") -> subprocess.CompletedProcess[str]:
    """One command line from start to end."""
    return subprocess.run(
        [*COMMAND, *args],
        cwd=daemon.directory,
        env=clean_environment(**daemon.environment),
        input=text,
        capture_output=True,
        text=True,
        timeout=60,
    )


def run_here(daemon: Daemon, *args: str, text: str = "") -> subprocess.CompletedProcess[str]:
    """The same without a process of its own, for commands that read no terminal and touch no logging."""
    output, errors = io.StringIO(), io.StringIO()
    with (
        patch.dict(os.environ, clean_environment(**daemon.environment), clear=True),
        patch("sys.stdin", io.StringIO(text)),
        redirect_stdout(output),
        redirect_stderr(errors),
    ):
        code = execute(args)
    return subprocess.CompletedProcess(args, code, output.getvalue(), errors.getvalue())


def clean_environment(**more: str) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("DUETIME_")} | more
