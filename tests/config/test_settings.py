"""Settings come from a file and from variables, and everything that is wrong with them is told at once."""

from pathlib import Path

import pytest

from duetime.config.problems import ConfigProblems
from duetime.config.settings import EXAMPLE_ROUTING, Settings, load_settings

EXAMPLE = Path(__file__).parents[2] / "examples" / "settings.toml"


def load(tmp_path: Path, text: str, **environ: str) -> Settings:
    path = tmp_path / "settings.toml"
    path.write_text(text, encoding="utf-8")
    return load_settings(path, environ)


def problems(tmp_path: Path, text: str, **environ: str) -> list[str]:
    """Each problem as one line of text."""
    with pytest.raises(ConfigProblems) as raised:
        load(tmp_path, text, **environ)
    return [str(problem) for problem in raised.value.problems]


def test_without_file_and_variables_every_setting_has_its_default() -> None:
    settings = load_settings(None, {"HOME": "/root"})
    assert settings == Settings()
    assert (settings.workspace, settings.http.host, settings.http.port) == ("main", "127.0.0.1", 8080)
    assert settings.redis.url is None
    assert settings.routing.file == EXAMPLE_ROUTING
    assert list(settings.chat.endpoints) == ["web"]
    assert list(settings.api.endpoints) == ["default"]


def test_the_example_is_the_defaults() -> None:
    assert load_settings(EXAMPLE, {}) == Settings()


def test_every_key_of_the_example_exists(tmp_path: Path) -> None:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    shown = [line.removeprefix("# ") if " = " in line or line.startswith("# [") else line for line in lines]
    without_secret_file = [line for line in shown if not line.startswith("url_file")]
    settings = load(tmp_path, "\n".join(without_secret_file))
    assert settings.redis.url == "redis://localhost:6379/0"
    assert settings.limits == Settings().limits
    assert settings.desk == Settings().desk


def test_the_file_is_read_and_variables_win_over_it(tmp_path: Path) -> None:
    text = 'workspace = "shop"\n[http]\nport = 9000\nhost = "::1"\n[log]\nformat = "json"\n'
    settings = load(tmp_path, text, DUETIME_HTTP_PORT="9001", DUETIME_LOG_LEVEL="debug")
    assert (settings.workspace, settings.http.host, settings.http.port) == ("shop", "::1", 9001)
    assert (settings.log.level, settings.log.format) == ("debug", "json")


def test_the_file_can_be_named_by_a_variable(tmp_path: Path) -> None:
    path = tmp_path / "other.toml"
    path.write_text('workspace = "other"\n', encoding="utf-8")
    assert load_settings(None, {"DUETIME_SETTINGS": str(path)}).workspace == "other"


def test_endpoints_of_the_file_replace_the_default_ones(tmp_path: Path) -> None:
    text = '[chat.endpoints.shop]\nname = "Shop"\nallowed_origins = ["https://shop.example.com", "*"]\n'
    settings = load(tmp_path, text)
    assert list(settings.chat.endpoints) == ["shop"]
    assert settings.chat.endpoints["shop"].allowed_origins == ("https://shop.example.com", "*")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[http]\nprt = 1\n", 'line 2: http.prt: there is no such key (did you mean "port"?)'),
        ("[htp]\n", 'line 1: htp: there is no such key (did you mean "http"?)'),
        ("http = 3\n", "line 1: http: must be a table, not a whole number (3)"),
        ("[http]\nport = '80'\n", 'line 2: http.port: must be a whole number, not text ("80")'),
        ("[http]\nport = true\n", "line 2: http.port: must be a whole number, not true or false (true)"),
        (
            "[http]\nport = 1.5\n",
            "line 2: http.port: must be a whole number, not a number with a fraction (1.5)",
        ),
        ("[http]\nport = 65536\n", "line 2: http.port: must be at most 65535, not 65536"),
        ("[http]\nport = -1\n", "line 2: http.port: must be at least 0, not -1"),
        ("[http]\nhost = ''\n", "line 2: http.host: must not be empty"),
        ("[http]\nhost = 1979-05-27\n", "line 2: http.host: must be text, not a date or time"),
        ("[http]\nallowed_origins = 'x'\n", 'line 2: http.allowed_origins: must be a list, not text ("x")'),
        (
            "[http]\nallowed_origins = [\n  'https://a.example',\n  'https://b.example/'\n]\n",
            'line 4: http.allowed_origins[1]: "https://b.example/" is not an origin such as '
            '"https://shop.example.com", in lower case and without a slash at its end',
        ),
        (
            "[http]\nallowed_origins = ['*']\n",
            'line 2: http.allowed_origins[0]: "*" is not an origin such as "https://shop.example.com", '
            "in lower case and without a slash at its end",
        ),
        (
            "[http]\ntrusted_proxies = ['10.0.0.0/8', '10.0.0.1/8']\n",
            'line 2: http.trusted_proxies[1]: "10.0.0.1/8" is not an IP address or a network such as 10.0.0.0/8',
        ),
        (
            "[log]\nlevel = 'warn'\n",
            'line 2: log.level: must be one of debug, error, info, warning, not "warn" (did you mean "warning"?)',
        ),
        (
            "[log]\nlevel = 3\n",
            "line 2: log.level: must be one of debug, error, info, warning, not a whole number (3)",
        ),
        (
            "[redis]\nurl = 'http://:hunter2@cache'\n",
            'line 2: redis.url: it is not a Redis address such as "redis://localhost:6379/0", "rediss://..." '
            'or "unix:///run/redis.sock"',
        ),
        (
            "[redis]\nurl = 'redis://:hunter?2@cache'\n",
            'line 2: redis.url: it is not a Redis address such as "redis://localhost:6379/0", "rediss://..." '
            'or "unix:///run/redis.sock"',
        ),
        ("[redis]\nurl = 42\n", "line 2: redis.url: must be text"),
        ("[data]\ndir = 3\n", "line 2: data.dir: must be text, not a whole number (3)"),
        ("[data]\ndir = ''\n", "line 2: data.dir: must be the path of a file or folder"),
        (
            "workspace = 'Main\\n'\n",
            'line 1: workspace: "Main\\\\n" is not a name of 1 to 40 lower-case letters, digits, _ and -, '
            "starting with a letter or digit",
        ),
        (
            'workspace = "main\\n"\n',
            'line 1: workspace: "main\\n" is not a name of 1 to 40 lower-case letters, digits, _ and -, '
            "starting with a letter or digit",
        ),
        ("[limits]\ntext_chars = 64001\n", "line 2: limits.text_chars: must be at most 64000, not 64001"),
        ("[desk]\nheartbeat_s = 0\n", "line 2: desk.heartbeat_s: must be at least 1, not 0"),
        (
            "[chat.endpoints.web]\n[api.endpoints.web]\n",
            "line 2: api.endpoints.web: chat.endpoints.web has this name: give each its own",
        ),
        ("[http]\nport = 80\n[http]\n", "line 3: the text is not TOML: cannot declare ('http',) twice"),
        ("[http\n", "line 1: the text is not TOML: expected ']' at the end of a table declaration"),
    ],
)
def test_a_wrong_setting_is_told_with_its_line(tmp_path: Path, text: str, problem: str) -> None:
    assert problems(tmp_path, text) == [problem]


def test_all_problems_of_file_and_variables_come_at_once(tmp_path: Path) -> None:
    text = "[http]\nport = 'x'\n[log]\nlevle = 'info'\n[limits]\nbody_bytes = 1\n"
    told = problems(tmp_path, text, DUETIME_HTTP_HOSTS="x", DUETIME_DESK_HEARTBEAT_S="soon")
    assert told == [
        'DUETIME_DESK_HEARTBEAT_S: must be a whole number, not text ("soon")',
        'DUETIME_HTTP_HOSTS: there is no such variable (did you mean "DUETIME_HTTP_HOST"?)',
        'line 2: http.port: must be a whole number, not text ("x")',
        'line 4: log.levle: there is no such key (did you mean "level"?)',
        "line 6: limits.body_bytes: must be at least 1024, not 1",
    ]


def test_a_file_that_is_not_there_or_not_text_is_told(tmp_path: Path) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_bytes(b"workspace = '\xff'")
    for path, sentence in [
        (tmp_path / "no.toml", "there is no such file"),
        (broken, "the file is not UTF-8 text"),
        (tmp_path, "the file cannot be read: Is a directory"),
    ]:
        with pytest.raises(ConfigProblems) as raised:
            load_settings(path, {})
        assert str(raised.value) == f"1 problem in the settings {path}:\n  {sentence}"


def test_a_file_saved_by_a_windows_editor_is_read(tmp_path: Path) -> None:
    assert load(tmp_path, '\ufeffworkspace = "shop"\r\n[http]\r\nport = 1\r\n').http.port == 1


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("redis://cache:6379/2", "redis://cache:6379/2"),
        ("rediss://user:hunter2@cache:6380", "rediss://cache:6380"),
        ("redis://cache/0?password=hunter2", "redis://cache/0"),
        ("unix:///run/redis.sock?password=hunter2", "unix:///run/redis.sock"),
        ("redis://:hunter2@cache/0?password=a@b", "redis://cache/0"),
    ],
)
def test_the_password_of_redis_is_not_shown(url: str, place: str) -> None:
    settings = load_settings(None, {"DUETIME_REDIS_URL": url})
    assert settings.redis.url == url
    assert settings.redis.place == place
    assert "hunter2" not in repr(settings)


@pytest.mark.parametrize("name", ["mail.toml", "sms.toml"])
def test_the_examples_to_try_a_channel_are_right(name: str) -> None:
    settings = load_settings(EXAMPLE.with_name(name), {})
    assert settings.email.endpoints or settings.sms.endpoints
