"""The adapter contract as the next channels will fulfil it, and the registry that holds them."""

import msgspec
import pytest

from duetime.channels.contract import Adapter, Capabilities, Unreadable
from duetime.channels.registry import Registry
from duetime.router.errors import Invalid, NotFound
from duetime.router.ids import ConversationId, EndpointId, MessageId, QueueId
from duetime.router.message import Channel, InboundMessage, OutboundMessage, Sender


class Letters:
    """A channel of lines ``<id> <from> <text>``."""

    channel = Channel.SMS
    capabilities = Capabilities(text_chars=20)

    def parse(self, raw: bytes, *, endpoint: EndpointId, received_at: int) -> InboundMessage:
        try:
            external_id, address, text = raw.decode().split(" ", 2)
        except ValueError as error:
            raise Unreadable("A letter has an id, a sender and a text.") from error
        return InboundMessage(
            channel=self.channel,
            endpoint=endpoint,
            external_id=external_id,
            sender=Sender(address),
            text=text,
            attributes={"received_at": str(received_at)},
        )

    def render(self, message: OutboundMessage) -> bytes:
        if len(message.text) > self.capabilities.text_chars:
            raise Invalid("The letter is too long.")
        return f"{message.id} {message.to} {message.text}".encode()


class OtherLetters(Letters):
    pass


def an_answer(text: str) -> OutboundMessage:
    return OutboundMessage(
        id=MessageId("ms_0000000000000000000a"),
        conversation=ConversationId("cv_0000000000000000000a"),
        channel=Channel.SMS,
        endpoint=EndpointId("desk"),
        queue=QueueId("general"),
        number=1,
        at=0,
        to="+4930123456",
        text=text,
    )


def test_an_adapter_speaks_in_both_directions() -> None:
    adapter: Adapter = Letters()
    message = adapter.parse(b"17 +4930123456 Where is it?", endpoint=EndpointId("desk"), received_at=5)
    again = adapter.parse(b"17 +4930123456 Where is it?", endpoint=EndpointId("desk"), received_at=6)
    assert (message.sender.address, message.text) == ("+4930123456", "Where is it?")
    assert message.external_id == again.external_id
    assert adapter.render(an_answer("Here.")) == b"ms_0000000000000000000a +4930123456 Here."


def test_what_cannot_be_read_or_sent_is_refused() -> None:
    adapter: Adapter = Letters()
    with pytest.raises(Unreadable):
        adapter.parse(b"nonsense", endpoint=EndpointId("desk"), received_at=5)
    with pytest.raises(Invalid):
        adapter.render(an_answer("a" * 21))


def test_the_registry_finds_the_adapter_of_a_channel() -> None:
    letters = Letters()
    registry = Registry([letters])
    assert registry.adapter(Channel.SMS) is letters
    assert registry.channels == {Channel.SMS}


def test_a_channel_without_adapter_is_named_in_the_refusal() -> None:
    with pytest.raises(NotFound, match=r"no adapter for email; it has: sms"):
        Registry([Letters()]).adapter(Channel.EMAIL)
    with pytest.raises(NotFound, match=r"it has: none"):
        Registry([]).adapter(Channel.EMAIL)


def test_two_adapters_cannot_claim_one_channel() -> None:
    with pytest.raises(ValueError, match=r"Letters and OtherLetters both claim the channel sms"):
        Registry([Letters(), OtherLetters()])


def test_capabilities_say_the_least_by_default() -> None:
    least = msgspec.structs.asdict(Capabilities())
    assert [name for name, can in least.items() if can is True] == []
