"""The acknowledgement: says at once that a mail is here, and by when there will be an answer. It is no answer."""

from datetime import datetime

from duetime.queues.records import Conversation
from duetime.queues.store import Store
from duetime.router.message import Kind
from duetime.router.routing import Routing
from duetime.router.template import fill
from duetime.service.own_message import own_message
from duetime.service.transcript import zone_of

CLIENT_ID = "acknowledgement"
"""A conversation has one, however often this is tried."""


async def acknowledge(store: Store, routing: Routing, found: Conversation, *, most_per_hour: int) -> bool:
    """Writes the acknowledgement of the conversation's queue; False when there is none to be written. An address gets
    so many an hour at most, whatever its mails say of themselves: two machines that answer each other end here."""
    queue = routing.queues.get(found.queue)
    if queue is None or queue.acknowledgement is None or not found.channel.is_delivered:
        return False
    now = store.clock()
    if await store.outbox.count_acknowledgement(now, f"{found.channel.value}:{found.address}") > most_per_hour:
        return False
    values = {
        "contact": found.contact_name or found.address,
        "queue": queue.name,
        "subject": found.subject or "",
        "due": due_words(routing, found),
    }
    notice = own_message(now, fill(queue.acknowledgement, values), Kind.NOTICE)
    await store.conversations.send(now, found.id, None, notice, CLIENT_ID)
    return True


def due_words(routing: Routing, found: Conversation) -> str:
    """When the first answer is due, such as ``2026-03-02 14:30 CET``, in the time zone of the queue's calendar."""
    zone = zone_of(routing, found.queue)
    due_at = found.due_at if found.due_first is None else found.due_first
    return datetime.fromtimestamp(due_at / 1000, zone).strftime("%Y-%m-%d %H:%M %Z")
