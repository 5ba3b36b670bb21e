"""What visitors ask for, the same on every transport."""

from hashlib import sha256

import msgspec

from duetime.channels.chat import left_message, to_inbound
from duetime.router.errors import Conflict, Forbidden, Invalid, NotFound
from duetime.router.ids import ConversationId, EndpointId
from duetime.router.message import Attachment, Author
from duetime.service import hints
from duetime.service.attachments import SentFile
from duetime.service.chat.forms import check_form, with_signed
from duetime.service.chat.own_addresses import read_email
from duetime.service.chat.rates import ChatRates
from duetime.service.chat.reception import Visitor
from duetime.service.chat.shown_files import visitor_folder
from duetime.service.parts import Parts
from duetime.service.sockets.chat_frames import (
    ChatRequest,
    Delivered,
    LeaveMessage,
    Read,
    SendMessage,
    Sent,
    Transcript,
    Typing,
)
from duetime.service.sockets.chat_view import newest_conversation, theirs_after
from duetime.service.sockets.chat_visit import Visit


class Requests:
    def __init__(self, parts: Parts, rates: ChatRates) -> None:
        self._parts = parts
        self._rates = rates

    async def carry_out(self, visit: Visit, frame: ChatRequest) -> object:
        """The data of the request's result. Raises a Refusal."""
        match frame:
            case SendMessage():
                return await self._send_message(visit, frame)
            case Transcript():
                await self._send_transcript(visit, frame)
            case LeaveMessage():
                await self._leave_message(visit.visitor, frame)
        return None

    async def tell(self, visit: Visit, frame: Typing | Delivered | Read) -> None:
        """What is not answered."""
        if visit.conversation is None:
            return
        if isinstance(frame, Delivered):
            await self._parts.desk.mark(visit.conversation, delivered=min(frame.number, visit.shown))
        elif isinstance(frame, Read):
            await self._parts.desk.mark(visit.conversation, read=min(frame.number, visit.shown))
        elif visit.holder is not None:
            await self._parts.hints.publish(
                hints.Typing(
                    conversation=visit.conversation,
                    author=Author.CONTACT,
                    associate=visit.holder,
                    source=visit.id,
                )
            )

    async def _send_message(self, visit: Visit, frame: SendMessage) -> Sent:
        visitor = visit.visitor
        self._rates.messages.take(visit.session, visitor.address)
        if visit.conversation is None:
            _check_filled_in(visitor)
        inbound = to_inbound(
            endpoint=visitor.session.endpoint,
            sender=visitor.sender,
            client_id=frame.id,
            text=frame.text,
            attachments=tuple([await self._sent_file(visitor, file) for file in frame.files]),
            language=visitor.session.said.language,
            attributes=visitor.attributes,
        )
        body_hash = sha256(msgspec.json.encode((frame.text, frame.files))).hexdigest() if frame.files else ""
        accepted = await self._parts.intake.receive(inbound, body_hash=body_hash)
        if visit.conversation is None:
            await self._parts.store.chat_sessions.keep(visitor.token_hash)
        visit.hear_of(accepted.conversation)
        return Sent(accepted.conversation, accepted.number)

    async def _sent_file(self, visitor: Visitor, file: SentFile) -> Attachment:
        """Raises NotFound for what this visitor did not send up: a key names any other file as well."""
        if not visitor.endpoint.files:
            raise Forbidden("This chat takes no files.")
        if not file.key.startswith(f"{visitor_folder(visitor.session.id)}/"):
            raise NotFound("There is no such file of yours. Send it up first.", key=file.key)
        return await self._parts.attachments.describe(file.key, file.name, file.content_type)

    async def _send_transcript(self, visit: Visit, frame: Transcript) -> None:
        endpoint = visit.visitor.endpoint
        if endpoint.email_endpoint is None or not endpoint.transcripts:
            raise Forbidden("This chat sends no transcripts.")
        conversation = await self._whole_conversation(visit)
        address = _checked_email(frame.email)
        self._rates.transcripts_to.take(address)
        self._rates.transcripts.take(visit.session, visit.visitor.address)
        await self._parts.desk.send_transcript(conversation, EndpointId(endpoint.email_endpoint), address)

    async def _whole_conversation(self, visit: Visit) -> ConversationId:
        """The visitor's conversation, if they may see all of it. Raises Conflict, Forbidden."""
        store, session = self._parts.store, visit.visitor.session
        newest = visit.conversation or await newest_conversation(store, session)
        if newest is None:
            raise Conflict("There is nothing to send yet: nothing was said.")
        found = await store.views.standing(newest)
        if await theirs_after(store, found, session) != 0:
            raise Forbidden("This conversation began elsewhere, so it is not sent from here.")
        return found.id

    async def _leave_message(self, visitor: Visitor, frame: LeaveMessage) -> None:
        endpoint = visitor.endpoint
        if endpoint.email_endpoint is None or endpoint.after_hours != "email":
            raise Forbidden("This chat takes no messages to be answered by email. Write in the chat.")
        address = _checked_email(frame.email)
        identity = visitor.session.identity
        inbound = left_message(
            session=visitor.session.id,
            endpoint=EndpointId(endpoint.email_endpoint),
            client_id=frame.id,
            address=address,
            is_proven=identity is not None and identity.email == address,
            name=frame.name or visitor.name,
            text=frame.text,
            language=visitor.session.said.language,
            attributes=visitor.attributes,
        )
        self._rates.left_messages.take(visitor.session.id, visitor.address)
        await self._parts.intake.receive(inbound, acknowledge=True)


def _check_filled_in(visitor: Visitor) -> None:
    """Raises Invalid, which names the field that is missing: a chat begins with what the form needs."""
    form, said = visitor.endpoint.form, visitor.session.said
    check_form(form, with_signed(form, said.form or {}, visitor.session.identity))


def _checked_email(text: str) -> str:
    address = read_email(text)
    if address is None:
        raise Invalid("email is not an email address.", at="email")
    return address
