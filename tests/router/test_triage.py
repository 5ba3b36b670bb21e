"""The first rule whose conditions all hold decides, and without one the default queue takes it."""

from typing import Any

import msgspec
import pytest

from duetime.router.ids import EndpointId, QueueId, SkillId
from duetime.router.message import Channel, InboundMessage, Sender
from duetime.router.triage import Rule, Verdict, When, triage

DEFAULT, BILLING = QueueId("general"), QueueId("billing")
MESSAGE = InboundMessage(
    channel=Channel.CHAT,
    endpoint=EndpointId("shop"),
    external_id="1",
    sender=Sender("visitor-1"),
    subject="Question",
    text="I want my money back for the Straße edition",
    language="de",
    attributes={"plan": "vip", "country": "at"},
)


@pytest.mark.parametrize(
    ("when", "holds"),
    [
        (When(), True),
        (When(channel=Channel.CHAT), True),
        (When(channel=Channel.EMAIL), False),
        (When(endpoint=EndpointId("shop")), True),
        (When(endpoint=EndpointId("blog")), False),
        (When(language="de"), True),
        (When(language="en"), False),
        (When(attributes={"plan": "vip"}), True),
        (When(attributes={"plan": "vip", "country": "at"}), True),
        (When(attributes={"plan": "vip", "country": "de"}), False),
        (When(attributes={"city": ""}), False),
        (When(text_contains=("refund", "MONEY BACK")), True),
        (When(text_contains=("STRASSE",)), True),
        (When(text_contains=("question",)), True),
        (When(text_contains=("refund",)), False),
        (When(channel=Channel.CHAT, language="en"), False),
        (When(channel=Channel.CHAT, language="de", text_contains=("money",)), True),
    ],
)
def test_a_rule_holds_when_all_its_conditions_do(when: When, holds: bool) -> None:
    found = triage(MESSAGE, (Rule(name="R", when=when, queue=BILLING),), DEFAULT)
    assert found == (Verdict(queue=BILLING, rule="R") if holds else Verdict(queue=DEFAULT))


@pytest.mark.parametrize("fields", [{"subject": None}, {"language": None}, {"attributes": {}}, {"text": ""}])
def test_a_message_that_says_little_meets_no_condition_about_it(fields: dict[str, Any]) -> None:
    bare = msgspec.structs.replace(MESSAGE, **fields)
    when = {
        "subject": When(text_contains=("question",)),
        "language": When(language="de"),
        "attributes": When(attributes={"plan": "vip"}),
        "text": When(text_contains=("money",)),
    }[next(iter(fields))]
    assert triage(bare, (Rule(name="R", when=when),), DEFAULT).rule is None


def test_the_first_rule_that_holds_decides() -> None:
    rules = (
        Rule(name="No", when=When(language="en"), queue=QueueId("english")),
        Rule(name="Yes", when=When(language="de"), skills={SkillId("german"): 3}, priority="high"),
        Rule(name="Too late", queue=BILLING),
    )
    assert triage(MESSAGE, rules, DEFAULT) == Verdict(
        queue=DEFAULT, skills={SkillId("german"): 3}, priority="high", rule="Yes"
    )


def test_without_rules_the_default_queue_takes_it_at_normal_priority() -> None:
    assert triage(MESSAGE, (), DEFAULT) == Verdict(queue=DEFAULT, skills={}, priority="normal", rule=None)
