"""The body of POST /v1/messages as the message that intake takes."""

from typing import Any

import msgspec
import pytest

from duetime.channels.api import MessageIn, to_inbound
from duetime.router.errors import Invalid
from duetime.router.ids import ConversationId, EndpointId, is_id
from duetime.router.message import TEXT_LIMIT, Channel, InboundMessage, Sender

NOW = 1_700_000_000_000


def body(**fields: Any) -> MessageIn:
    return msgspec.convert({"sender": {"address": "c-17"}, "text": "hello", **fields}, MessageIn)


def test_the_least_that_is_a_message() -> None:
    message = to_inbound(body(), None, NOW)
    assert (message.channel, message.endpoint, message.text) == (Channel.API, "default", "hello")
    assert (message.sender.address, message.sender.verified, message.conversation) == ("c-17", False, None)


def test_everything_that_a_body_may_say_arrives() -> None:
    message = to_inbound(
        body(
            endpoint="shop",
            sender={"address": "c-17", "name": "Mia", "verified": True},
            subject="Order 4711",
            language="de",
            conversation="cv_0000000000000000000a",
            attributes={"plan": "gold"},
        ),
        "k-1",
        NOW,
    )
    assert message == InboundMessage(
        channel=Channel.API,
        endpoint=EndpointId("shop"),
        external_id="k-1",
        sender=Sender("c-17", "Mia", verified=True),
        text="hello",
        subject="Order 4711",
        language="de",
        conversation=ConversationId("cv_0000000000000000000a"),
        attributes={"plan": "gold"},
    )


@pytest.mark.parametrize(("header", "external_id"), [("k", None), (None, "k"), ("k", "k")])
def test_the_key_comes_from_the_header_or_the_body(header: str | None, external_id: str | None) -> None:
    assert to_inbound(body(external_id=external_id), header, NOW).external_id == "k"


def test_a_message_without_a_key_is_always_another_one() -> None:
    one, two = to_inbound(body(), None, NOW), to_inbound(body(), None, NOW)
    assert is_id("ms", one.external_id)
    assert one.external_id != two.external_id


@pytest.mark.parametrize(
    ("header", "fields"),
    [
        ("k1", {"external_id": "k2"}),
        ("k" * 201, {}),
        ("k\n", {}),
        (None, {"external_id": "a\x00b"}),
        (None, {"conversation": "cv_1"}),
        (None, {"conversation": "cv_0000000000000000000a\n"}),
        (None, {"conversation": "ct_0000000000000000000a"}),
    ],
)
def test_impossible_keys_and_ids_are_refused(header: str | None, fields: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        to_inbound(body(**fields), header, NOW)


@pytest.mark.parametrize(
    "fields",
    [
        {"text": ""},
        {"text": "x" * (TEXT_LIMIT + 1)},
        {"sender": {"address": ""}},
        {"sender": {"address": "x" * 321}},
        {"sender": {"address": "c-17", "name": "Mia\r\nBcc: everybody@example.org"}},
        {"sender": {"address": "c-17", "admin": True}},
        {"subject": "two\nlines"},
        {"endpoint": "Not a slug"},
        {"endpoint": "default\n"},
        {"language": "german please"},
        {"attributes": {"": "x"}},
        {"attributes": {"plan": "x" * 1001}},
        {"attributes": {str(number): "x" for number in range(51)}},
        {"channel": "chat"},
    ],
)
def test_a_body_that_no_message_has_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        body(**fields)
