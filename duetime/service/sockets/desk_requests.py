"""The requests of a desk as commands. Who may do what is decided there, never here."""

from duetime.router.errors import Invalid
from duetime.router.ids import AssociateId
from duetime.service.access import Actor
from duetime.service.desk import Desk
from duetime.service.sockets.desk_frames import (
    AcceptOffer,
    AddNote,
    Assign,
    Close,
    DeclineOffer,
    DeskConversation,
    DeskRequest,
    FinishWrapUp,
    History,
    Merge,
    Park,
    Reply,
    SetPresence,
    SetPriority,
    Split,
    Transfer,
    Wake,
)
from duetime.service.staff import Staff


async def carry_out(desk: Desk, staff: Staff, actor: Actor, request: DeskRequest) -> object:
    """What the result's ``data`` is. Raises Refusal."""
    match request:
        case SetPresence(presence=presence, associate=associate):
            return await staff.set_presence(actor, associate or _oneself(actor), presence)
        case AcceptOffer(conversation=conversation, offer=offer):
            return await desk.accept_offer(actor, conversation, offer)
        case DeclineOffer(conversation=conversation, offer=offer, reason=reason):
            await desk.decline_offer(actor, conversation, offer, reason)
            return None
        case Reply(conversation=conversation, text=text, client_id=client_id, files=files):
            return await desk.reply(actor, conversation, text, client_id, files)
        case AddNote(conversation=conversation, text=text, client_id=client_id):
            return await desk.add_note(actor, conversation, text, client_id)
        case Park(conversation=conversation, wake_at=wake_at, version=version):
            return await desk.park(actor, conversation, wake_at=wake_at, version=version)
        case Wake(conversation=conversation, version=version):
            return await desk.wake(actor, conversation, version=version)
        case Close(conversation=conversation, disposition=disposition, version=version):
            return await desk.close(actor, conversation, disposition=disposition, version=version)
        case FinishWrapUp(conversation=conversation, disposition=disposition):
            return await desk.finish_wrap_up(actor, conversation, disposition=disposition)
        case Transfer():
            return await desk.transfer(
                actor,
                request.conversation,
                queue=request.queue,
                associate=request.associate,
                briefing=request.briefing,
                version=request.version,
            )
        case SetPriority(conversation=conversation, priority=priority, version=version):
            return await desk.set_priority(actor, conversation, priority, version=version)
        case Assign():
            return await desk.assign(
                actor,
                request.conversation,
                request.associate or _oneself(actor),
                override=request.override,
                version=request.version,
            )
        case Merge(conversation=conversation, other=other, version=version):
            return await desk.merge(actor, conversation, other, version=version)
        case Split(conversation=conversation, other=other):
            return await desk.split(actor, conversation, other)
        case History(conversation=conversation, after=after, limit=limit):
            return DeskConversation(
                conversation=await desk.view(actor, conversation),
                messages=await desk.history(actor, conversation, after=after, limit=limit),
            )


def _oneself(actor: Actor) -> AssociateId:
    if actor.associate is None:
        raise Invalid("You are no associate yourself: name one in the field associate.")
    return actor.associate
