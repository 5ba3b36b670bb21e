"""Email addresses and phone numbers as people type them into a form."""

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

from duetime.channels.email.addresses import clean_address
from duetime.channels.email.compose_headers import checked_address
from duetime.router.errors import Invalid


def read_email(text: str) -> str | None:
    """The address as the email channel knows it, in lower case; None when mail could not be sent there."""
    address = clean_address(text)
    if address is None or "." not in address.rpartition("@")[2]:
        return None
    try:
        return checked_address(address)
    except Invalid:
        return None


def read_phone(text: str) -> str | None:
    """The number in E.164; None when it is none, or its country is not said."""
    try:
        number = phonenumbers.parse(text, None)
    except NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)
