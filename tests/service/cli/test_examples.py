"""The examples do what they say."""

import subprocess
import sys
from pathlib import Path

from tests.service.cli.running import CommandLine, Daemon, clean_environment

EXAMPLES = Path(__file__).parents[3] / "examples"


def test_an_integration_posts_a_message_and_prints_the_answer(daemon: Daemon) -> None:
    desk = CommandLine(daemon, "desk", "--as", "ana")
    desk.expect("you are available")
    desk.type("wait", "accept", "It arrives tomorrow.", "close")
    posted = subprocess.run(
        [sys.executable, EXAMPLES / "post_and_poll.py", "Where is my parcel?"],
        env=clean_environment(DUETIME_URL=daemon.url, DUETIME_TOKEN=daemon.tokens.integration),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert posted.stdout == "It arrives tomorrow.\n", posted.stderr
    desk.expect("is closed")
    assert desk.end() == 0
