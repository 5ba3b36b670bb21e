"""Work on a conversation: park, wake, close, hand over, take, answer an offer. Whose it is, the desk checks."""

from typing import Annotated, Final

from msgspec import Meta

from duetime.config.fields import Slug
from duetime.queues.records import Conversation
from duetime.router.errors import Conflict, ConversationClosed, Full, Invalid, NotFound, OfferGone, Stale
from duetime.router.ids import AssociateId, ConversationId, QueueId
from duetime.service.access import Scope
from duetime.service.http.conversations import ONE, version_of
from duetime.service.http.fields import AtMs, Number, ShortText, Text
from duetime.service.http.route import ADMINS, EVERYONE, PEOPLE, AnyRoute, Call, IfMatch, Input, Nothing, Route


class Park(Input, frozen=True, kw_only=True):
    wake_at: AtMs | None = None
    """Left out: until the contact writes."""


class Close(Input, frozen=True, kw_only=True):
    disposition: ShortText | None = None


class Transfer(Input, frozen=True, kw_only=True):
    """To a queue or to an associate: one of the two."""

    queue: Slug | None = None
    associate: Slug | None = None
    briefing: Text | None = None
    """What the next associate should know; the contact never sees it."""


class SetPriority(Input, frozen=True, kw_only=True):
    priority: Slug
    """One of the routing configuration's, or `normal`."""


class Other(Input, frozen=True, kw_only=True):
    conversation: Annotated[ConversationId, Meta(pattern=r"^cv_[0-9a-hjkmnp-tv-z]{20}$")]
    """The other one of the two."""


class Assign(Input, frozen=True, kw_only=True):
    associate: Slug | None = None
    """Left out: yourself."""
    override: bool = False
    """Although they are full. For supervisors; it is recorded and shown."""


class Accept(Input, frozen=True, kw_only=True):
    offer: Number
    """The conversation's `offer`."""


class Decline(Input, frozen=True, kw_only=True):
    offer: Number
    reason: ShortText | None = None


async def park(call: Call[Park]) -> Conversation:
    wake_at, version = call.input.wake_at, call.version
    return await call.parts.desk.park(call.actor, call.conversation, wake_at=wake_at, version=version)


async def wake(call: Call[Nothing]) -> Conversation:
    return await call.parts.desk.wake(call.actor, call.conversation, version=call.version)


async def close(call: Call[Close]) -> Conversation:
    disposition, version = call.input.disposition, call.version
    return await call.parts.desk.close(call.actor, call.conversation, disposition=disposition, version=version)


async def erase_conversation(call: Call[Nothing]) -> Nothing:
    await call.parts.desk.erase(call.actor, call.conversation)
    return Nothing()


async def finish_wrap_up(call: Call[Close]) -> Conversation:
    disposition = call.input.disposition
    return await call.parts.desk.finish_wrap_up(call.actor, call.conversation, disposition=disposition)


async def transfer(call: Call[Transfer]) -> Conversation:
    to = call.input
    if (to.queue is None) == (to.associate is None):
        raise Invalid("Name either a queue or an associate to transfer to.")
    return await call.parts.desk.transfer(
        call.actor,
        call.conversation,
        queue=QueueId(to.queue) if to.queue else None,
        associate=AssociateId(to.associate) if to.associate else None,
        briefing=to.briefing,
        version=call.version,
    )


async def set_priority(call: Call[SetPriority]) -> Conversation:
    priority, version = call.input.priority, call.version
    return await call.parts.desk.set_priority(call.actor, call.conversation, priority, version=version)


async def merge(call: Call[Other]) -> Conversation:
    version = call.version
    return await call.parts.desk.merge(call.actor, call.conversation, call.input.conversation, version=version)


async def split(call: Call[Other]) -> Conversation:
    return await call.parts.desk.split(call.actor, call.conversation, call.input.conversation)


async def assign(call: Call[Assign]) -> Conversation:
    associate = AssociateId(call.input.associate) if call.input.associate else call.actor.associate
    if associate is None:
        raise Invalid("Name the associate: your token stands for none.")
    return await call.parts.desk.assign(
        call.actor, call.conversation, associate, override=call.input.override, version=call.version
    )


async def accept_offer(call: Call[Accept]) -> Conversation:
    return await call.parts.desk.accept_offer(call.actor, call.conversation, call.input.offer)


async def decline_offer(call: Call[Decline]) -> Nothing:
    offer, reason = call.input.offer, call.input.reason
    await call.parts.desk.decline_offer(call.actor, call.conversation, offer, reason)
    return Nothing()


ROUTES: Final[tuple[AnyRoute, ...]] = (
    Route(
        method="POST",
        path=f"{ONE}/park",
        handler=park,
        takes=Park,
        gives=Conversation,
        summary="Set it aside until a time, or until the contact writes. It gives its capacity back.",
        roles=EVERYONE,
        scope=Scope.CONVERSATIONS_WRITE,
        refuses=(NotFound, ConversationClosed, Conflict, Stale),
        if_match=IfMatch.OPTIONAL,
        etag=version_of,
    ),
    Route(
        method="POST",
        path=f"{ONE}/wake",
        handler=wake,
        takes=Nothing,
        gives=Conversation,
        summary="Take a parked conversation up again.",
        roles=EVERYONE,
        scope=Scope.CONVERSATIONS_WRITE,
        refuses=(NotFound, ConversationClosed, Conflict, Stale),
        if_match=IfMatch.OPTIONAL,
        etag=version_of,
    ),
    Route(
        method="POST",
        path=f"{ONE}/close",
        handler=close,
        takes=Close,
        gives=Conversation,
        summary="It is over for the contact. Goes to wrap-up first if its queue has one.",
        roles=EVERYONE,
        scope=Scope.CONVERSATIONS_WRITE,
        refuses=(NotFound, ConversationClosed, Conflict, Stale),
        if_match=IfMatch.OPTIONAL,
        etag=version_of,
    ),
    Route(
        method="POST",
        path=f"{ONE}/wrap-up/finish",
        handler=finish_wrap_up,
        takes=Close,
        gives=Conversation,
        summary="The work after it is done, too: close it.",
        roles=PEOPLE,
        refuses=(NotFound, ConversationClosed, Conflict),
        etag=version_of,
    ),
    Route(
        method="POST",
        path=f"{ONE}/transfer",
        handler=transfer,
        takes=Transfer,
        gives=Conversation,
        summary="Hand it to a queue or to an associate, with a briefing. It keeps its arrival time.",
        roles=EVERYONE,
        scope=Scope.CONVERSATIONS_WRITE,
        refuses=(NotFound, ConversationClosed, Conflict, Full, Stale),
        if_match=IfMatch.OPTIONAL,
        etag=version_of,
    ),
    Route(
        method="POST",
        path=f"{ONE}/merge",
        handler=merge,
        takes=Other,
        gives=Conversation,
        summary="Let it stand for another one as well: both are one matter of one person.",
        roles=PEOPLE,
        refuses=(NotFound, ConversationClosed, Conflict, Stale),
        if_match=IfMatch.OPTIONAL,
        etag=version_of,
    ),
    Route(
        method="POST",
        path=f"{ONE}/split",
        handler=split,
        takes=Other,
        gives=Conversation,
        summary="Undo a merge: the other one goes on for itself, where it was.",
        roles=PEOPLE,
        refuses=(NotFound, Conflict),
        etag=version_of,
    ),
    Route(
        method="POST",
        path=f"{ONE}/priority",
        handler=set_priority,
        takes=SetPriority,
        gives=Conversation,
        summary="Give it another priority. Its place in the line and its due times follow at once.",
        roles=EVERYONE,
        scope=Scope.CONVERSATIONS_WRITE,
        refuses=(NotFound, ConversationClosed, Conflict, Stale),
        if_match=IfMatch.OPTIONAL,
        etag=version_of,
    ),
    Route(
        method="POST",
        path=f"{ONE}/assign",
        handler=assign,
        takes=Assign,
        gives=Conversation,
        summary="Give it to an associate now. Associates may take what waits for somebody like them.",
        roles=PEOPLE,
        refuses=(NotFound, ConversationClosed, Conflict, Full, Stale),
        if_match=IfMatch.OPTIONAL,
        etag=version_of,
    ),
    Route(
        method="POST",
        path=f"{ONE}/offer/accept",
        handler=accept_offer,
        takes=Accept,
        gives=Conversation,
        summary="Take what is offered to you.",
        roles=PEOPLE,
        refuses=(NotFound, OfferGone),
        etag=version_of,
    ),
    Route(
        method="POST",
        path=f"{ONE}/offer/decline",
        handler=decline_offer,
        takes=Decline,
        gives=Nothing,
        status=204,
        summary="Leave it to somebody else. It is not offered to you again for the queue's `cooldown_s`.",
        roles=PEOPLE,
        refuses=(NotFound, OfferGone),
    ),
    Route(
        method="DELETE",
        path=ONE,
        handler=erase_conversation,
        takes=Nothing,
        gives=Nothing,
        status=204,
        summary="Erase a closed conversation for good, with its messages and files.",
        roles=ADMINS,
        refuses=(NotFound, Conflict),
    ),
)
