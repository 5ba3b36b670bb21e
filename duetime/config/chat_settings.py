"""The settings of web chat: what visitors see of it, what they are asked, and who may embed it."""

from enum import StrEnum
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from duetime.config.email_settings import Email
from duetime.config.fields import AnyOrigin, Duration, Language, Slug, Title
from duetime.config.problems import Report, Where
from duetime.config.section import Section

WHITE_CONTRAST_MIN: Final = 4.5
"""Of white text on the chat's colour: what WCAG 2.2 (AA) asks for."""

Color = Annotated[
    str,
    Meta(
        pattern=r"^#[0-9a-fA-F]{6}(?![\s\S])",
        description='a colour such as "#1a5fb4"',
        extra={"called": "a colour"},
    ),
]
Greeting = Annotated[str, Meta(min_length=1, max_length=500, extra={"called": "a text"})]
SigningSecret = Annotated[
    str,
    Meta(
        pattern=r"^[\s\S]{32}",
        max_length=4096,
        description="a secret of at least 32 characters",
        extra={"secret": True},
    ),
]


class FieldKind(StrEnum):
    """What a field of a form asks for."""

    NAME = "name"
    EMAIL = "email"
    PHONE = "phone"
    TEXT = "text"
    CHOICE = "choice"


class FormField(Section, frozen=True, kw_only=True):
    """A question to visitors before they write."""

    name: Slug
    """What it is called in attributes: a field ``order`` is the attribute ``form.order``, for triage rules too."""
    kind: FieldKind
    """What it asks for; an email address or phone number is checked."""
    required: bool = False
    """Whether a chat can begin without it."""
    label: Title | None = None
    """The question; left out: the widget's own words for a name, an email address or a phone number."""
    choices: Annotated[tuple[Title, ...], Meta(max_length=50)] = ()
    """The answers to choose from, with ``kind = "choice"``."""


class ChatEndpoint(Section, frozen=True, kw_only=True):
    """A web chat of ours."""

    name: Title = "Chat"
    """Shown to visitors."""
    allowed_origins: tuple[AnyOrigin, ...] = ()
    """Sites that may embed the chat. Our own origin always may."""
    greeting: Greeting | None = None
    """Stands above an empty chat; left out: a greeting in the visitor's language."""
    color: Color = "#1a5fb4"
    """Of the button and the head, under white text."""
    position: Literal["right", "left"] = "right"
    """In which lower corner of the page; where text runs from right to left, the sides are swapped."""
    language: Language | None = None
    """In which language the chat speaks to visitors; left out: in that of the page or the browser."""
    form: Annotated[tuple[FormField, ...], Meta(max_length=10)] = ()
    """What visitors are asked before they write."""
    files: bool = True
    """Whether visitors may send files."""
    email_endpoint: Slug | None = None
    """The email endpoint by which transcripts go out, chats continue, and messages that are left come in."""
    after_hours: Literal["chat", "email"] = "chat"
    """While the queue's calendar is closed: chat all the same, or leave a message that is answered by email."""
    continue_by_email_after_s: Duration = 60
    """A visitor who is gone for so long gets answers by email, if their address is known and ``email_endpoint`` set."""
    identity_secret: SigningSecret | None = None
    """Signs, on the site's server, who its visitor is; at least 32 characters. Left out: all visitors are anonymous."""
    identity_required: bool = False
    """Only visitors whose identity is signed may chat."""
    transcripts: bool = False
    """Whether visitors may have the conversation sent to an email address; needs ``email_endpoint``."""


class Chat(Section, frozen=True, kw_only=True):
    """Web chat."""

    endpoints: dict[Slug, ChatEndpoint] = msgspec.field(default_factory=lambda: {"web": ChatEndpoint()})
    """Each is an address at which visitors reach us."""


def check_chat(chat: Chat, email: Email, report: Report) -> None:
    """What the types cannot say."""
    for name, endpoint in chat.endpoints.items():
        where: Where = ("chat", "endpoints", name)
        contrast = contrast_with_white(endpoint.color)
        if contrast < WHITE_CONTRAST_MIN:
            report.error(
                (*where, "color"),
                f"white text on {endpoint.color} has a contrast of {contrast:.1f}, and needs {WHITE_CONTRAST_MIN}"
                " to be readable: choose a darker one",
            )
        _check_email_endpoint(endpoint, email, where, report)
        if endpoint.identity_required and endpoint.identity_secret is None:
            report.error((*where, "identity_required"), "needs identity_secret, else nobody could chat")
        _check_form(endpoint.form, (*where, "form"), report)


def contrast_with_white(color: str) -> float:
    """The contrast ratio of WCAG between white and a colour like ``#1a5fb4``: 1 to 21."""

    def linear(channel: str) -> float:
        share = int(channel, 16) / 255
        return share / 12.92 if share <= 0.04045 else float(((share + 0.055) / 1.055) ** 2.4)

    red, green, blue = (linear(color[start : start + 2]) for start in (1, 3, 5))
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def _check_email_endpoint(endpoint: ChatEndpoint, email: Email, where: Where, report: Report) -> None:
    if endpoint.email_endpoint is None:
        for key, uses_it in (("after_hours", endpoint.after_hours == "email"), ("transcripts", endpoint.transcripts)):
            if uses_it:
                report.error((*where, key), "needs email_endpoint, which says by which address mail goes")
    elif endpoint.email_endpoint not in email.endpoints:
        report.unknown(
            (*where, "email_endpoint"), "there is no such email endpoint", endpoint.email_endpoint, email.endpoints
        )


def _check_form(form: tuple[FormField, ...], where: Where, report: Report) -> None:
    names: set[str] = set()
    kinds: set[FieldKind] = set()
    for number, field in enumerate(form):
        if field.name in names:
            report.error((*where, number, "name"), "another field has this name")
        if field.kind in kinds and field.kind in (FieldKind.NAME, FieldKind.EMAIL, FieldKind.PHONE):
            report.error((*where, number, "kind"), f"another field asks for this: a form has one {field.kind}")
        if (field.kind is FieldKind.CHOICE) != bool(field.choices):
            report.error((*where, number, "choices"), 'go together with kind = "choice", which needs them')
        if field.label is None and field.kind in (FieldKind.TEXT, FieldKind.CHOICE):
            report.error((*where, number, "label"), "is missing: nobody would know what is asked")
        names.add(field.name)
        kinds.add(field.kind)
