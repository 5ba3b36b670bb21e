"""`duetime desk`: a terminal associate."""

import asyncio

import click

from duetime.service.cli.client import connected
from duetime.service.cli.desk_sitting import Sitting
from duetime.service.cli.exits import EXIT_CODES, Refused
from duetime.service.cli.place import Place, pass_place, place_options
from duetime.service.http.myself import Myself


@click.command(epilog=EXIT_CODES)
@click.option("--as", "name", metavar="NAME", help="Whose desk: an associate's id. Default: the token's.")
@place_options
@pass_place
def desk(place: Place, name: str | None) -> int:
    """Sit down at a desk as an associate, and answer from this terminal.

    Offers come with their time left and the time by which they are due. Type `accept`, then the
    answer; `help` lists all commands. A lost connection comes back by itself and misses nothing. On the
    machine of the daemon the associate's token is found by itself.

    In a pipe it obeys line by line; the exit code is 1 if a line was refused.

    \b
    Examples:
      duetime desk --as ana
      DUETIME_TOKEN=dt_... duetime desk --url https://care.example.org
      printf 'wait\\naccept\\nHello, how can I help?\\nclose solved\\n' | duetime desk --as ana
    """
    return asyncio.run(_desk(place, name))


async def _desk(place: Place, name: str | None) -> int:
    token = place.associate_token(name) if name else place.given_token()
    if token is None:
        raise click.UsageError("Say whose desk it is: --as NAME, or the associate's own --token.")
    async with connected(place.base_url(), token) as client:
        myself = await client.get("/v1/me", Myself)
        if name is not None and myself.associate != name:
            owner = f"{myself.associate}'s" if myself.associate else "of no associate"
            raise Refused(f"The token is {owner}, not {name}'s.", "forbidden")
        return await Sitting(client).run()
