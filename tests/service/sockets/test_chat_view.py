"""What a visitor may see."""

import pytest

from duetime.router.conversation import State
from duetime.router.ids import AssociateId, ConversationId, MessageId, SessionId
from duetime.router.message import Author, Kind, Message
from duetime.service.sockets.chat_view import STANDING, visible

CONVERSATION = ConversationId("cv_0000000000000000000a")
SESSION = SessionId("se_0000000000000000000a")
NAMES = {AssociateId("ana"): "Ana Ruiz"}


def message(kind: Kind = Kind.MESSAGE, external_id: str | None = None, associate: str | None = None) -> Message:
    return Message(
        id=MessageId("ms_0000000000000000000a"),
        at=5,
        author=Author.ASSOCIATE if associate else Author.CONTACT,
        text="hello",
        kind=kind,
        name=None if associate else "Mia",
        associate=AssociateId(associate) if associate else None,
        external_id=external_id,
        number=3,
    )


@pytest.mark.parametrize("kind", [Kind.NOTE, Kind.BRIEFING])
def test_what_associates_write_for_each_other_is_not_visible(kind: Kind) -> None:
    assert visible(message(kind), CONVERSATION, SESSION, NAMES) is None


def test_an_associate_is_shown_by_name_and_never_by_id() -> None:
    shown = visible(message(associate="ana"), CONVERSATION, SESSION, NAMES)
    assert shown is not None
    assert shown.name == "Ana Ruiz"
    assert "ana" not in repr(shown)


@pytest.mark.parametrize(
    ("external_id", "client_id"),
    [(f"{SESSION}:m-1", "m-1"), ("se_0000000000000000000b:m-1", None), ("m-1", None), (None, None)],
)
def test_only_own_messages_carry_the_client_s_id(external_id: str | None, client_id: str | None) -> None:
    shown = visible(message(external_id=external_id), CONVERSATION, SESSION, NAMES)
    assert shown is not None
    assert (shown.client_id, shown.name) == (client_id, "Mia")


def test_a_conversation_stands_somehow_in_every_state() -> None:
    assert set(STANDING) == set(State)
