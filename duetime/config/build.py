"""From the text of a routing configuration to the `Routing` that the router works with."""

from duetime.config.decode import decode
from duetime.config.document import (
    AssociateSection,
    ChannelSection,
    Document,
    QueueSection,
    RuleSection,
    StepSection,
)
from duetime.config.parse import parse
from duetime.config.problems import Report
from duetime.router.associate import Profile
from duetime.router.ids import AssociateId, EndpointId, QueueId, SkillId, TeamId
from duetime.router.message import Channel
from duetime.router.route import Queue, Step
from duetime.router.routing import ChannelRules, Routing
from duetime.router.skill import Requirement
from duetime.router.triage import NORMAL, Rule, When

WHAT = "the routing configuration"


def load_routing(text: str, version: int = 0) -> Routing:
    """The routing of this TOML document. Raises `ConfigProblems` with all its errors."""
    routing, report = read_routing(text, version)
    report.raise_errors()
    assert routing is not None  # noqa: S101 - without errors there is a routing
    return routing


def read_routing(text: str, version: int = 0) -> tuple[Routing | None, Report]:
    """The routing, or None and a report of errors. Raises `ConfigProblems` if the text is no TOML at all."""
    tree, report = parse(text, WHAT)
    document = decode(tree, Document, report)
    return (None if document is None else build(document, version)), report


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
        due_s=section.due_s,
        due_default_s=section.due_default_s,
        at_risk_s=section.at_risk_s,
        auto_accept=section.auto_accept,
        offer_timeout_s=section.offer_timeout_s,
        cooldown_s=section.cooldown_s,
        reassign_after_s=section.reassign_after_s,
        preferred_s=section.preferred_s,
        wrap_up_s=section.wrap_up_s,
    )


def _step(section: StepSection) -> Step:
    return Step(
        after_s=section.after_s,
        relax=_skills(section.relax),
        drop=frozenset(map(SkillId, section.drop)),
        add_teams=frozenset(map(TeamId, section.add_teams)),
        overflow_to=QueueId(section.overflow_to) if section.overflow_to else None,
        boost_s=section.boost_s,
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
            text_contains=when.text_contains,
        ),
        queue=QueueId(section.queue) if section.queue else None,
        skills=_skills(section.skills),
        priority=section.priority,
    )


def _skills(skills: dict[str, int]) -> dict[SkillId, int]:
    return {SkillId(skill): level for skill, level in skills.items()}
