"""An associate at a terminal, against a running daemon."""

import os
import pty
import select
import subprocess
import termios
import time

from tests.service.cli.running import COMMAND, CommandLine, Daemon, clean_environment, run_command, run_here


def test_an_associate_takes_an_offer_and_answers_and_the_sender_reads_it(daemon: Daemon) -> None:
    desk = CommandLine(daemon, "desk", "--as", "ana")
    desk.expect("Ana Ruiz, you are available")
    sender = CommandLine(daemon, "send", "Where is my parcel?", "--from", "maria", "--wait")
    offer = desk.expect("Offer: #")
    assert "from maria" in offer
    assert "left to accept" in offer
    assert "due in" in offer
    desk.expect("maria: Where is my parcel")
    desk.type("accept")
    desk.expect("#1 is yours")
    desk.type("It is on its way.")
    sender.expect("It is on its way.")
    assert sender.end() == 0
    desk.type("note checked the carrier", "history")
    desk.expect(r"\(note\): checked the carrier")
    desk.type("close solved")
    desk.expect("#1 is closed")
    assert desk.end() == 0


def test_commands_are_refused_in_words_and_the_exit_code_says_so(daemon: Daemon) -> None:
    desk = run_command(daemon, "desk", "--as", "cleo", text="accept\nclose the window\nopen 7\nhelp\nquit\n")
    assert desk.returncode == 1
    assert "No offer is open." in desk.stderr
    assert "put `reply` before the line" in desk.stderr
    assert "There is no such number" in desk.stderr
    assert "transfer QUEUE|@NAME [BRIEFING]" in desk.stdout
    assert "Traceback" not in desk.stderr


def test_a_conversation_is_parked_woken_and_handed_over_with_a_briefing(daemon: Daemon) -> None:
    ben, cleo = CommandLine(daemon, "desk", "--as", "ben"), CommandLine(daemon, "desk", "--as", "cleo")
    for desk in (ben, cleo):
        desk.expect("you are available")
    assert run_here(daemon, "send", "a question for ben", "--from", "nora").returncode == 0
    ben.expect("Offer")
    ben.type("accept", "park 10m", "list", "wake")
    ben.expect("is parked for 10 min")
    ben.expect(r"^\* #1 .* parked for 10 min")
    ben.expect("is up again")
    ben.type("transfer @cleo knows this customer")
    ben.expect("was handed over")
    cleo.expect("from nora")
    cleo.type("wait", "accept", "history")
    cleo.expect(r"\(briefing\): knows this customer")
    cleo.type("close")
    cleo.expect("is closed")
    assert (ben.end(), cleo.end()) == (0, 0)


def test_two_conversations_of_one_person_are_merged_and_split_again(daemon: Daemon) -> None:
    desk = CommandLine(daemon, "desk", "--as", "ben")
    desk.expect("you are available")
    for text, sender in (("first for ben", "rosa"), ("second for ben", "rosa-at-work")):
        assert run_here(daemon, "send", text, "--from", sender).returncode == 0
        desk.expect("Offer")
        desk.type("accept")
        desk.expect("is yours")
    desk.type("open 1", "merge 2")
    other = desk.expect("#1 stands for cv_.*, too").split()[3].rstrip(",")
    assert run_here(daemon, "send", "me again", "--from", "rosa-at-work").returncode == 0
    desk.expect("me again")
    desk.type(f"split {other}")
    desk.expect(f"#1 no longer stands for {other}")
    desk.type("close")
    desk.expect("#1 is closed")
    desk.type("open 2", "close")
    desk.expect("#2 is closed")
    assert desk.end() == 0


def test_a_declined_offer_leaves_the_desk(daemon: Daemon) -> None:
    desk = CommandLine(daemon, "desk", "--as", "ben")
    desk.expect("you are available")
    run_here(daemon, "send", "another one for ben", "--from", "olga")
    desk.expect("Offer")
    desk.type("presence busy", "decline 1 not now", "list")
    desk.expect("went back to its queue")
    desk.expect("Nothing is at your desk")
    desk.type("waiting")
    waiting = desk.expect("cv_.* from olga")
    desk.type(f"take {waiting.split()[0]}", "wait", "close")
    desk.expect("Yours: ")
    desk.expect("is closed")
    desk.type("presence available")
    desk.expect("You are available now")
    assert desk.end() == 0


def test_two_desks_of_one_associate_stay_in_step(daemon: Daemon) -> None:
    desks = [CommandLine(daemon, "desk", "--as", "cleo") for _ in range(2)]
    for desk in desks:
        desk.expect("you are available")
    run_here(daemon, "send", "hello for cleo", "--from", "pia")
    for desk in desks:
        desk.expect("Offer")
    desks[0].type("accept", "On my way", "close")
    for desk in desks:
        desk.expect("is yours")
        desk.expect("On my way")
        desk.expect("is closed")
    assert [desk.end() for desk in desks] == [0, 0]


def test_escape_sequences_of_a_message_do_not_reach_the_terminal(daemon: Daemon) -> None:
    desk = CommandLine(daemon, "desk", "--as", "ana")
    desk.expect("you are available")
    hostile = "\x1b]0;owned\x07\x1b[2Jhello\u202e"
    sent = run_here(daemon, "send", hostile, "--from", "quinn")
    assert sent.returncode == 0, sent.stderr
    desk.expect("hello")
    desk.type("accept", "history", "close")
    desk.expect("is closed")
    assert desk.end() == 0
    assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set("".join(desk.said))


def test_a_desk_survives_the_death_of_the_daemon_and_misses_nothing(own_daemon: Daemon) -> None:
    desk = CommandLine(own_daemon, "desk", "--as", "ana")
    desk.expect("you are available")
    run_here(own_daemon, "send", "first", "--from", "rosa")
    desk.expect("Offer")
    desk.type("accept", "note mine")
    desk.expect(": mine")
    own_daemon.kill()
    desk.expect("The connection is lost")
    desk.type("written while nobody was there")
    own_daemon.start()
    desk.expect("Connected again")
    desk.expect("written while nobody was there")
    run_here(own_daemon, "send", "second", "--from", "rosa")
    desk.expect("rosa: second")
    desk.type("history", "quit")
    assert desk.end() == 0, "".join(desk.said)
    history = "".join(desk.said).split("Connected again")[1].split("second", 1)[1]
    assert history.count("written while nobody was there") == 1
    assert run_command(own_daemon, "doctor").returncode == 0


def test_a_desk_ends_when_its_token_is_revoked(daemon: Daemon) -> None:
    made = run_here(daemon, "token", "create", "associate", "--associate", "ben")
    token, token_id = made.stdout.strip(), made.stderr.split(",")[0]
    desk = CommandLine(daemon, "desk", "--token", token)
    desk.expect("Ben Okafor")
    assert run_here(daemon, "token", "revoke", token_id).returncode == 0
    desk.expect("Error: ")
    assert desk.end() == 1


def test_a_desk_needs_the_associates_own_token(daemon: Daemon) -> None:
    other = run_here(daemon, "desk", "--as", "ana", "--token", daemon.tokens.integration)
    assert other.returncode == 1
    assert "not ana's" in other.stderr
    unknown = run_here(daemon, "desk", "--as", "zoe")
    assert unknown.returncode == 2
    assert "It has those of ana, ben, cleo." in unknown.stderr


def test_ctrl_c_leaves_the_desk_with_130(daemon: Daemon) -> None:
    desk = CommandLine(daemon, "desk", "--as", "ana")
    desk.expect("you are available")
    desk.interrupt()
    assert desk.end() == 130
    assert "Traceback" not in "".join(desk.said)


def test_in_a_terminal_there_is_a_prompt_with_what_is_going_on_under_it(daemon: Daemon) -> None:
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (30, 100))
    desk = subprocess.Popen(
        [*COMMAND, "desk", "--as", "ana"],
        cwd=daemon.directory,
        env=clean_environment(**daemon.environment, TERM="xterm"),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    shown = _read_until(ours, b"connected")
    os.write(ours, b"quit\r")
    shown += _read_until(ours, None)
    os.close(ours)
    assert desk.wait(15) == 0
    assert "Ana Ruiz, you are available." in shown
    assert "0 at the desk" in shown


def _read_until(terminal: int, marker: bytes | None, timeout_s: float = 15) -> str:
    """What a terminal shows until the marker, or its end."""
    shown, deadline = b"", time.monotonic() + timeout_s
    while time.monotonic() < deadline and (marker is None or marker not in shown):
        if select.select([terminal], [], [], 0.1)[0]:
            try:
                chunk = os.read(terminal, 65_536)
            except OSError:  # Linux tells the end of a terminal this way
                break
            shown += chunk
            if b"\x1b[6n" in chunk:
                os.write(terminal, b"\x1b[1;1R")  # "where is the cursor?": a real terminal answers
            if not chunk:
                break
    return shown.decode(errors="replace")
