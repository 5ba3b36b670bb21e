"""A visitor at a terminal, against a running daemon."""

import stat
from pathlib import Path

from tests.service.cli.running import CommandLine, Daemon, run_command


def test_a_visitor_waits_in_line_is_answered_and_reads_on_later(daemon: Daemon, tmp_path: Path) -> None:
    session = str(tmp_path / "maria.session")
    visitor = CommandLine(daemon, "chat", "--name", "Maria", "--session", session)
    visitor.expect("write your message")
    visitor.type("Hello, a question for ben")
    visitor.expect("You are number 1 in line")
    desk = CommandLine(daemon, "desk", "--as", "ben")
    desk.expect("Offer: #1 chat from Maria")
    desk.type("accept", "Hello Maria")
    visitor.expect("Ben Okafor is with you")
    visitor.expect(": Hello Maria")
    assert visitor.end() == 0

    desk.type("note she has a premium plan", "Anything else?")
    desk.expect("Anything else")
    again = CommandLine(daemon, "chat", "--session", session)
    again.expect("You: Hello, a question for ben")
    again.expect(": Hello Maria")
    again.expect(": Anything else?")
    again.type("No, thank you")
    desk.expect("Maria: No, thank you")
    desk.type("close solved")
    again.expect("The conversation is closed")
    assert (again.end(), desk.end()) == (0, 0)
    assert "premium" not in "".join(again.said)
    assert stat.S_IMODE(Path(session).stat().st_mode) == 0o600


def test_a_script_waits_for_the_answer(daemon: Daemon) -> None:
    desk = CommandLine(daemon, "desk", "--as", "ana")
    desk.expect("you are available")
    desk.type("wait", "accept", "Here I am", "close")
    visit = run_command(daemon, "chat", text="Is somebody there?\n/wait 20s\n")
    assert visit.returncode == 0
    assert ": Here I am" in visit.stdout
    desk.expect("is closed")
    assert desk.end() == 0


def test_nobody_there_ends_a_wait_with_1(daemon: Daemon) -> None:
    visit = run_command(daemon, "chat", text="a question for cleo\n/wait 1s\n")
    assert visit.returncode == 1
    assert "Nobody answered in time" in visit.stderr


def test_slash_commands_are_not_sent_and_two_slashes_are_one(daemon: Daemon) -> None:
    visit = run_command(daemon, "chat", text="/dance\n/help\n//for cleo\n/quit\nnever read\n")
    assert visit.returncode == 1
    assert "There is no command /dance" in visit.stderr
    assert "/wait" in visit.stdout


def test_an_endpoint_that_does_not_exist_is_refused_in_words(daemon: Daemon) -> None:
    visit = run_command(daemon, "chat", "--endpoint", "nowhere", text="hello\n")
    assert visit.returncode == 1
    assert visit.stderr == "Error: There is no chat by that name.\n"


def test_a_visitor_loses_nothing_when_the_daemon_dies(own_daemon: Daemon) -> None:
    visitor = CommandLine(own_daemon, "chat", "--name", "Nora")
    visitor.expect("write your message")
    visitor.type("first")
    visitor.expect("number 1 in line")
    own_daemon.kill()
    visitor.expect("The connection is lost")
    visitor.type("second")
    own_daemon.start()
    visitor.expect("Connected again")
    desk = CommandLine(own_daemon, "desk", "--as", "ana")
    desk.expect("Offer")
    desk.type("accept")
    desk.expect("is yours")
    desk.expect("Nora: first")
    desk.expect("Nora: second")
    desk.type("close")
    desk.expect("is closed")
    assert (visitor.end(), desk.end()) == (0, 0)
    assert "".join(desk.said).split("is yours")[1].count("second") == 1
