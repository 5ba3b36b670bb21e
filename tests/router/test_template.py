"""Templates put in what is known, and reach no further."""

from hypothesis import given
from hypothesis import strategies as st

from duetime.router.template import PLACES, fill, unknown_places


def test_places_are_filled_and_those_without_a_value_stay_empty() -> None:
    assert fill("Dear {contact}, by {due}.", {"contact": "Kim"}) == "Dear Kim, by ."


def test_a_brace_is_written_twice() -> None:
    assert fill("{{contact}} {contact}", {"contact": "Kim"}) == "{contact} Kim"


def test_what_is_put_in_is_no_template() -> None:
    assert fill("{contact}", {"contact": "{queue}", "queue": "Billing"}) == "{queue}"


def test_what_is_no_place_is_named() -> None:
    assert unknown_places("{contact} {contatc} {contact.name} {0} { }") == ["{contatc}", "{contact.name}", "{0}", "{ }"]
    assert unknown_places("a } b") == ["}"]


@given(st.text(alphabet="{}ac tuen.0!", max_size=40))
def test_a_template_without_unknown_places_comes_out_without_places(text: str) -> None:
    single = text.replace("{{", "").replace("}}", "")
    assert unknown_places(single) or "{contact}" not in fill(single, dict.fromkeys(PLACES, "x"))
