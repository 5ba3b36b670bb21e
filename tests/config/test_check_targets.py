"""Targets, opening hours and reserves that can be applied and cannot work."""

import pytest

from duetime.config.check import check_routing

# Every line of what the cases append counts from 19.
BASE = """\
default_queue = "general"
[calendars.office]
hours = { mon-fri = ["09:00-17:00"] }
[teams]
support = "Support"
night = "Night"
[queues.general]
name = "General"
calendar = "office"
[queues.other]
name = "Other"
[associates.ana]
name = "Ana"
teams = ["support"]
[associates.nuno]
name = "Nuno"
teams = ["night"]
[priorities]
"""


def told(text: str) -> list[str]:
    return [str(problem) for problem in check_routing(BASE + text)]


@pytest.mark.parametrize(
    ("text", "warnings"),
    [
        pytest.param("first_response_s = 600\nresolution_s = 6000", [], id="what can be kept"),
        pytest.param(
            "first_response_s = 20",
            [
                "line 20: warning: queues.other.targets[0].first_response_s: "
                "20 s is over before the first offer is: offer_timeout_s is 30"
            ],
            id="due before the first offer ends",
        ),
        pytest.param(
            "first_response_s = 300",
            [
                "line 20: warning: queues.other.targets[0].first_response_s: "
                "is at risk from the start: it is due after 300 s, and at_risk_s is 300"
            ],
            id="at risk from the start",
        ),
        pytest.param("first_response_s = 300\nat_risk_s = 60", [], id="at risk later, by its own rule"),
        pytest.param(
            'first_response_s = 600\nat_risk_s = 60\n[[queues.other.targets]]\nchannel = "chat"\nnext_response_s = 60',
            [
                "line 24: warning: queues.other.targets[1].next_response_s: "
                "is at risk from the start: it is due after 60 s, and at_risk_s is 60"
            ],
            id="at risk from the start, by another rule",
        ),
        pytest.param(
            "first_response_s = 6000\nresolution_s = 600",
            [
                "line 21: warning: queues.other.targets[0].resolution_s: "
                "is due before the first response, which may take 6000 s"
            ],
            id="resolved before it is answered",
        ),
        pytest.param(
            'first_response_s = 600\n[[queues.other.targets]]\nchannel = "chat"\nfirst_response_s = 500\n'
            '[[queues.other.targets]]\nchannel = "chat"\nfirst_response_s = 400\nnext_response_s = 400',
            [
                "line 26: warning: queues.other.targets[2].first_response_s: "
                "never decides: an earlier rule for the same conversations says it"
            ],
            id="said twice",
        ),
    ],
)
def test_a_target_that_cannot_be_kept_is_a_warning(text: str, warnings: list[str]) -> None:
    assert told(f"[[queues.other.targets]]\n{text}\n") == warnings


def test_a_queue_that_assigns_without_asking_may_promise_less_than_an_offer_takes() -> None:
    text = '[queues.fast]\nname = "Fast"\nauto_accept = true\nat_risk_s = 5\ntargets = [{ first_response_s = 20 }]\n'
    assert told(text) == []


def test_actions_at_risk_of_a_queue_that_is_never_at_risk_are_a_warning() -> None:
    text = '[queues.x]\nname = "X"\nat_risk_s = 0\non_risk = { boost_s = 60 }\n'
    assert told(text) == ["line 22: warning: queues.x.on_risk: never happens: at_risk_s is 0"]


def test_widening_without_a_route_is_a_warning() -> None:
    text = '[queues.x]\nname = "X"\non_breach = { widen = true }\n'
    assert told(text) == ["line 21: warning: queues.x.on_breach.widen: widens nothing: the queue has no route"]


def test_a_queue_that_nobody_serves_while_it_is_open_is_a_warning() -> None:
    text = (
        '[teams2]\n[queues.x]\nname = "X"\nteams = ["empty"]\ncalendar = "office"\n'
        '[[queues.x.route]]\nafter_s = 9\nadd_teams = ["night"]\nduring = "closed"\n'
    ).replace("[teams2]\n", "")
    document = BASE.replace('night = "Night"\n', 'night = "Night"\nempty = "Empty"\n') + text
    assert [str(problem) for problem in check_routing(document)] == [
        "line 20: warning: queues.x: nobody can take a conversation of this queue while its calendar is open"
    ]
    other = document.replace('"closed"', '"open"')
    assert [str(problem) for problem in check_routing(other)] == [
        "line 20: warning: queues.x: nobody can take a conversation of this queue while its calendar is closed"
    ]


def test_a_step_for_closed_hours_of_a_queue_without_calendar_is_a_warning() -> None:
    text = '[[queues.other.route]]\nafter_s = 9\nboost_s = 9\nduring = "closed"\n'
    assert told(text) == [
        "line 22: warning: queues.other.route[0].during: "
        "is never taken: the queue has no calendar, so it is never closed"
    ]


def test_a_reserve_that_leaves_no_room_for_ordinary_work_is_a_warning() -> None:
    text = 'urgent = 60\n[associates.eva]\nname = "Eva"\ncapacity_units = 12\n'
    text += '[reserve]\nunits = 6\npriority = "urgent"\n'
    assert told(text) == [
        "line 24: warning: reserve.units: leaves ana and 1 more no room for anything less urgent than urgent"
    ]
    assert told(text.replace("6\n", "5\n")) == []


def test_a_language_whose_skill_nobody_has_is_a_warning() -> None:
    text = '[skills]\ngerman = "German"\n[languages]\nde = "german"\n'
    assert told(text) == ["line 22: warning: languages.de: nobody has this skill"]


def test_a_rule_that_splits_to_a_queue_somebody_serves_is_good() -> None:
    text = '[[triage]]\nname = "A"\nsplit = { general = 50, other = 50 }\n'
    assert told(text) == []


def test_a_rule_for_a_contact_is_shadowed_by_one_for_every_contact_only() -> None:
    gold = '[[triage]]\nname = "Gold"\n[triage.when]\ncontact = { plan = "gold" }\n'
    chats = '[[triage]]\nname = "Chats"\n[triage.when]\nchannel = "chat"\n'
    gold_chats = f'{chats.replace("Chats", "Gold chats")}contact = {{ plan = "gold" }}\n'
    assert told(gold + chats) == []
    assert told(chats + gold_chats) == [
        'line 23: warning: triage[1]: never decides: what it is for, the rule "Chats" before it takes'
    ]
