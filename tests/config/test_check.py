"""What can be applied and can never do anything is a warning."""

import pytest

from duetime.config.build import load_routing
from duetime.config.check import check_routing
from duetime.config.problems import Severity

# Everybody here can be of use, and every line of what the cases append counts from 21.
BASE = """\
default_queue = "general"
[skills]
refunds = "Refunds"
german = "German"
[teams]
support = "Support"
tech = "Engineering"
[queues.general]
name = "General"
[queues.billing]
name = "Billing"
teams = ["support"]
skills = { refunds = 3 }
[associates.ana]
name = "Ana"
teams = ["support"]
skills = { refunds = 3 }
[associates.ben]
name = "Ben"
skills = { german = 2, refunds = 1 }
"""


def told(text: str) -> list[str]:
    """Each problem as one line of text."""
    return [str(problem) for problem in check_routing(text)]


def test_a_configuration_in_which_everything_can_happen_has_no_warnings() -> None:
    assert told(BASE) == []


@pytest.mark.parametrize(
    ("text", "warnings"),
    [
        pytest.param(
            '[queues.x]\nname = "X"\nskills = { german = 3 }',
            [
                "line 21: warning: queues.x: nobody can ever take a conversation of this queue",
                "line 23: warning: queues.x.skills.german: nobody has this skill at 3: the best is ben with 2",
            ],
            id="a skill that nobody has as well as a queue asks",
        ),
        pytest.param(
            '[queues.x]\nname = "X"\nskills = { german = 3 }\n[[queues.x.route]]\nafter_s = 9\nrelax = { german = 2 }',
            ["line 23: warning: queues.x.skills.german: nobody has this skill at 3: the best is ben with 2"],
            id="a skill that nobody has as well as a queue asks at first",
        ),
        pytest.param(
            '[queues.x]\nname = "X"\nteams = ["tech"]',
            ["line 21: warning: queues.x: nobody can ever take a conversation of this queue"],
            id="a team without anybody",
        ),
        pytest.param(
            '[queues.x]\nname = "X"\nteams = ["tech"]\n[[queues.x.route]]\nafter_s = 9\noverflow_to = "general"',
            [],
            id="a team without anybody, and overflow to others",
        ),
        pytest.param(
            '[[queues.billing.route]]\nafter_s = 9\nadd_teams = ["tech"]',
            [
                "line 21: warning: queues.billing.route[0]: widens nothing: "
                "whoever could take a conversation here could take it before"
            ],
            id="a step that lets nobody in",
        ),
        pytest.param(
            '[[queues.billing.route]]\nafter_s = 9\noverflow_to = "general"\n'
            "[[queues.billing.route]]\nafter_s = 9\nrelax = { refunds = 1 }",
            [
                "line 24: warning: queues.billing.route[1]: widens nothing: "
                "whoever could take a conversation here could take it before"
            ],
            id="a step that lets in who was in",
        ),
        pytest.param(
            "[[queues.billing.route]]\nafter_s = 9\nboost_s = 60",
            [],
            id="a step that only boosts",
        ),
        pytest.param(
            '[[queues.general.route]]\nafter_s = 9\ndrop = ["german"]\n'
            '[[triage]]\nname = "German"\nskills = { german = 1 }\n[triage.when]\nlanguage = "de"',
            [],
            id="a step that drops what a rule asked for",
        ),
        pytest.param(
            '[[triage]]\nname = "German"\nskills = { german = 4 }\n[triage.when]\nlanguage = "de"',
            [
                "line 21: warning: triage[0]: nobody can ever take what this rule asks for",
                "line 23: warning: triage[0].skills.german: nobody has this skill at 4: the best is ben with 2",
            ],
            id="a rule that asks for too much",
        ),
        pytest.param(
            '[[triage]]\nname = "German money"\nqueue = "billing"\nskills = { german = 1 }\n'
            '[triage.when]\nlanguage = "de"',
            ["line 21: warning: triage[0]: nobody can ever take what this rule asks for"],
            id="a rule whose skills and whose queue's nobody has together",
        ),
        pytest.param(
            '[associates.cleo]\nname = "Cleo"\ncapacity_units = 1\n'
            "[channels.api]\ncost_units = 2\n[channels.sms]\ncost_units = 3",
            [
                "line 21: warning: associates.cleo: has no room for any conversation: "
                "capacity_units is 1, and the cheapest, api, costs 2"
            ],
            id="a capacity that no conversation fits",
        ),
        pytest.param(
            '[associates.cleo]\nname = "Cleo"\nlimits = { api = 0, chat = 0, email = 0, sms = 0 }',
            [
                "line 21: warning: associates.cleo: "
                "no queue can ever use this associate, for want of a team, a skill or a limit"
            ],
            id="an associate who takes nothing",
        ),
        pytest.param(
            "[channels.sms]\ncost_units = 7",
            [
                'line 21: warning: channels.sms.default_queue: nobody takes sms in "general", '
                "which gets what no rule sends elsewhere"
            ],
            id="a channel that nobody can take",
        ),
        pytest.param(
            '[[triage]]\nname = "A"\nqueue = "general"\n[triage.when]\nlanguage = "de"\n'
            '[[triage]]\nname = "A"\nqueue = "billing"\n[triage.when]\nlanguage = "en"',
            ["line 27: warning: triage[1].name: is the name of triage[0] too, so explanations cannot tell them apart"],
            id="two rules of one name",
        ),
    ],
)
def test_what_can_never_do_anything_is_a_warning(text: str, warnings: list[str]) -> None:
    assert told(BASE + text) == warnings
    assert load_routing(BASE + text).queues


@pytest.mark.parametrize(
    ("earlier", "later", "is_shadowed"),
    [
        ("", 'language = "de"', True),
        ('language = "de"', "", False),
        ('language = "de"', 'language = "de"', True),
        ('language = "de"', 'language = "en"', False),
        ('language = "de"', 'language = "de"\nchannel = "chat"', True),
        ('language = "de"\nendpoint = "shop"', 'language = "de"\nchannel = "chat"', False),
        ('attributes = { plan = "vip" }', 'attributes = { plan = "vip", lang = "x" }', True),
        ('attributes = { plan = "vip", lang = "x" }', 'attributes = { plan = "vip" }', False),
        ('attributes = { plan = "vip" }', 'attributes = { plan = "free" }', False),
        ('text_contains = ["refund"]', 'text_contains = ["Refunds", "no REFUND"]', True),
        ('text_contains = ["refund"]', 'text_contains = ["refunds", "money"]', False),
        ('text_contains = ["refunds"]', 'text_contains = ["refund"]', False),
        ('text_contains = ["a", "b"]', 'text_contains = ["xb"]', True),
        ('text_contains = ["refund"]', 'language = "de"', False),
    ],
)
def test_a_rule_that_an_earlier_one_shadows_is_a_warning(earlier: str, later: str, is_shadowed: bool) -> None:
    text = f"""
        [[triage]]
        name = "Earlier"
        [triage.when]
        {earlier}
        [[triage]]
        name = "Later"
        [triage.when]
        {later}
    """
    sentence = 'never decides: what it is for, the rule "Earlier" before it takes'
    found = [(problem.path, problem.sentence) for problem in check_routing(BASE + text)]
    assert found == ([("triage[1]", sentence)] if is_shadowed else [])


def test_warnings_wait_until_there_are_no_errors() -> None:
    text = BASE + '[queues.x]\nname = "X"\nteams = ["tech"]\n'
    assert [problem.severity for problem in check_routing(text)] == [Severity.WARNING]
    broken = text.replace("general", "genral", 1)
    assert [problem.severity for problem in check_routing(broken)] == [Severity.ERROR]


def test_a_configuration_too_large_to_search_says_so() -> None:
    queues = "".join(f'[queues.q{number}]\nname = "Q"\n' for number in range(2000))
    skills = "".join(f's{number} = "S"\n' for number in range(600))
    people = "".join(f'[associates.a{n}]\nname = "A"\nskills = {{ s{n} = 1 }}\n' for n in range(600))
    found = told(f'default_queue = "q0"\n{queues}[skills]\n{skills}{people}')
    assert found == ["warning: is too large to look for queues, steps and rules that nobody can serve"]
