"""The command line as a whole: help, usage, and what needs no daemon."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from duetime import __version__
from duetime.config.settings import EXAMPLE_ROUTING
from duetime.service.cli.main import cli, execute
from tests.service.cli.running import COMMAND, clean_environment


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("DUETIME_URL", "DUETIME_TOKEN", "DUETIME_SETTINGS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def commands(group: click.Group = cli, prefix: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        yield (*prefix, name)
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from commands(command, (*prefix, name))


def test_the_commands_of_the_documentation_are_there() -> None:
    assert {" ".join(words) for words in commands()} == {
        *("run", "check", "doctor", "desk", "chat", "send", "status", "explain", "erase"),
        *("config", "config check", "config diff", "config apply", "config show", "config versions"),
        *("config rollback", "config schema"),
        *("mail", "mail inspect"),
        *("outbox", "outbox failed", "outbox send-again"),
        *("token", "token create", "token list", "token revoke"),
    }


@pytest.mark.parametrize("words", list(commands()), ids=" ".join)
def test_every_help_text_has_examples_and_exit_codes(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert execute([*words, "--help"]) == 0
    text = capsys.readouterr().out
    assert "Exit codes: 0 done, 1 problems found or refused" in text
    assert f"duetime {' '.join(words)}" in text or words == ("token",)
    assert "Example" in text or words == ("token",)


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(["--version"]) == 0
    assert __version__ in capsys.readouterr().out


@pytest.mark.parametrize(
    "args",
    [
        ["dance"],
        ["send"],
        ["send", "x", "--attribute", "plan"],
        ["send", "x", "--timeout", "soon"],
        ["token", "create", "emperor"],
        ["token", "create", "integration", "--scope", "everything"],
        ["token", "revoke", "dt_secret"],
        ["status", "--watch", "--json"],
        ["status", "--url", "nonsense"],
        ["status", "--token", "dt_a\nb"],
        ["send", "\udcff"],
        ["desk"],
        ["check", "no-such-file.toml"],
    ],
)
def test_a_wrong_command_line_ends_with_2_and_a_sentence(args: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(args) == 2
    captured = capsys.readouterr()
    assert "Error: " in captured.err
    assert captured.out == ""


def test_shared_options_stand_before_or_after_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    for args in (["--url", "nonsense", "status"], ["status", "--url", "nonsense"]):
        assert execute(args) == 2
        assert "'nonsense' is not an address" in capsys.readouterr().err


def test_check_finds_the_example_good(capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(["check"]) == 0
    assert execute(["check", str(EXAMPLE_ROUTING), "--strict"]) == 0
    assert capsys.readouterr().out.count(": good") == 4


BROKEN = """
default_queue = "general"
[queues.general]
name = "General"
skils = { german = 1 }
at_risk_s = "soon"
"""


def test_check_prints_every_problem_with_place_line_and_hint(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "routing.toml").write_text(BROKEN)
    assert execute(["check", "routing.toml"]) == 1
    printed = capsys.readouterr().out
    assert "the routing configuration routing.toml: 2 errors" in printed
    assert "line 5: queues.general.skils" in printed
    assert 'did you mean "skills"?' in printed
    assert "line 6: queues.general.at_risk_s" in printed


def test_check_gives_json_to_scripts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "routing.toml").write_text(BROKEN)
    assert execute(["check", "routing.toml", "--json"]) == 1
    settings, routing = json.loads(capsys.readouterr().out)
    assert settings["problems"] == []
    assert {problem["line"] for problem in routing["problems"]} == {5, 6}


def test_check_reports_settings_and_counts_warnings_only_when_strict(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "settings.toml").write_text("[http]\nprot = 1\n")
    assert execute(["check", "--settings", "settings.toml"]) == 1
    assert 'did you mean "port"?' in capsys.readouterr().out
    (tmp_path / "routing.toml").write_text('default_queue = "a"\n[queues.a]\nname = "Nobody serves it"\n')
    assert execute(["check", "routing.toml"]) == 0
    assert "1 warning" in capsys.readouterr().out
    assert execute(["check", "routing.toml", "--strict"]) == 1


@pytest.mark.parametrize("content", [b"\xff\xfe", b"= = =", b"[" * 5000])
def test_check_survives_any_file(tmp_path: Path, content: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "routing.toml").write_bytes(content)
    assert execute(["check", "routing.toml"]) == 1
    assert "1 error" in capsys.readouterr().out


def test_run_with_wrong_settings_says_what_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(["run", "--settings", "nowhere.toml"]) == 1
    assert "there is no such file" in capsys.readouterr().err


def test_doctor_without_data_says_where_it_looked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(["doctor"]) == 3
    assert f"There is no data in {tmp_path / 'data'}" in capsys.readouterr().err


def test_doctor_without_redis_ends_with_3(tmp_path: Path) -> None:
    examined = subprocess.run(
        [*COMMAND, "doctor"],
        cwd=tmp_path,
        env=clean_environment(DUETIME_REDIS_URL="unix:///nowhere/redis.sock"),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert examined.returncode == 3
    assert "cannot be reached" in examined.stderr
    assert "Traceback" not in examined.stderr


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    with subprocess.Popen(
        [*COMMAND, "check"],
        cwd=tmp_path,
        env=clean_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as checking:
        assert checking.stdout is not None
        assert checking.stderr is not None
        checking.stdout.close()
        assert checking.stderr.read() == ""
