"""What changes between two configurations, as a person would say it."""

import copy
import tomllib
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetime.config.build import build, load_routing
from duetime.config.difference import differences
from duetime.config.document import Document
from duetime.config.reference import ROUTING_EXAMPLE
from duetime.config.words import duration
from duetime.router.routing import Routing

OLD = """
default_queue = "general"
[skills]
german = "German"
refunds = "Refunds"
[teams]
support = "Support"
tech = "Engineers"
[priorities]
high = 600
[calendars.office]
hours = { mon-fri = ["09:00-17:00"] }
[associates.ana]
name = "Ana"
skills = { german = 4 }
[queues.general]
name = "General"
[queues.billing]
name = "Billing"
calendar = "office"
teams = ["support"]
skills = { refunds = 3 }
[[queues.billing.targets]]
first_response_s = 1800
[[queues.billing.route]]
after_s = 30
relax = { refunds = 1 }
[[triage]]
name = "Money"
queue = "billing"
when = { text_contains = ["refund"] }
[[triage]]
name = "German"
when = { language = "de" }
"""


def sentences(old: str, new: str) -> list[str]:
    return [change.sentence for change in differences(load_routing(old), load_routing(new))]


def changed(before: str, after: str) -> list[str]:
    """What is said when this part of the document is replaced by that one."""
    assert before in OLD
    return sentences(OLD, OLD.replace(before, after, 1))


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("first_response_s = 1800", "first_response_s = 1200", ["billing: first response 30 min → 20 min"]),
        (
            "first_response_s = 1800",
            "first_response_s = 1800\n[[queues.billing.targets]]\n"
            'channel = "chat"\npriority = "high"\nnext_response_s = 90',
            ["billing: next response in chat for high as otherwise → 90 s"],
        ),
        (
            "first_response_s = 1800",
            "first_response_s = 1800\nresolution_s = 97_200",
            ["billing: resolution none → 1 d 3 h"],
        ),
        ("skills = { refunds = 3 }", "skills = { refunds = 2 }", ["billing: asks for refunds 3 → 2"]),
        (
            "skills = { refunds = 3 }",
            "skills = { german = 2 }",
            ["billing: asks for refunds 3 → none", "billing: asks for german none → 2"],
        ),
        ('teams = ["support"]', 'teams = ["tech", "support"]', ["billing: teams support → support, tech"]),
        ('teams = ["support"]', "", ["billing: teams support → everybody"]),
        ('calendar = "office"', "", ["billing: calendar office → around the clock"]),
        ('calendar = "office"', 'calendar = "office"\nwrap_up_s = 60', ["billing: wrap-up 0 s → 60 s"]),
        ('calendar = "office"', 'calendar = "office"\nsignature = "Us"', ['billing: signature none → "Us"']),
        (
            'calendar = "office"',
            'calendar = "office"\noverload = "save"\nmax_waiting = 9\nfull_queue = "general"',
            [
                "billing: overload due → save",
                "billing: full never → at 9 waiting",
                "billing: when full stays here → general",
            ],
        ),
        (
            "[[queues.billing.route]]",
            '[queues.billing.on_breach]\nescalate_to = "general"\nnotify = []\n[[queues.billing.route]]',
            [
                "billing: breach: escalate to nobody → general",
                "billing: breach: notify associate, supervisors → nobody",
            ],
        ),
        (
            "after_s = 30",
            "after_s = 45",
            ["billing: step 1 after 30 s: refunds 1 is enough → after 45 s: refunds 1 is enough"],
        ),
        (
            "[[triage]]",
            "[[queues.billing.route]]\nafter_s = 90\n"
            'overflow_to = "general"\nboost_s = 600\nduring = "open"\n[[triage]]',
            ["billing: step 2 is new: after 90 s: overflow to general, boost 10 min, only while open"],
        ),
        (
            "[[queues.billing.route]]\nafter_s = 30\nrelax = { refunds = 1 }",
            "",
            ["billing: step 1 is gone: after 30 s: refunds 1 is enough"],
        ),
        ("german = 4", "german = 5", ["ana: german 4 → 5"]),
        ("german = 4", "refunds = 1", ["ana: german 4 → none", "ana: refunds none → 1"]),
        ("skills = { german = 4 }", "skills = { german = 4 }\ncapacity_units = 8", ["ana: capacity 6 → 8"]),
        ("skills = { german = 4 }", "skills = { german = 4 }\nlimits = { chat = 1 }", ["ana: at most in chat 3 → 1"]),
        (
            '[associates.ana]\nname = "Ana"\nskills = { german = 4 }',
            '[associates.ben]\nname = "Ben"',
            ["ana is no longer in the document, and stays an associate", "ben is new: Ben"],
        ),
        ("high = 600", "high = 900", ["priority high: 10 min → 15 min"]),
        ("high = 600", "low = -600", ["priority high is gone", "priority low is new: -10 min"]),
        (
            '["09:00-17:00"] }',
            '["09:00-17:00"], sat = ["10:00-12:00"] }\nclosures = ["2026-12-24", "2026-12-27..2026-12-31"]',
            [
                "calendar office: sat closed → 10:00-12:00",
                "calendar office: closed on 2026-12-24",
                "calendar office: closed from 2026-12-27 to 2026-12-31",
            ],
        ),
        (
            'when = { text_contains = ["refund"] }',
            'when = { text_contains = ["refund"], contact = { plan = "gold" } }',
            [
                'rule "Money": when the text contains "refund" → '
                'the contact\'s "plan" is "gold", the text contains "refund"'
            ],
        ),
        (
            'name = "Money"\nqueue = "billing"',
            'name = "Money"\nsplit = { billing = 60, general = 40 }',
            ['rule "Money": queue billing, priority normal → queue 60 % billing, 40 % general, priority normal'],
        ),
        (
            'name = "German"',
            'name = "Deutsch"',
            ['rule "German" is gone', 'rule "Deutsch" is new, as number 2: queue by default, priority normal'],
        ),
        (
            "[priorities]",
            '[channels.sms]\ndefault_queue = "billing"\ncost_units = 2\n[priorities]',
            ["sms: costs 1 → 2", "sms: default queue general → billing"],
        ),
        (
            "[priorities]",
            '[reserve]\nunits = 1\npriority = "high"\n[presence]\nmissed_offers_max = 5\n[priorities]',
            ["reserve: none → 1 unit for high", "presence: missed offers 3 → 5"],
        ),
        ("[queues.general]", "# a comment\n[queues.general]", []),
    ],
)
def test_a_change_is_a_sentence(before: str, after: str, said: list[str]) -> None:
    assert changed(before, after) == said


def test_a_queue_that_comes_or_goes_is_one_sentence() -> None:
    new = OLD + '[queues.orders]\nname = "Orders"\n'
    assert sentences(OLD, new) == ["queue orders is new: Orders"]
    gone = "queue orders is gone: what waits there moves to the default queue of its channel"
    assert sentences(new, OLD) == [gone]


def test_rules_in_another_order_are_told() -> None:
    head, money, german = OLD.partition("[[triage]]")[0], *[f"[[triage]]{part}" for part in OLD.split("[[triage]]")[1:]]
    assert sentences(OLD, head + german + money) == ['rules are tried in another order: "German" → "Money"']


def test_every_change_says_where_it_is() -> None:
    changes = differences(load_routing(OLD), load_routing(OLD.replace("after_s = 30", "after_s = 45")))
    assert [change.path for change in changes] == ["queues.billing.route[0]"]


@given(st.integers(-(10**9), 10**9))
def test_a_duration_in_words_says_it_exactly(seconds: int) -> None:
    sizes = {"d": 86_400, "h": 3600, "min": 60, "s": 1}
    words = duration(seconds).removeprefix("-").split()
    total = sum(int(number) * sizes[unit] for number, unit in zip(words[::2], words[1::2], strict=True))
    assert total == abs(seconds)
    assert duration(seconds).startswith("-") == (seconds < 0)


TREE = tomllib.loads(ROUTING_EXAMPLE.read_text(encoding="utf-8"))


def places(tree: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every key and list entry of a document."""
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in items:
        yield (*path, key)
        yield from places(value, (*path, key))


def without(path: tuple[str | int, ...]) -> Routing | None:
    """The example without what stands there, if that can be left out."""
    tree: Any = copy.deepcopy(TREE)
    inner = tree
    for key in path[:-1]:
        inner = inner[key]
    del inner[path[-1]]
    try:
        return build(msgspec.convert(tree, Document), 0)
    except (msgspec.ValidationError, KeyError):
        return None


OPTIONAL = [path for path in places(TREE) if without(path)]


@pytest.mark.parametrize("path", OPTIONAL, ids=lambda path: ".".join(map(str, path)))
def test_no_change_goes_untold(path: tuple[str | int, ...]) -> None:
    old, new = build(msgspec.convert(TREE, Document), 0), without(path)
    assert new is not None
    assert (differences(old, new) == []) == (old == new)
    assert (differences(new, old) == []) == (old == new)
    assert differences(old, old) == []
