"""`duetime doctor`: the published invariants, checked against the live Redis."""

import asyncio

import click

from duetime.config.settings import Settings
from duetime.queues.doctor import examine
from duetime.queues.findings import Finding
from duetime.service.cli.direct import direct_store
from duetime.service.cli.exits import EXIT_CODES, OK, REFUSED
from duetime.service.cli.place import Place, pass_place, settings_option
from duetime.service.cli.terminal import clean, echo_json


@click.command(epilog=EXIT_CODES)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")
@settings_option
@pass_place
def doctor(place: Place, as_json: bool) -> int:
    """Check that everything in Redis agrees, and list what does not.

    It looks at every conversation, associate, line and timer of the workspace: loads are the sums of
    what is held, nobody is over capacity without a recorded decision, every open conversation is in one
    place, none waits for somebody who has room, no journal has a gap, no timer is left over. It connects
    to the Redis of the settings, changes nothing, and may run beside a working daemon.

    The exit code is 0 if nothing was found, 1 if something was.

    \b
    Examples:
      duetime doctor
      duetime doctor --settings settings.toml --json | jq -r '.[].code' | sort | uniq -c
    """
    findings = asyncio.run(_examine(place.settings()))
    if as_json:
        echo_json(findings)
    elif not findings:
        click.echo("Everything agrees.")
    for finding in () if as_json else findings:
        click.echo(clean(f"{finding.code} {finding.subject}: {finding.sentence}"))
    return REFUSED if findings else OK


async def _examine(settings: Settings) -> list[Finding]:
    async with direct_store(settings) as store:
        return await examine(store)
