"""From what is known of a conversation to sentences as a person would say them."""

from collections.abc import Iterator

from duetime.router.conversation import ParkReason, State
from duetime.router.words import queue_name, span
from duetime.service.explanation import Readiness
from duetime.service.facts import Facts, states
from duetime.service.waiting_sentences import waiting_sentences


def sentences(facts: Facts) -> list[str]:
    state = facts.conversation.state
    tell = {
        State.WAITING: waiting_sentences,
        State.OFFERED: _offered,
        State.ASSIGNED: _assigned,
        State.WRAP_UP: _wrap_up,
        State.PARKED: _parked,
        State.CLOSED: _closed,
    }[state]
    return [_origin(facts), *tell(facts)]


def _origin(facts: Facts) -> str:
    c, routing, rule = facts.conversation, facts.routing, facts.standing.rule
    queue = queue_name(routing, c.queue)
    default = routing.endpoints.get(c.endpoint, routing.channels[c.channel].default_queue)
    if rule is None:
        if c.queue == default:
            return f"No triage rule fits it, so it went to the default queue {queue}."
        return f"No triage rule fits it; it began in a default queue and is now in the queue {queue}."
    found = next((each for each in routing.triage if each.name == rule), None)
    if found is not None and c.queue in (found.split or {found.queue or default: 100}):
        return f"The triage rule “{rule}” sent it to the queue {queue}."
    return f"It began with the triage rule “{rule}” and is now in the queue {queue}."


def _offered(facts: Facts) -> Iterator[str]:
    c = facts.conversation
    left = span((c.offer_expires_at or facts.now) - facts.now)
    yield f"It is offered to {facts.holder}, who has {left} to answer."
    yield from _decided(facts)
    yield _others(facts)


def _assigned(facts: Facts) -> Iterator[str]:
    c = facts.conversation
    owed = ", and the contact has the next word" if c.answered else facts.due(", and an answer ")
    yield f"{facts.holder} has it{owed}."
    yield from _decided(facts)
    if c.reassign_at is not None:
        yield f"Unless {facts.holder} answers within {span(c.reassign_at - facts.now)}, it goes to somebody else."
    yield _others(facts)


def _wrap_up(facts: Facts) -> Iterator[str]:
    left = span((facts.conversation.wrap_up_until or facts.now) - facts.now)
    yield f"It is over for the contact; {facts.holder} has {left} to finish the work on it."
    yield from _decided(facts)


def _parked(facts: Facts) -> Iterator[str]:
    c = facts.conversation
    with_whom = f" with {facts.holder}" if c.associate else ""
    if c.park_reason is ParkReason.SNOOZED and c.wake_at is not None:
        yield f"It is snoozed{with_whom} for {span(c.wake_at - facts.now)} more, or until the contact writes."
    else:
        yield f"It rests{with_whom} until the contact writes."
    route = f"by the route of the queue {queue_name(facts.routing, c.queue)}"
    if c.associate:
        yield f"It uses nobody's capacity. It comes back to {facts.holder} if there is room, else {route}."
    else:
        yield f"It uses nobody's capacity, and comes back {route}."


def _closed(facts: Facts) -> Iterator[str]:
    c = facts.conversation
    if c.merged_into is not None:
        yield f"It was merged into {c.merged_into}, which answers for it."
        return
    closed_at = c.closed_at or facts.now
    as_what = f" as “{c.disposition}”" if c.disposition else ""
    by = f", last with {facts.name(c.last_associate)}" if c.last_associate else ""
    yield f"It was closed {span(facts.now - closed_at)} ago{as_what}{by}."
    left = closed_at + 1000 * facts.routing.channels[c.channel].reopen_within_s - facts.now
    if left > 0:
        yield f"A message of the contact within {span(left)} opens it again."
    else:
        yield "A message of the contact begins another conversation."


def _decided(facts: Facts) -> Iterator[str]:
    made = facts.decision
    if made is None:
        return
    who, waited = facts.holder, made.waited_ms
    if made.by == "arrival":
        when = "when it came" if waited < 1000 else f"after it had waited for {span(waited)}"
        yield (
            f"Of those who fitted best and had room for it {when}, {who} had the smallest share of capacity in use:"
            f" {made.load} of {made.capacity} units."
        )
    elif made.by == "room":
        so_far = "just come" if waited < 1000 else f"waited for {span(waited)}"
        yield (
            f"It had {so_far} when {who} got room for it, with {made.load} of {made.capacity} units in use;"
            f" nothing else that {who} may take ranked before it."
        )
    elif made.by == "woken":
        yield f"It came back to {who}, who had it before and had room."
    else:
        over = ", beyond their capacity" if facts.conversation.override else ""
        yield f"It was given to {who} by hand{over}."
    if made.by in ("arrival", "room") and made.step > 0 and made.step in facts.needs:
        yield f"Its route had come to step {made.step}, which asks for {facts.need(made.step)}."


def _others(facts: Facts) -> str:
    step = facts.decision.step if facts.decision else facts.conversation.step
    others = [p for p in facts.people if p.readiness is not Readiness.HAS_IT and p.step <= step]
    if not others:
        return "Nobody else may take it at this step of its route."
    return f"As things are now, of the others who may take it {states(facts, others)}."
