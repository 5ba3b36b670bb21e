"""`duetime chat`: a terminal visitor."""

import asyncio
from pathlib import Path

import click

from duetime.service.cli.chat_visit import Visit
from duetime.service.cli.client import connected
from duetime.service.cli.exits import EXIT_CODES
from duetime.service.cli.place import Place, pass_place, settings_option, url_option


@click.command(epilog=EXIT_CODES)
@click.option("--endpoint", default="web", show_default=True, metavar="NAME", help="Which chat of the settings.")
@click.option("--name", metavar="NAME", help="What you want to be called.")
@click.option("--language", metavar="TAG", help="Such as de or pt-BR.")
@click.option(
    "--session",
    "session_file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Keep the session in FILE, to be the same visitor next time.",
)
@url_option
@settings_option
@pass_place
def chat(place: Place, /, endpoint: str, name: str | None, language: str | None, session_file: Path | None) -> int:
    """Write to the team as a visitor.

    It does what the web chat of a page does, and needs no token. Every line is a message. Lines that
    begin with a slash are commands: /wait until somebody answers (for scripts), /help, /quit; two
    slashes send a line that begins with one. A lost connection comes back by itself, and nothing is
    lost or sent twice.

    \b
    Examples:
      duetime chat --name Maria
      duetime chat --session maria.session
      printf 'Where is my order?\\n/wait 60s\\n' | duetime chat
    """
    return asyncio.run(_chat(place, endpoint, name, language, session_file))


async def _chat(place: Place, endpoint: str, name: str | None, language: str | None, session_file: Path | None) -> int:
    async with connected(place.base_url(), None) as client:
        return await Visit(client, endpoint, name, language, session_file).run()
