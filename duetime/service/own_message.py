"""Messages that begin here: what an associate says, and what the system says by itself."""

import secrets

from duetime.router.ids import AssociateId, MessageId, make_id
from duetime.router.message import Author, Kind, Message


def own_message(now_ms: int, text: str, kind: Kind, associate: AssociateId | None = None) -> Message:
    """A new message of the associate; without one, of the system."""
    return Message(
        id=MessageId(make_id("ms", now_ms, secrets.randbits(48))),
        at=now_ms,
        author=Author.ASSOCIATE if associate else Author.SYSTEM,
        text=text,
        kind=kind,
        associate=associate,
    )
