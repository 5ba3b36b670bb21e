"""What a routing configuration means to the router."""

import pytest

from duetime.config.build import load_routing
from duetime.config.problems import ConfigProblems
from duetime.router.associate import Profile
from duetime.router.ids import AssociateId, EndpointId, QueueId, SkillId, TeamId
from duetime.router.message import Channel
from duetime.router.route import Actions, During, Notify, Overload, Queue, Step
from duetime.router.routing import ChannelRules, Reserve
from duetime.router.skill import Requirement
from duetime.router.targets import TargetRule
from duetime.router.triage import Rule, When

GENERAL, BILLING = QueueId("general"), QueueId("billing")
GERMAN, REFUNDS = SkillId("german"), SkillId("refunds")
SUPPORT, ANA = TeamId("support"), AssociateId("ana")
GENERAL_QUEUE = Queue(id=GENERAL, name="General", targets=(TargetRule(first_response_s=3600),))

SMALLEST = """
default_queue = "general"
[queues.general]
name = "General"
"""


def test_the_smallest_document_is_one_queue_for_everything() -> None:
    routing = load_routing(SMALLEST, version=7)
    assert routing.version == 7
    assert routing.queues == {GENERAL: GENERAL_QUEUE}
    assert routing.priorities == {"normal": 0}
    assert {rules.default_queue for rules in routing.channels.values()} == {"general"}
    assert (routing.associates, routing.triage, routing.endpoints) == ({}, (), {})


def test_each_channel_has_defaults_of_its_own() -> None:
    channels = load_routing(SMALLEST).channels
    assert channels == {
        Channel.API: ChannelRules(default_queue=GENERAL, cost_units=1, idle_release_s=300, reopen_within_s=86_400),
        Channel.CHAT: ChannelRules(default_queue=GENERAL, cost_units=2, idle_release_s=300, reopen_within_s=3600),
        Channel.EMAIL: ChannelRules(default_queue=GENERAL, cost_units=2, idle_release_s=0, reopen_within_s=604_800),
        Channel.SMS: ChannelRules(default_queue=GENERAL, cost_units=1, idle_release_s=600, reopen_within_s=86_400),
    }


def test_what_a_channel_says_replaces_only_that() -> None:
    text = '[channels.chat]\ncost_units = 3\ndefault_queue = "chats"\n[queues.chats]\nname = "Chats"\n'
    chat = load_routing(SMALLEST + text).channels[Channel.CHAT]
    assert chat == ChannelRules(default_queue=QueueId("chats"), cost_units=3, idle_release_s=300, reopen_within_s=3600)


def test_an_associate_may_take_of_each_channel_what_the_capacity_pays_for_unless_limited() -> None:
    text = """
        [skills]
        german = "German"
        [teams]
        support = "Support"
        [channels.email]
        cost_units = 4
        [associates.ana]
        name = "Ana Ruiz"
        teams = ["support"]
        skills = { german = 4 }
        capacity_units = 7
        limits = { chat = 2, sms = 0 }
    """
    routing = load_routing(SMALLEST + text)
    assert routing.associates[ANA] == Profile(
        id=ANA,
        name="Ana Ruiz",
        teams=frozenset({SUPPORT}),
        skills={GERMAN: 4},
        capacity_units=7,
        limits={Channel.API: 7, Channel.CHAT: 2, Channel.EMAIL: 1, Channel.SMS: 0},
    )
    assert routing.skills == {"german": "German"}
    assert routing.teams == {"support": "Support"}


def test_a_queue_has_its_requirement_durations_and_route() -> None:
    text = """
        [skills]
        refunds = "Refunds"
        german = "German"
        [teams]
        support = "Support"
        tech = "Engineering"
        [queues.billing]
        name = "Billing"
        teams = ["support"]
        skills = { refunds = 3, german = 2 }
        targets = [{ channel = "chat", first_response_s = 60 }, { first_response_s = 900 }]
        at_risk_s = 20
        auto_accept = true
        offer_timeout_s = 15
        cooldown_s = 0
        reassign_after_s = 0
        preferred_s = 5
        wrap_up_s = 10
        [[queues.billing.route]]
        after_s = 60
        relax = { refunds = 1 }
        drop = ["german"]
        add_teams = ["tech"]
        [[queues.billing.route]]
        after_s = 30
        overflow_to = "general"
        boost_s = -60
    """
    assert load_routing(SMALLEST + text).queues[BILLING] == Queue(
        id=BILLING,
        name="Billing",
        requirement=Requirement(frozenset({SUPPORT}), {REFUNDS: 3, GERMAN: 2}),
        steps=(
            Step(
                after_s=60,
                relax={REFUNDS: 1},
                drop=frozenset({GERMAN}),
                add_teams=frozenset({TeamId("tech")}),
            ),
            Step(after_s=30, overflow_to=GENERAL, boost_s=-60),
        ),
        at_risk_s=20,
        auto_accept=True,
        offer_timeout_s=15,
        cooldown_s=0,
        reassign_after_s=0,
        preferred_s=5,
        wrap_up_s=10,
        targets=(
            TargetRule(channel=Channel.CHAT, first_response_s=60),
            TargetRule(first_response_s=900),
        ),
    )


def test_triage_rules_keep_their_order_and_all_their_conditions() -> None:
    text = """
        [skills]
        german = "German"
        [priorities]
        high = 600
        low = -600
        [[triage]]
        name = "First"
        queue = "general"
        skills = { german = 3 }
        priority = "high"
        [triage.when]
        channel = "chat"
        endpoint = "shop"
        language = "de"
        attributes = { plan = "vip" }
        text_contains = ["refund", "money"]
        [[triage]]
        name = "Second"
        [endpoints]
        shop = "general"
        [presence]
        missed_offers_max = 2
    """
    routing = load_routing(SMALLEST + text)
    assert routing.triage == (
        Rule(
            name="First",
            when=When(
                channel=Channel.CHAT,
                endpoint=EndpointId("shop"),
                language="de",
                attributes={"plan": "vip"},
                text_contains=("refund", "money"),
            ),
            queue=GENERAL,
            skills={GERMAN: 3},
            priority="high",
        ),
        Rule(name="Second"),
    )
    assert routing.priorities == {"normal": 0, "high": 600, "low": -600}
    assert routing.endpoints == {"shop": "general"}
    assert routing.missed_offers_max == 2


def test_targets_actions_and_hand_ons_of_a_queue() -> None:
    text = """
        [priorities]
        urgent = 600
        [calendars.office]
        hours = { mon-fri = ["09:00-17:00"] }
        [queues.billing]
        name = "Billing"
        calendar = "office"
        overload = "save"
        late_behind_s = 60
        after_hours_queue = "general"
        max_waiting = 9
        full_queue = "general"
        targets = [
            { first_response_s = 600, next_response_s = 900, resolution_s = 7200, at_risk_s = 90 },
            { channel = "chat", priority = "urgent", first_response_s = 30 },
        ]
        [queues.billing.on_risk]
        boost_s = 60
        [queues.billing.on_breach]
        widen = true
        reassign = true
        escalate_to = "general"
        notify = ["team"]
        webhook = true
        [[queues.billing.route]]
        after_s = 5
        boost_s = 1
        during = "closed"
        [reserve]
        units = 2
        priority = "urgent"
    """
    routing = load_routing(SMALLEST + text)
    billing = routing.queues[BILLING]
    assert billing.calendar == "office"
    assert (billing.overload, billing.late_behind_s) == (Overload.SAVE, 60)
    assert (billing.after_hours_queue, billing.max_waiting, billing.full_queue) == (GENERAL, 9, GENERAL)
    assert billing.targets == (
        TargetRule(first_response_s=600, next_response_s=900, resolution_s=7200, at_risk_s=90),
        TargetRule(channel=Channel.CHAT, priority="urgent", first_response_s=30),
    )
    assert billing.on_risk == Actions(boost_s=60, notify=frozenset({Notify.ASSOCIATE}))
    assert billing.on_breach == Actions(
        widen=True, reassign=True, escalate_to=GENERAL, notify=frozenset({Notify.TEAM}), webhook=True
    )
    assert billing.steps == (Step(after_s=5, boost_s=1, during=During.CLOSED),)
    assert routing.reserve == Reserve(units=2, priority="urgent")


def test_languages_splits_and_contacts_of_triage() -> None:
    text = """
        language_level = 2
        [skills]
        german = "German"
        [languages]
        de = "german"
        [queues.billing]
        name = "Billing"
        [[triage]]
        name = "Gold"
        split = { billing = 70, general = 30 }
        [triage.when]
        contact = { plan = "gold" }
    """
    routing = load_routing(f'default_queue = "general"\n{text}\n[queues.general]\nname = "General"\n')
    assert (routing.languages, routing.language_level) == ({"de": GERMAN}, 2)
    assert routing.triage == (Rule(name="Gold", split={BILLING: 70, GENERAL: 30}, when=When(contact={"plan": "gold"})),)


def test_a_broken_document_gives_no_routing() -> None:
    with pytest.raises(ConfigProblems, match="2 problems in the routing configuration"):
        load_routing("")
