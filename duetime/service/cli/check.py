"""`duetime check`: all problems of settings and routing configuration, before anything runs with them."""

from pathlib import Path

import click
import msgspec

from duetime.config.check import check_routing
from duetime.config.problems import ConfigProblems, Problem, Severity
from duetime.service.cli.exits import EXIT_CODES, OK, REFUSED
from duetime.service.cli.place import Place, pass_place, settings_option
from duetime.service.cli.terminal import clean, echo_json


class Checked(msgspec.Struct, frozen=True):
    """One document and what is wrong with it."""

    document: str
    problems: list[Problem]

    def count(self, severity: Severity) -> int:
        return sum(problem.severity is severity for problem in self.problems)


@click.command(epilog=EXIT_CODES)
@click.argument("routing", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--strict", is_flag=True, help="Count warnings as problems.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")
@settings_option
@pass_place
def check(place: Place, routing: Path | None, strict: bool, as_json: bool) -> int:
    """Check the settings, and the routing configuration in ROUTING.

    Without ROUTING it checks the one that the settings name. Reports every problem at once with its
    place, its line and a hint. Warnings tell what can never do anything, such as a queue that nobody
    serves; the exit code is 1 if there is an error, or with --strict a warning. Nothing needs to run,
    and nothing is changed.

    \b
    Examples:
      duetime check
      duetime check --settings settings.toml --strict
      duetime check routing.toml --json | jq '.[].problems[].sentence'
    """
    checked = [_settings(place)]
    if routing is None and not checked[0].problems:
        routing = place.settings().routing.file
    if routing is not None:
        checked.append(check_file(routing))
    if as_json:
        echo_json(checked)
    else:
        for document in checked:
            tell(document)
    severities = (Severity.ERROR, Severity.WARNING) if strict else (Severity.ERROR,)
    return REFUSED if any(document.count(severity) for document in checked for severity in severities) else OK


def _settings(place: Place) -> Checked:
    try:
        place.load_settings()
    except ConfigProblems as error:
        return Checked(error.what, error.problems)
    return Checked("the settings", [])


def check_file(path: Path) -> Checked:
    """What is wrong with a routing configuration, or with reading it."""
    what = f"the routing configuration {path}"
    try:
        return Checked(what, check_routing(path.read_text(encoding="utf-8")))
    except OSError as error:
        sentence = f"the file cannot be read: {error.strerror}"
    except UnicodeDecodeError:
        sentence = "the file is not UTF-8 text"
    return Checked(what, [Problem(path="", sentence=sentence)])


def tell(checked: Checked) -> None:
    """Prints it for people."""
    errors, warnings = checked.count(Severity.ERROR), checked.count(Severity.WARNING)
    if not checked.problems:
        click.echo(f"{checked.document}: good")
        return
    counts = [
        f"{count} {word}{'s' * (count > 1)}" for count, word in ((errors, "error"), (warnings, "warning")) if count
    ]
    click.echo(f"{checked.document}: {', '.join(counts)}")
    for problem in checked.problems:
        click.echo(clean(f"  {problem}"))
