"""`duetime explain`: why a conversation is with whom it is, or why it still waits."""

import asyncio

import click

from duetime.router.ids import is_id
from duetime.service.cli.client import connected
from duetime.service.cli.exits import EXIT_CODES
from duetime.service.cli.place import Place, pass_place, place_options
from duetime.service.cli.terminal import clean, echo_json
from duetime.service.explanation import Explanation


@click.command(epilog=EXIT_CODES)
@click.argument("conversation")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with the data behind the sentences.")
@place_options
@pass_place
def explain(place: Place, conversation: str, as_json: bool) -> None:
    """Say why CONVERSATION is where it is, and what happens next.

    For one that waits: what it needs, who could take it and why not now, what goes first, how long it
    will take, and what the next step of its route changes. When nobody can ever take it: which single
    change would do. For one that somebody has: how that was decided.

    \b
    Examples:
      duetime explain cv_06c2k1y8x7q3m5n9r2v4
      duetime explain cv_06c2k1y8x7q3m5n9r2v4 --json | jq '.people[] | {name, readiness}'
    """
    if not is_id("cv", conversation):
        raise click.UsageError(f"'{clean(conversation)}' is not the id of a conversation: those look like cv_….")
    asyncio.run(_explain(place, conversation, as_json))


async def _explain(place: Place, conversation: str, as_json: bool) -> None:
    async with connected(place.base_url(), place.admin_token()) as client:
        found = await client.get(f"/v1/conversations/{conversation}/explain", Explanation)
    if as_json:
        echo_json(found)
        return
    for sentence in found.sentences:
        click.echo(clean(sentence))
