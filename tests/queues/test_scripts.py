"""Every script says what it does, what it takes, what it answers and what it tells the journal, and it is true."""

import re
from importlib import resources
from pathlib import Path

import pytest

from duetime.queues import replies
from duetime.queues.scripts import read_scripts
from duetime.router.events import EventType

LUA = Path(str(resources.files("duetime.queues"))) / "lua"
PYTHON = {path.stem: path.read_text() for path in LUA.parent.glob("*.py")}
NAMES = sorted(read_scripts())
PARTS = ["Purpose", "KEYS", "ARGV", "Replies", "Journal"]
GUARDS = {
    "refused = check_open(": {"missing", "merged", "closed"},
    "refused = check_open(c, ": {"stale"},
    "refused = check_offer(": {"missing", "gone"},
    "commit(": {"ok"},
}
"""What the shared parts of scripts answer."""


def header(name: str) -> dict[str, str]:
    """The parts of a script's header, in order."""
    parts: dict[str, str] = {}
    part = ""
    for line in (LUA / f"{name}.lua").read_text().splitlines():
        if not line.startswith("--") or line.startswith("-- @include"):
            break
        begins = re.match(r"-- (\w+): +(.*)", line)
        part = begins[1] if begins else part
        parts[part] = begins[2] if begins else f"{parts[part]}\n{line.removeprefix('--').strip()}"
    return parts


def promised(name: str) -> set[str]:
    """The words that the header says the script may answer."""
    said = re.sub(r"\([^)]*\)", "", header(name)["Replies"])
    return {words[0] for part in re.split(r"[·\n]", said) if (words := re.findall(r"\w+", part))}


def answered(name: str) -> set[str]:
    """The words that the script's own text answers."""
    code = (LUA / f"{name}.lua").read_text()
    words = {word for line in re.findall(r"\breturn\b.*", code) for word in re.findall(r"\{ '(\w+)'", line)}
    return words.union(*(guard for call, guard in GUARDS.items() if call in code))


def told(text: str) -> set[str]:
    """The events that a script's text makes."""
    return set(re.findall(r"'([A-Z][a-z]+[A-Z]\w+)'", text))


@pytest.mark.parametrize("name", NAMES)
def test_a_script_says_what_it_does(name: str) -> None:
    parts = header(name)
    assert list(parts) == PARTS
    assert all(parts.values())
    assert parts["KEYS"] == "1 {workspace}"


@pytest.mark.parametrize("name", NAMES)
def test_a_script_answers_what_it_says(name: str) -> None:
    assert promised(name) == answered(name)


@pytest.mark.parametrize("name", NAMES)
def test_each_answer_is_known_to_its_caller(name: str) -> None:
    known = {"ok", "unknown_class", "gone", *replies._REFUSALS}
    caller = next(text for text in PYTHON.values() if f'"{name}"' in text)
    handled = set(re.findall(r'"(\w+)"', caller)) | set(re.findall(r"\b(\w+)=", caller))
    assert promised(name) <= known | handled


@pytest.mark.parametrize("name", NAMES)
def test_a_script_tells_the_journal_what_it_says(name: str) -> None:
    """What the match tells is told by every script that matches."""
    named = set(re.findall(r"\b[A-Z][a-z]+[A-Z]\w+", header(name)["Journal"]))
    assert told((LUA / f"{name}.lua").read_text()) <= named
    assert named <= told(read_scripts()[name].text)


def test_every_event_is_told_by_something_and_nothing_else_is() -> None:
    by_scripts = set[str]().union(*(told(script.text) for script in read_scripts().values()))
    by_python = {
        event.value for event in EventType if any(f"EventType.{event.name}" in text for text in PYTHON.values())
    }
    assert by_scripts | by_python == {event.value for event in EventType}
