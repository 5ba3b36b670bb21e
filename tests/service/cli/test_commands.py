"""Sending, looking and tokens from the command line, against a running daemon."""

import json
import socket

from tests.service.cli.running import CommandLine, Daemon, run_command, run_here


def test_a_message_is_sent_and_its_ids_are_printed(daemon: Daemon) -> None:
    sent = run_here(daemon, "send", "hello for cleo", "--from", "send-1", "--attribute", "plan=vip", "--json")
    assert sent.returncode == 0
    accepted = json.loads(sent.stdout)
    assert accepted["opened"]
    assert accepted["conversation"].startswith("cv_")
    again = run_here(daemon, "send", "and more for cleo", "--from", "send-1")
    assert f"conversation {accepted['conversation']} (joined)" in again.stdout
    assert "number 2" in again.stdout


def test_the_same_key_is_the_same_message(daemon: Daemon) -> None:
    args = ("send", "once for cleo", "--from", "send-2", "--key", "order-17")
    first, second = run_here(daemon, *args), run_here(daemon, *args)
    assert "(opened)" in first.stdout
    assert "(was here before)" in second.stdout
    other = run_here(daemon, "send", "twice for cleo", "--from", "send-2", "--key", "order-17")
    assert other.returncode == 1
    assert "Error: " in other.stderr


def test_a_text_may_come_from_a_pipe(daemon: Daemon) -> None:
    sent = run_here(daemon, "send", "-", "--from", "send-3", text="a long story\nfor cleo\n")
    assert sent.returncode == 0


def test_a_wait_for_an_answer_ends(daemon: Daemon) -> None:
    sent = run_here(daemon, "send", "for cleo", "--from", "send-4", "--wait", "--timeout", "1s")
    assert sent.returncode == 1
    assert "Nobody answered within 1 s" in sent.stderr


def test_an_answer_is_printed_as_json_for_scripts(daemon: Daemon) -> None:
    desk = CommandLine(daemon, "desk", "--as", "ana")
    desk.expect("you are available")
    desk.type("wait", "accept", "42", "close")
    sent = run_here(daemon, "send", "What is the answer?", "--from", "send-5", "--wait", "--json")
    assert sent.returncode == 0
    assert json.loads(sent.stdout)["answer"]["text"] == "42"
    desk.expect("is closed")
    assert desk.end() == 0


def test_status_shows_queues_and_associates(daemon: Daemon) -> None:
    run_here(daemon, "send", "waiting for cleo", "--from", "status-1")
    shown = run_here(daemon, "status")
    assert shown.returncode == 0
    assert "Ana Ruiz" in shown.stdout
    glance = json.loads(run_here(daemon, "status", "--json").stdout)
    assert {queue["queue"] for queue in glance["queues"]} == {"ana", "ben", "cleo"}
    assert next(queue["waiting"] for queue in glance["queues"] if queue["queue"] == "cleo") > 0
    assert {associate["profile"]["id"] for associate in glance["associates"]} == {"ana", "ben", "cleo"}


def test_status_watches_until_ctrl_c(daemon: Daemon) -> None:
    watching = CommandLine(daemon, "status", "--watch", "--every", "0.5")
    watching.expect("Queues")
    watching.interrupt()
    assert watching.end() == 130


def test_tokens_are_made_listed_and_revoked(daemon: Daemon) -> None:
    made = run_here(
        daemon, "token", "create", "integration", "--scope", "messages:write", "--label", "shop", "--expires", "1d"
    )
    token, token_id = made.stdout.strip(), made.stderr.split(",")[0]
    assert token.startswith("dt_")
    assert run_here(daemon, "send", "for cleo", "--token", token).returncode == 0
    assert token_id in run_here(daemon, "token", "list").stdout
    assert token not in run_here(daemon, "token", "list", "--json").stdout
    assert run_here(daemon, "token", "revoke", token_id).returncode == 0
    refused = run_here(daemon, "send", "for cleo", "--token", token)
    assert refused.returncode == 1
    assert "Give a valid token with --token or DUETIME_TOKEN" in refused.stderr
    gone = run_here(daemon, "token", "revoke", token_id)
    assert gone.returncode == 1


def test_the_first_token_goes_straight_to_redis(daemon: Daemon) -> None:
    made = run_command(daemon, "token", "create", "admin", "--direct", "--json")
    assert made.returncode == 0, made.stderr
    token = json.loads(made.stdout)["token"]
    assert run_here(daemon, "token", "list", "--token", token).returncode == 0


def test_a_token_that_makes_no_sense_is_refused_in_words(daemon: Daemon) -> None:
    for run, direct in ((run_here, ()), (run_command, ("--direct",))):
        refused = run(daemon, "token", "create", "associate", *direct)
        assert refused.returncode == 1
        assert "needs the associate's id" in refused.stderr


def test_doctor_finds_nothing_in_a_healthy_workspace(daemon: Daemon) -> None:
    examined = run_command(daemon, "doctor")
    assert (examined.returncode, examined.stdout) == (0, "Everything agrees.\n")
    assert json.loads(run_command(daemon, "doctor", "--json").stdout) == []


def test_a_daemon_that_is_not_there_is_told_with_3(daemon: Daemon) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        for command in (["status"], ["send", "hello"], ["desk", "--as", "ana"], ["chat"], ["token", "list"]):
            refused = run_here(daemon, *command, "--url", url)
            assert refused.returncode == 3
            assert refused.stderr == (
                f"Error: Nothing answers at {url}: start the daemon with `make run`, or name another with --url.\n"
            )
