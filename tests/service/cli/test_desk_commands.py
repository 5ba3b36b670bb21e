"""The words typed at a desk."""

import pytest

from duetime.service.cli.desk_commands import VERBS, Command, NotUnderstood, parse_command


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("accept", Command("accept")),
        ("accept 3", Command("accept", number=3)),
        ("ACCEPT #3", Command("accept", number=3)),
        ("decline", Command("decline")),
        ("decline 2 not my field", Command("decline", "not my field", number=2)),
        ("decline not my field", Command("decline", "not my field")),
        ("reply close the window", Command("reply", "close the window")),
        ("note call back at 5", Command("note", "call back at 5")),
        ("park", Command("park")),
        ("park 10m", Command("park", duration_s=600)),
        ("wake", Command("wake")),
        ("transfer billing", Command("transfer", word="billing")),
        ("transfer @ben knows the case", Command("transfer", "knows the case", word="@ben")),
        ("merge 3", Command("merge", number=3)),
        ("merge cv_01k5", Command("merge", word="cv_01k5")),
        ("split cv_01k5", Command("split", word="cv_01k5")),
        ("close", Command("close")),
        ("close solved", Command("close", word="solved")),
        ("finish no_answer", Command("finish", word="no_answer")),
        ("list", Command("list")),
        ("open 12", Command("open", number=12)),
        ("take cv_01k5", Command("take", word="cv_01k5")),
        ("presence away", Command("presence", word="away")),
        ("wait 5s", Command("wait", duration_s=5)),
        ("  quit  ", Command("quit")),
    ],
)
def test_a_command_is_read_with_its_parts(line: str, command: Command) -> None:
    assert parse_command(line) == command


@pytest.mark.parametrize("line", ["Hello, how can I help?", "closed already", "Ünïcode", "42"])
def test_a_line_that_is_no_command_is_a_reply(line: str) -> None:
    assert parse_command(line) == Command("reply", line)


@pytest.mark.parametrize(
    "line",
    [
        "close the window, please",
        "accept the risk",
        "park it there",
        "wait a moment",
        "list of prices",
        "help is on its way",
        "open the app",
        "open",
        "transfer",
        "transfer !!",
        "presence",
        "presence sleeping",
        "take 3",
        "reply",
        "note",
        "accept 99999999999999999999",
    ],
)
def test_a_sentence_that_begins_with_a_command_is_neither_obeyed_nor_sent(line: str) -> None:
    with pytest.raises(NotUnderstood, match=r"Write `.+`, or put `reply` before the line"):
        parse_command(line)


def test_an_empty_line_is_nothing() -> None:
    assert parse_command("   ") is None


def test_every_command_tells_its_use() -> None:
    assert all(verb.usage.split()[0] == name and verb.help for name, verb in VERBS.items())


@pytest.mark.parametrize(
    ("line", "hint"),
    [("/quit", "`quit`"), ("/Close 2", "`close`"), ("/shrug", "try `help`"), ("/me waves", "try `help`")],
)
def test_a_word_with_a_slash_is_not_sent_to_the_contact(line: str, hint: str) -> None:
    with pytest.raises(NotUnderstood) as raised:
        parse_command(line)
    assert hint in str(raised.value.message)


@pytest.mark.parametrize("line", ["/home/maria is full", "/ is the root", "// is a comment"])
def test_a_path_is_a_reply(line: str) -> None:
    assert parse_command(line) == Command("reply", line)
