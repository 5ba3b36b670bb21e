"""Every refusal that a caller can meet, each with a stable code, in one page.

``code`` is what programs read and never changes; the sentence says what was wrong and what to do. The HTTP API and
the sockets turn these into their own form in one place each.
"""


class Refusal(Exception):
    """A request that Duetime understood and will not carry out."""

    code = "refused"
    title = "The request was refused"

    def __init__(self, detail: str, **about: str | int | list[str] | None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.about = about
        """Machine-readable facts beside the sentence, such as the id that was not found."""


class NotFound(Refusal):
    code, title = "not_found", "There is nothing by that id"


class Forbidden(Refusal):
    code, title = "forbidden", "Not permitted"


class Invalid(Refusal):
    code, title = "invalid", "The request is not valid"


class Unreadable(Invalid):
    """Bytes that are no message of their channel; reading them again will not help."""

    code, title = "unreadable", "This is not a message of the channel"


class Stale(Refusal):
    """Somebody changed the thing since the caller read it."""

    code, title = "stale", "It has changed since you read it"


class Conflict(Refusal):
    """The state of the thing does not allow this now, such as a reply to a closed conversation."""

    code, title = "conflict", "Not possible in this state"


class OptedOut(Conflict):
    """The contact wants no messages from this number of ours."""

    code, title = "opted_out", "The contact opted out"


class KeyReused(Refusal):
    """The same idempotency key came with another body."""

    code, title = "key_reused", "The idempotency key was used for another request"


class OfferGone(Refusal):
    code, title = "offer_gone", "The offer is no longer open"


class Full(Refusal):
    """The associate's capacity or channel limit has no room for it."""

    code, title = "full", "No room for it"


class ConversationClosed(Refusal):
    code, title = "conversation_closed", "The conversation is closed"


class TooMany(Refusal):
    """A rate limit; ``retry_after_s`` says when to try again."""

    code, title = "too_many_requests", "Too many requests"

    def __init__(self, detail: str, retry_after_s: int) -> None:
        super().__init__(detail, retry_after_s=retry_after_s)
        self.retry_after_s = retry_after_s


class TooManyConnections(Refusal):
    """Beyond the limit of connections at once; waiting alone does not help."""

    code, title = "too_many_connections", "Too many connections"


class TooLarge(Refusal):
    code, title = "too_large", "The request is too large"


class RefusedType(Refusal):
    """A file of a kind that a double click could run."""

    code, title = "refused_type", "Files of this type are not taken"


class Unauthenticated(Refusal):
    code, title = "unauthenticated", "Who are you?"


class NotReady(Refusal):
    """The daemon is stopping, or its Redis is away: the same request may be sent again later."""

    code, title = "not_ready", "Not ready"
