"""What all adapters read webhooks with: fields of queries and forms, JSON, ids. All raise Unreadable alone."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec

from duetime.channels.sms.provider import Webhook
from duetime.router.errors import Unreadable
from duetime.router.message import TEXT_LIMIT

FIELDS_MAX: Final = 300
ID_CHARS: Final = 200
ADDRESS_CHARS: Final = 40
URL_CHARS: Final = 2000
SAID_CHARS: Final = 200
MEDIA_MAX: Final = 20
"""The most files of one message that are read."""

_ID: Final = re.compile(rf"[\x21-\x7e]{{1,{ID_CHARS}}}\Z")
_ADDRESS: Final = re.compile(rf"[^\x00-\x1f\x7f-\x9f\u2028\u2029]{{1,{ADDRESS_CHARS}}}\Z")
_UNSHOWN: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Fields:
    """The fields of a query or a form, of which one that counts may stand there once only."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self.values: dict[str, list[str]] = {}
        for name, value in pairs:
            self.values.setdefault(name, []).append(value)

    def maybe(self, name: str) -> str | None:
        """The value, or None. Raises Unreadable if there are two."""
        values = self.values.get(name, ())
        if len(values) > 1:
            raise Unreadable(f"The field {name} comes {len(values)} times.")
        return values[0] if values else None

    def one(self, name: str) -> str:
        """The value. Raises Unreadable if there is none, or two."""
        value = self.maybe(name)
        if value is None:
            raise Unreadable(f"The field {name} is missing.")
        return value


def query_of(url: str) -> str:
    return url.partition("?")[2].partition("#")[0]


def read_query(webhook: Webhook) -> list[tuple[str, str]]:
    return parse_form(query_of(webhook.url))


def read_form(webhook: Webhook) -> list[tuple[str, str]]:
    """The fields of the body."""
    try:
        return parse_form(webhook.body.decode("ascii"))
    except UnicodeDecodeError as error:
        raise Unreadable("The form is not percent-encoded.") from error


def parse_form(text: str, encoding: str = "utf-8") -> list[tuple[str, str]]:
    try:
        return parse_qsl(text, keep_blank_values=True, encoding=encoding, errors="strict", max_num_fields=FIELDS_MAX)
    except (ValueError, LookupError) as error:
        raise Unreadable(f"The fields are not {encoding} text, or more than {FIELDS_MAX}.") from error


def content_type(webhook: Webhook) -> str:
    return webhook.headers.get("content-type", "").partition(";")[0].strip().lower()


def is_form(webhook: Webhook) -> bool:
    return content_type(webhook) == "application/x-www-form-urlencoded"


def parse_object(body: bytes) -> dict[str, Any]:
    """A JSON object."""
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise Unreadable("The body is no JSON.") from error
    if not isinstance(value, dict):
        raise Unreadable("The body is no JSON object.")
    return value


def as_text(value: object) -> str | None:
    """A JSON value as the field of a form would have it; None for what is no single value."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case int() | float():
            return str(value)
    return None


def read_flat(webhook: Webhook) -> Fields:
    """The fields, whether they stand in the query, a form, or the top of a JSON object."""
    if webhook.method == "GET":
        return Fields(read_query(webhook))
    if is_form(webhook):
        return Fields(read_form(webhook))
    texts = ((name, as_text(value)) for name, value in parse_object(webhook.body).items())
    return Fields((name, text) for name, text in texts if text is not None)


def read_path(tree: Mapping[str, Any], path: str) -> object:
    """What stands at ``message.from`` or ``messages.0.id``; None where nothing does."""
    found: object = tree
    for step in path.split("."):
        if isinstance(found, dict):
            found = found.get(step)
        elif isinstance(found, list) and step.isdecimal() and len(step) < 4:
            found = found[int(step)] if int(step) < len(found) else None
        else:
            return None
    return found


def check_id(text: str, name: str) -> str:
    if not _ID.match(text):
        raise Unreadable(f"The field {name} is no id.")
    return text


def as_id(value: object) -> str | None:
    """An id that something may have; None for what is none."""
    text = as_text(value)
    return text if text and _ID.match(text) else None


def check_address(text: str, name: str) -> str:
    if not _ADDRESS.match(text):
        raise Unreadable(f"The field {name} is no number.")
    return text


def check_text(text: str) -> str:
    """The text without what no screen shows. Raises Unreadable if it is longer than any message may be."""
    if len(text) > TEXT_LIMIT:
        raise Unreadable(f"The text is longer than {TEXT_LIMIT} characters.")
    return _UNSHOWN.sub("", text)


def check_url(text: str) -> str:
    if len(text) > URL_CHARS or not re.match(r"https?://[\x21-\x7e]+\Z", text):
        raise Unreadable("The address of a file is no URL.")
    return text


def with_plus(number: str) -> str:
    """A number with its country code, of a provider that writes it without the +. Short codes and names stay."""
    return f"+{number}" if number.isascii() and number.isdecimal() and len(number) > 8 else number


def digits(number: str) -> str:
    """E.164 without the +."""
    return number.removeprefix("+")


def with_links(text: str, media: Iterable[str]) -> str:
    """The text with the addresses of its files below it, for a provider that sends no files."""
    return "\n".join(filter(None, (text, *media)))


def first_line(body: bytes) -> str:
    """What a server said, for a sentence."""
    return shown(body[:1000].decode("utf-8", "replace").strip().partition("\n")[0])


def shown(said: str) -> str:
    """What a server said, cut, and without what no screen shows."""
    return "".join(char if char.isprintable() else "�" for char in said[:SAID_CHARS])


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """How long a server asks us to wait, where it says so in seconds."""
    value = headers.get("retry-after", "").strip()
    return float(value) if value.isascii() and value.isdecimal() and len(value) < 6 else None
