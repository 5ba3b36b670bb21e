"""Typed calls of the scripts that move conversations. Each is one atomic step in Redis."""

from collections.abc import Collection, Mapping

import msgspec

from duetime.queues.policy import Fields, Place
from duetime.queues.positions import Position
from duetime.queues.records import Accepted
from duetime.queues.replies import expect_ok
from duetime.queues.scripts import Scripts
from duetime.router.conversation import ParkReason
from duetime.router.ids import AssociateId, ContactId, ConversationId, MessageId, QueueId
from duetime.router.message import Channel, Destination, InboundMessage, Kind, Message
from duetime.router.route import WaitingClass

REMEMBER_MS = 7 * 24 * 3600 * 1000
"""How long the id of a message is remembered, so that the same message is not taken twice."""
REMEMBER_MAIL_MS = 90 * 24 * 3600 * 1000
"""A mailbox that numbers its mails anew shows old ones again."""


class IntakeIds(msgspec.Struct, frozen=True):
    """Ids to use for what a message turns out to need."""

    contact: ContactId
    conversation: ConversationId
    message: MessageId


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Where a conversation stands, as far as its targets depend on it."""

    queue: QueueId
    channel: Channel
    priority: str
    paused_at: int | None = None
    resolution_since: int | None = None
    resolution_used_ms: int = 0

    @property
    def name(self) -> str:
        return f"{self.queue}/{self.channel.value}/{self.priority}/{self.paused_at or ''}"


class Taken(msgspec.Struct, frozen=True):
    """A message that was taken in, and where its conversation stands; None for a repetition."""

    accepted: Accepted
    standing: Standing | None


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """What a conversation that opens is like."""

    base: WaitingClass
    about: bytes
    fields: Fields


class Returning(msgspec.Struct, frozen=True, kw_only=True):
    """What is due when a conversation that stands there is taken up again."""

    standing: Standing
    waiting: Fields
    """If somebody waits for an answer anew."""
    resolution: Fields
    """If its resolution clock did not run meanwhile."""


class ConversationCalls:
    """Every method takes ``now_ms`` and raises the refusals of `replies.expect_ok`."""

    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts

    async def take_in(
        self,
        now_ms: int,
        inbound: InboundMessage,
        *,
        ids: IntakeIds,
        message: Message,
        fingerprint: str,
        reopen_within_s: int,
        returning: Returning,
        opening: Opening | None,
        position: Position | None = None,
        acknowledge: bool = False,
    ) -> Taken | Standing:
        """``position`` is kept in the same step; ``acknowledge`` sets the timer that does so if a conversation opens.
        ``opening`` is what a conversation that opens is like; ``returning`` what was worked out for one that is
        taken up again. If that was another one than it is, nothing is written, and where it stands comes back: work
        it out for that, and repeat. Raises UnknownClass before anything is written when a conversation would open
        without ``opening``, or in a class that is not in the graph, and KeyReused."""
        reply = await self._scripts.call(
            "message_intake",
            now_ms,
            f"{f'={inbound.channel.value}' if inbound.shared else inbound.endpoint}:{inbound.external_id}",
            fingerprint,
            REMEMBER_MAIL_MS if inbound.channel is Channel.EMAIL else REMEMBER_MS,
            inbound.endpoint,
            f"{inbound.channel.value}:{inbound.sender.address}",
            _trust(inbound),
            inbound.conversation or "",
            ids.contact,
            ids.conversation,
            ids.message,
            _text(message),
            inbound.sender.name or "",
            opening.about.decode() if opening else "",
            1000 * reopen_within_s,
            returning.standing.name,
            _json(returning.waiting),
            _json(returning.resolution),
            position.text if position else "",
            inbound.join.value,
            int(acknowledge),
            *([part for pair in opening.fields.items() if pair[1] != "" for part in pair] if opening else ()),
        )
        if reply[0] == "targets":
            queue, channel, priority, paused_at, since, used = reply[1:]
            return Standing(
                queue=queue,
                channel=Channel(channel),
                priority=priority,
                paused_at=int(paused_at) if paused_at else None,
                resolution_since=int(since) if since else None,
                resolution_used_ms=int(used),
            )
        if reply[0] == "duplicate":
            conversation, contact, message_id, number, _ = reply[1].split(" ")
            known = Accepted(
                conversation=conversation,
                contact=contact,
                message=message_id,
                number=int(number),
                duplicate=True,
                opened=False,
            )
            return Taken(known, None)
        conversation, contact, number, how, queue, priority = expect_ok(reply)
        accepted = Accepted(
            conversation=conversation,
            contact=contact,
            message=ids.message,
            number=int(number),
            duplicate=False,
            opened=how == "opened",
        )
        return Taken(accepted, Standing(queue=queue, channel=inbound.channel, priority=priority))

    async def accept_offer(self, now_ms: int, conversation: ConversationId, associate: AssociateId, offer: int) -> None:
        expect_ok(await self._scripts.call("offer_accept", now_ms, conversation, associate, offer))

    async def decline_offer(
        self,
        now_ms: int,
        conversation: ConversationId,
        associate: AssociateId,
        offer: int,
        reason: str | None,
    ) -> None:
        said = msgspec.json.encode(reason).decode()
        expect_ok(await self._scripts.call("offer_return", now_ms, conversation, associate, offer, "declined", said))

    async def expire_offer(self, now_ms: int, conversation: ConversationId, offer: int) -> None:
        reply = await self._scripts.call("offer_return", now_ms, conversation, "", offer, "expired", "null")
        expect_ok(reply, early="The offer has not expired yet.")

    async def send(
        self,
        now_ms: int,
        conversation: ConversationId,
        associate: AssociateId | None,
        message: Message,
        client_id: str | None,
        *,
        to: Destination | None = None,
        unseen_s: int = 0,
        by_timer: bool = False,
    ) -> int:
        """An answer, a note or a notice, and the number it got, now or when it was first sent under ``client_id``.

        ``to``: where it goes, if not to where the contact wrote last. ``unseen_s``: an answer that no client of theirs
        has fetched by then is to be brought to them another way; 0: it waits for them. ``by_timer``: the timer that
        reminds them asks for it."""
        kind = Kind.NOTE.value if message.kind is Kind.BRIEFING else message.kind.value
        reply = await self._scripts.call(
            "message_send",
            now_ms,
            conversation,
            associate or "",
            kind,
            _text(message),
            message.id,
            client_id or "",
            REMEMBER_MS,
            _json(to) if to else "",
            int(by_timer),
            1000 * unseen_s,
        )
        if reply[0] == "duplicate":
            return int(reply[1])
        return int(expect_ok(reply, gone="The contact has spoken, or somebody else's turn has come.")[0])

    async def carry_on(
        self, now_ms: int, conversation: ConversationId, to: Destination, numbers: Collection[int]
    ) -> int:
        """Brings messages that no client fetched in good time to the contact another way; gives how many."""
        reply = await self._scripts.call("message_continue", now_ms, conversation, _json(to), *numbers)
        return int(expect_ok(reply, gone="It was fetched meanwhile.")[0])

    async def park(
        self,
        now_ms: int,
        conversation: ConversationId,
        reason: ParkReason,
        *,
        wake_at: int | None = None,
        version: int | None = None,
        by_timer: bool = False,
    ) -> None:
        reply = await self._scripts.call(
            "conversation_park",
            now_ms,
            conversation,
            _optional(version),
            reason.value,
            _optional(wake_at),
            int(by_timer),
        )
        expect_ok(reply, gone="The conversation was answered or moved meanwhile.")

    async def wake(
        self,
        now_ms: int,
        conversation: ConversationId,
        *,
        version: int,
        returning: Returning,
        by_timer: bool = False,
    ) -> None:
        reply = await self._scripts.call(
            "conversation_wake",
            now_ms,
            conversation,
            version,
            int(by_timer),
            _json(returning.waiting),
            _json(returning.resolution),
        )
        expect_ok(reply, gone="The conversation is not parked.")

    async def close(
        self,
        now_ms: int,
        conversation: ConversationId,
        *,
        how: str = "close",
        associate: AssociateId | None = None,
        disposition: str | None = None,
        version: int | None = None,
    ) -> None:
        """``how``: close, wrapped (the associate has finished the wrap-up), timer (its time is over) or silence (the
        contact has said nothing for long)."""
        reply = await self._scripts.call(
            "conversation_close",
            now_ms,
            conversation,
            _optional(version),
            associate or "",
            disposition or "",
            how,
        )
        expect_ok(reply, gone="The conversation is not in wrap-up, or its contact not silent.")

    async def begin_erasing(self, now_ms: int, conversation: ConversationId) -> None:
        """From now on it takes no more messages. Raises NotFound; Conflict when it is not closed."""
        await self._erase(now_ms, conversation, "begin", "")

    async def finish_erasing(self, now_ms: int, conversation: ConversationId, *, by: str) -> None:
        """Erases everything of it but its files. Raises what `begin_erasing` does."""
        await self._erase(now_ms, conversation, "finish", by)

    async def _erase(self, now_ms: int, conversation: ConversationId, step: str, by: str) -> None:
        reply = await self._scripts.call("conversation_erase", now_ms, conversation, step, _json(by))
        expect_ok(reply, gone="Only a closed conversation can be erased: close it first.")

    async def route(
        self,
        now_ms: int,
        conversation: ConversationId,
        place: Place,
        *,
        reason: str,
        version: int | None,
        briefing: Message | None = None,
        data: Mapping[str, str | None] | None = None,
        fields: Fields | None = None,
    ) -> None:
        """``reason``: step, transferred, unassigned, rerouted or escalated; ``fields`` change beside the place's.
        Raises UnknownClass."""
        reply = await self._scripts.call(
            "conversation_route",
            now_ms,
            conversation,
            _optional(version),
            reason,
            place.line,
            place.base.id,
            _optional(place.step_until),
            _text(briefing) if briefing else "",
            _json(data or {}),
            _json({**place.fields, **(fields or {})}),
        )
        expect_ok(reply, gone="What it was to be moved for is over.")

    async def assign(
        self,
        now_ms: int,
        conversation: ConversationId,
        associate: AssociateId,
        *,
        override: bool,
        by: str,
        version: int | None,
        fields: Fields,
    ) -> None:
        """``fields`` change if somebody has it then, or is offered it."""
        reply = await self._scripts.call(
            "conversation_assign",
            now_ms,
            conversation,
            _optional(version),
            associate,
            int(override),
            _json(by),
            _json(fields),
        )
        expect_ok(reply)

    async def check_targets(
        self,
        now_ms: int,
        conversation: ConversationId,
        *,
        on_risk: Collection[str],
        on_breach: Collection[str],
        teams: Collection[str],
    ) -> None:
        """Marks what is at risk or breached at this moment. ``on_risk`` and ``on_breach`` say whom to tell of it, and
        ``teams`` which teams those are (none: everybody), if any of them is to be told."""
        told = [_json(sorted(names)) for names in (on_risk, on_breach, teams)]
        expect_ok(await self._scripts.call("targets_check", now_ms, conversation, *told))

    async def change(
        self, now_ms: int, changes: list[tuple[ConversationId, int | None, Fields]], *, tell: bool
    ) -> list[ConversationId]:
        """Changes priority, boost or due times where conversations stand; with ``tell`` the journal says so. Gives
        those that have moved on since their newest event was this one, or are closed; they stay as they are."""
        items = [(conversation, str(_optional(events)), fields) for conversation, events, fields in changes]
        text = msgspec.json.encode(items).decode()
        reply = await self._scripts.call("conversation_change", now_ms, text, int(tell))
        return [ConversationId(name) for name in expect_ok(reply)[0]]

    async def match(self, now_ms: int, conversation: ConversationId) -> None:
        expect_ok(await self._scripts.call("conversation_match", now_ms, conversation), gone="It no longer waits.")

    async def mark(self, now_ms: int, conversation: ConversationId, delivered: int | None, read: int | None) -> None:
        reply = await self._scripts.call("marks_set", now_ms, conversation, _optional(delivered), _optional(read))
        expect_ok(reply)


def _trust(inbound: InboundMessage) -> str:
    """How far the sender is who the address says."""
    if inbound.is_participant:
        return "proven"
    if inbound.sender.verified:
        return "verified"
    return "doubted" if inbound.sender.doubted else "plain"


def _optional(value: int | None) -> str | int:
    return "" if value is None else value


def _text(message: Message) -> str:
    return _json(message)


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
