"""Telephone numbers as people and providers write them, to E.164."""

from typing import Final

import msgspec
import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, ValidationResult
from phonenumbers.timezone import time_zones_for_number

from duetime.router.errors import Invalid

E164_CHARS: Final = 16
"""The + and fifteen digits (ITU-T E.164); some countries' numbers within them may be longer."""
SHOWN_CHARS: Final = 30
UNKNOWN_ZONE: Final = "Etc/Unknown"

_WRONG: Final = {
    ValidationResult.INVALID_COUNTRY_CODE: "begins with the code of no country",
    ValidationResult.TOO_SHORT: "is too short",
    ValidationResult.TOO_LONG: "is too long",
    ValidationResult.INVALID_LENGTH: "has a length that no number there has",
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "lacks its area code",
}


class Party(msgspec.Struct, frozen=True):
    """Who wrote a message, or to whom."""

    address: str
    """E.164 for a number, else as the provider writes it."""
    is_number: bool
    """False for a short code or a name, such as a bank's: they are not told apart by country, and names cannot be
    answered."""


def read_number(text: str, region: str | None = None) -> str:
    """E.164. ``region`` is the country of numbers that do not begin with + and a country code.

    Raises Invalid with what is wrong.
    """
    shown = repr(text[:SHOWN_CHARS])
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException as error:
        if error.error_type == NumberParseException.INVALID_COUNTRY_CODE and not text.strip().startswith(("+", "00")):
            raise Invalid(f"{shown} has no country code: write it like +4930901820.") from error
        raise Invalid(f"{shown} is no telephone number: write it like +4930901820.") from error
    wrong = _WRONG.get(phonenumbers.is_possible_number_with_reason(number))
    if wrong is not None:
        raise Invalid(f"{shown} {wrong}: write it like +4930901820.")
    formatted = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    if len(formatted) > E164_CHARS:
        raise Invalid(f"{shown} is too long: write it like +4930901820.")
    return formatted


def read_party(text: str, region: str | None = None) -> Party:
    """A number where it is one, else the text as it is: senders may be short codes and names."""
    plain = text.strip()
    if len(plain.removeprefix("+")) >= 7:
        try:
            return Party(read_number(plain, region), is_number=True)
        except Invalid:
            pass
    return Party(plain, is_number=False)


def zones_of(number: str) -> tuple[str, ...]:
    """The time zones in which this E.164 number may be; none where that is not known."""
    try:
        zones = time_zones_for_number(phonenumbers.parse(number))
    except NumberParseException:
        return ()
    return tuple(zone for zone in zones if zone != UNKNOWN_ZONE)
