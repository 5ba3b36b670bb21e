"""From the text of a TOML document to a tree of tables with the lines of its places."""

import re
import tomllib
from pathlib import Path
from typing import Any

from duetime.config.lines import DEPTH_MAX, TooDeep, scan
from duetime.config.problems import ConfigProblems, Problem, Report

TEXT_MAX_BYTES = 1_000_000

Tree = dict[str, Any]
"""Tables as dicts, with the values that `tomllib` makes."""

_AT = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)\Z")


def parse(text: str, what: str) -> tuple[Tree, Report]:
    """The tree, and a report that knows its lines. Raises `ConfigProblems` if it is no TOML or too large."""
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        raise _refused(what, "is not Unicode text: save it as UTF-8") from None
    if size > TEXT_MAX_BYTES:
        raise _refused(what, f"has {size} bytes, and at most {TEXT_MAX_BYTES} are read")
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    try:
        lines = scan(text)
        return tomllib.loads(text), Report(what, lines)
    except TooDeep as error:
        raise _refused(what, f"is nested more than {DEPTH_MAX} deep", error.line) from None
    except RecursionError:
        raise _refused(what, "is nested too deeply") from None
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        found = _AT.search(message)
        line = int(found[1]) if found and found[1] else text.count("\n") + 1
        sentence = message[: found.start()] if found else message
        raise _refused(what, f"is not TOML: {sentence[:1].lower()}{sentence[1:]}", line) from None
    except ValueError as error:  # such as a number of more digits than Python reads
        raise _refused(what, f"cannot be read: {error}") from None


def read(path: Path, what: str) -> str:
    """The text of the document in this file. Raises `ConfigProblems` if it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        sentence = "there is no such file"
    except UnicodeDecodeError:
        sentence = "the file is not UTF-8 text"
    except OSError as error:
        sentence = f"the file cannot be read: {error.strerror}"
    raise ConfigProblems(what, [Problem(path="", sentence=sentence)])


def _refused(what: str, sentence: str, line: int | None = None) -> ConfigProblems:
    return ConfigProblems(what, [Problem(path="", sentence=f"the text {sentence}", line=line)])
