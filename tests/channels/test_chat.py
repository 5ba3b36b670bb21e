"""What a visitor types as the message that intake takes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetime.channels.chat import session_of, to_inbound
from duetime.router.errors import Invalid, Refusal, TooLarge
from duetime.router.ids import EndpointId, SessionId
from duetime.router.message import Channel, InboundMessage, Sender

SESSION = SessionId("se_0000000000000000000a")


def inbound(text: str = "hello", client_id: str = "m-1") -> InboundMessage:
    return to_inbound(endpoint=EndpointId("web"), sender=Sender(SESSION, "Mia"), client_id=client_id, text=text)


def test_the_visitor_is_their_session_and_proves_nothing_else() -> None:
    message = inbound()
    assert (message.channel, message.endpoint, message.conversation) == (Channel.CHAT, "web", None)
    assert (message.sender.address, message.sender.verified, message.attributes) == (SESSION, False, {})


def test_the_external_id_tells_the_session_and_the_client_s_own_id() -> None:
    assert session_of(inbound(client_id="m.-_1").external_id) == (SESSION, "m.-_1")


@pytest.mark.parametrize(
    "external_id", [None, "", "k-1", SESSION, f"{SESSION}:", "se_1:m-1", "ct_0000000000000000000a:m"]
)
def test_other_external_ids_tell_of_no_session(external_id: str | None) -> None:
    assert session_of(external_id) is None


def test_line_ends_and_tabs_stay_and_other_controls_go() -> None:
    assert inbound("a\tb\r\nc\x1b[31m\x00d\x7f").text == "a\tb\nc[31md"


@pytest.mark.parametrize(
    ("text", "client_id", "refusal"),
    [
        ("", "m", Invalid),
        (" \n\t", "m", Invalid),
        ("\x00\x01", "m", Invalid),
        ("x" * 4001, "m", TooLarge),
        ("hello", "", Invalid),
        ("hello", "a:b", Invalid),
        ("hello", "m\n", Invalid),
        ("hello", "m" * 65, Invalid),
    ],
)
def test_what_is_no_message_is_refused(text: str, client_id: str, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        inbound(text, client_id)


@given(st.text(max_size=200), st.text(max_size=70))
def test_any_text_becomes_a_message_or_a_refusal(text: str, client_id: str) -> None:
    try:
        message = inbound(text, client_id)
    except Invalid:
        return
    assert message.text.strip()
    assert session_of(message.external_id) == (SESSION, client_id)
