"""Where the daemon is and who asks: from the command line, the environment, or the settings and the tokens
that a daemon of this machine left in its data directory."""

import ipaddress
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import click
from yarl import URL

from duetime.config.problems import ConfigProblems
from duetime.config.settings import Settings, load_settings
from duetime.router.ids import AssociateId
from duetime.service.cli.exits import Refused
from duetime.service.welcome import LocalTokens, read_local_tokens, tokens_file

Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass
class Place:
    """The options that every command shares, and what follows from them."""

    url: str | None = None
    token: str | None = None
    settings_file: str | None = None
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    _settings: Settings | None = None

    def load_settings(self) -> Settings:
        """Raises ConfigProblems with every problem in them."""
        return load_settings(Path(self.settings_file) if self.settings_file else None, self.environ)

    def settings(self) -> Settings:
        """The settings, loaded once. Raises Refused with every problem in them."""
        if self._settings is None:
            try:
                self._settings = self.load_settings()
            except ConfigProblems as problems:
                raise Refused(str(problems)) from problems
        return self._settings

    def base_url(self) -> URL:
        """Where the API answers: ``--url``, ``DUETIME_URL``, or the address that the settings listen on."""
        named = self.url or self.environ.get("DUETIME_URL")
        if not named:
            http = self.settings().http
            if http.port == 0:
                raise click.UsageError("The settings let the daemon choose its port: name it with --url.")
            return URL.build(scheme="http", host=_reachable(http.host), port=http.port)
        try:
            url = URL(named)
            if url.scheme in ("http", "https") and url.host:
                return url.with_query(None).with_fragment(None)
        except ValueError:
            pass
        raise click.UsageError(f"'{named}' is not an address: write it like http://127.0.0.1:8080.")

    def given_token(self) -> str | None:
        token = (self.token or self.environ.get("DUETIME_TOKEN") or "").strip()
        if not (token.isascii() and token.isprintable()):
            raise click.UsageError("That is no API token: those look like dt_... .")
        return token or None

    def admin_token(self) -> str:
        return self._token("an admin", lambda tokens: tokens.admin)

    def integration_token(self) -> str:
        return self._token("an integration", lambda tokens: tokens.integration)

    def associate_token(self, name: str) -> str:
        return self._token(f"{name}'s", lambda tokens: tokens.associates.get(AssociateId(name)))

    def _token(self, whose: str, choose: Callable[[LocalTokens], str | None]) -> str:
        """The given token, else the one in the data directory. Raises UsageError when there is none."""
        if given := self.given_token():
            return given
        if not _is_local(self.base_url()):
            # The tokens of this machine's daemon are nobody else's business.
            raise click.UsageError(f"Give {whose} token for {self.base_url()} with --token or DUETIME_TOKEN.")
        data_dir = self.settings().data.dir
        tokens = read_local_tokens(data_dir)
        token = choose(tokens) if tokens else None
        if token is None:
            path = tokens_file(data_dir)
            where = f"{path} has none" if tokens else f"there is no {path} that can be read"
            known = f" It has those of {', '.join(sorted(tokens.associates))}." if tokens else ""
            raise click.UsageError(
                f"Give {whose} token with --token or DUETIME_TOKEN: {where}.{known}"
                " A daemon writes that file when it first starts (`make run`)."
            )
        return token


def _reachable(host: str) -> str:
    """Where a client finds a daemon that listens on ``host``: one that listens everywhere is on loopback."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104


def _is_local(url: URL) -> bool:
    try:
        return ipaddress.ip_address(url.host or "").is_loopback
    except ValueError:
        return url.host == "localhost"


def _remember(context: click.Context, option: click.Parameter, value: str | None) -> None:
    if value is not None and option.name is not None:
        setattr(context.ensure_object(Place), option.name, value)


def _place_option(flag: str, name: str, meta: str, text: str) -> Callable[[Command], Command]:
    return click.option(flag, name, metavar=meta, help=text, expose_value=False, callback=_remember)


url_option = _place_option(
    "--url", "url", "URL", "Where the daemon answers (or DUETIME_URL). Default: as settings say."
)
token_option = _place_option("--token", "token", "TOKEN", "An API token (or DUETIME_TOKEN). Default: the local one.")
settings_option = _place_option("--settings", "settings_file", "FILE", "The settings file (or DUETIME_SETTINGS).")


def place_options(command: Command) -> Command:
    """Adds --url, --token and --settings; they stand before or after the command's name."""
    return url_option(token_option(settings_option(command)))


pass_place = click.make_pass_decorator(Place, ensure=True)
