"""The choice of a queue: triage in full, with what it asks of Redis.

Triage rules decide first. Then the message may be split over queues, its language asks for a skill, and a queue that
is closed or full hands over to another one.
"""

from hashlib import sha256

import msgspec

from duetime.queues.keys import key
from duetime.queues.policy import base_class, business_of, classes_of, is_urgent
from duetime.queues.store import Store
from duetime.router.ids import QueueId, SkillId
from duetime.router.message import InboundMessage
from duetime.router.route import WaitingClass
from duetime.router.routing import Routing
from duetime.router.triage import Verdict, triage
from duetime.service.language import detect_language

HANDOVERS_MAX = 5
"""A message passes on from closed and full queues so often at most, so that two of them never play ball with it."""


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """Where a message goes if it opens a conversation."""

    base: WaitingClass
    priority: str
    rule: str | None
    language: str | None


async def choose(store: Store, routing: Routing, message: InboundMessage, now_ms: int) -> Choice:
    message = _with_language(routing, message)
    attributes = await _contact_attributes(store, routing, message)
    default = routing.endpoints.get(message.endpoint, routing.channels[message.channel].default_queue)
    verdict = triage(message, routing.triage, default, attributes)
    queue = await _open_queue(store, routing, _share(verdict, message.sender.address), now_ms)
    urgent = is_urgent(routing, verdict.priority)
    base = base_class(queue, message.channel, verdict.skills, urgent=urgent)
    skill = routing.languages.get(message.language or "")
    if skill is not None:
        base = await _speaking(store, routing, base, skill)
    return Choice(base=base, priority=verdict.priority, rule=verdict.rule, language=message.language)


def _with_language(routing: Routing, message: InboundMessage) -> InboundMessage:
    """Regions do not matter: de-AT is de. The text is asked only where languages matter."""
    language = message.language.lower().partition("-")[0] if message.language else None
    asked = routing.languages or any(rule.when.language for rule in routing.triage)
    if language is None and asked:
        language = detect_language(message.text)
    return msgspec.structs.replace(message, language=language)


async def _contact_attributes(store: Store, routing: Routing, message: InboundMessage) -> dict[str, str]:
    if not any(rule.when.contact for rule in routing.triage):
        return {}
    contact = await store.contacts.by_address(message.channel.value, message.sender.address)
    return contact.attributes if contact else {}


def _share(verdict: Verdict, address: str) -> QueueId:
    """The queue of the verdict; where it is split, always the same one for the same person."""
    if not verdict.split:
        return verdict.queue
    drawn = int.from_bytes(sha256(address.encode()).digest()[:4], "big") % 100
    for queue, percent in sorted(verdict.split.items()):
        drawn -= percent
        if drawn < 0:
            return queue
    return verdict.queue


async def _open_queue(store: Store, routing: Routing, queue: QueueId, now_ms: int) -> QueueId:
    """This queue, or the one that takes over while it is closed or has too many waiting."""
    for _ in range(HANDOVERS_MAX):
        found = routing.queues[queue]
        if found.after_hours_queue and not business_of(routing, found).is_open(now_ms):
            queue = found.after_hours_queue
        elif found.max_waiting is not None and found.full_queue:
            waiting = await store.pipeline.call("ZCARD", key(store.root, "queue", queue))
            if waiting < found.max_waiting:
                return queue
            queue = found.full_queue
        else:
            return queue
    return queue


async def _speaking(store: Store, routing: Routing, base: WaitingClass, skill: SkillId) -> WaitingClass:
    """The class that also asks for the language, if anybody who serves the queue speaks it: somebody who answers in
    another language is better than nobody."""
    level = max(routing.language_level, base.skills.get(skill, 0))
    speaking = msgspec.structs.replace(base, skills={**base.skills, skill: level})
    if not await store.topology.has(speaking):
        await store.topology.compile(routing, [speaking])
    for waiting in classes_of(routing, speaking):
        if await store.topology.serves(waiting):
            return speaking
    return base
