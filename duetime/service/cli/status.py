"""`duetime status`: queues and associates at a glance."""

import asyncio
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import datetime

import click
import msgspec
from rich.console import Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from duetime.queues.records import Associate
from duetime.router.associate import Presence
from duetime.service.cli.client import Client, connected
from duetime.service.cli.exits import EXIT_CODES, Unreachable
from duetime.service.cli.place import Place, pass_place, place_options
from duetime.service.cli.terminal import console, due, echo_json, now_ms, one_line, span
from duetime.service.http.endpoints import EndpointNow
from duetime.service.http.queues import QueueNow
from duetime.service.mail.mailbox import MailboxState

_PRESENCE_STYLE = {
    Presence.AVAILABLE: "green",
    Presence.BUSY: "yellow",
    Presence.AWAY: "yellow",
    Presence.OFFLINE: "dim",
}


class Glance(msgspec.Struct, frozen=True):
    """What `--json` prints."""

    queues: list[QueueNow]
    associates: list[Associate]
    endpoints: list[EndpointNow]


@click.command(epilog=EXIT_CODES)
@click.option("--watch", is_flag=True, help="Show it again and again until Ctrl-C.")
@click.option("--every", "every_s", type=click.FloatRange(0.5), default=2.0, show_default=True, metavar="SECONDS")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")
@place_options
@pass_place
def status(place: Place, watch: bool, every_s: float, as_json: bool) -> None:
    """Show what waits in every queue, who is there, and how mail is read and sent.

    Needs the token of a supervisor or an admin; the local daemon's is found by itself.

    \b
    Examples:
      duetime status
      duetime status --watch
      duetime status --json | jq '.queues[] | select(.waiting > 0)'
    """
    if watch and as_json:
        raise click.UsageError("--watch and --json do not go together: call `status --json` again and again.")
    asyncio.run(_status(place, every_s if watch else None, as_json))


async def _status(place: Place, every_s: float | None, as_json: bool) -> None:
    async with connected(place.base_url(), place.admin_token()) as client:
        glance = await _look(client)
        if as_json:
            echo_json(glance)
        elif every_s is None:
            console().print(_tables(glance, now_ms()))
        else:
            await _watch(client, glance, every_s)


async def _watch(client: Client, glance: Glance, every_s: float) -> None:
    note = ""
    screen = console()
    with Live(console=screen, auto_refresh=False) if screen.is_terminal else nullcontext() as live:
        while True:
            clock = datetime.now().astimezone().strftime("%H:%M:%S")
            shown = Group(_tables(glance, now_ms()), Text(f"{clock} {note}", style="dim"))
            if live is None:
                screen.print(shown)
            else:
                live.update(shown, refresh=True)
            await asyncio.sleep(every_s)
            try:
                glance, note = await _look(client), ""
            except Unreachable as error:
                note = f"{error.message} What stands above is older; trying again."


async def _look(client: Client) -> Glance:
    return Glance(
        *await asyncio.gather(
            client.get("/v1/queues", list[QueueNow]),
            client.get("/v1/associates", list[Associate]),
            client.get("/v1/endpoints", list[EndpointNow]),
        )
    )


def _tables(glance: Glance, now_ms: int) -> Group:
    tables = [_queues(glance.queues, now_ms), _associates(glance.associates)]
    mails = [endpoint for endpoint in glance.endpoints if endpoint.channel.is_delivered]
    return Group(*tables, *([_endpoints(mails, now_ms)] if mails else []))


def _queues(queues: Sequence[QueueNow], now_ms: int) -> Table:
    table = Table("Queue", "Waiting", "Oldest", "Next", "Could take one", title="Queues", title_justify="left")
    for figures in sorted(queues, key=lambda figures: figures.queue):
        oldest = span(now_ms - figures.oldest_arrived_at) if figures.oldest_arrived_at else ""
        late = figures.next_due_at is not None and figures.next_due_at < now_ms
        next_due = Text(due(figures.next_due_at, now_ms) if figures.next_due_at else "", "red" if late else "")
        alone = figures.waiting > 0 and figures.routable_associates == 0
        table.add_row(
            figures.queue,
            str(figures.waiting),
            oldest,
            next_due,
            Text(str(figures.routable_associates), "red" if alone else ""),
        )
    return table


def _associates(associates: Sequence[Associate]) -> Table:
    table = Table("Associate", "Name", "Presence", "Load", "Has", "Note", title="Associates", title_justify="left")
    for associate in sorted(associates, key=lambda associate: associate.profile.id):
        profile = associate.profile
        has = ", ".join(f"{count} {channel}" for channel, count in sorted(associate.counts.items()) if count)
        table.add_row(
            profile.id,
            one_line(profile.name, 24),
            Text(associate.presence, _PRESENCE_STYLE[associate.presence]),
            f"{associate.load_units}/{profile.capacity_units}",
            has,
            _note(associate),
        )
    return table


def _endpoints(endpoints: Sequence[EndpointNow], now_ms: int) -> Table:
    table = Table("Endpoint", "Address", "Sending", "Failed", "Connection", title="Endpoints", title_justify="left")
    for endpoint in sorted(endpoints, key=lambda endpoint: endpoint.endpoint):
        table.add_row(
            endpoint.endpoint,
            endpoint.address or "",
            str(endpoint.sending),
            Text(str(endpoint.failed), "red" if endpoint.failed else ""),
            Text("\n").join(_connections(endpoint, now_ms)),
        )
    return table


def _connections(endpoint: EndpointNow, now_ms: int) -> list[Text]:
    sending = [Text(one_line(endpoint.problem, 80), "red")] if endpoint.problem else []
    return [*(_mailbox(state, now_ms) for state in endpoint.mailboxes), *sending]


def _mailbox(state: MailboxState, now_ms: int) -> Text:
    if state.problem:
        return Text(f"{state.folder}: {state.problem}", "red")
    if not state.ours:
        return Text(f"{state.folder}: another daemon does")
    last = f", last mail {span(now_ms - state.last_mail_at)} ago" if state.last_mail_at else ""
    return Text(f"{state.folder}: connected{last}" if state.connected else f"{state.folder}: connecting")


def _note(associate: Associate) -> str:
    notes = []
    if associate.over_units:
        notes.append(f"{associate.over_units} over capacity by decision")
    if associate.kept_for:
        notes.append(f"room kept for {associate.kept_for}")
    if associate.missed_offers:
        notes.append(f"missed {associate.missed_offers} offers")
    return ", ".join(notes)
