"""`duetime outbox`: messages that could not be brought to their contacts."""

import asyncio
from datetime import datetime

import click
from rich.table import Table

from duetime.service.cli.client import connected
from duetime.service.cli.exits import EXIT_CODES
from duetime.service.cli.place import Place, pass_place, place_options
from duetime.service.cli.terminal import console, echo_json, one_line
from duetime.service.http.endpoints import NumberedDelivery


@click.group(epilog=EXIT_CODES)
def outbox() -> None:
    """See messages that failed, and send them again.

    \b
    Examples:
      duetime outbox failed
      duetime outbox send-again cv_00cbszjpg01kaz1tqs9x 2
    """


@outbox.command(epilog=EXIT_CODES)
@click.option("--endpoint", metavar="NAME", help="Only those of this address of ours.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")
@place_options
@pass_place
def failed(place: Place, endpoint: str | None, as_json: bool) -> None:
    """Show what was given up or came back, the newest first.

    Needs the token of a supervisor or an admin; the local daemon's is found by itself.

    \b
    Examples:
      duetime outbox failed
      duetime outbox failed --endpoint support --json
    """
    asyncio.run(_failed(place, endpoint, as_json))


async def _failed(place: Place, endpoint: str | None, as_json: bool) -> None:
    query = {"endpoint": endpoint} if endpoint else {}
    async with connected(place.base_url(), place.admin_token()) as client:
        found = await client.get("/v1/deliveries/failed", list[NumberedDelivery], **query)
    if as_json:
        echo_json(found)
    elif not found:
        click.echo("Nothing failed.")
    else:
        console().print(_table(found))


@outbox.command("send-again", epilog=EXIT_CODES)
@click.argument("conversation")
@click.argument("number", type=click.IntRange(1))
@place_options
@pass_place
def send_again(place: Place, conversation: str, number: int) -> None:
    """Send message NUMBER of CONVERSATION again, which failed.

    \b
    Examples:
      duetime outbox send-again cv_00cbszjpg01kaz1tqs9x 2
    """
    asyncio.run(_send_again(place, conversation, number))


async def _send_again(place: Place, conversation: str, number: int) -> None:
    async with connected(place.base_url(), place.admin_token()) as client:
        await client.post(f"/v1/conversations/{conversation}/messages/{number}/send-again", type(None), {})
    click.echo(f"Message {number} of {conversation} is on its way again.")


def _table(found: list[NumberedDelivery]) -> Table:
    table = Table("When", "Endpoint", "Conversation", "Message", "Why")
    for one in found:
        when = datetime.fromtimestamp(one.delivery.at / 1000).astimezone().strftime("%Y-%m-%d %H:%M")
        reason = one_line(one.delivery.reason or "", 80)
        table.add_row(when, one.delivery.endpoint, one.conversation, str(one.number), reason)
    return table
