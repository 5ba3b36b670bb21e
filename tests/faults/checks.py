"""What must be true after a campaign, whatever was killed. Each check says what is not."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from duetime.queues.journal import cursor_key
from duetime.router.events import Event, EventType
from duetime.router.message import Author, Kind
from tests.faults.desk import Desk
from tests.faults.integration import Integration
from tests.faults.stored import Stored
from tests.faults.town import Place
from tests.faults.visitor import Visitor

ENDS = {
    EventType.OFFER_ACCEPTED,
    EventType.OFFER_DECLINED,
    EventType.OFFER_EXPIRED,
    EventType.OFFER_RESCINDED,
}


def check_messages(stored: Stored, integrations: Iterable[Integration], visitors: Iterable[Visitor]) -> Iterator[str]:
    """Every accepted message is there exactly once, where its sender was told; and nothing else is."""
    sent: dict[str, Place] = {}
    for party in integrations:
        sent |= party.accepted
    for visitor in visitors:
        sent |= visitor.sent
    yield from _compare("message", sent, _places(stored, Author.CONTACT, r"<([^>]+)>"))


def check_replies(stored: Stored, desks: Iterable[Desk]) -> Iterator[str]:
    """Every reply is there exactly once where its desk was told, and one that was refused at most once."""
    places = _places(stored, Author.ASSOCIATE, r"\[([^\]]+)\]")
    said = {client_id: place for desk in desks for client_id, place in desk.replies.items()}
    refused = {client_id for client_id, place in said.items() if place is None}
    sent = {client_id: place for client_id, place in said.items() if place is not None}
    yield from _compare("reply", sent, {name: at for name, at in places.items() if name not in refused})
    twice = [name for name in refused if len(places.get(name, [])) > 1]
    yield from (f"the refused reply {name} is stored at {places[name]}" for name in twice)


def check_journal(journal: Iterable[Event]) -> Iterator[str]:
    """Every offer ended in one way, and every conversation's events are numbered without a gap."""
    numbers: Counter[str] = Counter()
    open_offers: dict[str, int] = {}
    for event in journal:
        if event.conversation is None:
            continue
        numbers[event.conversation] += 1
        if event.number != numbers[event.conversation]:
            yield f"event {event.number} of {event.conversation} is in place {numbers[event.conversation]}"
        if event.type == EventType.OFFER_MADE:
            if event.conversation in open_offers:
                yield f"{event.conversation} was offered while it was offered"
            open_offers[event.conversation] = int(event.data["offer"])
        elif event.type in ENDS and open_offers.pop(event.conversation, None) != int(event.data["offer"]):
            yield f"{event.type} of an offer of {event.conversation} that was not open"
    yield from (f"the offer of {conversation} never ended" for conversation in open_offers)


def check_desk(journal: Iterable[Event], desk: Desk) -> Iterator[str]:
    """The desk was shown every event that concerns its associate once and in order, from each snapshot on."""
    concerning = [cursor_key(event.cursor) for event in journal if event.associate == desk.name]
    for part, following in zip(desk.shown, [*desk.shown[1:], None], strict=True):
        start, *shown = [cursor_key(cursor) for cursor in part]
        last = concerning[-1] if following is None else (shown or [start])[-1]
        expected = [at for at in concerning if start < at <= last]
        if shown != expected:
            missed, more = len(set(expected) - set(shown)), len(shown) - len(set(shown))
            yield f"{desk.name}'s desk missed {missed} of {len(expected)} events and was shown {more} twice"


def check_visitor(stored: Stored, visitor: Visitor) -> Iterator[str]:
    """The visitor was shown every message of their conversations once and in order, and no note."""
    for conversation in {place[0] for place, _ in visitor.shown} | {place[0] for place in visitor.sent.values()}:
        kept = [message for message in stored[conversation] if message.kind is Kind.MESSAGE]
        shown = [message for place, message in visitor.shown if place[0] == conversation]
        if [(m["number"], m["text"]) for m in shown] != [(m.number, m.text) for m in kept]:
            numbers = [message["number"] for message in shown]
            yield f"{visitor.name} was shown {numbers} of {conversation}, which has {len(kept)} messages"


def _places(stored: Stored, author: Author, mark: str) -> dict[str, list[Place]]:
    """Where messages of these authors are stored, by the mark in their text."""
    places: dict[str, list[Place]] = {}
    for conversation, messages in stored.items():
        for message in messages:
            if message.author is author and message.kind is Kind.MESSAGE:
                found = re.match(mark, message.text)
                places.setdefault(found[1] if found else message.text, []).append((conversation, message.number))
    return places


def _compare(what: str, told: Mapping[str, Place], stored: Mapping[str, list[Place]]) -> Iterator[str]:
    for name, place in told.items():
        if stored.get(name) != [place]:
            yield f"the {what} {name} is stored at {stored.get(name)}, its sender was told {place}"
    yield from (f"nobody knows of the {what} {name}" for name in stored.keys() - told.keys())
