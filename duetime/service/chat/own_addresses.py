"""Email addresses and phone numbers as people type them into a form."""

from duetime.channels.email.addresses import clean_address
from duetime.channels.email.compose_headers import checked_address
from duetime.channels.sms.numbers import read_number
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
    """The number as the SMS channel knows it, in E.164; None when it is none, or its country is not said."""
    try:
        return read_number(text)
    except Invalid:
        return None
