"""Numbers as people write them become E.164, and what is none stays what it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duetime.channels.sms.numbers import Party, read_number, read_party, zones_of
from duetime.router.errors import Invalid


@pytest.mark.parametrize(
    ("text", "region", "number"),
    [
        ("+49 30 901820", None, "+4930901820"),
        ("+49 (0)30 901820", None, "+4930901820"),
        ("030 / 90 18 20", "DE", "+4930901820"),
        ("0049 30 901820", "DE", "+4930901820"),
        ("(415) 555-0100", "US", "+14155550100"),
        ("011 49 30 901820", "US", "+4930901820"),
        ("+44 7700 900000", "DE", "+447700900000"),
        ("٠١٢٣٤٥٦٧٨٩٠", "EG", "+201234567890"),
    ],
)
def test_a_number_becomes_e164(text: str, region: str | None, number: str) -> None:
    assert read_number(text, region) == number


@pytest.mark.parametrize(
    ("text", "region", "sentence"),
    [
        ("030 901820", None, "'030 901820' has no country code: write it like +4930901820."),
        ("+1415", None, "'+1415' is too short: write it like +4930901820."),
        ("+49309018201234567", None, "'+49309018201234567' is too long: write it like +4930901820."),
        ("+999 12345678", None, "'+999 12345678' is no telephone number: write it like +4930901820."),
        ("Example", "DE", "'Example' is no telephone number: write it like +4930901820."),
        ("", "DE", "'' is no telephone number: write it like +4930901820."),
        ("555-0100", "US", "'555-0100' lacks its area code: write it like +4930901820."),
    ],
)
def test_what_is_wrong_with_a_number_is_told(text: str, region: str | None, sentence: str) -> None:
    with pytest.raises(Invalid) as raised:
        read_number(text, region)
    assert raised.value.detail == sentence


@pytest.mark.parametrize("text", ["12345", "72345", "Example", "MY BANK", "+1", "AMAZON2FA"])
def test_short_codes_and_names_stay_as_they_are(text: str) -> None:
    assert read_party(text, "US") == Party(text, is_number=False)


def test_a_sender_with_a_number_is_known_by_it() -> None:
    assert read_party(" 0151 12345678 ", "DE") == Party("+4915112345678", is_number=True)


def test_a_number_lies_in_the_zones_of_its_area() -> None:
    assert zones_of("+4930901820") == ("Europe/Berlin",)
    assert zones_of("+14155550100") == ("America/Los_Angeles",)
    assert len(zones_of("+61412345678")) > 3
    assert zones_of("+87012345678901") == ()
    assert zones_of("Example") == ()


@given(st.text(max_size=60), st.sampled_from([None, "DE", "US", "GB"]))
def test_any_text_is_a_number_or_told_to_be_none(text: str, region: str | None) -> None:
    party = read_party(text, region)
    assert party.address == (party.address if party.is_number else text.strip())
    assert party.is_number is False or read_number(party.address) == party.address
