"""What is wrong in a routing configuration: all of it at once, each with its path, line and suggestion."""

import pytest

from duetime.config.check import check_routing
from duetime.config.problems import Severity

# The lines of what the cases append start at 16.
BASE = """\
default_queue = "general"
[skills]
refunds = "Refunds"
german = "German"
[teams]
support = "Support"
[priorities]
high = 600
[queues.general]
name = "General"
[queues.billing]
name = "Billing"
[associates.ana]
name = "Ana"
skills = { refunds = 3, german = 3 }
"""


def told(text: str) -> list[str]:
    """Each problem as one line of text."""
    return [str(problem) for problem in check_routing(text)]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        # names that are not there
        (
            '[endpoints]\nshop = "biling"',
            'line 17: endpoints.shop: there is no "biling" in [queues] (did you mean "billing"?)',
        ),
        (
            '[channels.chat]\ndefault_queue = "q"',
            'line 17: channels.chat.default_queue: there is no "q" in [queues]',
        ),
        ('[[triage]]\nname = "A"\nqueue = "xyz"', 'line 18: triage[0].queue: there is no "xyz" in [queues]'),
        (
            '[[triage]]\nname = "A"\npriority = "hihg"',
            'line 18: triage[0].priority: there is no "hihg" in [priorities] (did you mean "high"?)',
        ),
        (
            '[[triage]]\nname = "A"\npriority = "normale"',
            'line 18: triage[0].priority: there is no "normale" in [priorities] (did you mean "normal"?)',
        ),
        (
            '[[triage]]\nname = "A"\nskills = { germann = 3 }',
            'line 18: triage[0].skills.germann: there is no "germann" in [skills] (did you mean "german"?)',
        ),
        (
            '[associates.ben]\nname = "B"\nteams = ["support", "tech"]',
            'line 18: associates.ben.teams[1]: there is no "tech" in [teams]',
        ),
        (
            '[queues.tech]\nname = "T"\n[[queues.tech.route]]\nafter_s = 1\ndrop = ["refund"]',
            'line 20: queues.tech.route[0].drop[0]: there is no "refund" in [skills] (did you mean "refunds"?)',
        ),
        # keys that are not there, or missing
        ('[queue.x]\nname = "X"', "line 16: queue: there is no such key"),
        (
            '[queues.x]\nname = "X"\nskils = { german = 3 }',
            'line 18: queues.x.skils: there is no such key (did you mean "skills"?)',
        ),
        ("[queues.x]\nteams = []", "line 16: queues.x.name: is missing"),
        ('[[triage]]\nqueue = "general"', "line 16: triage[0].name: is missing"),
        ("[[queues.billing.route]]\nboost_s = 1", "line 16: queues.billing.route[0].after_s: is missing"),
        (
            '[associates.b]\nname = "B"\nlimits = { chatt = 2 }',
            'line 18: associates.b.limits.chatt: must be one of api, chat, email, sms, not "chatt" '
            '(did you mean "chat"?)',
        ),
        # wrong kinds
        ("[queues.x]\nname = 3", "line 17: queues.x.name: must be text, not a whole number (3)"),
        (
            '[queues.x]\nname = "X"\nteams = "support"',
            'line 18: queues.x.teams: must be a list, not text ("support")',
        ),
        (
            '[queues.x]\nname = "X"\nskills = 60',
            "line 18: queues.x.skills: must be a table, not a whole number (60)",
        ),
        (
            '[queues.x]\nname = "X"\nauto_accept = "yes"',
            'line 18: queues.x.auto_accept: must be true or false, not text ("yes")',
        ),
        (
            '[queues.x]\nname = "X"\nat_risk_s = 2.5',
            "line 18: queues.x.at_risk_s: must be a whole number, not a number with a fraction (2.5)",
        ),
        ('[triage]\nname = "A"', "line 16: triage: must be a list, not a table"),
        ('[[queues.x]]\nname = "A"', "line 16: queues.x: must be a table, not a list"),
        # out of bounds
        (
            '[associates.b]\nname = "B"\nskills = { german = 6 }',
            "line 18: associates.b.skills.german: must be at most 5, not 6",
        ),
        (
            '[associates.b]\nname = "B"\nskills = { german = 0 }',
            "line 18: associates.b.skills.german: must be at least 1, not 0",
        ),
        (
            '[associates.b]\nname = "B"\ncapacity_units = 1001',
            "line 18: associates.b.capacity_units: must be at most 1000, not 1001",
        ),
        (
            '[associates.b]\nname = "B"\nlimits = { chat = -1 }',
            "line 18: associates.b.limits.chat: must be at least 0, not -1",
        ),
        (
            "[[queues.billing.route]]\nafter_s = 5\nboost_s = 86401",
            "line 18: queues.billing.route[0].boost_s: must be at most 86400, not 86401",
        ),
        (
            "[[queues.billing.route]]\nafter_s = 0",
            "line 17: queues.billing.route[0].after_s: must be at least 1, not 0",
        ),
        (
            "[presence]\nmissed_offers_max = 0",
            "line 17: presence.missed_offers_max: must be at least 1, not 0",
        ),
        (
            f'[queues.x]\nname = "X"\nwrap_up_s = {10**30}',
            "line 18: queues.x.wrap_up_s: must be at most 31622400, not a number of that size",
        ),
        # names that cannot be given
        (
            '[queues.Big]\nname = "X"',
            'line 16: queues.Big: "Big" is not a name of 1 to 40 lower-case letters, digits, _ and -, '
            "starting with a letter or digit",
        ),
        (
            '[queues."x\\n"]\nname = "X"',
            'line 16: queues."x\\n": "x\\n" is not a name of 1 to 40 lower-case letters, digits, _ and -, '
            "starting with a letter or digit",
        ),
        (
            '[queues.x]\nname = "two\\nlines"',
            'line 17: queues.x.name: "two\\nlines" is not one line of text of 1 to 200 characters',
        ),
        (
            '[[triage]]\nname = "A"\n[triage.when]\nlanguage = "German"',
            'line 19: triage[0].when.language: "German" is not a language tag such as "de"',
        ),
        (
            '[[triage]]\nname = "A"\n[triage.when]\ntext_contains = [""]',
            "line 19: triage[0].when.text_contains[0]: must not be empty",
        ),
        (
            '[[triage]]\nname = "A"\n[triage.when]\nchannel = "fax"',
            'line 19: triage[0].when.channel: must be one of api, chat, email, sms, not "fax"',
        ),
        # what excludes itself
        (
            '[[queues.billing.route]]\nafter_s = 5\noverflow_to = "general"\nrelax = { refunds = 1 }',
            "line 18: queues.billing.route[0].overflow_to: must not stand beside relax: put them in another table",
        ),
        (
            "[queues.billing]\nname = 'B'",
            "line 16: the text is not TOML: cannot declare ('queues', 'billing') twice",
        ),
    ],
)
def test_a_wrong_part_is_told_with_its_line(text: str, problem: str) -> None:
    assert told(BASE + text) == [problem]


def test_normal_priority_cannot_be_given_another_boost() -> None:
    (problem,) = check_routing(BASE.replace("high = 600", "normal = 5"))
    assert (problem.path, problem.line, problem.severity) == ("priorities.normal", 8, Severity.ERROR)
    assert "always is 0" in problem.sentence


def test_all_problems_of_a_document_come_at_once_in_the_order_of_lines() -> None:
    text = """\
[queues.general]
naem = "General"
skills = { refunds = 9 }
[[queues.general.route]]
after_s = "60"
overflow_to = "genral"
[teams]
Support = 3
"""
    assert told(text) == [
        "default_queue: is missing",
        "line 1: queues.general.name: is missing",
        'line 2: queues.general.naem: there is no such key (did you mean "name"?)',
        'line 3: queues.general.skills.refunds: there is no "refunds" in [skills]',
        "line 3: queues.general.skills.refunds: must be at most 5, not 9",
        'line 5: queues.general.route[0].after_s: must be a whole number, not text ("60")',
        'line 6: queues.general.route[0].overflow_to: there is no "genral" in [queues] (did you mean "general"?)',
        'line 8: teams.Support: "Support" is not a name of 1 to 40 lower-case letters, digits, _ and -, '
        "starting with a letter or digit",
        "line 8: teams.Support: must be text, not a whole number (3)",
    ]


def test_a_table_of_the_wrong_kind_is_told_once_and_not_for_every_name_in_it() -> None:
    text = BASE.replace('[skills]\nrefunds = "Refunds"\ngerman = "German"\n', 'skills = "all"\n')
    assert told(text) == ['line 2: skills: must be a table, not text ("all")']


def test_lists_that_are_walked_for_every_message_are_bounded() -> None:
    rules = "".join(f'[[triage]]\nname = "{number}"\n' for number in range(1001))
    assert told(BASE + rules) == ["line 16: triage: must have at most 1000 entries, not 1001"]
    steps = "[[queues.billing.route]]\nafter_s = 1\n" * 21
    assert told(BASE + steps) == ["line 16: queues.billing.route: must have at most 20 entries, not 21"]
