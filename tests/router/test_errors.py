"""What programs read is stable and unmistakable."""

import inspect

from duetime.router import errors
from duetime.router.errors import Refusal, TooMany
from duetime.router.events import EventType

REFUSALS = [found for _, found in inspect.getmembers(errors, inspect.isclass) if issubclass(found, Refusal)]


def test_every_refusal_has_a_code_and_a_title_of_its_own() -> None:
    assert len({refusal.code for refusal in REFUSALS}) == len(REFUSALS)
    assert len({refusal.title for refusal in REFUSALS}) == len(REFUSALS)


def test_a_refusal_carries_its_sentence_and_the_facts() -> None:
    refusal = TooMany("Slow down", retry_after_s=3)
    assert str(refusal) == refusal.detail == "Slow down"
    assert refusal.about == {"retry_after_s": 3}


def test_event_types_are_named_for_what_happened() -> None:
    for event in EventType:
        assert event.value == "".join(word.capitalize() for word in event.name.split("_"))
