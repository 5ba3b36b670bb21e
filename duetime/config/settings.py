"""The settings: how this daemon runs. A TOML file, then environment variables, which win.

Every key outside the tables of endpoints has a variable, ``DUETIME_<SECTION>_<KEY>``: ``DUETIME_HTTP_PORT``,
``DUETIME_REDIS_URL``, ``DUETIME_WORKSPACE``. A secret can also stand alone in a file, named by the key with
``_file``: ``redis.url_file``, ``DUETIME_REDIS_URL_FILE``. Relative paths start in the current folder.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from duetime.config.chat_settings import Chat, check_chat
from duetime.config.decode import decode
from duetime.config.email_settings import Email, check_email
from duetime.config.environment import overlay, read_secret_files
from duetime.config.fields import Duration, Origin, Pause, Slug, Title
from duetime.config.file_types import RUN_BY_NAME, RUN_BY_TYPE, Extension, MediaType
from duetime.config.parse import Tree, parse, read
from duetime.config.problems import Report
from duetime.config.section import Bytes, Count, Network, Port, Section
from duetime.config.sms_settings import Sms, check_sms
from duetime.router.message import TEXT_LIMIT

EXAMPLE_ROUTING = Path(__file__).with_name("example_routing.toml")


def _place(url: str) -> str:
    """The URL without user, password and query. Raises ValueError if its port is none."""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}"


RedisUrl = Annotated[
    str,
    Meta(
        pattern=r"^(?:rediss?|unix)://\S+(?![\s\S])",
        description='a Redis address such as "redis://localhost:6379/0", "rediss://..." or "unix:///run/redis.sock"',
        extra={"secret": True, "reads": _place},
    ),
]


class Http(Section, frozen=True, kw_only=True):
    """Where the API, the sockets and the consoles are served."""

    host: Annotated[str, Meta(min_length=1, max_length=253)] = "127.0.0.1"
    """The address to listen on; "0.0.0.0" to be reached from other machines, with TLS in front."""
    port: Port = 8080
    """The port to listen on; 0: any free one."""
    public_url: Origin | None = None
    """Where people reach the daemon, if a proxy stands before it."""
    allowed_origins: tuple[Origin, ...] = ()
    """Other origins whose pages may open the desk's socket. Our own always may."""
    trusted_proxies: tuple[Network, ...] = ()
    """Addresses or networks whose ``X-Forwarded-For`` and ``-Proto`` are believed."""


class Redis(Section, frozen=True, kw_only=True):
    """Where all state is kept."""

    url: RedisUrl | None = None
    """A Redis or Valkey of 7.0 or newer; left out: the embedded server, with its data in ``data.dir``."""

    def __repr__(self) -> str:
        return f"Redis({self.place})"

    @property
    def place(self) -> str | None:
        """The URL without its secrets, for logs."""
        return None if self.url is None else _place(self.url)


class Data(Section, frozen=True, kw_only=True):
    """What stays on this machine."""

    dir: Path = Path("data")
    """For everything that this daemon keeps on disk."""


class RoutingSource(Section, frozen=True, kw_only=True):
    """Where the routing configuration comes from at first."""

    file: Path = EXAMPLE_ROUTING
    """The routing configuration of a workspace that has none yet. A file of your own is applied again when it changed
    since a daemon last started with it."""


class Limits(Section, frozen=True, kw_only=True):
    """What one caller may send. A larger or faster one is refused, with the limit in the answer."""

    body_bytes: Bytes = 262_144
    """An HTTP request's body."""
    frame_bytes: Bytes = 65_536
    """One message on a websocket."""
    text_chars: Annotated[int, Meta(ge=1, le=TEXT_LIMIT)] = TEXT_LIMIT
    """The text of one conversation message."""
    requests_per_s_per_token: Count = 200
    """Requests with one token."""
    logins_per_minute_per_ip: Count = 30
    """Requests with a wrong token."""
    connections_per_ip: Count = 200
    """Websockets at once; an office may stand behind one address."""
    desks_per_associate: Count = 10
    """Desk connections of one associate at once."""
    desk_requests_per_s: Count = 50
    """Frames on one desk connection."""
    chat_sessions_per_minute_per_ip: Count = 30
    """New visitors; a visitor who resumes is none."""
    chat_messages_per_minute: Count = 60
    """Messages of one visitor."""


class Desk(Section, frozen=True, kw_only=True):
    """The associates' websocket."""

    reconnect_grace_s: Duration = 20
    """A desk that is away for longer makes its associate offline."""
    heartbeat_s: Duration = 20
    """How often a desk is asked whether it is still there."""
    ticket_ttl_s: Duration = 30
    """How long the single-use ticket that opens a websocket is good for."""
    send_buffer_frames: Count = 1000
    """A client that is further behind is disconnected, and resumes from its cursor."""


class Stop(Section, frozen=True, kw_only=True):
    """How the daemon ends when it is told to."""

    quiet_s: Pause = 0
    """For so long it still answers, takes nothing new, and ``/readyz`` says so: time for a load balancer to hear it."""
    drain_s: Pause = 20
    """From then until what still runs is cut off."""


class Log(Section, frozen=True, kw_only=True):
    """What is written to standard error. Never what people write, never a secret."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    """From which severity on."""
    format: Literal["console", "json"] = "console"
    """For people, or one JSON object a line."""


class ApiEndpoint(Section, frozen=True, kw_only=True):
    """An address for messages of other systems."""

    name: Title = "API"
    """Shown to people."""


class Api(Section, frozen=True, kw_only=True):
    """Messages of other systems."""

    endpoints: dict[Slug, ApiEndpoint] = msgspec.field(default_factory=lambda: {"default": ApiEndpoint()})
    """Each is an address to which other systems send."""


class Attachments(Section, frozen=True, kw_only=True):
    """The files of messages."""

    url: Annotated[str, Meta(pattern=r"^(?:s3|file)://\S+(?![\s\S])", max_length=2000)] | None = None
    """Where they lie, as ``s3://bucket/prefix`` or ``file:///folder``; left out: in ``data.dir``. What else an
    S3-compatible store needs stands in variables: ``AWS_ENDPOINT_URL``, ``AWS_ACCESS_KEY_ID`` and the like."""
    file_bytes: Bytes = 20 * 1024 * 1024
    """The largest file."""
    refused_extensions: tuple[Extension, ...] = RUN_BY_NAME
    """Files with such names are neither taken nor sent. What an archive holds is not looked at."""
    refused_types: tuple[MediaType, ...] = RUN_BY_TYPE
    """Nor are files that come as one of these, whatever their names are."""
    link_ttl_s: Duration = 3600
    """How long a link to a file is good for."""


class Outbound(Section, frozen=True, kw_only=True):
    """Calls to addresses that others name, such as the files of a message."""

    private_networks: tuple[Network, ...] = ()
    """Addresses or networks that may be called although they are not on the public internet."""


class Settings(Section, frozen=True, kw_only=True):
    """All settings of one daemon. The section of a channel has its endpoints: each is an address of ours."""

    workspace: Slug = "main"
    """All daemons of one workspace share its conversations; several workspaces may share one Redis."""
    http: Http = Http()
    """Where the API, the sockets and the consoles are served."""
    redis: Redis = Redis()
    """Where all state is kept."""
    data: Data = Data()
    """What stays on this machine."""
    routing: RoutingSource = RoutingSource()
    """Where the routing configuration comes from at first."""
    limits: Limits = Limits()
    """What one caller may send."""
    desk: Desk = Desk()
    """The associates' websocket."""
    stop: Stop = Stop()
    """How the daemon ends when it is told to."""
    log: Log = Log()
    """What is written to standard error."""
    chat: Chat = Chat()
    """Web chat."""
    api: Api = Api()
    """Messages of other systems."""
    email: Email = Email()
    """Email."""
    sms: Sms = Sms()
    """SMS."""
    attachments: Attachments = Attachments()
    """The files of messages."""
    outbound: Outbound = Outbound()
    """Calls to addresses that others name."""


def load_settings(path: Path | None, environ: Mapping[str, str]) -> Settings:
    """The settings in this file, or in the one that ``DUETIME_SETTINGS`` names, with the variables over them.
    Raises `ConfigProblems` with everything that is wrong."""
    if path is None and environ.get("DUETIME_SETTINGS"):
        path = Path(environ["DUETIME_SETTINGS"])
    tree, report = _read(path) if path else (Tree(), Report("the settings"))
    overlay(tree, Settings, environ, report)
    read_secret_files(tree, Settings, report)
    settings = decode(tree, Settings, report)
    if settings is not None:
        _check(settings, report)
    report.raise_errors()
    assert settings is not None  # noqa: S101 - without errors there are settings
    return settings


def _read(path: Path) -> tuple[Tree, Report]:
    what = f"the settings {path}"
    return parse(read(path, what), what)


def _check(settings: Settings, report: Report) -> None:
    """What the types cannot say."""
    names: dict[str, str] = {}
    for channel in ("chat", "api", "email", "sms"):
        for endpoint in getattr(settings, channel).endpoints:
            other = names.setdefault(endpoint, channel)
            if other != channel:
                sentence = f"{other}.endpoints.{endpoint} has this name: give each its own"
                report.error((channel, "endpoints", endpoint), sentence)
    check_email(settings.email, report)
    check_sms(settings.sms, settings.http.public_url, report)
    check_chat(settings.chat, settings.email, report)
