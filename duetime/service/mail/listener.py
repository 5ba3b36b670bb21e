"""Takes mail that is forwarded to us, by SMTP or LMTP, for our own addresses only.

A mail is acknowledged when it is kept, not before; whoever hands it over tries again otherwise. Nothing is relayed.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Callable, Mapping

import structlog
from aiosmtpd.smtp import SMTP, Envelope, Session

from duetime.config.email_settings import EmailEndpoint
from duetime.config.email_settings import MailListener as ListenerSettings
from duetime.queues.connection import ServerLost
from duetime.router.errors import NotReady
from duetime.router.ids import EndpointId
from duetime.service.mail.listener_session import LmtpSession, Sessions, SmtpSession, ip_address_of
from duetime.service.mail.recipients import Recipients
from duetime.service.mail.slices import joined
from duetime.service.mail.taking import Take
from duetime.service.mail.trace import trace_header

RECIPIENTS_MAX = 100
STOP_S = 10
"""So long a mail that is being taken may still be acknowledged when the listener stops."""
KEPT = "250 2.0.0 Kept"
NOT_NOW = "451 4.3.0 It cannot be kept now: try again later"

log = structlog.get_logger(__name__)


class MailListener:
    """What aiosmtpd asks about each mail (the ``handle_`` methods), and the server that it asks for."""

    def __init__(
        self,
        settings: ListenerSettings,
        endpoints: Mapping[str, EmailEndpoint],
        *,
        take: Take,
        clock: Callable[[], int],
        mail_bytes: int,
    ) -> None:
        """``mail_bytes``: a larger mail is refused."""
        self._settings = settings
        self._recipients = Recipients(endpoints)
        self._take = take
        self._clock = clock
        self._mail_bytes = mail_bytes
        self._networks = [ipaddress.ip_network(network, strict=False) for network in settings.networks]
        self._host = socket.gethostname()
        self._server: asyncio.Server | None = None
        self._sessions = Sessions()

    @property
    def place(self) -> str:
        return f"{self._settings.host}:{self._settings.port}"

    async def start(self) -> int:
        """Gives the port on which it listens. Raises OSError."""
        kind = LmtpSession if self._settings.protocol == "lmtp" else SmtpSession
        loop = asyncio.get_running_loop()

        def session() -> SMTP:
            return kind(self, self._sessions, hostname=self._host, mail_bytes=self._mail_bytes)

        self._server = await loop.create_server(session, self._settings.host, self._settings.port)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Takes no more mail. What has come whole is still kept and acknowledged."""
        if self._server is not None:
            self._server.close()
        await self._sessions.end(STOP_S)

    def admits(self, peer: str) -> bool:
        """Whether this IP address may hand over mail."""
        address = ipaddress.ip_address(peer.partition("%")[0])
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        return any(address in network for network in self._networks)

    async def deliver(self, session: Session, envelope: Envelope, content: bytes) -> list[str]:
        """An answer for each recipient. An endpoint gets a mail once, however many of its addresses are named."""
        answers: dict[EndpointId, str] = {}
        endpoints = [self._recipients.endpoint(address) for address in envelope.rcpt_tos]
        for endpoint in dict.fromkeys(endpoints):
            if endpoint is None:
                continue
            named = [
                address for address, theirs in zip(envelope.rcpt_tos, endpoints, strict=True) if theirs == endpoint
            ]
            head = trace_header(
                host=self._host,
                protocol=self._settings.protocol.upper(),
                peer=ip_address_of(session),
                greeting=session.host_name or "",
                sender=envelope.mail_from or "",
                recipients=named,
                at=self._clock(),
            )
            answers[endpoint] = await self._keep(endpoint, await joined(head, content))
        return [answers[endpoint] if endpoint else NOT_NOW for endpoint in endpoints]

    async def _keep(self, endpoint: EndpointId, raw: bytes) -> str:
        try:
            await self._take(endpoint, raw, None)
        except (ServerLost, NotReady):
            return NOT_NOW
        except Exception:
            log.exception("a mail that was handed over could not be taken", endpoint=endpoint)
            return NOT_NOW
        return KEPT

    async def handle_MAIL(  # noqa: N802 - aiosmtpd finds it by this name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._sessions.ending:
            return "421 4.3.2 Stopping: try again later"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd finds it by this name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._recipients.endpoint(address) is None:
            return "550 5.1.1 This is no address of ours, and nothing is passed on to others"
        if len(envelope.rcpt_tos) >= RECIPIENTS_MAX:
            return f"452 4.5.3 More than {RECIPIENTS_MAX} recipients: send the others in another mail"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_exception(self, error: Exception) -> str:
        log.error("a mail session failed", error=type(error).__name__)
        return NOT_NOW
