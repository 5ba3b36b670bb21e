"""Where a route goes next, and until when, from the configuration alone."""

from datetime import UTC, datetime

from duetime.config.build import load_routing
from duetime.queues.policy import base_class, next_place, personal_place, queue_place
from duetime.router.ids import AssociateId, QueueId
from duetime.router.message import Channel
from duetime.router.route import WaitingClass
from duetime.router.triage import NORMAL

ROUTING = load_routing("""
default_queue = "steps"
[teams]
first = "First"
second = "Second"
night = "Night"
[calendars.office]
zone = "UTC"
hours = { mon-fri = ["09:00-17:00"] }
[queues.steps]
name = "Steps"
teams = ["first"]
preferred_s = 45
[[queues.steps.route]]
after_s = 60
add_teams = ["second"]
[[queues.steps.route]]
after_s = 30
boost_s = 600
[queues.hours]
name = "Hours"
teams = ["first"]
calendar = "office"
[[queues.hours.route]]
after_s = 60
add_teams = ["night"]
during = "closed"
[[queues.hours.route]]
after_s = 90
add_teams = ["second"]
during = "open"
""")
NOON = int(datetime(2026, 11, 18, 12, tzinfo=UTC).timestamp() * 1000)
EVENING = int(datetime(2026, 11, 18, 16, 59, 30, tzinfo=UTC).timestamp() * 1000)
NIGHT = int(datetime(2026, 11, 18, 23, tzinfo=UTC).timestamp() * 1000)
MORNING = int(datetime(2026, 11, 19, 9, tzinfo=UTC).timestamp() * 1000)


def base(queue: str) -> WaitingClass:
    return base_class(QueueId(queue), Channel.CHAT, {})


def test_each_step_lasts_as_long_as_the_next_one_says_and_the_last_for_good() -> None:
    first = queue_place(ROUTING, base("steps"), NORMAL, NOON)
    second = next_place(ROUTING, first.base, first.line, 0, NORMAL, NOON)
    assert second is not None
    third = next_place(ROUTING, first.base, second.line, 1, NORMAL, NOON)
    assert third is not None
    assert [place.step_until for place in (first, second, third)] == [NOON + 60_000, NOON + 30_000, None]
    assert [place.line for place in (first, second, third)] == ["steps/0/chat/", "steps/1/chat/", "steps/2/chat/"]
    assert third.fields["boost"] == 600_000
    assert next_place(ROUTING, first.base, third.line, 2, NORMAL, NOON) is None


def test_a_personal_line_lasts_as_long_as_a_preferred_associate_is_waited_for_and_leads_to_the_queue() -> None:
    personal = personal_place(ROUTING, base("steps"), NORMAL, AssociateId("ana"), NOON)
    assert (personal.line, personal.step_until) == ("@ana/chat", NOON + 45_000)
    then = next_place(ROUTING, base("steps"), personal.line, 0, NORMAL, NOON)
    assert then is not None
    assert then.line == "steps/0/chat/"


def test_in_open_hours_the_steps_for_closed_ones_are_passed_over() -> None:
    first = queue_place(ROUTING, base("hours"), NORMAL, NOON)
    assert (first.line, first.step_until) == ("hours/0/chat/", NOON + 90_000)
    second = next_place(ROUTING, first.base, first.line, 0, NORMAL, NOON)
    assert second is not None
    assert second.line == "hours/2/chat/"


def test_at_night_the_steps_for_closed_hours_are_taken() -> None:
    first = queue_place(ROUTING, base("hours"), NORMAL, NIGHT)
    assert (first.line, first.step_until) == ("hours/0c/chat/", NIGHT + 60_000)
    second = next_place(ROUTING, first.base, first.line, 0, NORMAL, NIGHT)
    assert second is not None
    assert (second.line, second.step_until) == ("hours/1c/chat/", MORNING)


def test_when_the_calendar_closes_the_route_goes_on_as_at_night() -> None:
    first = queue_place(ROUTING, base("hours"), NORMAL, EVENING)
    assert first.step_until == EVENING + 30_000
    then = next_place(ROUTING, first.base, first.line, 0, NORMAL, EVENING + 30_000)
    assert then is not None
    assert then.line == "hours/0c/chat/"
