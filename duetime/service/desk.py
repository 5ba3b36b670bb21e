"""What people do with conversations: the commands behind the HTTP API, the desk socket and the terminal desk.

Every command first checks that the actor may touch the conversation; what is not theirs is answered exactly like what
does not exist. Then one script carries it out, or refuses.
"""

from collections.abc import Awaitable, Callable, Sequence

import msgspec

from duetime.queues.policy import base_class, classes_of, is_urgent, personal_place
from duetime.queues.records import Conversation, Page
from duetime.queues.store import Store
from duetime.router.conversation import ParkReason, State
from duetime.router.errors import Conflict, Forbidden, Invalid, NotFound, TooLarge
from duetime.router.ids import AssociateId, ContactId, ConversationId, EndpointId, QueueId
from duetime.router.message import TEXT_LIMIT, Attachment, Channel, Destination, Kind, Message
from duetime.router.route import WaitingClass, parse_class
from duetime.router.routing import Routing
from duetime.service import moves
from duetime.service.access import Actor, Role
from duetime.service.attachments import AttachmentStore, SentFile, sent_folder
from duetime.service.erasure import erase
from duetime.service.own_message import own_message
from duetime.service.promises import moved_fields
from duetime.service.silence import Silence

SNOOZE_MAX_MS = 366 * 24 * 3600 * 1000


class Desk:
    """All methods raise `router.errors.Refusal`. ``version=None`` means: whatever it is now."""

    def __init__(
        self,
        store: Store,
        routing: Callable[[], Routing],
        attachments: AttachmentStore,
        silence: Silence,
        text_chars: int = TEXT_LIMIT,
        check_reply: Callable[[Conversation, str], Awaitable[None]] | None = None,
    ) -> None:
        """``text_chars``: the longest text of a reply, a note or a briefing. ``check_reply`` refuses what the channel
        would not carry."""
        self._store = store
        self._silence = silence
        self._attachments = attachments
        self._text_chars = text_chars
        self._check_reply = check_reply
        self._calls = store.conversations
        self._views = store.views
        self._routing = routing

    async def view(self, actor: Actor, conversation: ConversationId) -> Conversation:
        """Raises NotFound for what the actor may not see, too."""
        found = await self._views.conversation(conversation)
        if found.merged_into is not None:
            await self.view(actor, found.merged_into)
            return found
        had_it = actor.associate is not None and actor.associate == found.last_associate
        if had_it or await self._among(actor, [found]):
            return found
        raise NotFound("There is no such conversation.", conversation=conversation)

    async def list_conversations(
        self,
        actor: Actor,
        *,
        state: State | None = None,
        queue: QueueId | None = None,
        associate: AssociateId | None = None,
        contact: ContactId | None = None,
        channel: Channel | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page:
        """Newest first. An associate sees their own, and those that wait for somebody like them."""
        page = await self._views.conversations(
            state=state,
            queue=queue,
            associate=associate,
            contact=contact,
            channel=channel,
            cursor=cursor,
            limit=limit,
        )
        return Page(conversations=await self._among(actor, page.conversations), cursor=page.cursor)

    async def history(
        self, actor: Actor, conversation: ConversationId, *, after: int = 0, limit: int = 100
    ) -> list[Message]:
        await self.view(actor, conversation)
        messages = await self._views.messages(conversation, after=after, limit=limit)
        if actor.role is Role.INTEGRATION:
            return [message for message in messages if message.kind.is_seen_by_contact]
        return messages

    async def accept_offer(self, actor: Actor, conversation: ConversationId, offer: int) -> Conversation:
        await self.view(actor, conversation)
        await self._calls.accept_offer(self._store.clock(), conversation, _self(actor), offer)
        return await self._views.conversation(conversation)

    async def decline_offer(
        self, actor: Actor, conversation: ConversationId, offer: int, reason: str | None = None
    ) -> None:
        await self.view(actor, conversation)
        await self._calls.decline_offer(self._store.clock(), conversation, _self(actor), offer, reason)

    async def reply(
        self,
        actor: Actor,
        conversation: ConversationId,
        text: str,
        client_id: str | None = None,
        files: Sequence[SentFile] = (),
    ) -> Message:
        """An answer that the contact sees, with files that were sent up for this conversation. The same ``client_id``
        again gives the first one. Raises OptedOut."""
        found = await self.view(actor, conversation)
        if self._check_reply is not None:
            await self._check_reply(found, text)
        attachments = tuple([await self._sent_file(found, file) for file in files])
        message = msgspec.structs.replace(self._message(actor, text, Kind.MESSAGE), attachments=attachments)
        return await self._send(actor, found, message, client_id)

    async def send_again(self, actor: Actor, conversation: ConversationId, number: int) -> None:
        """Sends a message that failed once more. Raises OptedOut."""
        found = await self._held(actor, conversation)
        if self._check_reply is not None:
            await self._check_reply(found, "")
        await self._store.outbox.resend(self._store.clock(), found.id, number)

    async def send_transcript(self, conversation: ConversationId, endpoint: EndpointId, address: str) -> None:
        """Sends the conversation so far by mail to who may have it; it makes no difference whether it is closed."""
        now = self._store.clock()
        message = own_message(now, f"The conversation so far was sent to {address}.", Kind.TRANSCRIPT)
        to = Destination(channel=Channel.EMAIL, endpoint=endpoint, address=address)
        await self._calls.send(now, conversation, None, message, None, to=to)

    async def add_note(
        self, actor: Actor, conversation: ConversationId, text: str, client_id: str | None = None
    ) -> Message:
        """A note that only associates see."""
        found = await self.view(actor, conversation)
        return await self._send(actor, found, self._message(actor, text, Kind.NOTE), client_id)

    async def park(
        self,
        actor: Actor,
        conversation: ConversationId,
        *,
        wake_at: int | None = None,
        version: int | None = None,
    ) -> Conversation:
        """Snoozes until ``wake_at`` (epoch ms), or rests until the contact writes. Either ends with a message."""
        now = self._store.clock()
        if wake_at is not None and not now < wake_at <= now + SNOOZE_MAX_MS:
            raise Invalid("wake_at lies in the future, at most a year ahead, in epoch milliseconds.")
        found = await self._held(actor, conversation)
        reason = ParkReason.AWAITING_CONTACT if wake_at is None else ParkReason.SNOOZED
        insist = _insist(actor, found, version)
        await self._calls.park(now, conversation, reason, wake_at=wake_at, version=insist)
        return await self._views.conversation(conversation)

    async def wake(self, actor: Actor, conversation: ConversationId, *, version: int | None = None) -> Conversation:
        found = await self._held(actor, conversation)
        await moves.wake(self._store, self._routing(), found, version=_insist(actor, found, version), by_timer=False)
        return await self._views.conversation(conversation)

    async def close(
        self,
        actor: Actor,
        conversation: ConversationId,
        *,
        disposition: str | None = None,
        version: int | None = None,
    ) -> Conversation:
        """Closes; closed by its associate it goes to wrap-up first where the queue has one."""
        found = await self._held(actor, conversation)
        await self._calls.close(
            self._store.clock(),
            conversation,
            associate=actor.associate,
            disposition=disposition,
            version=_insist(actor, found, version),
        )
        return await self._views.conversation(conversation)

    async def erase(self, actor: Actor, conversation: ConversationId) -> None:
        """Erases a closed conversation for good, with its files. If that was cut short, repeating it finishes it."""
        if actor.role is not Role.ADMIN:
            raise Forbidden("Only admins erase conversations.")
        found = await self.view(actor, conversation)
        await erase(self._store, self._attachments, found.id, by=actor.associate or actor.role.value)

    async def finish_wrap_up(
        self, actor: Actor, conversation: ConversationId, *, disposition: str | None = None
    ) -> Conversation:
        found = await self._held(actor, conversation)
        await self._calls.close(
            self._store.clock(),
            conversation,
            how="wrapped",
            associate=actor.associate,
            disposition=disposition,
            version=_insist(actor, found, None),
        )
        return await self._views.conversation(conversation)

    async def transfer(
        self,
        actor: Actor,
        conversation: ConversationId,
        *,
        queue: QueueId | None = None,
        associate: AssociateId | None = None,
        briefing: str | None = None,
        version: int | None = None,
    ) -> Conversation:
        """Hands over to a queue or to a person, for whom it waits as long as the queue waits for a preferred
        associate. Arrival and due time stay. Raises Invalid unless exactly one target is named and known."""
        found = await self._held(actor, conversation)
        store, routing = self._store, self._routing()
        if (queue is None) == (associate is None):
            raise Invalid("Name either a queue or an associate to transfer to.")
        data = {"to_queue": queue, "to_associate": associate, "by": actor.associate or actor.role.value}
        told = {name: value for name, value in data.items() if value}
        note = self._message(actor, briefing, Kind.BRIEFING) if briefing else None
        insist = _insist(actor, found, version)
        if associate is not None:
            await self._views.associate(associate)
            if associate == found.associate:
                raise Conflict("They have the conversation already.")
            now = store.clock()
            base = moves.base_of(routing, found)
            place = personal_place(routing, base, found.priority, associate, now)
            dues = moved_fields(routing, found, base.queue, found.priority, now, somebody_must=True)
            await moves.route(
                store, routing, found, place, "transferred", version=insist, briefing=note, data=told, fields=dues
            )
        elif queue in routing.queues:
            base = await self._base_in(queue, found)
            await moves.to_queue(store, routing, found, base, "transferred", version=insist, briefing=note, data=told)
        else:
            raise Invalid(f"There is no queue {queue}. There are: {', '.join(sorted(routing.queues))}.")
        return await self._views.conversation(conversation)

    async def set_priority(
        self, actor: Actor, conversation: ConversationId, priority: str, *, version: int | None = None
    ) -> Conversation:
        """Another priority: its boost and its targets hold at once. Raises Invalid for one that is not configured."""
        found = await self._held(actor, conversation)
        routing = self._routing()
        if priority not in routing.priorities:
            raise Invalid(f"There is no priority {priority}. There are: {', '.join(sorted(routing.priorities))}.")
        await moves.set_priority(self._store, routing, found, priority, version=_insist(actor, found, version))
        return await self._views.conversation(conversation)

    async def assign(
        self,
        actor: Actor,
        conversation: ConversationId,
        associate: AssociateId,
        *,
        override: bool = False,
        version: int | None = None,
    ) -> Conversation:
        """Gives it to an associate by hand. Associates may take for themselves what waits for somebody like them;
        supervisors may give to anybody, and may override capacity, which is recorded."""
        found = await self.view(actor, conversation)
        if not actor.supervises and (associate != actor.associate or override):
            raise Forbidden("Associates may only take conversations for themselves, within their capacity.")
        if not actor.supervises and found.associate not in (None, associate):
            raise Conflict("Somebody else has this conversation by now.")
        routing, now = self._routing(), self._store.clock()
        queue = moves.base_of(routing, found).queue
        await self._calls.assign(
            now,
            conversation,
            associate,
            override=override,
            by=actor.associate or actor.role.value,
            version=_insist(actor, found, version),
            fields=moved_fields(routing, found, queue, found.priority, now, somebody_must=True),
        )
        return await self._views.conversation(conversation)

    async def merge(
        self, actor: Actor, conversation: ConversationId, other: ConversationId, *, version: int | None = None
    ) -> Conversation:
        """Somebody has found that both are one matter of one person: the first stands for both, and their contacts are
        one. Nothing is lost, and `split` undoes it."""
        if other == conversation:
            raise Invalid("A conversation cannot be merged into itself. Name the other one of the two.")
        found = await self._held(actor, conversation)
        await self.view(actor, other)
        by = actor.associate or actor.role.value
        insist = _insist(actor, found, version)
        await self._store.merging.merge(self._store.clock(), conversation, other, by=by, version=insist)
        return await self._views.conversation(conversation)

    async def split(self, actor: Actor, conversation: ConversationId, other: ConversationId) -> Conversation:
        """Undoes a merge: ``other`` goes on for itself where it was. What was said since stays here."""
        found = await self._held(actor, conversation)
        if other not in found.merged:
            raise NotFound("No such conversation was merged into this one.", conversation=other)
        await self._store.merging.split(self._store.clock(), other, by=actor.associate or actor.role.value)
        return await self._views.conversation(conversation)

    async def mark(
        self, conversation: ConversationId, *, delivered: int | None = None, read: int | None = None
    ) -> None:
        """The contact's client received or showed messages up to these numbers. Marks never go back."""
        await self._calls.mark(self._store.clock(), conversation, delivered, read)

    async def _among(self, actor: Actor, found: list[Conversation]) -> list[Conversation]:
        """Those that an associate holds, is offered, or may take; for every other role all of them."""
        if actor.role is not Role.ASSOCIATE:
            return found
        if actor.associate is None:
            return []
        waiting = [conversation.line for conversation in found if conversation.state is State.WAITING]
        served = await self._views.lines_served(actor.associate, waiting)
        return [
            conversation
            for conversation in found
            if conversation.associate == actor.associate
            or (conversation.state is State.WAITING and conversation.line in served)
        ]

    async def _held(self, actor: Actor, conversation: ConversationId) -> Conversation:
        """A conversation that the actor may change: their own, or any for those who supervise or integrate."""
        found = await self.view(actor, conversation)
        if actor.role is Role.ASSOCIATE and found.associate != actor.associate:
            raise Conflict("You do not have this conversation: take it first.")
        return found

    async def _base_in(self, queue: QueueId, found: Conversation) -> WaitingClass:
        """The class in another queue, with the skills that triage asked for if anybody there has them all: what
        would be stuck is worth less than what is answered by somebody less fitting."""
        routing = self._routing()
        urgent = is_urgent(routing, found.priority)
        skilled = base_class(queue, found.channel, parse_class(found.base).skills, urgent=urgent)
        if not await self._store.topology.has(skilled):
            await self._store.topology.compile(routing, [skilled])
        for waiting in classes_of(routing, skilled):
            if await self._store.topology.serves(waiting):
                return skilled
        return base_class(queue, found.channel, {}, urgent=urgent)

    async def _sent_file(self, found: Conversation, file: SentFile) -> Attachment:
        """Raises NotFound for one that was not sent up for this conversation: a key names any other file as well."""
        if not file.key.startswith(f"{sent_folder(found.id)}/"):
            raise NotFound("There is no such file for this conversation. Send it up first.", key=file.key)
        return await self._attachments.describe(file.key, file.name, file.content_type)

    async def _send(self, actor: Actor, found: Conversation, message: Message, client_id: str | None) -> Message:
        holder = actor.associate if actor.role is Role.ASSOCIATE else None
        unseen_s = await self._silence.unseen_s(found) if message.kind is Kind.MESSAGE else 0
        number = await self._calls.send(self._store.clock(), found.id, holder, message, client_id, unseen_s=unseen_s)
        return (await self._views.messages(found.id, after=number - 1, limit=1))[0]

    def _message(self, actor: Actor, text: str, kind: Kind) -> Message:
        if not text.strip():
            raise Invalid("The text is empty.")
        if len(text) > self._text_chars:
            raise TooLarge(f"The text is longer than {self._text_chars} characters.")
        return own_message(self._store.clock(), text, kind, actor.associate)


def _insist(actor: Actor, found: Conversation, version: int | None) -> int | None:
    """The version that the script must find. An associate's right to act hangs on who had the conversation when that
    was checked, so it must not have moved on since."""
    return found.version if version is None and actor.role is Role.ASSOCIATE else version


def _self(actor: Actor) -> AssociateId:
    if actor.associate is None:
        raise Forbidden("Only associates answer offers.")
    return actor.associate
