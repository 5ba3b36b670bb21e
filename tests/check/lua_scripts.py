"""The Lua gate: luacheck over every script as Redis gets it, its includes in front.

`python -m tests.check.lua_scripts` prints what it finds, by file and line, and then exits with 1.
What an include defines and a script leaves unused is no finding, unless no script uses it.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from duetime.queues.scripts import Script, read_scripts

CONFIG = Path(__file__).parent.parent.parent / ".luacheckrc"
_FINDING = re.compile(r"(?P<script>\w+)\.lua:(?P<line>\d+):\d+: \((?P<code>\w\d+)\) (?P<what>.*)")

_OTHER_LINE = re.compile(r" on line \d+")  # of the whole script, which is no help


class Finding(NamedTuple):
    file: str
    line: int
    code: str
    what: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what} ({self.code})"


def findings(scripts: Mapping[str, Script]) -> list[Finding]:
    """What luacheck says of `scripts`, told by the files that they are made of."""
    with tempfile.TemporaryDirectory() as folder:
        for script in scripts.values():
            (Path(folder) / f"{script.name}.lua").write_text(script.text)
        command = ["luacheck", "--no-color", "--codes", "--formatter", "plain", "--config", str(CONFIG), "."]
        said = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if said.returncode > 2 or said.stderr:
        raise RuntimeError(f"luacheck failed: {said.stderr}")
    origins = {script.name: script.origins for script in scripts.values()}
    users = Counter(file for lines in origins.values() for file in {file for file, _ in lines})
    found: Counter[Finding] = Counter()
    for match in _FINDING.finditer(said.stdout):
        file, line = origins[match["script"]][int(match["line"]) - 1]
        what = _OTHER_LINE.sub("", match["what"])
        found[Finding(file, line, match["code"], what)] += 1
    return sorted(each for each, times in found.items() if _is_unused(each) <= (times == users[each.file]))


def _is_unused(finding: Finding) -> bool:
    return finding.file.startswith("include/") and finding.code.startswith("W2")


def main() -> int:
    if shutil.which("luacheck") is None:
        print("luacheck: skipped, it is not installed (Debian and Ubuntu: apt-get install lua-check)")
        return 0
    found = findings(read_scripts())
    for finding in found:
        print(finding)
    print(f"luacheck: {len(found)} findings" if found else "luacheck: ok")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
