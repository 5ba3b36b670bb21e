"""The kinds of value that settings and the routing configuration are made of, with their bounds."""

from typing import Annotated

from msgspec import Meta

from duetime.router.due_time import BOOST_MAX_S
from duetime.router.ids import SLUG
from duetime.router.skill import PROFICIENCY_MAX, PROFICIENCY_MIN

DURATION_MAX_S = 366 * 86_400

_END = r"(?![\s\S])"  # like \Z, which JSON Schema does not know; $ would let a line end pass
_HOST = r"(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:.]+\])"
_AN_ORIGIN = 'an origin such as "https://shop.example.com", in lower case and without a slash at its end'
_ORIGIN = rf"https?://{_HOST}(?::[0-9]{{1,5}})?"

Slug = Annotated[
    str,
    Meta(
        pattern=SLUG,
        description="a name of 1 to 40 lower-case letters, digits, _ and -, starting with a letter or digit",
        extra={"called": "a name"},
    ),
]
Title = Annotated[
    str,
    Meta(
        pattern=rf"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]{{1,200}}{_END}",
        description="one line of text of 1 to 200 characters",
        extra={"called": "a line of text"},
    ),
]
Template = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=4000,
        description="a text of up to 4000 characters with places such as {contact} in it",
        extra={"called": "a text"},
    ),
]
Duration = Annotated[int, Meta(ge=1, le=DURATION_MAX_S)]
"""Seconds, at least one."""
Pause = Annotated[int, Meta(ge=0, le=DURATION_MAX_S)]
"""Seconds; 0 means not at all."""
Proficiency = Annotated[int, Meta(ge=PROFICIENCY_MIN, le=PROFICIENCY_MAX)]
Boost = Annotated[int, Meta(ge=-BOOST_MAX_S, le=BOOST_MAX_S)]
"""Seconds by which something is moved forward in every line; negative: back."""
Units = Annotated[int, Meta(ge=1, le=1000)]
Language = Annotated[
    str,
    Meta(
        pattern=rf"^[a-z]{{2,3}}(?:-[A-Za-z0-9]{{2,8}}){{0,3}}{_END}",
        description='a language tag such as "de"',
    ),
]
Origin = Annotated[
    str,
    Meta(
        pattern=rf"^{_ORIGIN}{_END}",
        description=_AN_ORIGIN,
        extra={"called": "an origin"},
    ),
]
AnyOrigin = Annotated[
    str,
    Meta(
        pattern=rf"^(?:\*|{_ORIGIN}){_END}",
        description=f'"*" or {_AN_ORIGIN}',
        extra={"called": '"*" or an origin'},
    ),
]
"""``*`` stands for every origin."""
