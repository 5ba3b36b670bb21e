"""Measures, prints tables, and writes them into docs/performance.md and docs/targets.md."""

import argparse
import subprocess

import uvloop

from benchmarks import decisions, mail, memory, path, quality, slices
from benchmarks.report import show, write
from duetime.service.embedded import find_binary

BENCHMARKS = {
    "decisions": decisions.measure,
    "path": path.measure,
    "memory": memory.measure,
    "mail": mail.measure,
    "slices": slices.measure,
    "quality": quality.measure,
}
ROUNDS = 5


def server_version() -> str:
    """Such as ``Valkey 9.1``."""
    said = subprocess.run([str(find_binary()), "--version"], capture_output=True, text=True, check=True).stdout
    name, version = said.split()[0], said.partition(" v=")[2].split()[0]
    return f"{name} {version.rpartition('.')[0]}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHMARKS)} (default: all)")
    parser.add_argument(
        "--rounds",
        "--days",
        type=int,
        default=ROUNDS,
        help=f"how often to repeat, of quality how many days to simulate (default: {ROUNDS})",
    )
    asked = parser.parse_args()
    unknown = sorted(set(asked.names) - set(BENCHMARKS))
    if unknown or asked.rounds < 1:
        parser.error(f"no benchmark {', '.join(unknown)}" if unknown else "at least one round")
    for name in asked.names or BENCHMARKS:
        print(f"Measuring {name}, {asked.rounds} rounds ...", flush=True)
        section = uvloop.run(BENCHMARKS[name](asked.rounds))
        show(section)
        write(section, server_version())


if __name__ == "__main__":
    main()
