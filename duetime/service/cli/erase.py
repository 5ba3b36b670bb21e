"""`duetime erase`: a conversation and everything in it, for good."""

import asyncio

import click

from duetime.router.ids import is_id
from duetime.service.cli.client import connected
from duetime.service.cli.exits import EXIT_CODES
from duetime.service.cli.place import Place, pass_place, place_options
from duetime.service.cli.terminal import clean


@click.command(epilog=EXIT_CODES)
@click.argument("conversation")
@click.option("--yes", is_flag=True, help="Do not ask.")
@place_options
@pass_place
def erase(place: Place, conversation: str, yes: bool) -> None:
    """Erase CONVERSATION for good: its messages, its files, and what the journal tells of it.

    It has to be closed. Nothing brings it back, but a backup. Needs the token of an admin; the local
    daemon's is found by itself.

    \b
    Examples:
      duetime erase cv_06c2k1y8x7q3m5n9r2v4
      duetime erase cv_06c2k1y8x7q3m5n9r2v4 --yes
    """
    if not is_id("cv", conversation):
        raise click.UsageError(f"'{clean(conversation)}' is not the id of a conversation: those look like cv_….")
    if not yes:
        click.confirm(f"Erase {conversation} with all its messages and files, for good?", abort=True, err=True)
    asyncio.run(_erase(place, conversation))
    click.echo(f"{conversation} is erased.", err=True)


async def _erase(place: Place, conversation: str) -> None:
    async with connected(place.base_url(), place.admin_token()) as client:
        await client.call("DELETE", f"/v1/conversations/{conversation}", type(None))
