"""What a page that embeds a chat has to know before anybody writes: looks, form, files, hours."""

import msgspec

from duetime.config.chat_settings import ChatEndpoint, FieldKind
from duetime.queues.policy import business_of
from duetime.router.calendar import NeverOpen
from duetime.router.ids import EndpointId
from duetime.router.message import Channel
from duetime.router.routing import Routing


class AskedField(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    kind: FieldKind
    required: bool
    label: str | None
    choices: tuple[str, ...]


class TakenFiles(msgspec.Struct, frozen=True, kw_only=True):
    max_bytes: int
    """The largest file."""
    refused: tuple[str, ...]
    """What is not taken: extensions of names, and media types, which have a slash."""


class AboutChat(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to ``GET /v1/chat/config``."""

    endpoint: str
    name: str
    greeting: str | None
    color: str
    position: str
    language: str | None
    form: list[AskedField]
    files: TakenFiles | None
    open: bool
    """The queue that takes its messages, if no rule says otherwise, is open now."""
    opens_at: int | None
    """When it opens next; None: it is open, or never will be."""
    after_hours: str
    transcripts: bool
    identity_required: bool


def about_chat(
    name: str, endpoint: ChatEndpoint, routing: Routing, now_ms: int, *, file_bytes: int, refused: tuple[str, ...]
) -> AboutChat:
    is_open, opens_at = _hours(routing, EndpointId(name), now_ms)
    return AboutChat(
        endpoint=name,
        name=endpoint.name,
        greeting=endpoint.greeting,
        color=endpoint.color,
        position=endpoint.position,
        language=endpoint.language,
        form=[
            AskedField(name=one.name, kind=one.kind, required=one.required, label=one.label, choices=one.choices)
            for one in endpoint.form
        ],
        files=TakenFiles(max_bytes=file_bytes, refused=refused) if endpoint.files else None,
        open=is_open,
        opens_at=opens_at,
        after_hours=endpoint.after_hours,
        transcripts=endpoint.transcripts,
        identity_required=endpoint.identity_required,
    )


def _hours(routing: Routing, endpoint: EndpointId, now_ms: int) -> tuple[bool, int | None]:
    queue = routing.endpoints.get(endpoint, routing.channels[Channel.CHAT].default_queue)
    business = business_of(routing, routing.queues[queue])
    if business.is_open(now_ms):
        return True, None
    try:
        return False, business.next_open(now_ms)
    except NeverOpen:
        return False, None
