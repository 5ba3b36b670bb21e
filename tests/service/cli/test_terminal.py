"""What reaches a terminal, and what is read from a command line."""

import io
import json

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetime.service.cli.terminal import clean, due, echo_json, one_line, parse_span, span


@pytest.mark.parametrize(
    ("hostile", "harmless"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;owned\x07title", "title"),
        ("\x1b]8;;https://evil.example\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1bP+q544e\x1b\\dcs", "dcs"),
        ("\x9b2Jclear", "clear"),
        ("\x9d0;owned\x9ctitle", "title"),
        ("\x1bcreset", "reset"),
        ("\x1b(0lines", "lines"),
        ("cut\x1b[", "cut"),
        ("over\rwrite", "overwrite"),
        ("back\x08\x08\x07\x7f\x00", "back"),
        ("abc\u202egnp.exe", "abcgnp.exe"),
        ("\u2066hidden\u2069", "hidden"),
        ("two\r\nlines\tand a tab", "two\nlines\tand a tab"),
        ("Grüße 👩‍👩‍👧 日本語", "Grüße 👩‍👩‍👧 日本語"),
    ],
)
def test_text_is_shown_without_what_a_terminal_would_obey(hostile: str, harmless: str) -> None:
    assert clean(hostile) == harmless


@given(st.text(alphabet=st.characters()))
def test_cleaned_text_never_holds_a_control_character_but_tab_and_line_end(text: str) -> None:
    assert not [c for c in clean(text) if (ord(c) < 32 and c not in "\n\t") or 0x7F <= ord(c) < 0xA0]


@given(st.text(alphabet="\x1b[]P\\0;m\x07\x9b\x9d\x9cabc", max_size=40))
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    assert clean(clean(text)) == clean(text)


def test_a_preview_is_one_line_of_the_width_asked_for() -> None:
    assert one_line("a\n\n b\x1b[2J   c") == "a b c"
    assert one_line("x" * 100, 10) == "x" * 9 + "…"


def test_json_escapes_what_a_terminal_would_obey_and_stays_json(capsys: pytest.CaptureFixture[str]) -> None:
    echo_json({"text": "\x9b2J\x1b[2J\u202e ü"})
    printed = capsys.readouterr().out
    assert clean(printed) == printed
    assert json.loads(printed) == {"text": "\x9b2J\x1b[2J\u202e ü"}


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("10m", 600), ("10", 600), ("2h", 7200), ("1 d", 86_400), ("5min", 300)],
)
def test_durations_are_read_with_their_unit(text: str, seconds: int) -> None:
    assert parse_span(text) == seconds


@pytest.mark.parametrize("text", ["", "0", "-5m", "soon", "10 weeks", "9" * 30])
def test_what_is_no_duration_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="say 90s, 10m, 2h or 1d"):
        parse_span(text)


@pytest.mark.parametrize(
    ("duration_ms", "words"),
    [
        (0, "0 s"),
        (-5000, "0 s"),
        (45_000, "45 s"),
        (180_000, "3 min"),
        (7_500_000, "2 h 5 min"),
        (7_200_000, "2 h"),
        (3 * 86_400_000, "3 d"),
    ],
)
def test_durations_are_told_as_people_say_them(duration_ms: int, words: str) -> None:
    assert span(duration_ms) == words


def test_due_times_lie_ahead_or_are_missed() -> None:
    assert due(60_000, 0) == "due in 60 s"
    assert due(0, 45_000) == "late by 45 s"


def test_output_to_a_terminal_that_lacks_a_character_does_not_fail() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii", errors="replace")
    click.echo(clean("Grüße"), file=stream)
    stream.seek(0)
    assert stream.read() == "Gr??e\n"
