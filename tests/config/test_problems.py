"""Problems say where, what, and what may have been meant."""

import pytest

from duetime.config.problems import (
    PROBLEMS_MAX,
    ConfigProblems,
    Report,
    Severity,
    did_you_mean,
    path_text,
    shown,
)


@pytest.mark.parametrize(
    ("where", "text"),
    [
        ((), ""),
        (("workspace",), "workspace"),
        (("queues", "billing", "skills", "german"), "queues.billing.skills.german"),
        (("queues", "billing", "route", 0, "after_s"), "queues.billing.route[0].after_s"),
        (("triage", 12), "triage[12]"),
        (("queues", "a b", "x"), 'queues."a b".x'),
        (("queues", 'a"\x1b[31m'), 'queues."a\\"\\u001b[31m"'),
    ],
)
def test_a_path_is_written_as_in_toml(where: tuple[str | int, ...], text: str) -> None:
    assert path_text(where) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("kurz", '"kurz"'),
        ("grün", '"grün"'),
        ("x" * 100, '"' + "x" * 39 + '…"'),
        ("\x1b[2J\n", '"\\u001b[2J\\n"'),
        (True, "true"),
        (7, "7"),
        (10**4000, "a number of that size"),
    ],
)
def test_a_value_is_shown_short_and_harmless(value: object, text: str) -> None:
    assert shown(value) == text


def test_a_slip_gets_a_suggestion_and_something_else_gets_none() -> None:
    assert did_you_mean("refund", ["refunds", "german"]) == 'did you mean "refunds"?'
    assert did_you_mean("zzz", ["refunds", "german"]) is None
    assert did_you_mean("r" * 1000, ["r" * 1000]) is None


def test_a_problem_has_the_line_of_the_nearest_place_that_has_one() -> None:
    report = Report("it", {("queues",): 3, ("queues", "billing"): 5})
    report.error(("queues", "billing", "name"), "is missing")
    report.error(("queues", "other"), "is odd")
    report.error(("nowhere",), "is nowhere")
    assert [(problem.path, problem.line) for problem in report.problems()] == [
        ("nowhere", None),
        ("queues.other", 3),
        ("queues.billing.name", 5),
    ]


def test_all_problems_are_told_in_one_text() -> None:
    report = Report("the settings", {("http", "port"): 4})
    report.error(("http", "port"), "must be a whole number, not text", "did you mean 80?")
    report.warning(("triage",), "never decides")
    with pytest.raises(ConfigProblems) as raised:
        report.raise_errors()
    assert str(raised.value) == (
        "2 problems in the settings:\n"
        "  warning: triage: never decides\n"
        "  line 4: http.port: must be a whole number, not text (did you mean 80?)"
    )


def test_warnings_alone_raise_nothing() -> None:
    report = Report("it")
    report.warning(("triage",), "never decides")
    report.raise_errors()
    assert [problem.severity for problem in report.problems()] == [Severity.WARNING]


def test_of_very_many_problems_the_first_are_told_and_the_others_counted() -> None:
    report = Report("it")
    for number in range(PROBLEMS_MAX + 5):
        report.unknown(("table", number), "there is no such key", "x", ["y"])
    with pytest.raises(ConfigProblems) as raised:
        report.raise_errors()
    assert len(raised.value.problems) == PROBLEMS_MAX
    assert str(raised.value).startswith(f"{PROBLEMS_MAX + 5} problems in it:")
    assert str(raised.value).endswith("… and 5 more")
