"""Errors that no single value of a routing configuration shows: what its parts say together."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date

from duetime.config.calendars import DAYS, CalendarSection, read_closure, read_days, regions
from duetime.config.document import ChannelSection, Document, QueueSection, RuleSection, TargetSection
from duetime.config.problems import Report, Where, shown
from duetime.router.message import Channel
from duetime.router.template import PLACES, REMINDER_PLACES, TEXT, has_place, unknown_places

PAIRS_MAX = 10_000
"""Each is planned for every channel, in one step, whenever a version is applied."""
CLOSED_MAX_DAYS = 366
WAY_MAX = 8
"""The most queues of a circle that are named."""


def find_contradictions(document: Document, report: Report) -> None:
    pairs = len(document.queues) * (len(document.priorities) + 1)
    if pairs > PAIRS_MAX:
        sentence = f"{pairs} pairs of a queue and a priority are too many: at most {PAIRS_MAX} are routed"
        report.error(("priorities",), sentence)
    for name, calendar in document.calendars.items():
        _calendar(calendar, ("calendars", name), report)
    for channel in Channel:
        _channel(getattr(document.channels, channel.value), ("channels", channel.value), report)
    for name, queue in document.queues.items():
        _queue(queue, ("queues", name), report)
    for number, rule in enumerate(document.triage):
        _rule(rule, ("triage", number), report)
    for circle in _circles(document, _hands_on):
        report.error(
            ("queues", circle[0]), f"hands on in a circle what comes while it is closed or full: {_way(circle)}"
        )
    for circle in _circles(document, _escalates):
        report.error(("queues", circle[0]), f"escalates in a circle: {_way(circle)}")


def _calendar(calendar: CalendarSection, where: Where, report: Report) -> None:
    if calendar.region is not None:
        if calendar.country is None:
            report.error((*where, "region"), "needs the country beside it")
        elif calendar.region not in (known := regions()[calendar.country]):
            sentence = f"there is no region {shown(calendar.region)} with public holidays of its own"
            report.unknown((*where, "region"), sentence, calendar.region, known)
    if calendar.hours and not any(calendar.hours.values()):
        report.error((*where, "hours"), "is never open; without hours it is open around the clock")
    if (since := _closed_for_long(calendar)) is not None:
        sentence = f"is closed for more than a year from {since} on: nothing could be due"
        report.error((*where, "closures"), sentence)
    first: dict[int, str] = {}
    for days in calendar.hours:
        for day in read_days(days):
            if first.setdefault(day, days) != days:
                report.error((*where, "hours", days), f"{DAYS[day]} is in {first[day]} too: name each day once")


def _closed_for_long(calendar: CalendarSection) -> date | None:
    """The first of more than `CLOSED_MAX_DAYS` days in a row that are closures."""
    first = last = date.min
    for start, end in sorted(map(read_closure, calendar.closures)):
        if start.toordinal() > last.toordinal() + 1:
            first = start
        last = max(last, end)
        if (last - first).days >= CLOSED_MAX_DAYS:
            return first
    return None


def _channel(channel: ChannelSection, where: Where, report: Report) -> None:
    _template(channel.reminder, REMINDER_PLACES, (*where, "reminder"), report)
    if channel.remind_after_s and 0 < channel.close_after_s <= channel.remind_after_s:
        report.error((*where, "close_after_s"), "is not after remind_after_s: the reminder would come too late")


def _queue(queue: QueueSection, where: Where, report: Report) -> None:
    for number, target in enumerate(queue.targets):
        if not _promises(target):
            report.error((*where, "targets", number), "promises nothing: name at least one target")
    if owed := [channel.value for channel in Channel if not _promises_first(queue, channel)]:
        sentence = f"promises no first response by {', '.join(owed)}: add a rule for them, or for all channels"
        report.error((*where, "targets"), sentence)
    _template(queue.signature, PLACES, (*where, "signature"), report)
    _template(queue.acknowledgement, PLACES, (*where, "acknowledgement"), report)
    _template(queue.answer, (*PLACES, TEXT), (*where, "answer"), report)
    if queue.answer is not None and not has_place(queue.answer, TEXT):
        report.error((*where, "answer"), "needs {text} in it, where the answer goes")
    if queue.after_hours_queue is not None and queue.calendar is None:
        report.error((*where, "after_hours_queue"), "needs a calendar beside it: this queue is never closed")
    if queue.full_queue is not None and queue.max_waiting is None:
        report.error((*where, "full_queue"), "needs max_waiting beside it, which says when the queue is full")
    if queue.max_waiting is not None and queue.full_queue is None:
        report.error((*where, "max_waiting"), "needs full_queue beside it: no message is ever refused")


def _template(template: str | None, places: tuple[str, ...], where: Where, report: Report) -> None:
    for written in unknown_places(template or "", places):
        known = ", ".join(f"{{{place}}}" for place in places)
        report.error(where, f"{shown(written)} stands for nothing: there are {known}, and a brace is written twice")


def _promises_first(queue: QueueSection, channel: Channel) -> bool:
    """Whether every conversation of this channel has a due time, whatever its priority."""
    return any(
        target.first_response_s is not None and target.priority is None and target.channel in (None, channel)
        for target in queue.targets
    )


def _promises(target: TargetSection) -> bool:
    times = (target.first_response_s, target.next_response_s, target.resolution_s, target.at_risk_s)
    return any(time is not None for time in times)


def _rule(rule: RuleSection, where: Where, report: Report) -> None:
    together = sum(rule.split.values())
    if rule.split and together != 100:
        report.error((*where, "split"), f"the shares are {together} percent together, and must be 100")


def _hands_on(queue: QueueSection) -> Iterable[str | None]:
    return queue.after_hours_queue, queue.full_queue


def _escalates(queue: QueueSection) -> Iterable[str | None]:
    return queue.on_risk.escalate_to, queue.on_breach.escalate_to


def _circles(document: Document, leads_to: Callable[[QueueSection], Iterable[str | None]]) -> Iterator[list[str]]:
    """Circles of queues, from a queue back to it: at least one where there are any."""
    onward = {name: _named(leads_to(queue)) for name, queue in document.queues.items()}
    done: set[str] = set()
    for start in document.queues:
        path = {start: onward[start]}
        while path:
            here = next(reversed(path))
            following = next(path[here], None)
            if following is None:
                done.add(here)
                del path[here]
            elif following in path:
                passed = list(path)
                yield [*passed[passed.index(following) :], following]
            elif following not in done:
                path[following] = onward[following]


def _named(names: Iterable[str | None]) -> Iterator[str]:
    return iter(dict.fromkeys(name for name in names if name is not None))


def _way(circle: list[str]) -> str:
    shown_part = circle if len(circle) <= WAY_MAX else [*circle[: WAY_MAX - 2], "…", circle[-1]]
    return " → ".join(shown_part)
