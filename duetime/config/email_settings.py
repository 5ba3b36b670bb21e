"""The settings of email: which mailboxes are read, how answers are sent, what is believed."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from duetime.config.fields import Duration, Slug, Title
from duetime.config.problems import Report, Where
from duetime.config.section import Bytes, Count, Network, Port, Secret, Section

MailAddress = Annotated[
    str,
    Meta(
        pattern=r"^[^\s@<>,;:\"()\[\]\\]+@[^\s@<>,;:\"()\[\]\\]+(?![\s\S])",
        max_length=320,
        description="a mail address",
    ),
]
_START = '"now", "all" or a day such as "2026-03-01"'
Host = Annotated[str, Meta(min_length=1, max_length=253)]
Folder = Annotated[str, Meta(min_length=1, max_length=255)]


class OAuth(Section, frozen=True, kw_only=True):
    """Where a mailbox's access token comes from: a refresh grant, or a command that prints it."""

    token_url: Annotated[str, Meta(pattern=r"^https?://", max_length=2000)] | None = None
    """Where a refresh token is exchanged."""
    client_id: Annotated[str, Meta(max_length=400)] = ""
    """Who we are there."""
    client_secret: Secret | None = None
    """Proves it."""
    refresh_token: Secret | None = None
    """Is exchanged for access tokens."""
    command: tuple[str, ...] = ()
    """A program and its arguments; what it prints is the token. It is not run by a shell."""


class Imap(Section, frozen=True, kw_only=True):
    """A mailbox that is read."""

    host: Host
    """Its server."""
    port: Port = 993
    """Its port."""
    tls: bool = True
    """Off only for a server on this machine: what goes over the wire is readable."""
    ca_file: str | None = None
    """The authority of the server's certificate, where the system does not know it."""
    user: Annotated[str, Meta(min_length=1, max_length=400)]
    """Who reads it."""
    password: Secret | None = None
    """Their password."""
    oauth: OAuth | None = None
    """In place of the password (XOAUTH2)."""
    folders: Annotated[tuple[Folder, ...], Meta(min_length=1, max_length=20)] = ("INBOX",)
    """Which folders are read."""
    after: Literal["leave", "flag", "move"] = "leave"
    """What happens to a mail once it is kept here: nothing, it is marked as seen, or it is moved."""
    move_to: Folder | None = None
    """Where to, with ``after = "move"``."""
    start: Annotated[str, Meta(pattern=r"^(?:now|all|[0-9]{4}-[0-9]{2}-[0-9]{2})(?![\s\S])", description=_START)] = (
        "now"
    )
    """Which mails a mailbox that was never read before gives: those that come from now on, all, or since a day."""
    poll_s: Duration = 60
    """How often to look where the server does not tell by itself (IDLE)."""
    timeout_s: Duration = 30
    """An answer of the server that takes longer ends the connection."""


class Smtp(Section, frozen=True, kw_only=True):
    """How answers are sent."""

    host: Host
    """The server that takes mail from us."""
    port: Port = 587
    """Its port."""
    tls: Literal["starttls", "tls", "none"] = "starttls"
    """From within the connection, from its beginning, or not at all, for a server on this machine."""
    ca_file: str | None = None
    """The authority of the server's certificate, where the system does not know it."""
    user: Annotated[str, Meta(max_length=400)] | None = None
    """Who sends; left out: the server asks nobody."""
    password: Secret | None = None
    """Their password."""
    oauth: OAuth | None = None
    """In place of the password (XOAUTH2)."""
    timeout_s: Duration = 60
    """An answer of the server that takes longer ends the connection."""
    connections: Annotated[int, Meta(ge=1, le=50)] = 2
    """How many at once."""


class Dkim(Section, frozen=True, kw_only=True):
    """Signs what is sent."""

    domain: Host
    """Which domain signs."""
    selector: Annotated[str, Meta(min_length=1, max_length=63)]
    """Where its key stands: ``<selector>._domainkey.<domain>``."""
    private_key: Secret
    """In PEM; ``private_key_file`` names a file with it."""


class EmailEndpoint(Section, frozen=True, kw_only=True):
    """A mail address of ours."""

    address: MailAddress
    """Where customers write to, and what our answers come from."""
    name: Title = "Support"
    """Stands before the address in answers."""
    aliases: tuple[MailAddress, ...] = ()
    """Other addresses that end up here."""
    plus_addressing: bool = True
    """Answers ask for replies to ``support+<token>@…``, so that these find their conversation whatever a mail program
    does to their headers. Off where the server does not deliver such addresses."""
    imap: Imap | None = None
    """The mailbox that is read."""
    smtp: Smtp | None = None
    """How answers are sent; without it they wait."""
    dkim: Dkim | None = None
    """Signs answers."""


class MailListener(Section, frozen=True, kw_only=True):
    """Takes mail that is forwarded to us, instead of fetching it."""

    port: Port
    """The port to listen on; 0: any free one."""
    host: Host = "127.0.0.1"
    """The address to listen on."""
    protocol: Literal["smtp", "lmtp"] = "smtp"
    """LMTP answers for each recipient, as a mail server's delivery expects it."""
    networks: tuple[Network, ...] = ("127.0.0.0/8", "::1/128")
    """Who may connect: those who forward mail to us, such as our own mail server. What they say is believed."""


class Email(Section, frozen=True, kw_only=True):
    """Email."""

    endpoints: dict[Slug, EmailEndpoint] = msgspec.field(default_factory=dict)
    """Each is a mail address of ours."""
    listen: MailListener | None = None
    """Takes mail by SMTP or LMTP; left out: it does not."""
    authserv_ids: tuple[Host, ...] = ()
    """The names under which our own mail servers write ``Authentication-Results``. Without one no sender is verified,
    and mail joins another's conversation only by the token in our answers."""
    same_mail: Literal["each", "once"] = "each"
    """A mail to two of our addresses opens a conversation at each, or at the first one only."""
    mail_bytes: Bytes = 25 * 1024 * 1024
    """A larger one is kept, but not read."""
    keep_raw_days: Annotated[int, Meta(ge=0, le=3650)] = 30
    """How long mails are kept as they came."""
    readers: Annotated[int, Meta(ge=1, le=32)] = 2
    """How many processes read mails."""
    acknowledgements_per_hour: Count = 3
    """So many at most to one address, whatever its mails say of themselves."""
    retry_for_s: Duration = 2 * 24 * 3600
    """For so long a mail that the server does not take yet is tried again."""


def check_email(email: Email, report: Report) -> None:
    """What the types cannot say."""
    owners: dict[str, str] = {}
    for name, endpoint in email.endpoints.items():
        where = ("email", "endpoints", name)
        for address in (endpoint.address, *endpoint.aliases):
            other = owners.setdefault(address.casefold(), name)
            if other != name:
                report.error((*where, "address"), f"{address} is an address of email.endpoints.{other} already")
        _check_imap(endpoint.imap, where, report)


def _check_imap(imap: Imap | None, where: Where, report: Report) -> None:
    if imap is None:
        return
    if (imap.after == "move") != (imap.move_to is not None):
        report.error((*where, "imap", "move_to"), 'goes together with after = "move", which needs it')
    if imap.password is None and imap.oauth is None:
        report.error((*where, "imap"), "needs a password, or oauth in its place")
