"""`duetime erase` as a person types it."""

import json

from tests.service.cli.running import CommandLine, Daemon, run_here


def closed(daemon: Daemon, who: str) -> str:
    desk = CommandLine(daemon, "desk", "--as", "ana")
    desk.expect("you are available")
    desk.type("wait", "accept", "done", "close")
    sent = run_here(daemon, "send", "hello", "--from", who, "--wait", "--json")
    desk.expect("is closed")
    assert desk.end() == 0
    return str(json.loads(sent.stdout)["accepted"]["conversation"])


def test_a_closed_conversation_is_erased_after_a_yes(daemon: Daemon) -> None:
    conversation = closed(daemon, "erase-1")
    refused = run_here(daemon, "erase", conversation, text="n\n")
    assert refused.returncode == 130
    done = run_here(daemon, "erase", conversation, text="y\n")
    assert (done.returncode, f"{conversation} is erased." in done.stderr) == (0, True)
    gone = run_here(daemon, "erase", conversation, "--yes")
    assert (gone.returncode, "There is no such conversation." in gone.stderr) == (1, True)


def test_an_open_conversation_is_not_erased(daemon: Daemon) -> None:
    sent = run_here(daemon, "send", "waiting for cleo", "--from", "erase-2", "--json")
    refused = run_here(daemon, "erase", json.loads(sent.stdout)["conversation"], "--yes")
    assert (refused.returncode, "close it first" in refused.stderr) == (1, True)


def test_what_is_no_id_is_a_wrong_command_line(daemon: Daemon) -> None:
    refused = run_here(daemon, "erase", "4711")
    assert refused.returncode == 2
    assert "'4711' is not the id of a conversation" in refused.stderr
