"""Names for pools that people understand."""

from duetime.config.build import load_routing
from duetime.router.ids import AssociateId, QueueId, SkillId
from duetime.router.message import Channel
from duetime.router.route import WaitingClass
from duetime.service.pool_names import seats

DOCUMENT = """
default_queue = "general"
[skills]
german = "German"
refunds = "Refunds"
[teams]
support = "Support"
tech = "Engineers"
[queues.general]
name = "General"
teams = ["support"]
[queues.billing]
name = "Billing"
teams = ["support"]
skills = { refunds = 3 }
[[queues.billing.route]]
after_s = 30
overflow_to = "tech"
[queues.tech]
name = "Technical"
teams = ["tech"]
[associates.ana]
name = "Ana"
teams = ["support"]
skills = { german = 4 }
[associates.ben]
name = "Ben"
teams = ["support"]
[associates.cleo]
name = "Cleo"
teams = ["support"]
skills = { refunds = 3, german = 1 }
[associates.dimitri]
name = "Dimitri"
teams = ["tech"]
[associates.eva]
name = "Eva"
teams = ["support"]
limits = { chat = 0 }
[associates.fay]
name = "Fay"
"""
GERMAN = {SkillId("german"): 3}


def pools(document: str = DOCUMENT) -> dict[str, str]:
    routing = load_routing(document)
    classes = [
        WaitingClass(queue, len(found.steps), channel, skills)
        for queue, found in routing.queues.items()
        for channel in Channel
        for skills in ({}, GERMAN)
    ]
    found, _ = seats(routing.associates.values(), classes, routing)
    return {str(who): seat.pool for who, seat in found.items()}


def test_a_pool_is_named_by_its_queues_and_by_the_skills_that_set_it_apart() -> None:
    assert pools() == {
        "ana": "general-german",
        "ben": "general",
        "cleo": "billing+general",
        "dimitri": "tech",
        "eva": "general-2",
        "fay": "nothing",
    }


def test_who_only_helps_out_later_is_named_so() -> None:
    document = DOCUMENT.replace('[queues.tech]\nname = "Technical"\nteams = ["tech"]', '[queues.tech]\nname = "T"')
    helper = document.replace('overflow_to = "tech"', 'add_teams = ["tech"]\ndrop = ["refunds"]').replace(
        '[queues.tech]\nname = "T"', '[queues.tech]\nname = "T"\nteams = ["support"]'
    )
    assert pools(helper)["dimitri"] == "later-billing"


def test_a_name_of_many_queues_is_cut() -> None:
    more = "".join(f'[queues.q{number}]\nname = "Q"\n' for number in range(5))
    assert pools(DOCUMENT + more)["fay"] == "q0+q1+3 more"


def test_a_seat_has_all_queues_of_which_something_may_be_taken() -> None:
    routing = load_routing(DOCUMENT)
    classes = [WaitingClass(QueueId("billing"), 1, Channel.CHAT), WaitingClass(QueueId("tech"), 0, Channel.CHAT)]
    found, served = seats(routing.associates.values(), classes, routing)
    assert found[AssociateId("dimitri")].queues == {"billing", "tech"}
    assert found[AssociateId("ben")].queues == set()
    assert served == {"billing/1/chat/", "tech/0/chat/"}
