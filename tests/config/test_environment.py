"""Variables stand for keys of the settings, and files for secrets."""

from pathlib import Path

import pytest

from duetime.config.problems import ConfigProblems
from duetime.config.settings import load_settings


def told(environ: dict[str, str], path: Path | None = None) -> list[str]:
    """Each problem as one line of text."""
    with pytest.raises(ConfigProblems) as raised:
        load_settings(path, environ)
    return [str(problem) for problem in raised.value.problems]


def test_each_kind_of_key_can_be_set_by_a_variable() -> None:
    settings = load_settings(
        None,
        {
            "DUETIME_WORKSPACE": "shop",
            "DUETIME_HTTP_PORT": "0",
            "DUETIME_HTTP_ALLOWED_ORIGINS": "https://a.example, https://b.example:8443,",
            "DUETIME_DATA_DIR": "/var/lib/duetime",
            "DUETIME_LOG_FORMAT": "json",
            "DUETIME_DESK_RECONNECT_GRACE_S": "45",
        },
    )
    assert settings.workspace == "shop"
    assert settings.http.port == 0
    assert settings.http.allowed_origins == ("https://a.example", "https://b.example:8443")
    assert settings.data.dir == Path("/var/lib/duetime")
    assert settings.log.format == "json"
    assert settings.desk.reconnect_grace_s == 45


def test_an_empty_variable_counts_as_not_set() -> None:
    assert load_settings(None, {"DUETIME_REDIS_URL": "", "DUETIME_HTTP_PRT": ""}).redis.url is None


def test_variables_of_the_command_line_and_of_others_are_left_alone() -> None:
    environ = {"DUETIME_URL": "http://x", "DUETIME_TOKEN": "t", "DUETIME_SHARED": "s", "PORT": "1"}
    assert load_settings(None, environ) == load_settings(None, {})


@pytest.mark.parametrize(
    ("variable", "value", "problem"),
    [
        ("DUETIME_HTTP_PROT", "1", 'there is no such variable (did you mean "DUETIME_HTTP_PORT"?)'),
        ("DUETIME_SETTING", "x", 'there is no such variable (did you mean "DUETIME_SETTINGS"?)'),
        ("DUETIME_QQQQQQQQQQQQQQQQ", "x", "there is no such variable"),
        ("DUETIME_HTTP_PORT", "80a", 'must be a whole number, not text ("80a")'),
        ("DUETIME_HTTP_PORT", "9" * 5000, f'must be a whole number, not text ("{"9" * 39}…")'),
        ("DUETIME_HTTP_PORT", "²", 'must be a whole number, not text ("²")'),
        (
            "DUETIME_HTTP_TRUSTED_PROXIES",
            "10.0.0.1,x",
            '"x" is not an IP address or a network such as 10.0.0.0/8',
        ),
    ],
)
def test_a_wrong_variable_is_told_by_its_name(variable: str, value: str, problem: str) -> None:
    (line,) = told({variable: value})
    assert line.startswith(variable)
    assert line.endswith(f": {problem}")


def test_a_secret_is_read_from_the_file_that_the_settings_or_a_variable_name(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("redis://:hunter2@cache:6379/0\n", encoding="utf-8")
    settings = tmp_path / "settings.toml"
    settings.write_text(f'[redis]\nurl_file = "{secret}"\n', encoding="utf-8")
    assert load_settings(settings, {}).redis.url == "redis://:hunter2@cache:6379/0"
    assert load_settings(None, {"DUETIME_REDIS_URL_FILE": str(secret)}).redis.url == "redis://:hunter2@cache:6379/0"


def test_a_variable_wins_over_the_other_form_of_the_secret_in_the_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("redis://from-file", encoding="utf-8")
    settings = tmp_path / "settings.toml"
    settings.write_text('[redis]\nurl = "redis://from-settings"\n', encoding="utf-8")
    assert load_settings(settings, {"DUETIME_REDIS_URL_FILE": str(secret)}).redis.url == "redis://from-file"
    settings.write_text(f'[redis]\nurl_file = "{secret}"\n', encoding="utf-8")
    assert load_settings(settings, {"DUETIME_REDIS_URL": "redis://from-variable"}).redis.url == "redis://from-variable"


def test_a_secret_file_that_cannot_be_used_is_told_without_its_contents(tmp_path: Path) -> None:
    empty, binary, wrong = tmp_path / "empty", tmp_path / "binary", tmp_path / "wrong"
    empty.write_text(" \n", encoding="utf-8")
    binary.write_bytes(b"\xff\xfe")
    wrong.write_text("hunter2", encoding="utf-8")
    for path, sentence in [
        (tmp_path / "no", f"the file {tmp_path / 'no'} cannot be read: No such file or directory"),
        (empty, f"the file {empty} is empty"),
        (binary, f"the file {binary} cannot be read: it is not UTF-8 text"),
    ]:
        assert told({"DUETIME_REDIS_URL_FILE": str(path)}) == [f"DUETIME_REDIS_URL_FILE: {sentence}"]
    assert "hunter2" not in str(told({"DUETIME_REDIS_URL_FILE": str(wrong)}))


def test_a_secret_and_its_file_in_one_place_are_told(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("redis://a", encoding="utf-8")
    settings = tmp_path / "settings.toml"
    settings.write_text(f'[redis]\nurl = "redis://b"\nurl_file = "{secret}"\n', encoding="utf-8")
    assert told({}, settings) == ["line 3: redis.url_file: stands beside url: give only one of them"]
    both = {"DUETIME_REDIS_URL": "redis://b", "DUETIME_REDIS_URL_FILE": str(secret)}
    assert told(both) == ["DUETIME_REDIS_URL_FILE: stands beside url: give only one of them"]
