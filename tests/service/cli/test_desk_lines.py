"""What a desk says."""

import msgspec

from duetime.router.conversation import State
from duetime.router.events import EventType
from duetime.router.ids import EndpointId
from duetime.router.message import Author, Channel, Destination, Kind
from duetime.service.cli.desk_lines import arrival, footer, happened, heading, overview, reasons, transcript, waiting
from duetime.service.cli.desk_view import DeskView, Entry
from tests.service.cli.desk_events import NOW, associate, conversation, event, message, message_event, offered


def test_an_offer_tells_who_asks_what_until_when_and_why() -> None:
    entry = Entry(3, offered(subject="Refund"), {1: message(1, "Where is\nmy money?")})
    assert arrival(entry, "waited 5 s", NOW) == [
        "Offer: #3 chat from Maria about “Refund”, general, 30 s left to accept, due in 60 s",
        "  waited 5 s",
        "  Maria: Where is my money?",
        "  `accept 3` or `decline 3`",
    ]


def test_reasons_are_told_in_words() -> None:
    why = {"waited_ms": 5000, "step": 1, "queue": "general", "load": 2, "capacity": 6}
    assert reasons(why) == "waited 5 s, step 1 of the route of general, your load was 2 of 6"
    assert reasons({}) == ""


def test_a_contact_who_went_on_elsewhere_is_shown_with_where_answers_go() -> None:
    moved = Destination(channel=Channel.SMS, endpoint=EndpointId("text"), address="+4915112345678")
    assert heading(Entry(1, conversation(moved_to=moved)), NOW) == "#1 chat (now sms) from Maria, general, due in 60 s"


def test_every_state_is_told_with_the_time_that_matters() -> None:
    for record, standing in (
        (conversation(), "due in 60 s"),
        (conversation(due_at=NOW - 180_000), "late by 3 min"),
        (conversation(answered=True), "answered"),
        (conversation(State.PARKED, wake_at=NOW + 600_000), "parked for 10 min"),
        (conversation(State.PARKED), "parked until the contact writes"),
        (conversation(State.WRAP_UP, wrap_up_until=NOW + 30_000), "wrap-up, 30 s left"),
        (conversation(State.CLOSED), "closed"),
    ):
        assert heading(Entry(1, record), NOW) == f"#1 chat from Maria, general, {standing}"


def test_a_transcript_names_who_spoke_and_hides_what_is_long_ago() -> None:
    said = {n: message(n, f"text {n}") for n in range(1, 13)}
    said[12] = message(12, "call back\nlater", Author.ASSOCIATE, Kind.NOTE)
    lines = transcript(Entry(1, conversation(), said), NOW)
    assert lines[1] == "  … 2 before: `history` shows them"
    assert lines[2] == "  Maria: text 3"
    assert lines[-1] == "  associate (note): call back\n    later"
    assert len(transcript(Entry(1, conversation(), said), NOW, last=None)) == 13


def test_an_answer_by_sms_tells_how_many_it_took() -> None:
    said = {
        1: msgspec.structs.replace(message(1, "x" * 200), remark="Not kept: File 1."),
        2: message(2, "x" * 161, Author.ASSOCIATE),
        3: message(3, "short", Author.ASSOCIATE),
        4: message(4, "x" * 500, Author.ASSOCIATE, Kind.NOTE),
    }
    lines = transcript(Entry(1, msgspec.structs.replace(conversation(), channel=Channel.SMS), said), NOW)
    assert [line.partition(":")[0].strip() for line in lines[1:]] == [
        "Maria",
        "associate (2 SMS)",
        "associate",
        "associate (note)",
    ]
    assert lines[1].endswith("x [Not kept: File 1.]")
    assert "SMS)" not in transcript(Entry(1, conversation(), said), NOW)[2]


def test_events_are_told_in_a_sentence_or_not_at_all() -> None:
    entry = Entry(2, conversation(), {4: message(4, "Hi")})
    assert happened(message_event(4, "Hi"), entry, NOW) == "#2 Maria: Hi"
    parked = event(EventType.CONVERSATION_PARKED, version=2, wake_at=NOW + 60_000)
    assert happened(parked, entry, NOW) == "#2 is parked for 60 s."
    assert happened(event(EventType.CONVERSATION_PARKED, version=2), entry, NOW) == (
        "#2 is parked until the contact writes."
    )
    assert happened(event(EventType.MARKS_MOVED, delivered=1, read=1), entry, NOW) is None


def test_the_footer_shows_who_offers_and_what_is_current() -> None:
    view = DeskView()
    view.load("1-0", associate(), [(offered(), [])])
    assert footer(view, "connected", NOW).splitlines() == [
        "ana · available · 1 at the desk · connected",
        "offer #1 chat from Maria, general, 30 s left to accept, due in 60 s",
    ]


def test_empty_lists_say_so() -> None:
    assert overview(DeskView(), NOW) == ["Nothing is at your desk."]
    assert waiting([], NOW) == ["Nothing waits that you may take."]


def test_names_of_strangers_stay_on_their_line() -> None:
    entry = Entry(1, conversation(contact_name="Eve\x1b[2J\nadmin"))
    assert heading(entry, NOW).startswith("#1 chat from Eve admin, general")
