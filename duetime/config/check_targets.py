"""Targets that cannot be kept, or that say nothing."""

from collections.abc import Iterator

from duetime.config.problems import Report, Where
from duetime.router.message import Channel
from duetime.router.route import Actions, Queue
from duetime.router.routing import Routing
from duetime.router.targets import TargetRule, promise

TARGETS = ("first_response_s", "next_response_s", "resolution_s")


def find_futile_targets(routing: Routing, report: Report) -> None:
    for queue in routing.queues.values():
        _repeated(queue, report)
        for where, rule in _rules(queue):
            _rule(queue, rule, where, report)
        if not queue.at_risk_s and not any(rule.at_risk_s for rule in queue.targets) and _acts(queue.on_risk):
            report.warning(("queues", queue.id, "on_risk"), "never happens: at_risk_s is 0")


def _rules(queue: Queue) -> Iterator[tuple[Where, TargetRule]]:
    """The rules of a queue, and where the document has them."""
    for number, rule in enumerate(queue.targets):
        yield ("queues", queue.id, "targets", number), rule


def _repeated(queue: Queue, report: Report) -> None:
    """What an earlier rule for the same conversations has said already."""
    said: set[tuple[Channel | None, str | None, str]] = set()
    for where, rule in _rules(queue):
        for name in (*TARGETS, "at_risk_s"):
            if getattr(rule, name) is None:
                continue
            if (rule.channel, rule.priority, name) in said:
                report.warning((*where, name), "never decides: an earlier rule for the same conversations says it")
            said.add((rule.channel, rule.priority, name))


def _rule(queue: Queue, rule: TargetRule, where: Where, report: Report) -> None:
    """What a rule promises, together with what the others say of the same conversations."""
    channel, priority = rule.channel or _ordinary(queue), rule.priority or ""
    promised = promise(queue.targets, channel, priority, queue.at_risk_s)
    at_risk_s = promised.at_risk_ms // 1000
    for name in TARGETS:
        seconds = getattr(rule, name)
        if seconds is None:
            continue
        if seconds < queue.offer_timeout_s and not queue.auto_accept:
            sentence = f"{seconds} s is over before the first offer is: offer_timeout_s is {queue.offer_timeout_s}"
            report.warning((*where, name), sentence)
        elif seconds <= at_risk_s:
            sentence = f"is at risk from the start: it is due after {seconds} s, and at_risk_s is {at_risk_s}"
            report.warning((*where, name), sentence)
    if rule.resolution_s is not None and promised.first_ms is not None and 1000 * rule.resolution_s < promised.first_ms:
        sentence = f"is due before the first response, which may take {promised.first_ms // 1000} s"
        report.warning((*where, "resolution_s"), sentence)


def _ordinary(queue: Queue) -> Channel:
    """A channel for which no rule of its own is, if there is one."""
    own = {rule.channel for rule in queue.targets}
    return next((channel for channel in Channel if channel not in own), Channel.API)


def _acts(actions: Actions) -> bool:
    return bool(actions.boost_s or actions.widen or actions.reassign or actions.escalate_to or actions.webhook)
