"""What is said of a conversation that waits: what it needs, who could take it and why not now, what is next."""

from collections.abc import Iterator
from typing import Final

from duetime.router.ids import AssociateId
from duetime.router.words import queue_name, span
from duetime.service.explanation import Ahead, Person, Readiness
from duetime.service.facts import Facts, state, states
from duetime.service.outlook import Unknown

_UNKNOWN: Final = {
    Unknown.NOBODY_EVER: "When it will be taken cannot be said.",
    Unknown.NOBODY_THERE: "When it will be taken cannot be said while nobody who may take it is available.",
    Unknown.TOO_LITTLE_SEEN: (
        "When it will be taken cannot be said yet: too few conversations have ended to know how long one takes."
    ),
}


def waiting_sentences(facts: Facts) -> Iterator[str]:
    c = facts.conversation
    yield f"It has waited for {span(facts.now - c.arrived_at)}{facts.due(' and ')}."
    if c.line.startswith("@"):
        yield _for_one(facts, AssociateId(c.line[1:].partition("/")[0]))
    elif facts.never is None:
        yield f"It needs {facts.need(c.step)}."
        yield _who_and_why_not(facts, [person for person in facts.people if person.step <= c.step])
    if facts.never is not None:
        yield from _never(facts, facts.never)
        return
    if facts.standing.kept_by:
        yield f"What {facts.name(facts.standing.kept_by)} frees next is kept for it."
    if facts.standing.late:
        yield "Because it is late, those that can still be in time go before it."
    yield from _prospect(facts)
    if not c.line.startswith("@"):
        yield from _next_step(facts)


def _never(facts: Facts, sentence: str) -> Iterator[str]:
    yield sentence
    for number, remedy in enumerate(facts.remedies):
        said = remedy.sentence
        yield f"Or: {said[0].lower()}{said[1:]}" if number else f"One change is enough. {said}"


def _for_one(facts: Facts, who: AssociateId) -> str:
    c = facts.conversation
    how = "who had it before" if who == c.last_associate else "to whom it was handed over"
    left = span((facts.standing.step_until or facts.now) - facts.now)
    person = next((each for each in facts.people if each.associate == who), None)
    but = f" {person.name} {state(facts, person)}." if person is not None else ""
    queue = queue_name(facts.routing, c.queue)
    return f"For another {left} it waits for {facts.name(who)}, {how}, and then in the queue {queue}.{but}"


def _who_and_why_not(facts: Facts, people: list[Person]) -> str:
    if not people:
        return "There is nobody like that; only a later step of its route can help."
    if len(people) == 1:
        return f"Only {people[0].name} may take it, who {state(facts, people[0])}."
    free = any(person.readiness is Readiness.FREE for person in people)
    return f"{len(people)} people may take it{'' if free else ', and none can now'}: {states(facts, people)}."


def _prospect(facts: Facts) -> Iterator[str]:
    if facts.ahead is not None:
        yield _ahead(facts.ahead)
    if facts.estimate is None:
        return
    if facts.estimate.within_s is not None:
        yield f"Four of five like it are taken within {span(1000 * facts.estimate.within_s)} from now."
    elif facts.estimate.unknown is not None:
        yield _UNKNOWN[facts.estimate.unknown]


def _ahead(ahead: Ahead) -> str:
    mine, all_of_them = ahead.in_queue, ahead.for_the_same_people
    if mine == 0:
        rest = f", but of what the same people serve elsewhere {all_of_them} {_go(all_of_them)} first"
        return f"It is the next of its queue{rest if all_of_them else ''}."
    rest = f", and of all that the same people serve {all_of_them}"
    return f"{mine} of its queue {_go(mine)} first{rest if all_of_them > mine else ''}."


def _go(count: int) -> str:
    return "goes" if count == 1 else "go"


def _next_step(facts: Facts) -> Iterator[str]:
    c, at = facts.conversation, facts.standing.step_until
    following = min((step for step in facts.needs if step > c.step), default=None)
    if at is None or following is None:
        if c.step > 0:
            yield "That is the last step of its route."
        return
    fresh = [person for person in facts.people if c.step < person.step <= following]
    text = f"In {span(at - facts.now)} its route goes on and asks for {facts.need(following)}"
    if not fresh:
        yield f"{text}, which brings nobody new."
    elif len(fresh) == 1:
        yield f"{text}: then {fresh[0].name} may take it, too, who {state(facts, fresh[0])}."
    else:
        yield f"{text}: then {len(fresh)} people more may take it: {states(facts, fresh)}."
