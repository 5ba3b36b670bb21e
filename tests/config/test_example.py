"""What a new user starts with is right, and shows what there is."""

from pathlib import Path

from duetime.config.build import load_routing
from duetime.config.check import check_routing
from duetime.config.settings import EXAMPLE_ROUTING
from duetime.router.graph import compile_graph
from duetime.router.ids import EndpointId, QueueId, SkillId
from duetime.router.message import Channel, InboundMessage, Sender
from duetime.router.route import WaitingClass
from duetime.router.triage import Verdict, triage

GENERAL = QueueId("general")
TEXT = EXAMPLE_ROUTING.read_text(encoding="utf-8")


def verdict(text: str, language: str | None = None, **attributes: str) -> Verdict:
    routing = load_routing(TEXT)
    message = InboundMessage(
        channel=Channel.CHAT,
        endpoint=EndpointId("web"),
        external_id="1",
        sender=Sender("visitor"),
        text=text,
        language=language,
        attributes=attributes,
    )
    return triage(message, routing.triage, routing.channels[Channel.CHAT].default_queue)


def test_the_example_has_no_problems() -> None:
    assert check_routing(TEXT) == []


def test_the_example_of_the_repository_is_the_one_of_the_package() -> None:
    assert (Path(__file__).parents[2] / "examples" / "routing.toml").read_text(encoding="utf-8") == TEXT


def test_every_associate_of_the_example_takes_every_channel() -> None:
    routing = load_routing(TEXT)
    assert len(routing.associates) == 5
    for profile in routing.associates.values():
        assert all(profile.limits[channel] >= 1 for channel in Channel), profile.id


def test_every_queue_of_the_example_can_be_served_at_once_on_every_channel() -> None:
    routing = load_routing(TEXT)
    classes = [WaitingClass(queue, 0, channel) for queue in routing.queues for channel in Channel]
    groups = compile_graph(routing.associates.values(), classes, routing.queues, routing.channels)
    assert {class_id for edges in groups for class_id, _ in edges} == {waiting.id for waiting in classes}


def test_messages_reach_the_queues_that_the_example_has_for_them() -> None:
    assert verdict("Hello there") == Verdict(queue=GENERAL)
    assert verdict("I want a REFUND").queue == "billing"
    assert verdict("Where is my order?").queue == "orders"
    assert verdict("The app crashes with an error").queue == "technical"
    assert verdict("Your site is down").priority == "urgent"
    assert verdict("Hello", plan="vip").priority == "high"
    assert verdict("Guten Tag", "de") == Verdict(queue=GENERAL, skills={SkillId("german"): 3}, rule="German")
    assert verdict("Meine Rechnung ist falsch", "de").queue == "billing"
