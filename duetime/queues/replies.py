"""The words with which scripts answer, and the refusals that they mean: the one place that knows both."""

from typing import Any

from duetime.router.errors import (
    Conflict,
    ConversationClosed,
    Full,
    KeyReused,
    NotFound,
    OfferGone,
    Refusal,
    Stale,
)

_REFUSALS: dict[str, tuple[type[Refusal], str]] = {
    "missing": (NotFound, "There is no such {what}."),
    "unknown_associate": (NotFound, "There is no associate by that name."),
    "foreign": (NotFound, "That conversation does not belong to this contact."),
    "closed": (
        ConversationClosed,
        "The conversation is closed. A new message of the contact opens it again.",
    ),
    "stale": (Stale, "The {what} has changed since you read it; read it again, then repeat the change."),
    "full": (Full, "The associate has no room for it: their capacity or the channel's limit is used up."),
    "offline": (Conflict, "The associate is offline. Choose another one, or override."),
    "not_holder": (Conflict, "Only the associate who has the conversation can answer it: take it first."),
    "not_held": (Conflict, "Nobody has the conversation, so it cannot be parked: take it first."),
    "merged": (Conflict, "It was merged into another conversation, which stands for it: answer there, or split them."),
    "not_merged": (Conflict, "The conversation is part of no other one."),
    "too_many": (Conflict, "Its contact has too many conversations. Merge the other way round."),
    "key_reused": (KeyReused, "This idempotency key came before with another body; use a new key."),
}


class UnknownClass(Exception):
    """The class is not in the graph yet: compile it, then call again."""


def expect_ok(reply: list[Any], what: str = "conversation", **gone: str) -> list[Any]:
    """What follows ``ok``. Raises the `Refusal` that the word means, or `UnknownClass`. ``gone`` is the sentence
    for that word, which means something else to every command."""
    word = reply[0]
    if word == "ok":
        return reply[1:]
    if word == "unknown_class":
        raise UnknownClass
    if word in gone:
        raise Conflict(gone[word])
    if word == "gone":
        raise OfferGone("The offer was answered, has expired, or was rescinded.")
    refusal, sentence = _REFUSALS[word]
    about = {"version": int(reply[1])} if word == "stale" else {}
    raise refusal(sentence.format(what=what), **about)
