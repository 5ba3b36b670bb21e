"""An SMS gateway with an HTTP interface of its own, described by settings; Kannel's smsbox is one."""

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from duetime.config.fields import Template
from duetime.config.section import Network, Secret, Section

_END = r"(?![\s\S])"
Field = Annotated[
    str,
    Meta(
        pattern=rf"^[^\s\x00-\x1f\x7f]{{1,100}}{_END}",
        description='the name of a field, such as "from", or its path in JSON, such as "message.from"',
        extra={"called": "a field"},
    ),
]
HeaderName = Annotated[
    str, Meta(pattern=rf"^[a-z0-9-]{{1,100}}{_END}", description='a header such as "x-signature", in lower case')
]
HttpUrl = Annotated[
    str,
    Meta(
        pattern=rf"^https?://[^\s#]+{_END}",
        max_length=2000,
        description='a URL such as "https://gateway.example.com/send"',
    ),
]
Status = Annotated[int, Meta(ge=200, le=599)]
Words = tuple[Annotated[str, Meta(min_length=1, max_length=100)], ...]

FIELD_PLACES: Final = (
    "from", "to", "from_digits", "to_digits", "text", "id", "status_url", "coding", "user", "password", "secret",
)  # fmt: skip
"""What may stand in braces in what is sent."""


class GatewayInbound(Section, frozen=True, kw_only=True):
    """Where the gateway's messages have what: in the query, a form or JSON, whichever it sends."""

    id_field: Field = "id"
    """The message's id, by which one that comes twice is recognised."""
    from_field: Field = "from"
    """Who wrote it."""
    to_field: Field = "to"
    """To which of our numbers."""
    text_field: Field = "text"
    """The text."""
    charset_field: Field | None = None
    """The name of the text's charset, where it is not always UTF-8."""
    media_field: Field | None = None
    """The address of a file, or a list of such."""


class GatewayReceipts(Section, frozen=True, kw_only=True):
    """Where the gateway's receipts have what. Words and numbers that stand in no list change nothing."""

    id_field: Field = "id"
    """The id that sending gave; ours, if it gave none."""
    status_field: Field = "status"
    """How far it got."""
    reason_field: Field | None = None
    """Why it failed."""
    sent: Words = ("sent", "accepted")
    """What means that the network has it."""
    delivered: Words = ("delivered", "delivrd")
    """What means that the phone has it."""
    read: Words = ("read",)
    """What means that it was read."""
    failed: Words = ("failed", "undelivered", "undeliv", "rejected", "rejectd", "expired")
    """What means that it will never arrive."""


class GatewayVerify(Section, frozen=True, kw_only=True):
    """By what the gateway's webhooks are known; what is given here must all be right."""

    secret: Secret | None = None
    """Stands in each webhook."""
    query: Field = "key"
    """It stands in this field of the query."""
    header: HeaderName | None = None
    """Or in this header, of which it is the whole value."""
    hmac_secret: Secret | None = None
    """Makes the HMAC of the body that stands in a header."""
    hmac_header: HeaderName = "x-signature"
    """In which; in hexadecimal or base 64, a prefix such as ``sha256=`` may stand before it."""
    hmac_algorithm: Literal["sha1", "sha256", "sha512"] = "sha256"
    """By which hash."""
    networks: tuple[Network, ...] = ()
    """From where its webhooks come."""


class HttpGateway(Section, frozen=True, kw_only=True):
    """A gateway that takes messages by HTTP and calls us for those that come."""

    url: HttpUrl
    """Takes our messages."""
    method: Literal["GET", "POST"] = "POST"
    """How."""
    format: Literal["form", "json"] = "form"
    """How the fields are sent: as a form, which is the query with ``GET``, or as JSON."""
    fields: dict[Field, Template] = msgspec.field(
        default_factory=lambda: {"from": "{from}", "to": "{to}", "text": "{text}"}
    )
    """What is sent, with the places ``{from}``, ``{to}``, ``{from_digits}``, ``{to_digits}`` (without the +),
    ``{text}``, ``{id}`` (ours), ``{status_url}``, ``{coding}`` (Kannel's: 0 for GSM 03.38, 2 for UCS-2), ``{user}``,
    ``{password}`` and ``{secret}`` (that of ``verify``). One with ``{status_url}`` is left out where there is none."""
    auth: Literal["fields", "basic", "bearer"] = "fields"
    """How we sign in: by fields that hold ``{user}`` and ``{password}``, or by a header."""
    user: Annotated[str, Meta(max_length=400)] = ""
    """Who sends."""
    password: Secret | None = None
    """Their password, or the token."""
    refused_statuses: tuple[Status, ...] = (400, 422)
    """Answers with these are final. Others than 200 to 299 and these: the message is tried again."""
    sent_prefixes: Words = ()
    """The answer must begin with one of these; none named: its status says everything."""
    id_field: Field | None = None
    """Where the answer, as JSON, has the gateway's id of the message; left out: receipts have ours."""
    inbound: GatewayInbound = GatewayInbound()
    """What its messages look like."""
    receipts: GatewayReceipts = GatewayReceipts()
    """What its receipts look like."""
    verify: GatewayVerify = GatewayVerify()
    """How they are verified."""
    answer_status: Status = 200
    """Our answer to a webhook that was kept."""
    answer_body: Annotated[str, Meta(max_length=1000)] = ""
    """And its body."""

    @property
    def account(self) -> str:
        return f"{self.url} {self.user}"
