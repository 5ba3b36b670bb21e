"""Parts that are right by themselves and wrong together."""

import pytest

from duetime.config.check import check_routing

# The lines of what the cases append start at 16.
BASE = """\
default_queue = "general"
[calendars.office]
hours = { mon-fri = ["09:00-17:00"] }
[queues.general]
name = "General"
calendar = "office"
[queues.billing]
name = "Billing"
calendar = "office"
[queues.last]
name = "Last"
calendar = "office"
[associates.ana]
name = "Ana"
[priorities]
"""


def told(text: str) -> list[str]:
    return [str(problem) for problem in check_routing(BASE + text)]


def queue(name: str, text: str) -> str:
    """The base with this in the queue."""
    return BASE.replace(f"[queues.{name}]\n", f"[queues.{name}]\n{text}\n")


def errors(text: str) -> list[tuple[str, str]]:
    return [(problem.path, problem.sentence) for problem in check_routing(text)]


@pytest.mark.parametrize(
    ("shares", "sentence"),
    [
        ("billing = 60, general = 39", "the shares are 99 percent together, and must be 100"),
        ("billing = 60, general = 60", "the shares are 120 percent together, and must be 100"),
    ],
)
def test_the_shares_of_a_split_are_100_percent_together(shares: str, sentence: str) -> None:
    rule = '[[triage]]\nname = "A"\nsplit = { %s }\n'
    assert told(rule % shares) == [f"line 18: triage[0].split: {sentence}"]
    assert told(rule % "billing = 60, general = 40") == []


def test_a_split_stands_instead_of_a_queue() -> None:
    rule = '[[triage]]\nname = "A"\nqueue = "general"\nsplit = { billing = 100 }\n'
    assert told(rule) == ["line 19: triage[0].split: must not stand beside queue: put them in another table"]


def test_a_share_is_at_least_one_percent() -> None:
    rule = '[[triage]]\nname = "A"\nsplit = { billing = 0, general = 100 }\n'
    assert told(rule) == ["line 18: triage[0].split.billing: must be at least 1, not 0"]


def test_every_channel_of_a_queue_is_promised_a_first_response() -> None:
    text = '[[queues.billing.targets]]\nchannel = "chat"\nfirst_response_s = 600\n'
    assert told(text) == [
        "line 16: queues.billing.targets: promises no first response by api, email, sms: "
        "add a rule for them, or for all channels"
    ]
    urgent = text + '[[queues.billing.targets]]\npriority = "normal"\nfirst_response_s = 600\n'
    assert "promises no first response by api" in told(urgent)[0]
    assert told(text + "[[queues.billing.targets]]\nfirst_response_s = 900\n") == []


def test_a_template_has_only_places_that_stand_for_something() -> None:
    queue = '[queues.polite]\nname = "Polite"\n'
    assert told(queue + 'signature = "{associate} {{of}} {queue}"\n') == []
    (problem,) = told(queue + 'acknowledgement = "Dear {contatc}"\n')
    assert problem.startswith(
        'line 18: queues.polite.acknowledgement: "{contatc}" stands for nothing: there are {contact}, {queue}'
    )
    assert len(told(queue + 'signature = "{ {queue.__class__} }"\n')) == 3
    assert len(told(queue + 'signature = "{text}"\n')) == 1
    assert told(queue + 'answer = "Dear {contact}, {text}"\n') == []
    assert told(queue + 'answer = "Dear {contact}"\n') == [
        "line 18: queues.polite.answer: needs {text} in it, where the answer goes"
    ]


def test_a_target_rule_promises_something() -> None:
    text = '[[queues.billing.targets]]\nchannel = "chat"\n[[queues.billing.targets]]\nfirst_response_s = 600\n'
    assert told(text) == ["line 16: queues.billing.targets[0]: promises nothing: name at least one target"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            'after_hours_queue = "last"',
            "queues.free.after_hours_queue: needs a calendar beside it: this queue is never closed",
        ),
        ("max_waiting = 5", "queues.free.max_waiting: needs full_queue beside it: no message is ever refused"),
        (
            'full_queue = "last"',
            "queues.free.full_queue: needs max_waiting beside it, which says when the queue is full",
        ),
    ],
)
def test_a_queue_hands_on_only_what_it_says_when(text: str, problem: str) -> None:
    assert told(f'[queues.free]\nname = "Free"\n{text}\n') == [f"line 18: {problem}"]


def test_queues_may_hand_on_in_a_row() -> None:
    text = queue("general", 'after_hours_queue = "billing"').replace(
        "[queues.billing]\n", '[queues.billing]\nmax_waiting = 5\nfull_queue = "last"\nafter_hours_queue = "last"\n'
    )
    assert errors(text) == []


def test_queues_must_not_hand_on_in_a_circle() -> None:
    text = queue("general", 'after_hours_queue = "billing"').replace(
        "[queues.billing]\n", '[queues.billing]\nmax_waiting = 5\nfull_queue = "general"\n'
    )
    sentence = "hands on in a circle what comes while it is closed or full: general → billing → general"
    assert errors(text) == [("queues.general", sentence)]


def test_a_queue_must_not_hand_on_to_itself() -> None:
    sentence = "hands on in a circle what comes while it is closed or full: last → last"
    assert errors(queue("last", 'after_hours_queue = "last"')) == [("queues.last", sentence)]


def test_queues_must_not_escalate_in_a_circle() -> None:
    text = BASE + '[queues.billing.on_risk]\nescalate_to = "last"\n[queues.last.on_breach]\nescalate_to = "billing"\n'
    assert errors(text) == [("queues.billing", "escalates in a circle: billing → last → billing")]


def test_overflow_to_one_another_is_no_circle() -> None:
    text = (
        '[[queues.billing.route]]\nafter_s = 5\noverflow_to = "last"\nboost_s = 1\n'
        '[[queues.last.route]]\nafter_s = 5\noverflow_to = "billing"\nboost_s = 1\n'
    )
    assert told(text) == []


def test_a_long_chain_of_queues_is_walked_quickly_and_told_shortly() -> None:
    count = 5000
    queues = "".join(
        f'[queues.q{number}]\nname = "Q"\nmax_waiting = 1\nfull_queue = "q{(number + 1) % count}"\n'
        for number in range(count)
    )
    (problem,) = check_routing(f'default_queue = "q0"\n{queues}')
    assert problem.sentence.endswith("q0 → q1 → q2 → q3 → q4 → q5 → … → q0")


def test_more_queues_and_priorities_than_can_be_planned_in_one_step_are_refused() -> None:
    queues = "".join(f'[queues.q{number}]\nname = "Q"\n' for number in range(2500))
    priorities = "".join(f"p{number} = 1\n" for number in range(4))
    (problem,) = check_routing(f'default_queue = "q0"\n{queues}[priorities]\n{priorities}')
    assert problem.path == "priorities"
    assert problem.sentence == "12500 pairs of a queue and a priority are too many: at most 10000 are routed"


def test_the_reserve_names_a_priority_of_the_document() -> None:
    text = '[reserve]\nunits = 1\npriority = "urgent"\n'
    assert told(text) == ['line 18: reserve.priority: there is no "urgent" in [priorities]']
