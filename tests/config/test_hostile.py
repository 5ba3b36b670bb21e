"""No text, however hostile, makes loading do anything but load or say what is wrong."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetime.config.build import load_routing
from duetime.config.check import check_routing
from duetime.config.decode import decode
from duetime.config.document import Document
from duetime.config.parse import TEXT_MAX_BYTES, parse
from duetime.config.problems import ConfigProblems, Report, Severity
from duetime.config.settings import EXAMPLE_ROUTING, Settings, load_settings
from tests.config.toml_writer import written

EXAMPLE = EXAMPLE_ROUTING.read_text(encoding="utf-8")

KEYS = st.sampled_from(
    [
        *(
            "queues",
            "channels",
            "skills",
            "teams",
            "priorities",
            "associates",
            "triage",
            "endpoints",
            "presence",
        ),
        *(
            "default_queue",
            "name",
            "route",
            "after_s",
            "relax",
            "drop",
            "add_teams",
            "overflow_to",
            "boost_s",
        ),
        *(
            "targets",
            "chat",
            "email",
            "when",
            "language",
            "attributes",
            "text_contains",
            "limits",
            "capacity_units",
        ),
        *("calendars", "hours", "closures", "country", "region", "zone", "mon-fri", "reserve", "units", "languages"),
        *("targets", "first_response_s", "priority", "calendar", "on_breach", "escalate_to", "after_hours_queue"),
        *("max_waiting", "full_queue", "split", "contact", "during", "overload"),
        *(
            "general",
            "a",
            "normal",
            "http",
            "redis",
            "url",
            "url_file",
            "port",
            "limits",
            "desk",
            "endpoints",
        ),
    ]
)
SCALARS = (
    st.sampled_from(["general", "a", "normal", "chat", "", "x\ny", "redis://x", "09:00-17:00", "DE", "save"])
    | st.integers(-(10**30), 10**30)
    | st.integers(0, 6)
    | st.booleans()
    | st.dates()
    | st.floats()
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=6),
    max_leaves=25,
)
TREES = st.dictionaries(KEYS, VALUES, max_size=8)


def assert_loads_or_says_why(text: str) -> None:
    errors = [problem for problem in check_routing(text) if problem.severity is Severity.ERROR]
    if errors:
        with pytest.raises(ConfigProblems) as raised:
            load_routing(text)
        assert raised.value.problems == errors
        assert all(problem.sentence.isprintable() and problem.path.isprintable() for problem in errors)
        return
    routing = load_routing(text)
    queues = {rules.default_queue for rules in routing.channels.values()} | set(routing.endpoints.values())
    assert queues <= routing.queues.keys()
    assert all(rule.priority in routing.priorities for rule in routing.triage)


@given(st.text())
def test_any_text(text: str) -> None:
    assert_loads_or_says_why(text)


@given(st.data(), TREES)
def test_any_toml_of_the_words_of_a_document(data: st.DataObject, tree: dict[str, Any]) -> None:
    assert_loads_or_says_why(data.draw(written(tree)))


@given(st.data())
def test_the_example_with_pieces_torn_out_of_it(data: st.DataObject) -> None:
    text = EXAMPLE
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        end = start + data.draw(st.integers(0, 40))
        piece = data.draw(st.sampled_from(["", "[", "]]", '"', "\n", "= 3", "9", "{}", "\x00", "ü", "."]))
        text = text[:start] + piece + text[end:]
    assert_loads_or_says_why(text)


@given(TREES)
def test_any_tree_becomes_settings_or_problems(tree: dict[str, Any]) -> None:
    for cls in (Settings, Document):
        report = Report("it")
        assert (decode(tree, cls, report) is None) == report.has_errors


@given(st.dictionaries(st.sampled_from(["HTTP_PORT", "REDIS_URL", "DATA_DIR", "X", "LOG_LEVEL"]), st.text()))
def test_any_variables_become_settings_or_problems(texts: dict[str, str]) -> None:
    environ = {f"DUETIME_{name}": text for name, text in texts.items()}
    try:
        settings = load_settings(None, environ)
    except ConfigProblems as raised:
        names = {problem.path for problem in raised.problems}
        assert names <= environ.keys()
        return
    assert isinstance(settings, Settings)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param("#" * (TEXT_MAX_BYTES + 1), "has 1000001 bytes, and at most 1000000 are read", id="large"),
        pytest.param("ü" * 600_000, "has 1200000 bytes, and at most 1000000 are read", id="large in bytes"),
        pytest.param("a = " + "[" * 200_000, "is nested more than 16 deep", id="lists"),
        pytest.param("a = " + "{b=" * 200_000, "is nested more than 16 deep", id="tables"),
        pytest.param(".".join("a" * 400_000) + " = 1", "is nested more than 16 deep", id="dotted key"),
        pytest.param("[" + ".".join("a" * 400_000) + "]", "is nested more than 16 deep", id="header"),
        pytest.param("a = " + "9" * 5000, "cannot be read: Exceeds the limit", id="number"),
        pytest.param("a = '\ud800'", "is not Unicode text: save it as UTF-8", id="half a character"),
    ],
)
def test_a_bomb_is_refused(text: str, sentence: str) -> None:
    (problem,) = check_routing(text)
    assert problem.sentence.startswith(f"the text {sentence}")
    assert problem.path == ""


def test_very_many_mistakes_are_told_shortly() -> None:
    queues = "".join(f"[queues.q{number}]\nnmae = 3\nskills = {{ s{number} = 1 }}\n" for number in range(10_000))
    skills = "".join(f'skill-{number} = "S"\n' for number in range(5000))
    with pytest.raises(ConfigProblems) as raised:
        load_routing(f"[skills]\n{skills}{queues}")
    assert str(raised.value).startswith("30001 problems in")
    assert len(str(raised.value)) < 50_000


def test_a_huge_settings_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("#" * (TEXT_MAX_BYTES + 1), encoding="utf-8")
    with pytest.raises(ConfigProblems, match="at most 1000000 are read"):
        load_settings(path, {})


def test_a_document_in_the_line_ends_of_any_system_is_the_same() -> None:
    tree, report = parse(EXAMPLE, "it")
    other, _ = parse("\ufeff" + EXAMPLE.replace("\n", "\r\n"), "it")
    assert other == tree
    assert not report.has_errors
