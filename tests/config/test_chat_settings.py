"""Settings of web chat that are wrong, alone or together, and secrets that stay secret."""

from pathlib import Path

import pytest

from duetime.config.chat_settings import ChatEndpoint, contrast_with_white
from duetime.config.problems import ConfigProblems
from duetime.config.settings import Settings, load_settings

WEB = "[chat.endpoints.web]\n"
FIELD = '[[chat.endpoints.web.form]]\nname = "order"\nkind = "text"\nlabel = "Which order?"\n'
MAIL = '[email.endpoints.support]\naddress = "support@example.com"\n'
SECRET = "0123456789abcdef0123456789abcdef"


def load(tmp_path: Path, text: str) -> Settings:
    path = tmp_path / "settings.toml"
    path.write_text(text, encoding="utf-8")
    return load_settings(path, {})


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('color = "blue"', 'color: "blue" is not a colour such as "#1a5fb4"'),
        (
            'color = "#ffcc00"',
            "color: white text on #ffcc00 has a contrast of 1.5, and needs 4.5 to be readable: choose a darker one",
        ),
        ('position = "top"', 'position: must be one of left, right, not "top"'),
        ('email_endpoint = "suport"', "email_endpoint: there is no such email endpoint"),
        ('after_hours = "email"', "after_hours: needs email_endpoint, which says by which address mail goes"),
        ("transcripts = true", "transcripts: needs email_endpoint, which says by which address mail goes"),
        ("identity_required = true", "identity_required: needs identity_secret, else nobody could chat"),
        ('identity_secret = "short"', "identity_secret: it is not a secret of at least 32 characters"),
        (FIELD + FIELD, "form[1].name: another field has this name"),
        (FIELD.replace('label = "Which order?"\n', ""), "form[0].label: is missing: nobody would know what is asked"),
        (
            FIELD.replace('"text"', '"choice"'),
            'form[0].choices: go together with kind = "choice", which needs them',
        ),
        (
            FIELD.replace('"text"', '"email"') + FIELD.replace('"text"', '"email"').replace('"order"', '"other"'),
            "form[1].kind: another field asks for this: a form has one email",
        ),
    ],
)
def test_what_is_wrong_is_told_where_it_stands(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(ConfigProblems) as raised:
        load(tmp_path, WEB + text + "\n" + MAIL)
    (found,) = raised.value.problems
    assert f"{found.path}: {found.sentence}" == f"chat.endpoints.web.{problem}"
    assert found.line is not None


def test_a_chat_that_uses_everything_loads(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(SECRET + "\n")
    text = f'email_endpoint = "support"\nafter_hours = "email"\ntranscripts = true\nidentity_secret_file = "{secret}"\n'
    found = load(tmp_path, f"{WEB}{text}identity_required = true\n{FIELD}{MAIL}").chat.endpoints["web"]
    assert (found.identity_secret, found.form[0].name) == (SECRET, "order")
    assert SECRET not in repr(found)


def test_the_default_colour_can_be_read_on() -> None:
    assert contrast_with_white(ChatEndpoint().color) > 4.5
    assert round(contrast_with_white("#000000"), 1) == 21
    assert round(contrast_with_white("#ffffff"), 1) == 1
