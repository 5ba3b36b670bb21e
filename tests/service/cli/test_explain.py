"""`duetime explain` as a person types it."""

import json

from tests.service.cli.running import Daemon, run_here


def test_it_says_why_in_sentences_one_a_line(daemon: Daemon) -> None:
    sent = run_here(daemon, "send", "waiting for cleo", "--from", "explain-1", "--json")
    conversation = json.loads(sent.stdout)["conversation"]
    told = run_here(daemon, "explain", conversation)
    assert told.returncode == 0
    assert told.stdout.splitlines()[0] == "The triage rule “For Cleo” sent it to the queue Cleo's."
    assert "Only Cleo Martin may take it, who is offline." in told.stdout.splitlines()


def test_the_data_comes_as_json(daemon: Daemon) -> None:
    sent = run_here(daemon, "send", "waiting for cleo", "--from", "explain-2", "--json")
    conversation = json.loads(sent.stdout)["conversation"]
    explained = json.loads(run_here(daemon, "explain", conversation, "--json").stdout)
    assert (explained["conversation"], explained["state"], explained["rule"]) == (conversation, "waiting", "For Cleo")
    assert [(person["name"], person["readiness"]) for person in explained["people"]] == [("Cleo Martin", "offline")]


def test_what_is_no_id_is_a_wrong_command_line(daemon: Daemon) -> None:
    refused = run_here(daemon, "explain", "4711")
    assert refused.returncode == 2
    assert "'4711' is not the id of a conversation: those look like cv_…." in refused.stderr


def test_what_there_is_not_is_refused(daemon: Daemon) -> None:
    refused = run_here(daemon, "explain", "cv_00000000000000000000")
    assert refused.returncode == 1
    assert "There is no such conversation." in refused.stderr
