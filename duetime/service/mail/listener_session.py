"""One connection of a peer that hands over mail: aiosmtpd's session, with an own way to receive the text.

aiosmtpd reads a text line by line, which stands still for all others when it has many, and refuses lines of more than
998 bytes, which real mails have. Here it is read in pieces of any size.
"""

import asyncio
import logging
from typing import Any, Final, Protocol

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session, syntax

from duetime.service.mail.incoming_text import IncomingText

SESSIONS_MAX: Final = 20
"""At once: each may hold a mail of the largest size."""
SILENCE_S: Final = 120
"""A peer that says nothing for so long is disconnected."""
COMMANDS: Final = {"*": 20, "MAIL": 1000, "RCPT": 20_000, "DATA": 1000, "RSET": 1000, "NOOP": 1000}
"""So many of each on one connection."""
PIECE_BYTES: Final = 1 << 20
"""More than is ever buffered."""

# It writes addresses to its log.
logging.getLogger("mail.log").setLevel(logging.CRITICAL)


class Sessions:
    """Those that are open."""

    def __init__(self) -> None:
        self._open: set[SmtpSession] = set()
        self._none = asyncio.Event()
        self._none.set()
        self.ending = False

    def add(self, session: "SmtpSession") -> bool:
        """False when there are too many, or all are to end."""
        if self.ending or len(self._open) >= SESSIONS_MAX:
            return False
        self._open.add(session)
        self._none.clear()
        return True

    def remove(self, session: "SmtpSession") -> None:
        self._open.discard(session)
        if not self._open:
            self._none.set()

    async def end(self, within_s: float) -> None:
        """Ends those at once that are not in the middle of a mail, and the others after this time."""
        self.ending = True
        for session in list(self._open):
            session.dismiss()
        try:
            async with asyncio.timeout(within_s):
                await self._none.wait()
        except TimeoutError:
            for session in list(self._open):
                session.cut_off()


class Receiver(Protocol):
    """What decides about a mail."""

    def admits(self, peer: str) -> bool: ...

    async def deliver(self, session: Session, envelope: Envelope, content: bytes) -> list[str]: ...


class SmtpSession(SMTP):
    def __init__(self, receiver: Receiver, sessions: Sessions, *, hostname: str, mail_bytes: int) -> None:
        super().__init__(
            receiver,
            data_size_limit=mail_bytes,
            enable_SMTPUTF8=True,
            hostname=hostname,
            ident="Duetime",
            timeout=SILENCE_S,
            command_call_limit=COMMANDS,
            loop=asyncio.get_running_loop(),
        )
        self._receiver = receiver
        self._sessions = sessions
        self._receiving = False

    async def _handle_client(self) -> None:
        assert self.session is not None  # noqa: S101 - aiosmtpd made it with the connection
        if not self._receiver.admits(ip_address_of(self.session)):
            await self._say_goodbye("554 5.7.1 You may not hand over mail here (email.listen.networks)")
        elif not self._sessions.add(self):
            await self._say_goodbye("421 4.3.2 Too many connections, or stopping: try again later")
        else:
            try:
                await super()._handle_client()
            finally:
                self._sessions.remove(self)

    @syntax("DATA")
    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802 - the name of the command
        if await self.check_helo_needed():
            return
        session, envelope = self.session, self.envelope
        if session is None or envelope is None or not envelope.rcpt_tos:
            await self.push("503 5.5.1 Say first to whom: RCPT TO:<address>")
            return
        if arg:
            await self.push("501 5.5.4 DATA stands alone")
            return
        self._receiving = True
        try:
            await self.push("354 End with a dot alone on a line")
            content = await self._receive()
            self.envelope = self._create_envelope()
            if content is None:
                answers = [f"552 5.3.4 The mail has more than {self.data_size_limit} bytes"] * len(envelope.rcpt_tos)
            else:
                answers = await self._receiver.deliver(session, envelope, content)
            for answer in self._summed_up(answers):
                await self.push(answer)
        finally:
            self._receiving = False
        if self._sessions.ending:
            self.dismiss()

    def _summed_up(self, answers: list[str]) -> list[str]:
        """SMTP has one answer for all: the mail is kept when it is kept for each."""
        return [max(answers)]

    async def _receive(self) -> bytes | None:
        """The text; None when it was too long, after its end was found."""
        text, rest = IncomingText(self.data_size_limit or 0), None
        while rest is None:
            piece = await self._reader.read(PIECE_BYTES)
            if not piece:
                raise ConnectionResetError
            self._reset_timeout()
            rest = text.feed(piece)
        if rest and not self._reader.at_eof():
            self._reader.feed_data(rest)  # the next command; nothing else is buffered, so the order stays
        return text.content()

    def dismiss(self) -> None:
        """Ends the connection, unless a mail is coming in: then after it."""
        if not self._receiving and self.transport is not None:
            self._writer.write(b"421 4.3.2 Stopping: try again later\r\n")
            self.transport.close()

    def cut_off(self) -> None:
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()

    async def _say_goodbye(self, answer: str) -> None:
        await self.push(answer)
        if self.transport is not None:
            self.transport.close()


def ip_address_of(session: Session) -> str:
    """Of the peer. aiosmtpd says that a peer is a text, and gives what the socket gives."""
    peer: Any = session.peer
    return str(peer[0])


class LmtpSession(SmtpSession, LMTP):
    def _summed_up(self, answers: list[str]) -> list[str]:
        return answers
