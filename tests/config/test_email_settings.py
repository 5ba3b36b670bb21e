"""Settings of email that are wrong together, and secrets that stay secret."""

from pathlib import Path

import pytest

from duetime.config.problems import ConfigProblems
from duetime.config.settings import Settings, load_settings

SUPPORT = '[email.endpoints.support]\naddress = "support@example.com"\n'
IMAP = SUPPORT + '[email.endpoints.support.imap]\nhost = "imap.example.com"\nuser = "support"\n'
SMTP = SUPPORT + '[email.endpoints.support.smtp]\nhost = "smtp.example.com"\n'


def load(tmp_path: Path, text: str) -> Settings:
    path = tmp_path / "settings.toml"
    path.write_text(text, encoding="utf-8")
    return load_settings(path, {})


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            IMAP + 'password = "x"\nafter = "move"\n',
            'email.endpoints.support.imap.move_to: goes together with after = "move", which needs it',
        ),
        (
            IMAP + 'password = "x"\nmove_to = "Done"\n',
            'email.endpoints.support.imap.move_to: goes together with after = "move", which needs it',
        ),
        (IMAP, "email.endpoints.support.imap: needs a password, or oauth in its place"),
        (
            SUPPORT + '[email.endpoints.sales]\naddress = "sales@example.com"\naliases = ["Support@example.com"]\n',
            "email.endpoints.sales.address: Support@example.com is an address of email.endpoints.support already",
        ),
        (
            SUPPORT.replace("support]", "web]"),
            "email.endpoints.web: chat.endpoints.web has this name: give each its own",
        ),
        (
            '[email.listen]\nport = 25\nnetworks = ["here"]\n',
            'email.listen.networks[0]: "here" is not an IP address or a network such as 10.0.0.0/8',
        ),
        (
            IMAP + 'password = "x"\nstart = "yesterday"\n',
            'email.endpoints.support.imap.start: "yesterday" is not "now", "all" or a day such as "2026-03-01"',
        ),
        (
            '[email.endpoints.support]\naddress = "support"\n',
            'email.endpoints.support.address: "support" is not a mail address',
        ),
    ],
)
def test_what_is_wrong_is_told_where_it_stands(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(ConfigProblems) as raised:
        load(tmp_path, text)
    (found,) = raised.value.problems
    assert f"{found.path}: {found.sentence}" == problem
    assert found.line is not None


def test_secrets_stay_out_of_what_is_shown(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hunter2\n", encoding="utf-8")
    text = IMAP + f'password_file = "{tmp_path / "secret"}"\n' + SMTP.removeprefix(SUPPORT) + 'password = "hunter2"\n'
    dkim = '[email.endpoints.support.dkim]\ndomain = "example.com"\nselector = "s"\nprivate_key = "hunter2"\n'
    settings = load(tmp_path, text + dkim)
    imap = settings.email.endpoints["support"].imap
    assert imap is not None
    assert imap.password == "hunter2"
    assert "hunter2" not in repr(settings)
    assert "password='***'" in repr(settings) or "password=***" in repr(settings)
