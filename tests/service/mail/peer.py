"""A real SMTP server (aiosmtpd) that misbehaves by name."""

import asyncio
import ssl
from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from duetime.config.email_settings import Smtp

USER, PASSWORD, TOKEN = "support", "hush-hush", "ya29.token"


class Misbehaviour(StrEnum):
    NONE = "none"
    GREETS_NEVER = "greets_never"
    GREETS_WITH_554 = "greets_with_554"
    SAYS_421_AT_MAIL = "421_at_mail"
    SAYS_550_AT_MAIL = "550_at_mail"
    SAYS_530_AT_MAIL = "530_at_mail"
    SAYS_451_AT_RCPT = "451_at_rcpt"
    SAYS_550_AT_RCPT = "550_at_rcpt"
    DROPS_BEFORE_DATA = "drops_before_data"
    DROPS_WITHIN_DATA = "drops_within_data"
    DROPS_AFTER_DATA = "drops_after_data"
    ANSWERS_DATA_NEVER = "answers_data_never"
    SAYS_451_AFTER_DATA = "451_after_data"
    SAYS_552_AFTER_DATA = "552_after_data"
    SAYS_552_WITHIN_DATA = "552_within_data"
    REFUSES_STARTTLS = "refuses_starttls"
    SAYS_NONSENSE = "says_nonsense"


@dataclass
class Taken:
    sender: str
    recipient: str
    raw: bytes


@dataclass
class Peer:
    """``misbehaves`` may be changed at any time; what was taken although the client heard nothing of it counts."""

    port: int = 0
    misbehaves: Misbehaviour = Misbehaviour.NONE
    taken: list[Taken] = field(default_factory=list)
    connections: list["_Server"] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    freely: asyncio.Event = field(default_factory=asyncio.Event)
    """While it is not set, mails are kept waiting for their answer."""

    def settings(self, **changed: object) -> Smtp:
        known: dict[str, object] = {"host": "localhost", "port": self.port, "tls": "none", "timeout_s": 5, **changed}
        return Smtp(**known)  # type: ignore[arg-type]

    def drop_connections(self) -> None:
        """As a server does with those that rest."""
        for connection in self.connections:
            _drop(connection)

    async def handle_MAIL(  # noqa: N802 - the names of aiosmtpd
        self, server: SMTP, session: Session, envelope: Envelope, address: str | None, options: list[str]
    ) -> str:
        match self.misbehaves:
            case Misbehaviour.SAYS_421_AT_MAIL:
                await server.push("421 closing")
                _drop(server)
                return "421 closing"
            case Misbehaviour.SAYS_530_AT_MAIL:
                return "530 Authentication required"
            case Misbehaviour.SAYS_550_AT_MAIL:
                return "550 you may not send as this"
            case _:
                envelope.mail_from, envelope.mail_options = address, options
                return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        match self.misbehaves:
            case Misbehaviour.SAYS_451_AT_RCPT:
                return "451 4.7.1 greylisted, try again"
            case Misbehaviour.SAYS_550_AT_RCPT:
                return "550 5.1.1 no such user\r\x07 here"
            case Misbehaviour.DROPS_BEFORE_DATA:
                _drop(server)
            case Misbehaviour.SAYS_NONSENSE:
                return "lorem ipsum"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        match self.misbehaves:
            case Misbehaviour.SAYS_451_AFTER_DATA:
                return "451 try again"
            case Misbehaviour.SAYS_552_AFTER_DATA:
                return "552 too big"
        content = envelope.original_content or b""
        self.taken.append(Taken(envelope.mail_from or "", envelope.rcpt_tos[0], content))
        match self.misbehaves:
            case Misbehaviour.DROPS_AFTER_DATA:
                _drop(server)
            case Misbehaviour.ANSWERS_DATA_NEVER:
                await asyncio.Event().wait()
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await self.freely.wait()
        self.at_once -= 1
        return f"250 taken as {len(self.taken)}"

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, kind: str, data: object) -> AuthResult:
        good = isinstance(data, LoginPassword) and data == LoginPassword(USER.encode(), PASSWORD.encode())
        return AuthResult(success=good, handled=False)


def _drop(server: SMTP) -> None:
    if server.transport is not None:
        server.transport.close()


class _Server(SMTP):
    def __init__(self, peer: Peer, **options: object) -> None:
        super().__init__(peer, hostname="peer", **options)  # type: ignore[arg-type]
        self.peer = peer

    async def _handle_client(self) -> None:
        self.peer.connections.append(self)
        match self.peer.misbehaves:
            case Misbehaviour.GREETS_NEVER:
                await asyncio.Event().wait()
            case Misbehaviour.GREETS_WITH_554:
                await self.push("554 not from you")
                _drop(self)
            case _:
                await super()._handle_client()

    async def smtp_STARTTLS(self, arg: str) -> None:  # noqa: N802
        if self.peer.misbehaves is Misbehaviour.REFUSES_STARTTLS:
            await self.push("454 TLS not available due to temporary reason")
        else:
            await super().smtp_STARTTLS(arg)

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        if self.peer.misbehaves in (Misbehaviour.DROPS_WITHIN_DATA, Misbehaviour.SAYS_552_WITHIN_DATA):
            await self.push("354 go on")
            await self._reader.readline()
            if self.peer.misbehaves is Misbehaviour.SAYS_552_WITHIN_DATA:
                await self.push("552 too big")
                while await self._reader.read(65_536):
                    pass
            _drop(self)
        else:
            await super().smtp_DATA(arg)

    async def smtp_AUTH(self, arg: str) -> None:  # noqa: N802
        """XOAUTH2 as Google and Microsoft do it: what is wrong comes as a challenge, to be answered by nothing."""
        kind, _, blob = (arg or "").partition(" ")
        if kind.upper() != "XOAUTH2":
            await super().smtp_AUTH(arg)
            return
        if b64decode(blob) == f"user={USER}\1auth=Bearer {TOKEN}\1\1".encode():
            await self.push("235 2.7.0 accepted")
            return
        await self.push("334 eyJzdGF0dXMiOiI0MDAifQ==")
        await self._reader.readline()
        await self.push("535 5.7.8 token not accepted")


@asynccontextmanager
async def running_peer(
    misbehaves: Misbehaviour = Misbehaviour.NONE,
    *,
    tls: ssl.SSLContext | None = None,
    implicit_tls: ssl.SSLContext | None = None,
    **options: object,
) -> AsyncIterator[Peer]:
    """On a free port of this machine. ``tls`` offers STARTTLS, ``implicit_tls`` speaks nothing else."""
    peer = Peer(misbehaves=misbehaves)
    peer.freely.set()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: _Server(peer, loop=loop, tls_context=tls, authenticator=peer.authenticate, **options),
        "localhost",
        0,
        ssl=implicit_tls,
    )
    peer.port = server.sockets[0].getsockname()[1]
    try:
        yield peer
    finally:
        server.close()
        peer.drop_connections()
