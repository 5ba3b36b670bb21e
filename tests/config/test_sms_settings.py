"""Settings of SMS that are wrong together, and secrets that stay secret."""

import re
from datetime import time
from pathlib import Path
from typing import get_args, get_type_hints

import msgspec
import pytest

from duetime.config.problems import ConfigProblems
from duetime.config.section import SECRETS
from duetime.config.settings import Settings, load_settings
from duetime.config.sms_gateway import GatewayVerify, HttpGateway
from duetime.config.sms_providers import MessageBird, Twilio, Vonage
from duetime.config.sms_settings import read_quiet_hours

GUIDE = Path(__file__).parents[2] / "docs" / "channels.md"
PUBLIC = '[http]\npublic_url = "https://care.example.com"\n'
NUMBER = '[sms.endpoints.text]\nnumber = "+14155550100"\n'
ACCOUNT = 'account_sid = "AC1"\nauth_token = "hunter2"\n'
TWILIO = NUMBER + "[sms.endpoints.text.twilio]\n" + ACCOUNT
GATEWAY = NUMBER + '[sms.endpoints.text.http]\nurl = "http://127.0.0.1:13013/cgi-bin/sendsms"\n'
VERIFY = '[sms.endpoints.text.http.verify]\nsecret = "hunter2"\n'


def load(tmp_path: Path, text: str) -> Settings:
    path = tmp_path / "settings.toml"
    path.write_text(text, encoding="utf-8")
    return load_settings(path, {})


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            NUMBER,
            "sms.endpoints.text: needs one of the tables twilio, vonage, messagebird and http, and has none",
        ),
        (
            PUBLIC + TWILIO + '[sms.endpoints.text.messagebird]\naccess_key = "x"\nsigning_key = "x"\n',
            "sms.endpoints.text: needs one of the tables twilio, vonage, messagebird and http, and has twilio and "
            "messagebird",
        ),
        (
            TWILIO,
            "sms.endpoints.text.twilio: signs its webhooks with their address: set sms.public_url or http.public_url",
        ),
        (
            PUBLIC + TWILIO + TWILIO.replace("text", "other"),
            "sms.endpoints.other.number: +14155550100 is the number of sms.endpoints.text already",
        ),
        (
            PUBLIC + TWILIO.replace("sms.endpoints.text", "sms.endpoints.web"),
            "sms.endpoints.web: chat.endpoints.web has this name: give each its own",
        ),
        (
            PUBLIC + TWILIO.replace("+14155550100", "0151 123456"),
            'sms.endpoints.text.number: "0151 123456" is not a number such as "+4930901820", a short code, or a name '
            "of up to 11 letters, digits and blanks",
        ),
        (
            PUBLIC + TWILIO.replace("[sms.endpoints.text.tw", 'quiet_hours = "08:00-08:00"\n[sms.endpoints.text.tw'),
            'sms.endpoints.text.quiet_hours: "08:00-08:00" is not hours such as "21:00-08:00"',
        ),
        (
            PUBLIC + TWILIO.replace("[sms.endpoints.text.tw", 'default_region = "ZZ"\n[sms.endpoints.text.tw'),
            'sms.endpoints.text.default_region: there is no country with known numbers "ZZ"',
        ),
        (
            PUBLIC + TWILIO + 'api_key_sid = "SK1"\n',
            "sms.endpoints.text.twilio.api_key_secret: goes together with api_key_sid",
        ),
        (
            GATEWAY,
            "sms.endpoints.text.http.verify: needs a secret, an hmac_secret or networks: without one anybody could "
            "write as anybody",
        ),
        (
            GATEWAY + 'auth = "bearer"\n' + VERIFY,
            'sms.endpoints.text.http.password: is missing, and auth = "bearer" needs it',
        ),
        (
            GATEWAY + 'format = "json"\nmethod = "GET"\n' + VERIFY,
            'sms.endpoints.text.http.method: must be "POST" where the format is "json"',
        ),
        (
            GATEWAY + 'format = "json"\nfields = { to = "{to}", "to.more" = "{text}" }\n' + VERIFY,
            "sms.endpoints.text.http.fields.to: cannot be a value and hold others",
        ),
        (
            GATEWAY + 'fields = { to = "{too}" }\n' + VERIFY,
            "sms.endpoints.text.http.fields.to: {too} stands for nothing; a brace is written twice",
        ),
    ],
)
def test_what_is_wrong_is_told_where_it_stands(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(ConfigProblems) as raised:
        load(tmp_path, text)
    (found,) = raised.value.problems
    assert f"{found.path}: {found.sentence}" == problem
    assert found.line is not None


@pytest.mark.parametrize("number", ["+14155550100", "12345", "Example", "3 Pigs", "A1"])
def test_numbers_short_codes_and_names_are_senders(tmp_path: Path, number: str) -> None:
    settings = load(tmp_path, PUBLIC + TWILIO.replace("+14155550100", number))
    assert settings.sms.endpoints["text"].number == number


def test_a_gateway_needs_no_public_url(tmp_path: Path) -> None:
    endpoint = load(tmp_path, GATEWAY + VERIFY).sms.endpoints["text"]
    assert list(endpoint.providers) == ["http"]


def test_the_same_number_may_be_carried_by_two_accounts(tmp_path: Path) -> None:
    other = TWILIO.replace("text", "other").replace("AC1", "AC2")
    assert len(load(tmp_path, PUBLIC + TWILIO + other).sms.endpoints) == 2


def test_the_address_for_providers_may_be_another_than_that_for_people(tmp_path: Path) -> None:
    settings = load(tmp_path, '[sms]\npublic_url = "https://hooks.example.com"\n' + TWILIO)
    assert settings.sms.public_url == "https://hooks.example.com"


def test_secrets_may_be_files_and_stay_out_of_what_is_shown(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hunter2\n", encoding="utf-8")
    verify = VERIFY.replace('secret = "hunter2"', f'secret_file = "{tmp_path / "secret"}"')
    settings = load(tmp_path, GATEWAY + verify)
    gateway = settings.sms.endpoints["text"].http
    assert gateway is not None
    assert gateway.verify.secret == "hunter2"
    assert "hunter2" not in repr(settings)
    assert "hunter2" not in repr(load(tmp_path, PUBLIC + TWILIO))


def test_what_the_guide_shows_are_settings(tmp_path: Path) -> None:
    """Each provider's part of docs/channels.md, with secrets in the place of the files that hold them."""
    part = GUIDE.read_text(encoding="utf-8").partition("\n## SMS\n")[2].partition("\n## ")[0]
    blocks = re.findall(r"```toml\n(.*?)```", part, re.DOTALL)
    assert len(blocks) == 4
    for block in blocks:
        shown = re.sub(r'_file = ".*"', ' = "hunter2"', block)
        settings = load(tmp_path, PUBLIC + shown)
        assert len(settings.sms.endpoints) == 1, block


@pytest.mark.parametrize("cls", [Twilio, Vonage, MessageBird, HttpGateway, GatewayVerify])
def test_every_secret_is_known_as_one(cls: type[msgspec.Struct]) -> None:
    for name, hint in get_type_hints(cls, include_extras=True).items():
        metas = [part for option in (hint, *get_args(hint)) for part in getattr(option, "__metadata__", ())]
        assert (name in SECRETS) == any((meta.extra or {}).get("secret") for meta in metas), name


def test_quiet_hours_are_two_times() -> None:
    assert read_quiet_hours("21:00-08:30") == (time(21), time(8, 30))
