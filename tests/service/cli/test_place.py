"""Where the daemon is and whose token is used."""

from pathlib import Path

import click
import msgspec
import pytest
from yarl import URL

from duetime.service.cli.place import Place

TOKENS = {"admin": "dt_admin", "integration": "dt_integration", "associates": {"ana": "dt_ana"}}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A place whose data directory has tokens."""
    (tmp_path / "tokens.json").write_bytes(msgspec.json.encode(TOKENS))
    return Place(environ={"DUETIME_DATA_DIR": str(tmp_path)})


@pytest.mark.parametrize(
    ("environ", "url"),
    [
        ({}, "http://127.0.0.1:8080/"),
        ({"DUETIME_HTTP_PORT": "9000"}, "http://127.0.0.1:9000/"),
        ({"DUETIME_HTTP_HOST": "0.0.0.0"}, "http://127.0.0.1:8080/"),
        ({"DUETIME_HTTP_HOST": "::"}, "http://[::1]:8080/"),
        ({"DUETIME_URL": "https://care.example.org/?x#y", "DUETIME_HTTP_PORT": "1"}, "https://care.example.org/"),
    ],
)
def test_the_daemon_is_where_the_environment_or_else_the_settings_say(environ: dict[str, str], url: str) -> None:
    assert Place(environ=environ).base_url() == URL(url)


def test_an_option_goes_before_the_environment() -> None:
    place = Place(url="http://a.example", token="dt_a", environ={"DUETIME_URL": "http://b", "DUETIME_TOKEN": "dt_b"})
    assert (place.base_url(), place.admin_token()) == (URL("http://a.example"), "dt_a")


@pytest.mark.parametrize("url", ["care.example.org", "ftp://care.example.org", "http://", "http://a:99999"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(click.UsageError, match="is not an address"):
        Place(url=url, environ={}).base_url()


def test_tokens_of_this_machines_daemon_are_found(place: Place) -> None:
    assert place.admin_token() == "dt_admin"
    assert place.integration_token() == "dt_integration"
    assert place.associate_token("ana") == "dt_ana"


def test_who_has_no_token_here_is_told_who_has(place: Place) -> None:
    with pytest.raises(click.UsageError, match="It has those of ana"):
        place.associate_token("zoe")


def test_without_a_tokens_file_one_is_told_where_it_comes_from(tmp_path: Path) -> None:
    with pytest.raises(click.UsageError, match="A daemon writes that file when it first starts"):
        Place(environ={"DUETIME_DATA_DIR": str(tmp_path)}).admin_token()


@pytest.mark.parametrize("url", ["http://care.example.org", "http://10.0.0.1:8080", "http://127.0.0.1.evil.example"])
def test_tokens_of_this_machine_are_not_sent_elsewhere(place: Place, url: str) -> None:
    place.url = url
    with pytest.raises(click.UsageError, match="with --token or DUETIME_TOKEN"):
        place.admin_token()


@pytest.mark.parametrize("url", ["http://localhost:9000", "http://[::1]:9000", "http://127.0.0.2"])
def test_tokens_of_this_machine_are_good_for_its_loopback(place: Place, url: str) -> None:
    place.url = url
    assert place.admin_token() == "dt_admin"


def test_a_port_that_the_daemon_chooses_must_be_named() -> None:
    with pytest.raises(click.UsageError, match="name it with --url"):
        Place(environ={"DUETIME_HTTP_PORT": "0"}).base_url()


def test_settings_that_are_wrong_are_refused_with_every_problem() -> None:
    with pytest.raises(click.ClickException) as caught:
        Place(environ={"DUETIME_HTTP_PORT": "x", "DUETIME_WORKSPAC": "y"}).settings()
    assert "DUETIME_HTTP_PORT" in caught.value.message
    assert "DUETIME_WORKSPACE" in caught.value.message
