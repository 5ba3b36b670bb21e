"""What a desk knows, from snapshots and events in any order that a connection can give them."""

import pytest

from duetime.router.associate import Presence
from duetime.router.conversation import State
from duetime.router.events import Event, EventType
from duetime.router.message import Author, Kind
from duetime.service.cli.desk_view import DeskView
from tests.service.cli.desk_events import (
    ANA,
    BEN,
    CV,
    OTHER,
    associate,
    conversation,
    event,
    message,
    message_event,
    offer_made,
    offered,
)


def desk(*conversations: object) -> DeskView:
    view = DeskView()
    view.load("1-0", associate(), [(record, [message(1)]) for record in conversations])  # type: ignore[misc]
    return view


def state(view: DeskView) -> State | None:
    entry = view.find(CV)
    return entry.record.state if entry else None


def test_a_snapshot_fills_the_desk_by_due_time() -> None:
    view = desk(conversation(due_at=20), offered(id=OTHER, due_at=10))
    assert [entry.record.id for entry in view.entries()] == [OTHER, CV]
    assert [entry.record.id for entry in view.offers()] == [OTHER]
    assert view.cursor == "1-0"


def test_an_offer_is_asked_about_before_it_is_shown() -> None:
    view = desk()
    assert view.apply(offer_made(version=1)) is None
    assert view.unknown() == [CV]
    view.learn(offered(), [message(1)])
    assert view.unknown() == []
    assert [entry.number for entry in view.offers()] == [1]


def test_what_happens_while_the_daemon_is_asked_is_not_lost() -> None:
    view = desk()
    view.apply(offer_made(version=1))
    view.apply(event(EventType.OFFER_ACCEPTED, offer=1, version=2))
    view.apply(message_event(2, "still there?"))
    entry = view.learn(offered(version=1, messages=1), [message(1)])
    assert entry.record.state is State.ASSIGNED
    assert entry.messages[2].text == "still there?"


def test_an_older_event_does_not_undo_what_the_daemon_said() -> None:
    view = desk()
    view.apply(offer_made(version=1))
    answered = conversation(version=2, messages=3, answered=True, offer=1)
    entry = view.learn(answered, [message(1), message(3, author=Author.ASSOCIATE)])
    view.apply(event(EventType.OFFER_ACCEPTED, offer=1, version=2))
    view.apply(message_event(2))
    assert entry.record.state is State.ASSIGNED
    assert entry.record.answered
    assert sorted(entry.messages) == [1, 2, 3]


def test_the_end_of_an_earlier_offer_does_not_end_a_later_one() -> None:
    view = desk(offered(2, version=4))
    view.apply(event(EventType.OFFER_DECLINED, offer=1))
    assert state(view) is State.OFFERED


@pytest.mark.parametrize(
    ("before", "ending"),
    [
        (offered(), event(EventType.OFFER_DECLINED, offer=1)),
        (offered(), event(EventType.OFFER_EXPIRED, offer=1)),
        (offered(), event(EventType.OFFER_RESCINDED, offer=1)),
        (conversation(), event(EventType.CONVERSATION_TRANSFERRED)),
        (conversation(), event(EventType.CONVERSATION_UNASSIGNED)),
        (conversation(), event(EventType.CONVERSATION_CLOSED, version=2)),
        (conversation(State.PARKED), event(EventType.CONVERSATION_WOKEN)),
        (conversation(), offer_made(version=2, to=BEN)),
    ],
)
def test_what_leaves_the_desk_is_no_longer_at_it_nor_current(before: object, ending: Event) -> None:
    view = desk(before)
    view.current = CV
    view.apply(ending)
    assert view.entries() == []
    assert view.current is None


def test_what_comes_back_keeps_its_number() -> None:
    view = desk(conversation(), offered(id=OTHER))
    number = {entry.record.id: entry.number for entry in view.entries()}[CV]
    view.apply(event(EventType.CONVERSATION_UNASSIGNED))
    view.apply(event(EventType.CONVERSATION_ASSIGNED, version=5, due_at=99))
    assert view.learn(conversation(version=5), []).number == number


def test_answers_go_to_where_the_contact_wrote_last() -> None:
    view, moved = desk(conversation()), message_event(2)
    moved.data["moved_to"] = {"channel": "sms", "endpoint": "text", "address": "+4915112345678"}
    for told in (moved, message_event(3)):
        view.apply(told)
    entry = view.find(CV)
    assert entry is not None
    assert entry.record.destination.address == "+4915112345678"


def test_parking_wrap_up_and_reopening_are_followed() -> None:
    view = desk(conversation())
    view.apply(event(EventType.CONVERSATION_PARKED, version=2, reason="snoozed", wake_at=7))
    assert state(view) is State.PARKED
    view = desk(conversation())
    view.apply(event(EventType.WRAP_UP_STARTED, version=2, wrap_up_until=9))
    assert state(view) is State.WRAP_UP
    view.apply(event(EventType.CONVERSATION_REOPENED, version=3))
    assert state(view) is State.ASSIGNED


def test_an_answer_settles_the_wait_and_a_note_does_not() -> None:
    view = desk(conversation(messages=1))
    entry = view.entries()[0]
    wants_work = [entry.wants_work]
    for written in (
        message_event(2, kind=Kind.NOTE, author=Author.ASSOCIATE),
        message_event(3, author=Author.ASSOCIATE),
        message_event(4),
    ):
        view.apply(written)
        wants_work.append(entry.wants_work)
    assert wants_work == [True, True, False, True]


def test_an_own_answer_counts_before_its_event_comes() -> None:
    view = desk(conversation(messages=1))
    entry = view.entries()[0]
    view.wrote(entry, message(2, "Hi", Author.ASSOCIATE))
    assert not entry.wants_work
    view.apply(message_event(2, "Hi", Author.ASSOCIATE))
    assert [entry.messages[number].text for number in (1, 2)] == ["Hello", "Hi"]


def test_what_a_request_brought_about_counts_before_its_event_comes() -> None:
    view = desk(offered(version=1))
    view.current = CV
    view.update(conversation(version=2, offer=1))
    assert state(view) is State.ASSIGNED
    view.apply(event(EventType.OFFER_ACCEPTED, offer=1, version=2))
    assert state(view) is State.ASSIGNED
    view.update(offered(version=1))
    assert state(view) is State.ASSIGNED
    view.update(conversation(State.CLOSED, version=3))
    assert view.entries() == []
    assert view.current is None


def test_a_snapshot_after_a_long_absence_replaces_what_was_known() -> None:
    view = desk(conversation(), offered(id=OTHER))
    view.apply(offer_made(version=9))
    view.load("2-0", associate(), [(offered(id=OTHER), [])])
    assert [entry.record.id for entry in view.entries()] == [OTHER]
    assert view.unknown() == []


def test_presence_changes_are_the_associates_own() -> None:
    view = desk()
    seen = []
    for who in (BEN, ANA):
        view.apply(event(EventType.PRESENCE_CHANGED, of=None, associate=who, to="away", reason="chosen"))
        seen.append(view.presence)
    assert seen == [Presence.AVAILABLE, Presence.AWAY]


def test_what_concerns_others_is_not_at_this_desk() -> None:
    view = desk()
    assert view.apply(offer_made(version=1, to=BEN)) is None
    assert view.unknown() == []
