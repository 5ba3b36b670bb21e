"""`duetime config`: what a person sees and what a script reads."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tests.service.cli.running import ROUTING, CommandLine, Daemon, run_here, running_daemon

LATER = ROUTING.replace("offer_timeout_s = 600", "offer_timeout_s = 300", 1)
BROKEN = ROUTING.replace('queue = "ben"', 'queue = "bon"', 1)


@pytest.fixture(scope="module")
def the_daemon(server_binary: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    with running_daemon(tmp_path_factory.mktemp("config")) as daemon:
        yield daemon


@pytest.fixture
def daemon(the_daemon: Daemon) -> Iterator[Daemon]:
    """A daemon with the configuration that it had at first, afterwards again."""
    yield the_daemon
    back = write(the_daemon, ROUTING)
    assert run_here(the_daemon, "config", "apply", str(back)).returncode == 0


def write(daemon: Daemon, text: str, name: str = "changed.toml") -> Path:
    path = daemon.directory / name
    path.write_text(text)
    return path


def version(daemon: Daemon) -> int:
    shown = json.loads(run_here(daemon, "config", "show", "--json").stdout)
    return int(shown["version"])


def test_the_document_in_force_is_shown_as_it_was_applied(daemon: Daemon) -> None:
    shown = run_here(daemon, "config", "show")
    assert (shown.returncode, shown.stdout) == (0, ROUTING)
    assert shown.stderr.startswith("# version ")


def test_a_document_is_checked_without_a_daemon(daemon: Daemon, tmp_path: Path) -> None:
    path = write(daemon, BROKEN)
    checked = run_here(daemon, "config", "check", str(path), "--url", "http://127.0.0.1:1")
    assert checked.returncode == 2  # it takes no --url, because it asks nobody
    checked = run_here(daemon, "config", "check", str(path))
    assert checked.returncode == 1
    assert 'triage[0].queue: there is no "bon" in [queues] (did you mean "ben"?)' in checked.stdout
    assert run_here(daemon, "config", "check", str(write(daemon, LATER))).returncode == 0


def test_warnings_count_when_strict(daemon: Daemon) -> None:
    path = write(
        daemon, f'{ROUTING}\n[queues.spare]\nname = "Spare"\nteams = ["d"]\n'.replace("[teams]", '[teams]\nd = "D"')
    )
    assert run_here(daemon, "config", "check", str(path)).returncode == 0
    assert run_here(daemon, "config", "check", str(path), "--strict").returncode == 1
    problems = json.loads(run_here(daemon, "config", "check", str(path), "--json").stdout)["problems"]
    assert [problem["path"] for problem in problems] == ["queues.spare"]


def test_a_difference_is_told_and_nothing_is_changed(daemon: Daemon) -> None:
    before = version(daemon)
    told = run_here(daemon, "config", "diff", str(write(daemon, LATER)))
    assert (told.returncode, told.stdout) == (0, "ana: offer timeout 10 min → 5 min\n")
    assert version(daemon) == before
    same = run_here(daemon, "config", "diff", str(write(daemon, ROUTING)))
    assert same.stdout == f"It says the same as version {before}.\n"


def test_what_it_means_now_is_told_after_the_changes(daemon: Daemon) -> None:
    fewer = ROUTING.replace('name = "Cleo Martin"\nteams = ["c"]', 'name = "Cleo Martin"\nteams = ["b"]', 1)
    assert fewer != ROUTING
    told = run_here(daemon, "config", "diff", str(write(daemon, fewer)))
    changes, _, consequences = told.stdout.partition("\nNow, this would mean:\n")
    assert changes == "cleo: teams c → b\n"
    assert consequences == "cleo leaves pool cleo and joins pool ben\n"


def test_applying_tells_what_changes_and_the_new_version(daemon: Daemon) -> None:
    before = version(daemon)
    applied = run_here(daemon, "config", "apply", str(write(daemon, LATER)), "-m", "shorter offers")
    assert (applied.returncode, applied.stdout) == (
        0,
        f"ana: offer timeout 10 min → 5 min\nVersion {before + 1} is in force.\n",
    )
    page = json.loads(run_here(daemon, "config", "versions", "--json").stdout)
    assert page["versions"][0]["why"] == "shorter offers"
    assert "shorter offers" in run_here(daemon, "config", "versions").stdout


def test_a_broken_document_ends_with_1_before_anything_is_asked(daemon: Daemon) -> None:
    before = version(daemon)
    applied = run_here(daemon, "config", "apply", str(write(daemon, BROKEN)))
    assert applied.returncode == 1
    assert "1 error" in applied.stdout
    assert "correct the document first" in applied.stderr
    assert version(daemon) == before


def test_a_document_made_from_an_older_version_is_refused(daemon: Daemon) -> None:
    old = version(daemon)
    run_here(daemon, "config", "apply", str(write(daemon, LATER)), "-m", "first")
    late = run_here(daemon, "config", "apply", str(write(daemon, f"# mine\n{ROUTING}")), "--expect", str(old))
    assert late.returncode == 1
    assert f"Version {old + 1} is in force, applied by admin" in late.stderr
    assert ": first. Yours was made from" in late.stderr


def test_rolling_back_brings_the_old_document(daemon: Daemon) -> None:
    old = version(daemon)
    run_here(daemon, "config", "apply", str(write(daemon, LATER)))
    back = run_here(daemon, "config", "rollback", str(old), "-m", "no", "--json")
    assert (back.returncode, json.loads(back.stdout)["version"]) == (0, old + 2)
    assert run_here(daemon, "config", "show").stdout == ROUTING
    assert run_here(daemon, "config", "show", "--version", str(old + 1)).stdout == LATER
    assert run_here(daemon, "config", "rollback", "9999").returncode == 1


def test_the_schema_is_printed_without_a_daemon(daemon: Daemon) -> None:
    Draft202012Validator.check_schema(json.loads(run_here(daemon, "config", "schema").stdout))


def test_a_daemon_that_is_not_there_ends_with_3(daemon: Daemon) -> None:
    asked = run_here(daemon, "config", "show", "--url", "http://127.0.0.1:1")
    assert asked.returncode == 3
    assert "Nothing answers" in asked.stderr


def test_a_watched_file_is_applied_whenever_it_changes(daemon: Daemon) -> None:
    path = write(daemon, ROUTING, "watched.toml")
    first = version(daemon)
    watching = CommandLine(daemon, "config", "apply", "--watch", str(path), "-m", "from the repository")
    watching.expect(rf"Watching .*watched\.toml, from version {first} on")
    watching.expect(f"It is what version {first} says already")

    path.write_text(LATER)
    watching.expect(f"Version {first + 1} is in force")
    watching.expect("ana: offer timeout 10 min → 5 min")

    path.write_text(BROKEN)
    watching.expect("Not applied")
    watching.expect('did you mean "ben"')

    replacement = write(daemon, f"# replaced\n{ROUTING}", "new.toml")
    replacement.replace(path)
    watching.expect(f"Version {first + 2} is in force")

    path.unlink()
    watching.expect("there is no such file")
    path.write_text(LATER)
    watching.expect(f"Version {first + 3} is in force")
    watching.interrupt()
    assert watching.end() == 130
    assert run_here(daemon, "config", "show").stdout == LATER


def test_a_watched_file_does_not_overwrite_what_somebody_else_applied(daemon: Daemon) -> None:
    path = write(daemon, ROUTING, "watched.toml")
    first = version(daemon)
    watching = CommandLine(daemon, "config", "apply", "--watch", str(path))
    watching.expect("says already")
    run_here(daemon, "config", "apply", str(write(daemon, LATER)), "-m", "in a hurry")

    path.write_text(f"# mine\n{ROUTING}")
    conflict = watching.expect("Not applied")
    assert re.search(rf"Version {first + 1} is in force, applied by admin .*: in a hurry", conflict)
    watching.expect("Save the file again to apply it over that version")
    assert run_here(daemon, "config", "show").stdout == LATER

    path.write_text(f"# mine again\n{ROUTING}")
    watching.expect(f"Version {first + 2} is in force")
    watching.interrupt()
    assert watching.end() == 130
