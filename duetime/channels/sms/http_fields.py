"""What a gateway's webhook says, wherever its fields stand and whatever their charset is. Raises Unreadable alone."""

from collections.abc import Mapping
from typing import Any, Final

from duetime.channels.sms.reading import Fields, as_text, parse_form, read_path
from duetime.router.errors import Unreadable

_CHARSETS: Final = {
    "": "utf-8",
    "utf-8": "utf-8",
    "us-ascii": "ascii",
    "iso-8859-1": "iso-8859-1",
    "windows-1252": "cp1252",
    "utf-16be": "utf-16-be",
    "ucs-2": "utf-16-be",
}
"""As gateways name them."""


class Said:
    """The fields of a form, kept as bytes until their charset is known, or those of JSON by their paths."""

    def __init__(self, form: str = "", tree: Mapping[str, Any] | None = None) -> None:
        self._fields = Fields(parse_form(form, "iso-8859-1"))
        self._tree = tree

    def maybe(self, name: str) -> str | None:
        if self._tree is not None:
            return as_text(read_path(self._tree, name))
        return _decoded(self._fields.maybe(name), "utf-8")

    def one(self, name: str) -> str:
        value = self.maybe(name)
        if value is None:
            raise Unreadable(f"The field {name} is missing.")
        return value

    def text(self, name: str, charset: str) -> str:
        """The text; what is no text of its charset, or of none that is known, is shown by its bytes."""
        if self._tree is not None:
            return self.one(name)
        value = self._fields.one(name).encode("iso-8859-1", "replace")
        try:
            return value.decode(_CHARSETS.get(charset, "utf-8"))
        except UnicodeError:
            return f"(A message that is no text: {value.hex()})"

    def every(self, name: str) -> list[str]:
        if self._tree is not None:
            found = read_path(self._tree, name)
            values = found if isinstance(found, list) else [found]
            return [text for value in values if (text := as_text(value))]
        return [text for value in self._fields.values.get(name, ()) if (text := _decoded(value, "utf-8"))]


def _decoded(value: str | None, charset: str) -> str | None:
    try:
        return None if value is None else value.encode("iso-8859-1").decode(charset)
    except UnicodeError as error:
        raise Unreadable(f"A field is not {charset} text.") from error
