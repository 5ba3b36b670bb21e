"""What single events teach."""

from typing import Any

import pytest

from duetime.router.events import Event, EventType
from duetime.router.ids import AssociateId, ConversationId, QueueId
from duetime.router.message import Channel
from duetime.service.learning import ENOUGH, Learning

START = 1_700_000_000_000
ANA, GENERAL, LINE = AssociateId("ana"), QueueId("general"), "general/0/chat/"


class Story:
    """Events of one conversation after another."""

    def __init__(self) -> None:
        self.learning = Learning(START)

    def tell(self, name: str, *events: tuple[float, EventType, dict[str, Any]]) -> None:
        for after_s, kind, data in events:
            event = Event(
                cursor="1-1",
                type=kind,
                at=START + round(1000 * after_s),
                conversation=ConversationId(name),
                queue=GENERAL,
                associate=ANA,
                data=data,
            )
            self.learning.take(event)


def opened(at_s: float) -> tuple[float, EventType, dict[str, Any]]:
    return at_s, EventType.CONVERSATION_OPENED, {}


def queued(at_s: float, due_s: float = 60, line: str = LINE) -> tuple[float, EventType, dict[str, Any]]:
    return (
        at_s,
        EventType.CONVERSATION_QUEUED,
        {"line": line, "rank": START + round(1000 * (at_s + due_s)), "reason": "new"},
    )


def given(at_s: float, kind: EventType = EventType.OFFER_MADE) -> tuple[float, EventType, dict[str, Any]]:
    why = {"line": LINE, "rank": START + round(1000 * (at_s + 60))}
    return at_s, kind, {"why": why, "channel": "chat"}


def over(at_s: float, kind: EventType = EventType.CONVERSATION_CLOSED) -> tuple[float, EventType, dict[str, Any]]:
    return at_s, kind, {}


@pytest.fixture
def story() -> Story:
    return Story()


@pytest.mark.parametrize(
    "end", [EventType.CONVERSATION_CLOSED, EventType.CONVERSATION_PARKED, EventType.CONVERSATION_TRANSFERRED]
)
def test_handling_lasts_from_the_offer_until_the_units_are_free_again(story: Story, end: EventType) -> None:
    for number in range(int(ENOUGH)):
        story.tell(f"cv_{number}", opened(0), given(0), over(90, end))
    assert story.learning.handling_s(GENERAL, Channel.CHAT) == pytest.approx(90)


@pytest.mark.parametrize("end", [EventType.OFFER_DECLINED, EventType.OFFER_EXPIRED, EventType.CONVERSATION_UNASSIGNED])
def test_what_comes_back_unanswered_says_nothing_of_handling(story: Story, end: EventType) -> None:
    for number in range(10):
        story.tell(f"cv_{number}", opened(0), given(0), over(5, end))
    assert story.learning.handling_s(GENERAL, Channel.CHAT) is None


def test_too_few_say_nothing(story: Story) -> None:
    story.tell("cv_1", opened(0), given(0), over(90))
    assert story.learning.handling_s(GENERAL, Channel.CHAT) is None


def test_what_is_not_known_of_a_queue_or_channel_is_taken_from_the_rest(story: Story) -> None:
    for number in range(5):
        story.tell(f"cv_{number}", opened(0), given(0), over(90))
    assert story.learning.handling_s(QueueId("other"), Channel.CHAT) == pytest.approx(90)
    assert story.learning.handling_s(QueueId("other"), Channel.EMAIL) == pytest.approx(90)


def test_an_arrival_counts_once_whether_it_waits_or_not(story: Story) -> None:
    story.tell("cv_1", opened(10), queued(10), given(50), over(80))
    story.tell("cv_2", opened(20), given(20), over(80))
    (arrivals,) = story.learning.arrivals(START + 100_000)
    assert arrivals.line == LINE
    assert arrivals.lead_ms == pytest.approx(60_000)
    assert arrivals.rate_per_s == pytest.approx(2 / 100, rel=0.1)


def test_the_next_step_and_a_return_from_an_offer_are_no_arrivals(story: Story) -> None:
    story.tell("cv_1", opened(10), given(10), over(20, EventType.OFFER_EXPIRED), queued(20), queued(40))
    (arrivals,) = story.learning.arrivals(START + 100_000)
    assert arrivals.rate_per_s == pytest.approx(1 / 100, rel=0.1)


def test_who_waits_for_one_person_is_nobody_s_arrival(story: Story) -> None:
    story.tell("cv_1", opened(10), queued(10, line="@ana/chat"))
    assert story.learning.arrivals(START + 100_000) == []


def test_what_concerns_no_conversation_is_passed_over(story: Story) -> None:
    story.learning.take(Event(cursor="1-1", type=EventType.PRESENCE_CHANGED, at=START, associate=ANA))
    assert story.learning.arrivals(START) == []
