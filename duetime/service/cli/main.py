"""The command `duetime`: the group of its commands, and how it ends."""

import io
import sys
from collections.abc import Sequence
from importlib import import_module

import click

from duetime import __version__
from duetime.service.cli.exits import EXIT_CODES, INTERRUPTED, OK
from duetime.service.cli.place import place_options

COMMANDS = (
    "run",
    "check",
    "config",
    "doctor",
    "desk",
    "chat",
    "send",
    "explain",
    "mail",
    "outbox",
    "erase",
    "token",
    "status",
)


class Commands(click.Group):
    """Each command stands in the module of its name, which is imported when somebody asks for it: nobody waits for the
    libraries of the others."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        found = getattr(import_module(f"duetime.service.cli.{cmd_name}"), cmd_name)
        return found if isinstance(found, click.Command) else None


@click.group(
    cls=Commands, epilog=EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, prog_name="duetime")
@place_options
def cli() -> None:
    """Duetime routes every conversation to the right associate before it is due.

    \b
    The first five minutes, in three terminals:
      duetime run                      start the daemon (or: make run)
      duetime desk --as ana            sit down as an associate
      duetime send "Where is my order?" --from customer-17 --wait
    """


def execute(args: Sequence[str]) -> int:
    """Run one command line and return its exit code; every error a user can cause is a sentence on stderr."""
    try:
        _check_text(args)
        code = cli.main(list(args), prog_name="duetime", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted.", err=True)
        return INTERRUPTED
    return code if isinstance(code, int) else OK


def _check_text(args: Sequence[str]) -> None:
    """Python lets bytes that are no text through as lone surrogates, which nothing behind this can encode."""
    for arg in args:
        if not arg.isascii() and arg.encode(errors="ignore").decode() != arg:
            raise click.UsageError("The command line holds bytes that are not text in UTF-8.")


def main() -> None:
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        # What cannot be read or shown becomes a question mark, and does not end the command.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    sys.exit(execute(sys.argv[1:]))
