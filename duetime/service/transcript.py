"""A conversation as a text, for the contact who asks for it."""

from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from duetime.queues.records import Conversation
from duetime.router.ids import QueueId
from duetime.router.message import Author, Message
from duetime.router.routing import Routing


def transcript(messages: Iterable[Message], routing: Routing, found: Conversation) -> str:
    """Every message with its time and who wrote it, in the time zone of the conversation's queue."""
    zone = zone_of(routing, found.queue)
    return "\n\n".join(
        f"{datetime.fromtimestamp(message.at / 1000, zone):%Y-%m-%d %H:%M %Z}  {_who(message, routing, found)}\n"
        + "\n".join([*([message.text] if message.text else []), *(f"[{file.name}]" for file in message.attachments)])
        for message in messages
    )


def zone_of(routing: Routing, queue: QueueId) -> tzinfo:
    """The time zone of a queue's calendar; UTC when it goes by none."""
    calendar = routing.queues[queue].calendar if queue in routing.queues else None
    return ZoneInfo(routing.calendars[calendar].zone) if calendar in routing.calendars else UTC


def _who(message: Message, routing: Routing, found: Conversation) -> str:
    if message.author is Author.CONTACT:
        return message.name or found.contact_name or "You"
    associate = routing.associates.get(message.associate) if message.associate else None
    return associate.name if associate else "Support"
