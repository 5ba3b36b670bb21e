"""Reply tokens: proven for whom they were given to, whatever a mail program does to them, and for nobody else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetime.channels.email.tokens import Claimed, ReplyTokens
from duetime.router.ids import ConversationId, is_id, make_id

CONVERSATION = ConversationId(make_id("cv", 1_790_000_000_000, 12345))
OTHER = ConversationId(make_id("cv", 1_790_000_000_000, 12346))
MARIA = "Maria@Example.org"
TOKENS = ReplyTokens(b"s" * 32)
ID = TOKENS.message_id(CONVERSATION, 7, MARIA, "shop.example")
ADDRESS = TOKENS.reply_address("support@shop.example", CONVERSATION, MARIA)


def test_a_message_id_names_its_conversation_and_message_and_never_changes() -> None:
    claimed = TOKENS.read(ID)[0]
    assert (claimed.conversation, claimed.number) == (CONVERSATION, 7)
    assert TOKENS.prove(claimed, MARIA)
    assert TOKENS.message_id(CONVERSATION, 7, MARIA, "shop.example") == ID
    assert ID.endswith("@shop.example")
    assert not set(ID) & set("<> ")


def test_a_reply_address_is_delivered_to_us_and_names_the_conversation() -> None:
    local, _, domain = ADDRESS.partition("@")
    assert local.startswith("support+")
    assert domain == "shop.example"
    assert len(local) <= 64
    claimed = TOKENS.read(ADDRESS)[0]
    assert (claimed.conversation, claimed.number) == (CONVERSATION, None)
    assert TOKENS.prove(claimed, MARIA)


def test_an_address_without_room_for_a_token_stays_as_it_is() -> None:
    long = f"{'customer-care-europe-north'}@shop.example"
    assert TOKENS.reply_address(long, CONVERSATION, MARIA) == long
    longest = f"{'x' * 23}@shop.example"
    assert len(TOKENS.reply_address(longest, CONVERSATION, MARIA).partition("@")[0]) == 64


@pytest.mark.parametrize(
    "mangled",
    [
        f"<{ID}>",
        ID.upper(),
        ID.title(),
        f"<first@elsewhere>\r\n\t<{ID}>\r\n <last@elsewhere>",
        f'"Support" <{ADDRESS}>',
        ADDRESS.upper(),
        f"x@y, SUPPORT{ADDRESS.removeprefix('support')}; z",
        f"mailto:{ADDRESS}?subject=Re",
        f"<{ID.replace('@', '.SMTPIN_ADDED@')}>",
    ],
)
def test_a_token_survives_what_mail_programs_do_to_it(mangled: str) -> None:
    assert TOKENS.proven([mangled], MARIA) is not None
    assert TOKENS.proven([mangled], " maria@EXAMPLE.ORG ") is not None


def test_a_token_is_worth_nothing_to_anybody_else() -> None:
    for text in (ID, ADDRESS):
        assert TOKENS.read(text)
        assert TOKENS.proven([text], "mallory@example.org") is None


def test_a_token_cannot_be_carried_over_to_another_conversation() -> None:
    for text in (ID, ADDRESS):
        stolen = text.replace(CONVERSATION.removeprefix("cv_"), OTHER.removeprefix("cv_"))
        assert TOKENS.read(stolen)[0].conversation == OTHER
        assert TOKENS.proven([stolen], MARIA) is None


@pytest.mark.parametrize("length", range(20))
def test_there_is_no_form_without_the_whole_proof(length: int) -> None:
    digits = CONVERSATION.removeprefix("cv_")
    assert TOKENS.read(f"dt.{digits}.7.{'a' * length}@shop.example") == []
    assert TOKENS.read(f"support+{digits}{'a' * length}@shop.example") == []


def test_every_bit_of_the_proof_counts() -> None:
    claimed = TOKENS.read(ID)[0]
    assert len(claimed.signature) * 5 >= 80
    for place, char in enumerate(claimed.signature):
        wrong = claimed.signature[:place] + ("a" if char != "a" else "b") + claimed.signature[place + 1 :]
        assert not TOKENS.prove(Claimed(CONVERSATION, 7, wrong), MARIA)


def test_a_changed_secret_still_proves_what_the_older_one_signed() -> None:
    changed = ReplyTokens(b"n" * 32, older=(b"s" * 32,))
    assert changed.proven([ID], MARIA)
    assert changed.message_id(CONVERSATION, 7, MARIA, "shop.example") != ID
    assert TOKENS.proven([changed.message_id(CONVERSATION, 7, MARIA, "shop.example")], MARIA) is None


def test_the_first_that_is_proven_counts_among_many() -> None:
    for_tom = TOKENS.message_id(OTHER, 3, "tom@example.org", "shop.example")
    texts = ["<a@b>", f"<{for_tom}> <{ID}>", ADDRESS]
    assert [claimed.conversation for text in texts for claimed in TOKENS.read(text)] == [
        OTHER,
        CONVERSATION,
        CONVERSATION,
    ]
    assert TOKENS.proven(texts, MARIA) == Claimed(CONVERSATION, 7, TOKENS.read(ID)[0].signature)


@given(st.text())
def test_any_text_is_read_and_nothing_is_proven_by_chance(text: str) -> None:
    claimed = TOKENS.read(text)
    assert all(is_id("cv", one.conversation) for one in claimed)
    assert not any(TOKENS.prove(one, text) for one in claimed)


@given(st.text(min_size=1), st.integers(1, 999_999_999), st.integers(0, 2**48 - 1))
def test_every_participant_can_be_given_a_token(participant: str, number: int, bits: int) -> None:
    conversation = ConversationId(make_id("cv", 1_790_000_000_000, bits))
    text = TOKENS.message_id(conversation, number, participant, "shop.example")
    claimed = TOKENS.proven([text], participant)
    assert claimed is not None
    assert (claimed.conversation, claimed.number) == (conversation, number)
