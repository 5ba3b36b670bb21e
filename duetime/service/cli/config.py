"""`duetime config`: check, compare, apply and roll back the routing configuration."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import click
from rich.table import Column, Table

from duetime.config.parse import read
from duetime.config.problems import ConfigProblems, Severity
from duetime.config.schema import json_schema
from duetime.queues.configs import ConfigVersion
from duetime.service.changes import Applied, Difference
from duetime.service.cli.check import check_file, tell
from duetime.service.cli.client import Client, connected
from duetime.service.cli.config_watch import PATIENCE_S, watch_file
from duetime.service.cli.exits import EXIT_CODES, OK, REFUSED, Refused
from duetime.service.cli.place import Place, pass_place, place_options
from duetime.service.cli.terminal import clean, console, echo_json, one_line
from duetime.service.http.config import ApplyIn, DocumentIn, RollBackIn, VersionPage

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
COMMENT_OPTION = click.option("-m", "--comment", default="", metavar="TEXT", help="Why, for whoever looks back.")
YES_OPTION = click.option("--yes", is_flag=True, help="Do not ask before it is applied.")
JSON_OPTION = click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")


@click.group(epilog=EXIT_CODES)
def config() -> None:
    """Change who answers what, and see before what that would do.

    The routing configuration is one TOML document, shared by all daemons of a workspace. Every change makes
    a version, which says who made it, when, why, and what it changed.

    \b
    Examples:
      duetime config show > routing.toml      take what is in force, and edit it
      duetime config diff routing.toml        see what would change
      duetime config apply routing.toml -m "More people for refunds"
      duetime config rollback 7 -m "Too many late ones"
    """


@config.command(epilog=EXIT_CODES)
@click.argument("file", type=FILE)
@click.option("--strict", is_flag=True, help="Count warnings as problems.")
@JSON_OPTION
def check(file: Path, strict: bool, as_json: bool) -> int:
    """Check the document in FILE: all problems at once, each with its line.

    Nothing needs to run, and nothing is changed. Warnings tell what can never do anything, such as a
    queue that nobody serves; the exit code is 1 if there is an error, or with --strict a warning.

    \b
    Example:
      duetime config check routing.toml --strict
    """
    checked = check_file(file)
    if as_json:
        echo_json(checked)
    else:
        tell(checked)
    counted = (Severity.ERROR, Severity.WARNING) if strict else (Severity.ERROR,)
    return REFUSED if any(checked.count(severity) for severity in counted) else OK


@config.command(epilog=EXIT_CODES)
@click.argument("file", type=FILE)
@JSON_OPTION
@place_options
@pass_place
def diff(place: Place, file: Path, as_json: bool) -> None:
    """Show what the document in FILE would change, and what that would mean now.

    It is compared with what is in force, and with what waits and who is there at this moment. Nothing is
    changed.

    \b
    Examples:
      duetime config diff routing.toml
      duetime config diff routing.toml --json | jq -r '.consequences[].sentence'
    """
    text = _read(file)
    found = asyncio.run(_diff(place, text))
    if as_json:
        echo_json(found)
    else:
        _tell_difference(found)


@config.command(epilog=EXIT_CODES)
@click.argument("file", type=FILE)
@COMMENT_OPTION
@click.option("--expect", type=click.IntRange(1), metavar="VERSION", help="The version that FILE was made from.")
@YES_OPTION
@click.option("--watch", is_flag=True, help="Apply it again whenever it changes, until Ctrl-C.")
@JSON_OPTION
@place_options
@pass_place
def apply(place: Place, file: Path, comment: str, expect: int | None, yes: bool, watch: bool, as_json: bool) -> None:
    """Apply the document in FILE, on all daemons, within a second.

    It shows first what would change; at a terminal it asks. A document with errors changes nothing, and
    if somebody else applied another version meanwhile it is refused rather than overwritten. Say --expect
    with the version that you edited, and what was applied since then is safe too.

    With --watch it goes on applying the file whenever it changes, as a deployment does: what is wrong is
    told, and the next change is waited for.

    \b
    Examples:
      duetime config apply routing.toml -m "More people for refunds"
      duetime config apply routing.toml --expect 7 --yes --json | jq .version
      duetime config apply --watch /srv/checkout/routing.toml
    """
    if watch:
        if as_json or expect is not None:
            raise click.UsageError("--watch goes without --json and --expect.")
        asyncio.run(watch_file(place.base_url(), place.admin_token(), file, comment))
        return
    applied = asyncio.run(_apply(place, _read(file), comment, expect, ask=_asks(yes, as_json), told=not as_json))
    _tell_applied(applied, as_json=as_json)


@config.command(epilog=EXIT_CODES)
@click.option("--version", "number", type=click.IntRange(1), metavar="VERSION", help="Default: what is in force.")
@JSON_OPTION
@place_options
@pass_place
def show(place: Place, number: int | None, as_json: bool) -> None:
    """Print the document that is in force, or that of another version.

    \b
    Examples:
      duetime config show > routing.toml
      diff <(duetime config show --version 7) <(duetime config show)
    """
    found = asyncio.run(_show(place, number))
    if as_json:
        echo_json(found)
        return
    # What goes to a file must be the very text; only a terminal could obey something in it.
    text = clean(found.document) if sys.stdout.isatty() else found.document
    click.echo(text, nl=not text.endswith("\n"))
    click.echo(f"# version {found.version}, applied by {found.who}", err=True)


@config.command(epilog=EXIT_CODES)
@click.option("--limit", type=click.IntRange(1, 50), default=10, show_default=True, metavar="COUNT")
@JSON_OPTION
@place_options
@pass_place
def versions(place: Place, limit: int, as_json: bool) -> None:
    """List the versions, newest first: who, when, why, and what changed.

    \b
    Examples:
      duetime config versions
      duetime config versions --json | jq -r '.versions[0].changes[]'
    """
    page = asyncio.run(_versions(place, limit))
    if as_json:
        echo_json(page)
        return
    table = Table(Column("Version", justify="right"), Column("When", no_wrap=True), "Who", "Why", "What changed")
    for note in page.versions:
        when = datetime.fromtimestamp(note.at / 1000).astimezone().strftime("%Y-%m-%d %H:%M")
        said = "\n".join([*(one_line(change, 120) for change in note.changes[:5]), *_more(len(note.changes) - 5)])
        table.add_row(str(note.version), when, one_line(note.who, 30), one_line(note.why, 60), said)
    console().print(table)


@config.command(epilog=EXIT_CODES)
@click.argument("version", type=click.IntRange(1))
@COMMENT_OPTION
@YES_OPTION
@JSON_OPTION
@place_options
@pass_place
def rollback(place: Place, version: int, comment: str, yes: bool, as_json: bool) -> None:
    """Apply the document of an earlier VERSION again, as a new version.

    It shows first what would change; at a terminal it asks.

    \b
    Example:
      duetime config rollback 7 -m "Too many late ones"
    """
    asked = RollBackIn(version=version, comment=comment)
    applied = asyncio.run(_roll_back(place, asked, ask=_asks(yes, as_json), told=not as_json))
    _tell_applied(applied, as_json=as_json)


@config.command(epilog=EXIT_CODES)
def schema() -> None:
    """Print the JSON Schema of the document, with which editors complete and check it.

    \b
    Example:
      duetime config schema > routing.schema.json     and as the first line of routing.toml:
                                                      #:schema ./routing.schema.json
    """
    echo_json(json_schema())


@asynccontextmanager
async def _asking(place: Place) -> AsyncIterator[Client]:
    async with connected(place.base_url(), place.admin_token(), timeout_s=PATIENCE_S) as client:
        yield client


async def _diff(place: Place, text: str) -> Difference:
    async with _asking(place) as client:
        return await _compare(client, text)


async def _compare(client: Client, text: str) -> Difference:
    return await client.post("/v1/config/diff", Difference, DocumentIn(document=text))


async def _show(place: Place, number: int | None) -> ConfigVersion:
    path = "/v1/config" if number is None else f"/v1/config/versions/{number}"
    async with _asking(place) as client:
        return await client.get(path, ConfigVersion)


async def _versions(place: Place, limit: int) -> VersionPage:
    async with _asking(place) as client:
        return await client.get("/v1/config/versions", VersionPage, limit=limit)


async def _apply(place: Place, text: str, comment: str, expect: int | None, *, ask: bool, told: bool) -> Applied:
    async with _asking(place) as client:
        found = await _compare(client, text)
        _look(found, ask=ask, told=told)
        version = found.version if expect is None else expect
        body = ApplyIn(document=text, comment=comment)
        return await client.call("PUT", "/v1/config", Applied, body=body, headers={"If-Match": f'"{version}"'})


async def _roll_back(place: Place, asked: RollBackIn, *, ask: bool, told: bool) -> Applied:
    async with _asking(place) as client:
        old = await client.get(f"/v1/config/versions/{asked.version}", ConfigVersion)
        found = await _compare(client, old.document)
        _look(found, ask=ask, told=told)
        headers = {"If-Match": f'"{found.version}"'}
        return await client.call("POST", "/v1/config/rollback", Applied, body=asked, headers=headers)


def _look(found: Difference, *, ask: bool, told: bool) -> None:
    """Shows what would change, and asks. Raises Refused when the answer is no."""
    if told:
        _tell_difference(found)
    if ask and not click.confirm("Apply this?", err=True):
        raise Refused("Nothing was applied.")


def _asks(yes: bool, as_json: bool) -> bool:
    """Only a person at a terminal is asked."""
    return not yes and not as_json and sys.stdin.isatty() and sys.stdout.isatty()


def _tell_difference(found: Difference) -> None:
    for problem in found.warnings:
        click.echo(clean(f"  {problem}"), err=True)
    if not found.changes:
        click.echo(f"It says the same as version {found.version}.")
    for change in found.changes:
        click.echo(clean(change.sentence))
    if found.consequences:
        click.echo("\nNow, this would mean:")
    for consequence in found.consequences:
        click.echo(clean(consequence.sentence))


def _tell_applied(applied: Applied, *, as_json: bool) -> None:
    if as_json:
        echo_json(applied)
    else:
        click.echo(f"Version {applied.version} is in force.")


def _more(count: int) -> list[str]:
    return [f"… and {count} more"] if count > 0 else []


def _read(file: Path) -> str:
    """The text of the document. Raises Refused with every error in it, before any daemon is asked."""
    try:
        text = read(file, f"the routing configuration {file}")
    except ConfigProblems as problems:
        raise Refused(str(problems)) from problems
    checked = check_file(file)
    if checked.count(Severity.ERROR):
        tell(checked)
        raise Refused("Nothing was changed: correct the document first.")
    return text
