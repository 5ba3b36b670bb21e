"""What was accepted, so that nothing of it may be lost, changed or told twice."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field

from duetime.queues.records import Accepted
from duetime.router.message import InboundMessage, Kind, Message
from tests.queues.picture import Picture


@dataclass(frozen=True)
class Taken:
    message: InboundMessage
    conversation: str
    number: int


@dataclass
class Ledger:
    """Conversation to message number to what stands there."""

    texts: dict[str, dict[int, str]] = field(default_factory=dict)
    inbound: dict[str, Taken] = field(default_factory=dict)
    _briefings: list[tuple[str, str]] = field(default_factory=list)
    _client_ids: dict[str, list[str]] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def next_id(self) -> str:
        return f"m{next(self._numbers)}"

    def client_id(self, conversation: str, again: bool) -> str:
        """A new id for what an associate says, or one that they used before."""
        used = self._client_ids.setdefault(conversation, [])
        if not (again and used):
            used.append(self.next_id())
        return used[-1]

    def took_in(self, message: InboundMessage, accepted: Accepted) -> None:
        self.inbound[message.external_id] = Taken(message, accepted.conversation, accepted.number)
        self._note(accepted.conversation, accepted.number, message.text)

    def said(self, conversation: str, message: Message, client_id: str) -> None:
        self._note(conversation, message.number, f"text of {client_id}")

    def briefed(self, conversation: str, text: str) -> None:
        self._briefings.append((conversation, text))

    def _note(self, conversation: str, number: int, text: str) -> None:
        standing = self.texts.setdefault(conversation, {}).setdefault(number, text)
        assert standing == text, f"message {number} of {conversation} was two messages"

    def compare(self, after: Picture) -> Iterator[str]:
        """Every accepted message is there exactly once, in order, and nothing else is."""
        for conversation, text in self._briefings:
            found = [m.number for m in after.messages(conversation) if (m.kind, m.text) == (Kind.BRIEFING, text)]
            if len(found) != 1:
                yield f"the briefing {text} of {conversation} is there as {found}"
            else:
                self._note(conversation, found[0], text)
        self._briefings.clear()
        for conversation, told in self.texts.items():
            messages = after.messages(conversation)
            if [m.text for m in messages if m.kind is not Kind.NOTICE] != [told[number] for number in sorted(told)]:
                yield f"{conversation} has {[m.text for m in messages]}, accepted was {told}"
            if len({m.id for m in messages}) != len(messages):
                yield f"{conversation} has a message twice"
            if len(messages) != int(after.conversations[conversation]["messages"]):
                yield f"{conversation} has {len(messages)} messages, counted otherwise"
        if lost := set(after.conversations) ^ set(self.texts):
            yield f"conversations without a message, or lost: {lost}"
