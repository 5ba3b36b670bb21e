"""From the text of a routing configuration to the `Routing` that the router works with."""

from duetime.config.calendars import build_calendar
from duetime.config.contradictions import find_contradictions
from duetime.config.decode import decode
from duetime.config.document import (
    AssociateSection,
    ChannelSection,
    Document,
    OnRiskSection,
    QueueSection,
    ReserveSection,
    RuleSection,
    StepSection,
    TargetSection,
)
from duetime.config.parse import parse
from duetime.config.problems import Report
from duetime.router.associate import Profile
from duetime.router.ids import AssociateId, CalendarId, EndpointId, QueueId, SkillId, TeamId
from duetime.router.message import Channel
from duetime.router.route import Actions, Queue, Step
from duetime.router.routing import ChannelRules, Reserve, Routing
from duetime.router.skill import Requirement
from duetime.router.targets import TargetRule
from duetime.router.triage import NORMAL, Rule, When

WHAT = "the routing configuration"


def load_routing(text: str, version: int = 0, what: str = WHAT) -> Routing:
    """The routing of this TOML document. Raises `ConfigProblems` with all its errors."""
    routing, report = read_routing(text, version, what)
    report.raise_errors()
    assert routing is not None  # noqa: S101 - without errors there is a routing
    return routing


def read_routing(text: str, version: int = 0, what: str = WHAT) -> tuple[Routing | None, Report]:
    """The routing, or None and a report of errors. Raises `ConfigProblems` if the text is no TOML at all."""
    tree, report = parse(text, what)
    document = decode(tree, Document, report)
    if document is not None:
        find_contradictions(document, report)
    return (None if document is None or report.has_errors else build(document, version)), report


def build(document: Document, version: int) -> Routing:
    channels = {channel: _channel_rules(document, channel) for channel in Channel}
    costs = {channel: rules.cost_units for channel, rules in channels.items()}
    return Routing(
        queues={QueueId(id_): _queue(QueueId(id_), section) for id_, section in document.queues.items()},
        channels=channels,
        priorities={NORMAL: 0, **document.priorities},
        triage=tuple(map(_rule, document.triage)),
        associates={
            AssociateId(id_): _profile(AssociateId(id_), section, costs) for id_, section in document.associates.items()
        },
        endpoints={EndpointId(id_): QueueId(queue) for id_, queue in document.endpoints.items()},
        skills={SkillId(id_): title for id_, title in document.skills.items()},
        teams={TeamId(id_): title for id_, title in document.teams.items()},
        languages={language: SkillId(skill) for language, skill in document.languages.items()},
        language_level=document.language_level,
        calendars={CalendarId(id_): build_calendar(section) for id_, section in document.calendars.items()},
        reserve=_reserve(document.reserve) if document.reserve else None,
        missed_offers_max=document.presence.missed_offers_max,
        version=version,
    )


def _channel_rules(document: Document, channel: Channel) -> ChannelRules:
    section: ChannelSection = getattr(document.channels, channel.value)
    return ChannelRules(
        default_queue=QueueId(section.default_queue or document.default_queue),
        cost_units=section.cost_units,
        idle_release_s=section.idle_release_s,
        reopen_within_s=section.reopen_within_s,
        remind_after_s=section.remind_after_s,
        reminder=section.reminder,
        close_after_s=section.close_after_s,
    )


def _profile(id_: AssociateId, section: AssociateSection, costs: dict[Channel, int]) -> Profile:
    affordable = {channel: section.capacity_units // cost for channel, cost in costs.items()}
    return Profile(
        id=id_,
        name=section.name,
        teams=frozenset(map(TeamId, section.teams)),
        skills=_skills(section.skills),
        capacity_units=section.capacity_units,
        limits=affordable | section.limits,
    )


def _queue(id_: QueueId, section: QueueSection) -> Queue:
    return Queue(
        id=id_,
        name=section.name,
        requirement=Requirement(frozenset(map(TeamId, section.teams)), _skills(section.skills)),
        steps=tuple(map(_step, section.route)),
        at_risk_s=section.at_risk_s,
        auto_accept=section.auto_accept,
        offer_timeout_s=section.offer_timeout_s,
        cooldown_s=section.cooldown_s,
        reassign_after_s=section.reassign_after_s,
        preferred_s=section.preferred_s,
        answer=section.answer,
        signature=section.signature,
        acknowledgement=section.acknowledgement,
        wrap_up_s=section.wrap_up_s,
        calendar=CalendarId(section.calendar) if section.calendar else None,
        targets=tuple(map(_target, section.targets)),
        overload=section.overload,
        late_behind_s=section.late_behind_s,
        on_risk=_actions(section.on_risk),
        on_breach=_actions(section.on_breach),
        after_hours_queue=_queue_id(section.after_hours_queue),
        max_waiting=section.max_waiting,
        full_queue=_queue_id(section.full_queue),
    )


def _target(section: TargetSection) -> TargetRule:
    return TargetRule(
        channel=section.channel,
        priority=section.priority,
        first_response_s=section.first_response_s,
        next_response_s=section.next_response_s,
        resolution_s=section.resolution_s,
        at_risk_s=section.at_risk_s,
    )


def _actions(section: OnRiskSection) -> Actions:
    return Actions(
        boost_s=section.boost_s,
        widen=section.widen,
        reassign=section.reassign,
        escalate_to=_queue_id(section.escalate_to),
        notify=frozenset(section.notify),
        webhook=section.webhook,
    )


def _reserve(section: ReserveSection) -> Reserve:
    return Reserve(units=section.units, priority=section.priority)


def _step(section: StepSection) -> Step:
    return Step(
        after_s=section.after_s,
        relax=_skills(section.relax),
        drop=frozenset(map(SkillId, section.drop)),
        add_teams=frozenset(map(TeamId, section.add_teams)),
        overflow_to=_queue_id(section.overflow_to),
        boost_s=section.boost_s,
        during=section.during,
    )


def _rule(section: RuleSection) -> Rule:
    when = section.when
    return Rule(
        name=section.name,
        when=When(
            channel=when.channel,
            endpoint=EndpointId(when.endpoint) if when.endpoint else None,
            language=when.language,
            attributes=when.attributes,
            contact=when.contact,
            text_contains=when.text_contains,
        ),
        queue=_queue_id(section.queue),
        split={QueueId(queue): percent for queue, percent in section.split.items()},
        skills=_skills(section.skills),
        priority=section.priority,
    )


def _skills(skills: dict[str, int]) -> dict[SkillId, int]:
    return {SkillId(skill): level for skill, level in skills.items()}


def _queue_id(name: str | None) -> QueueId | None:
    return None if name is None else QueueId(name)
