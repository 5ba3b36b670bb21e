"""What an associate's desk knows: the snapshot, changed by every later event. No I/O and no clock."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from duetime.queues.records import Associate, Conversation
from duetime.router.associate import Presence
from duetime.router.conversation import State
from duetime.router.events import Event, EventType
from duetime.router.ids import AssociateId, ConversationId
from duetime.router.message import Author, Destination, Kind, Message

AT_DESK: Final = frozenset({State.OFFERED, State.ASSIGNED, State.WRAP_UP, State.PARKED})

_ARRIVALS: Final = (EventType.OFFER_MADE, EventType.CONVERSATION_ASSIGNED)
_MESSAGES: Final = (EventType.MESSAGE_RECEIVED, EventType.MESSAGE_SENT, EventType.NOTE_ADDED)
_OFFER_ENDS: Final = (EventType.OFFER_DECLINED, EventType.OFFER_EXPIRED, EventType.OFFER_RESCINDED)
_LEAVES: Final = (
    EventType.CONVERSATION_TRANSFERRED,
    EventType.CONVERSATION_UNASSIGNED,
    EventType.CONVERSATION_WOKEN,
)
"""Events after which a conversation is no longer at this desk, unless a later one brings it back."""


@dataclass
class Entry:
    """One conversation that is, or was, at this desk."""

    number: int
    """What the person types; it stays for as long as the desk is open."""
    record: Conversation
    messages: dict[int, Message] = field(default_factory=dict)

    @property
    def at_desk(self) -> bool:
        return self.record.state in AT_DESK

    @property
    def wants_work(self) -> bool:
        """An offer is open, or the contact waits for an answer."""
        state = self.record.state
        return state is State.OFFERED or (state is State.ASSIGNED and not self.record.answered)

    def last_message(self) -> Message | None:
        return self.messages[max(self.messages)] if self.messages else None


class DeskView:
    """The conversations of one associate, each under a small number."""

    def __init__(self) -> None:
        self.cursor: str | None = None
        self.associate: Associate | None = None
        self.current: ConversationId | None = None
        """What commands and bare text are about."""
        self._entries: dict[ConversationId, Entry] = {}
        self._unknown: dict[ConversationId, list[Event]] = {}

    @property
    def me(self) -> AssociateId | None:
        return self.associate.profile.id if self.associate else None

    @property
    def presence(self) -> Presence | None:
        return self.associate.presence if self.associate else None

    def entries(self) -> list[Entry]:
        """What is at the desk, by due time."""
        return sorted((e for e in self._entries.values() if e.at_desk), key=lambda entry: entry.record.due_at)

    def offers(self) -> list[Entry]:
        """Open offers, the one that ends first before the others."""
        offered = [entry for entry in self.entries() if entry.record.state is State.OFFERED]
        return sorted(offered, key=lambda entry: entry.record.offer_expires_at or 0)

    def unknown(self) -> list[ConversationId]:
        """What came to the desk by an event, which names little more than its due time: ask the daemon, then
        `learn` or `forget`."""
        return list(self._unknown)

    def numbered(self, number: int) -> Entry | None:
        return next((entry for entry in self._entries.values() if entry.number == number), None)

    def find(self, conversation: ConversationId) -> Entry | None:
        return self._entries.get(conversation)

    def load(
        self, cursor: str, associate: Associate, conversations: Iterable[tuple[Conversation, list[Message]]]
    ) -> None:
        """Everything as of ``cursor``. Numbers that were given stay."""
        self.cursor, self.associate = cursor, associate
        self._unknown.clear()
        for entry in self._entries.values():
            entry.record = msgspec.structs.replace(entry.record, state=State.WAITING)
        for record, messages in conversations:
            self.learn(record, messages)

    def update(self, record: Conversation) -> None:
        """The daemon said how a known conversation stands; its event comes later."""
        entry = self._entries.get(record.id)
        if entry is not None and record.version >= entry.record.version:
            entry.record = record
            self._check_current(entry)

    def learn(self, record: Conversation, messages: Iterable[Message]) -> Entry:
        """What the daemon says of one conversation, and what came since it was asked."""
        entry = self._entries.setdefault(record.id, Entry(len(self._entries) + 1, record))
        if record.version >= entry.record.version:
            entry.record = record
        entry.messages.update((message.number, message) for message in messages)
        for event in self._unknown.pop(record.id, []):
            self._change(entry, event)
        self._check_current(entry)
        return entry

    def forget(self, conversation: ConversationId) -> None:
        """The daemon no longer shows it to this desk."""
        self._unknown.pop(conversation, None)

    def wrote(self, entry: Entry, message: Message) -> None:
        """An own message was taken; its event comes later."""
        self._add_message(entry, message)

    def gave_back(self, entry: Entry) -> None:
        """The offer was declined; its event comes later."""
        entry.record = msgspec.structs.replace(entry.record, state=State.WAITING)

    def apply(self, event: Event) -> Entry | None:
        """Change what the event changes. Returns the entry it is about, None if that is not known (yet)."""
        self.cursor = event.cursor
        if event.type == EventType.PRESENCE_CHANGED and event.associate == self.me and self.associate:
            self.associate = msgspec.structs.replace(self.associate, presence=Presence(event.data["to"]))
        if event.conversation is None:
            return None
        if event.type in _ARRIVALS and event.associate == self.me:
            self._unknown.setdefault(event.conversation, [])
        if event.conversation in self._unknown:
            self._unknown[event.conversation].append(event)
            return None
        entry = self._entries.get(event.conversation)
        if entry is not None:
            self._change(entry, event)
            self._check_current(entry)
        return entry

    def _check_current(self, entry: Entry) -> None:
        if not entry.at_desk and self.current == entry.record.id:
            self.current = None

    def _change(self, entry: Entry, event: Event) -> None:
        """Events may be older than the record: those with a version or a number say so, and the others are
        always followed by one that does."""
        record, data = entry.record, event.data
        changes: dict[str, Any] = {}
        if event.type in _MESSAGES:
            self._add_message(entry, msgspec.convert({**data["message"], "number": data["number"]}, Message))
            if "moved_to" in data:
                entry.record = msgspec.structs.replace(
                    entry.record, moved_to=msgspec.convert(data["moved_to"], Destination)
                )
            return
        if event.type == EventType.CONVERSATION_ERASED:
            entry.messages.clear()
        elif event.type == EventType.MARKS_MOVED:
            changes = {"delivered": data["delivered"], "read": data["read"]}
        elif data.get("version", record.version) >= record.version:
            changes = self._state_changes(record, event)
        entry.record = msgspec.structs.replace(record, **changes)

    def _add_message(self, entry: Entry, message: Message) -> None:
        entry.messages[message.number] = message
        if message.number <= entry.record.messages:
            return
        answered = entry.record.answered
        if message.kind is Kind.MESSAGE:
            answered = message.author is not Author.CONTACT
        entry.record = msgspec.structs.replace(entry.record, messages=message.number, answered=answered)

    def _state_changes(self, record: Conversation, event: Event) -> dict[str, Any]:
        data = event.data
        changes: dict[str, Any] = {"version": data["version"]} if "version" in data else {}
        match event.type:
            case EventType.OFFER_MADE if event.associate == self.me:
                offer = {
                    "offer": data["offer"],
                    "offer_expires_at": data["expires_at"],
                    "due_at": data["due_at"],
                }
                return changes | offer | {"state": State.OFFERED}
            case EventType.CONVERSATION_ASSIGNED if event.associate == self.me:
                return changes | {"state": State.ASSIGNED, "due_at": data["due_at"]}
            case EventType.OFFER_MADE | EventType.CONVERSATION_ASSIGNED | EventType.CONVERSATION_QUEUED:
                return changes | {"state": State.WAITING}
            case EventType.OFFER_ACCEPTED:
                return changes | {"state": State.ASSIGNED, "offer_expires_at": None}
            case EventType.CONVERSATION_PARKED:
                return changes | {"state": State.PARKED, "wake_at": data.get("wake_at")}
            case EventType.WRAP_UP_STARTED:
                return changes | {"state": State.WRAP_UP, "wrap_up_until": data["wrap_up_until"]}
            case EventType.CONVERSATION_REOPENED if record.state is State.WRAP_UP:
                return changes | {"state": State.ASSIGNED, "wrap_up_until": None}
            case EventType.CONVERSATION_CLOSED:
                return changes | {"state": State.CLOSED}
        if event.type in _LEAVES or (event.type in _OFFER_ENDS and data["offer"] == record.offer):
            changes["state"] = State.WAITING
        return changes
