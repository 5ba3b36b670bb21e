"""`duetime run`: the daemon."""

import click

from duetime.service.cli.exits import EXIT_CODES
from duetime.service.cli.place import Place, pass_place, settings_option
from duetime.service.daemon import run_daemon


@click.command(epilog=EXIT_CODES)
@settings_option
@pass_place
def run(place: Place) -> int:
    """Start the daemon and serve until it is asked to stop.

    Without settings it listens on 127.0.0.1:8080, keeps everything in ./data with an embedded Valkey,
    and serves an example configuration. Ctrl-C or SIGTERM stops it in order: no new work, then the
    drain, then the end.

    \b
    Examples:
      duetime run
      duetime run --settings settings.toml
      DUETIME_HTTP_PORT=9000 duetime run
    """
    return run_daemon(place.settings())
