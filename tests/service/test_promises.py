"""What is due for a stored conversation: there, elsewhere, and when it is taken up again."""

import msgspec
import pytest

from duetime.config.build import load_routing
from duetime.queues.conversations import Standing
from duetime.queues.records import Conversation
from duetime.router.conversation import ParkReason, State
from duetime.router.ids import ClassId, ContactId, ConversationId, EndpointId, QueueId
from duetime.router.message import Channel
from duetime.service.promises import is_same, moved_fields, opening_fields, returning, standing_of

HOUR = 3_600_000
OPENED = 1_795_424_400_000
NOW = OPENED + HOUR
CARE, QUICK = QueueId("care"), QueueId("quick")
ROUTING = load_routing("""
default_queue = "care"
[priorities]
gold = 60
[queues.care]
name = "Care"
at_risk_s = 600
[[queues.care.targets]]
first_response_s = 7200
next_response_s = 3600
resolution_s = 36000
[queues.quick]
name = "Quick"
at_risk_s = 0
[[queues.quick.targets]]
first_response_s = 60
""")
FOUND = Conversation(
    id=ConversationId("cv_1"),
    state=State.WAITING,
    version=1,
    queue=CARE,
    step=0,
    line=ClassId("care/0/api/"),
    base=ClassId("care/0/api/"),
    channel=Channel.API,
    endpoint=EndpointId("default"),
    contact=ContactId("ct_1"),
    address="mia",
    priority="normal",
    opened_at=OPENED,
    arrived_at=OPENED,
    due_at=OPENED + 2 * HOUR,
    due_first=OPENED + 2 * HOUR,
    due_resolution=OPENED + 10 * HOUR,
    risk_first=OPENED + 2 * HOUR - 600_000,
    risk_resolution=OPENED + 10 * HOUR - 600_000,
    resolution_since=OPENED,
)
ANSWERED = msgspec.structs.replace(
    FOUND, state=State.ASSIGNED, answered=True, first_answered_at=OPENED + 1, due_first=None, risk_first=None
)
RESTING = msgspec.structs.replace(
    ANSWERED,
    state=State.PARKED,
    park_reason=ParkReason.AWAITING_CONTACT,
    paused_at=OPENED + HOUR // 2,
    due_resolution=None,
    risk_resolution=None,
)


def moved(found: Conversation, queue: QueueId = CARE, *, must: bool = False) -> dict[str, str | int]:
    """The fields that are not empty."""
    fields = moved_fields(ROUTING, found, queue, found.priority, NOW, somebody_must=must)
    return {name: value for name, value in fields.items() if value != "" and not name.startswith("risk")}


@pytest.mark.parametrize("found", [FOUND, ANSWERED, RESTING], ids=["new", "answered", "resting"])
def test_where_it_stands_nothing_changes(found: Conversation) -> None:
    fields = moved_fields(ROUTING, found, CARE, "normal", NOW, somebody_must=False)
    assert is_same(found, fields)
    assert not is_same(found, fields | {"due_next": 1})
    assert not is_same(found, fields | {"risk_resolution": 1})


def test_opening_the_first_response_and_the_resolution_run() -> None:
    fields = opening_fields(ROUTING, CARE, standing_of(FOUND), OPENED)
    assert is_same(FOUND, fields)


def test_another_queue_promises_from_the_same_arrival() -> None:
    assert moved(FOUND, QUICK) == {"due_first": OPENED + 60_000}


def test_who_is_handed_an_answered_one_has_the_time_of_a_next_response() -> None:
    assert moved(ANSWERED, must=True) == {"due_next": NOW + HOUR, "due_resolution": OPENED + 10 * HOUR}


def test_handed_over_while_it_rests_the_resolution_runs_on_with_what_is_left() -> None:
    assert moved(RESTING, must=True) == {
        "due_next": NOW + HOUR,
        "due_resolution": NOW + 10 * HOUR - HOUR // 2,
        "resolution_since": NOW,
        "resolution_used": HOUR // 2,
    }


def test_in_wrap_up_nothing_runs_until_somebody_gets_it_again() -> None:
    ended = msgspec.structs.replace(ANSWERED, state=State.WRAP_UP, resolution_since=None)
    assert moved(ended) == {}
    assert moved(ended, must=True) == {
        "due_next": NOW + HOUR,
        "due_resolution": NOW + 10 * HOUR,
        "resolution_since": NOW,
    }


def test_one_that_was_reopened_unanswered_keeps_its_next_response() -> None:
    reopened = msgspec.structs.replace(FOUND, arrived_at=NOW, due_first=None, due_next=NOW + HOUR)
    assert moved(reopened)["due_next"] == NOW + HOUR
    assert "due_first" not in moved(reopened)


def test_taken_up_again_it_goes_on_with_what_is_left() -> None:
    found = returning(ROUTING, standing_of(RESTING), NOW)
    assert found.waiting == {"due_next": NOW + HOUR, "risk_next": NOW + HOUR - 600_000}
    assert found.resolution["due_resolution"] == NOW + 10 * HOUR - HOUR // 2
    assert found.resolution["resolution_used"] == HOUR // 2


def test_what_nothing_is_promised_for_is_removed() -> None:
    found = returning(ROUTING, Standing(queue=QUICK, channel=Channel.API, priority="normal"), NOW)
    assert found.waiting["due_next"] == NOW + 60_000
    assert found.resolution == {"due_resolution": "", "risk_resolution": "", "resolution_used": 0}


def test_a_queue_that_is_gone_promises_what_the_default_queue_does() -> None:
    gone = Standing(queue=QueueId("gone"), channel=Channel.API, priority="normal")
    there = Standing(queue=CARE, channel=Channel.API, priority="normal")
    assert returning(ROUTING, gone, NOW).waiting == returning(ROUTING, there, NOW).waiting
