"""What a terminal desk says: conversations, offers and events as lines. No I/O; ``now_ms`` is given."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from duetime.channels.sms.segments import count
from duetime.queues.records import Conversation
from duetime.router.conversation import State
from duetime.router.events import Event, EventType
from duetime.router.message import Author, Channel, Kind, Message
from duetime.service.cli.desk_commands import VERBS
from duetime.service.cli.desk_view import DeskView, Entry
from duetime.service.cli.terminal import due, one_line, span

_PREVIEW_CHARS: Final = 160
_SHOWN_MESSAGES: Final = 10
_KINDS: Final = {Kind.NOTE: " (note)", Kind.BRIEFING: " (briefing)", Kind.NOTICE: " (notice)"}

_HAPPENED: Final[Mapping[str, str]] = {
    EventType.OFFER_ACCEPTED: "#{n} is yours.",
    EventType.OFFER_DECLINED: "#{n} went back to its queue.",
    EventType.OFFER_EXPIRED: "The offer of #{n} has expired.",
    EventType.OFFER_RESCINDED: "The offer of #{n} was withdrawn.",
    EventType.CONVERSATION_PARKED: "#{n} is parked{until}.",
    EventType.CONVERSATION_WOKEN: "#{n} is up again.",
    EventType.CONVERSATION_REOPENED: "#{n} is open again.",
    EventType.CONVERSATION_TRANSFERRED: "#{n} was handed over.",
    EventType.CONVERSATION_UNASSIGNED: "#{n} was taken from you and waits for somebody else.",
    EventType.CONVERSATION_MERGED: "#{n} stands for {other}, too.",
    EventType.CONVERSATION_SPLIT: "#{n} no longer stands for {other}.",
    EventType.CONVERSATION_CLOSED: "#{n} is closed.",
    EventType.CONVERSATION_ERASED: "#{n} was erased.",
    EventType.WRAP_UP_STARTED: "#{n} is in wrap-up for {wrap}: `finish` when you are done.",
}


def who(record: Conversation) -> str:
    return one_line(record.contact_name or record.address, 40)


def heading(entry: Entry, now_ms: int) -> str:
    """One conversation on one line."""
    record = entry.record
    about = f" about “{one_line(record.subject, 60)}”" if record.subject else ""
    standing = _standing(record, now_ms)
    return f"#{entry.number} {_channel(record)} from {who(record)}{about}, {record.queue}, {standing}"


def _channel(record: Conversation) -> str:
    """Where it began, and where answers go if that is elsewhere by now."""
    now = record.destination.channel
    return record.channel.value if now is record.channel else f"{record.channel.value} (now {now.value})"


def arrival(entry: Entry, why: str, now_ms: int) -> list[str]:
    """An offer, or a conversation that came without one, and why it came here."""
    record, last = entry.record, entry.last_message()
    lines = [f"{'Offer' if record.state is State.OFFERED else 'Yours'}: {heading(entry, now_ms)}"]
    if why:
        lines.append(f"  {why}")
    if last is not None:
        offered = record.state is State.OFFERED
        lines.append(f"  {said(last, record, _PREVIEW_CHARS if offered else None)}")
    if record.state is State.OFFERED:
        lines.append(f"  `accept {entry.number}` or `decline {entry.number}`")
    return lines


def reasons(why: Mapping[str, Any]) -> str:
    """The reasons that an offer carries, in words."""
    parts = []
    if "waited_ms" in why:
        parts.append(f"waited {span(why['waited_ms'])}")
    if why.get("step"):
        parts.append(f"step {why['step']} of the route of {why.get('queue')}")
    if "load" in why and "capacity" in why:
        parts.append(f"your load was {why['load']} of {why['capacity']}")
    return ", ".join(parts)


def happened(event: Event, entry: Entry, now_ms: int) -> str | None:
    """What an event changed at this desk; None for what needs no word."""
    if event.type in (EventType.MESSAGE_RECEIVED, EventType.MESSAGE_SENT, EventType.NOTE_ADDED):
        message = entry.messages.get(event.data["number"])
        return f"#{entry.number} {said(message, entry.record)}" if message else None
    sentence = _HAPPENED.get(event.type)
    if sentence is None:
        return None
    wake_at, wrap_up_until = event.data.get("wake_at"), event.data.get("wrap_up_until")
    return sentence.format(
        n=entry.number,
        until=f" for {span(wake_at - now_ms)}" if wake_at else " until the contact writes",
        other=event.data.get("conversation"),
        wrap=span(wrap_up_until - now_ms) if wrap_up_until else "",
    )


def said(message: Message, record: Conversation, width: int | None = None) -> str:
    """Who said what; several lines unless a width is given."""
    if message.author is Author.CONTACT:
        author = one_line(message.name or who(record), 40)
    else:
        author = one_line(message.name or message.associate or message.author, 40)
    text = one_line(message.text, width) if width else message.text.rstrip().replace("\n", "\n    ")
    remark = f" [{one_line(message.remark, width or 400)}]" if message.remark else ""
    return f"{author}{_KINDS.get(message.kind, '')}{_parts(message, record)}: {text}{remark}"


def _parts(message: Message, record: Conversation) -> str:
    """How many SMS an answer took, if that is more than one."""
    if (
        record.destination.channel is not Channel.SMS
        or message.author is Author.CONTACT
        or not message.kind.is_seen_by_contact
    ):
        return ""
    parts = count(message.text).parts
    return f" ({parts} SMS)" if parts > 1 else ""


def transcript(entry: Entry, now_ms: int, last: int | None = _SHOWN_MESSAGES) -> list[str]:
    """The conversation with its last messages, or with all that are known."""
    numbers = sorted(entry.messages)
    shown = numbers if last is None else numbers[-last:]
    lines = [heading(entry, now_ms)]
    if shown and shown[0] > 1:
        lines.append(f"  … {shown[0] - 1} before: `history` shows them")
    return lines + [f"  {said(entry.messages[number], entry.record)}" for number in shown]


def overview(view: DeskView, now_ms: int) -> list[str]:
    """Everything at the desk."""
    lines = [f"{'*' if entry.record.id == view.current else ' '} {heading(entry, now_ms)}" for entry in view.entries()]
    return lines or ["Nothing is at your desk."]


def footer(view: DeskView, connection: str, now_ms: int) -> str:
    """The lines under the prompt: who, what is offered with the time left, and what is current."""
    associate = view.associate
    me = f"{associate.profile.id} · {associate.presence} · " if associate else ""
    lines = [f"{me}{len(view.entries())} at the desk · {connection}"]
    lines += [f"offer {heading(entry, now_ms)}" for entry in view.offers()]
    current = view.find(view.current) if view.current else None
    if current is not None:
        lines.append(f"current {heading(current, now_ms)}")
    return "\n".join(lines)


def waiting(conversations: Iterable[Conversation], now_ms: int) -> list[str]:
    """Conversations that nobody has yet, with the id that `take` needs."""
    lines = [
        f"  {record.id} {_channel(record)} from {who(record)}, {record.queue}, {_standing(record, now_ms)}"
        for record in sorted(conversations, key=lambda record: record.due_at)
    ]
    return lines or ["Nothing waits that you may take."]


def help_lines() -> list[str]:
    width = max(len(verb.usage) for verb in VERBS.values())
    return [f"  {verb.usage:<{width}}  {verb.help}" for verb in VERBS.values()]


def _standing(record: Conversation, now_ms: int) -> str:
    """State and time, as far as they matter to who looks at it."""
    match record.state:
        case State.OFFERED:
            left = f"{span((record.offer_expires_at or now_ms) - now_ms)} left to accept"
            return f"{left}, {due(record.due_at, now_ms)}"
        case State.ASSIGNED | State.WAITING:
            return "answered" if record.answered else due(record.due_at, now_ms)
        case State.PARKED if record.wake_at:
            return f"parked for {span(record.wake_at - now_ms)}"
        case State.PARKED:
            return "parked until the contact writes"
        case State.WRAP_UP if record.wrap_up_until:
            return f"wrap-up, {span(record.wrap_up_until - now_ms)} left"
    return record.state.value.replace("_", " ")
