"""The file-size gate: modules, tests and scripts stay small enough to be read in one sitting.

`python -m tests.check.file_sizes [ROOT]` prints each file that is too long, and then exits with 1.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

LIMITS = {
    "duetime/queues/lua/**/*.lua": 80,
    "duetime/**/*.py": 400,
    "duetime/web/**/*.js": 400,
    "duetime/web/**/*.css": 400,
    "benchmarks/**/*.py": 400,
    "tests/**/*.py": 500,
}
"""Pattern -> most lines."""


def too_long(root: Path) -> Iterator[str]:
    """A sentence for each file under `root` that has more lines than its limit."""
    for pattern, limit in LIMITS.items():
        for path in sorted(root.glob(pattern)):
            lines = len(path.read_text(encoding="utf-8").splitlines())
            if lines > limit:
                yield f"{path.relative_to(root)} has {lines} lines, {lines - limit} over the limit of {limit}"


def main(root: Path) -> int:
    found = list(too_long(root))
    for sentence in found:
        print(sentence)
    print(f"file sizes: {len(found)} too long" if found else "file sizes: ok")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else ".")))
