"""Processes to measure: pinned to a processor, with what they use of it and of memory."""

import os
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

SERVER_CPU = 0
OTHER_CPU = 1
"""Where the load runs, and Redis beside a daemon."""
FIRST = -20
"""The niceness of what is measured."""


def pin(pid: int, cpu: int) -> None:
    """All threads of a process to one processor (with only one there is nothing to choose), and before other work on
    it, where that is permitted: a busy machine then disturbs less."""
    for thread in Path(f"/proc/{pid}/task").iterdir():
        if cpu < (os.cpu_count() or 1):
            os.sched_setaffinity(int(thread.name), {cpu})
        with suppress(PermissionError):
            os.setpriority(os.PRIO_PROCESS, int(thread.name), FIRST)
    with suppress(OSError):  # Linux shares out time by sessions before it looks at the niceness of their processes
        Path(f"/proc/{pid}/autogroup").write_text(str(FIRST))


def cpu_s(pid: int) -> float:
    """Processor time used so far, in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def rss_kib(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))


def free_ports() -> Iterator[int]:
    """Ports that nobody listens on."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        yield port
