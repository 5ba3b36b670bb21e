"""Sending mail by SMTP: few connections that are used again, and every outcome one of three: sent, later, refused.

Whatever is wrong with the server or with our settings (unreachable, certificate, password) is `SendLater`: the mails
wait until somebody mends it. Only what the server says of a mail itself is `SendRefused`.
"""

import asyncio
import socket
import ssl
import time
from typing import Final

import aiosmtplib
import msgspec
from aiosmtplib import (
    SMTPAuthenticationError,
    SMTPException,
    SMTPRecipientRefused,
    SMTPResponseException,
    SMTPSenderRefused,
    SMTPServerDisconnected,
    SMTPTimeoutError,
)

from duetime.channels.email.compose_headers import checked_address
from duetime.config.email_settings import Smtp
from duetime.router.errors import Invalid
from duetime.service.delivery import SendLater, SendRefused
from duetime.service.mail.oauth import AccessTokens, TokenRefused
from duetime.service.mail.smtp_data import transmit

SAID_CHARS: Final = 300
REST_S: Final = 30
"""A connection that was not used for longer is made anew: servers and firewalls forget it in silence."""
ABOUT_US: Final = frozenset({421, 454, 530, 534, 535, 538})
"""Replies that speak of the connection or the sign-in, not of the mail."""


class Sent(msgspec.Struct, frozen=True):
    """The server has it."""

    said: str
    """What it answered; often its name for the mail."""


class _Dropped(SendLater):
    """The server ended the connection before it had anything of the mail."""


class _Resting(msgspec.Struct, frozen=True):
    client: aiosmtplib.SMTP
    since_s: float


class SmtpSender:
    """The way out of one endpoint."""

    def __init__(self, settings: Smtp) -> None:
        self._settings = settings
        self._tokens = AccessTokens(settings.oauth) if settings.oauth else None
        self._turns = asyncio.Semaphore(settings.connections)
        self._resting: list[_Resting] = []
        self._closed = False

    async def send(self, raw: bytes, sender: str, recipient: str) -> Sent:
        """Hands one mail to the server. ``sender`` may be empty. Raises SendLater, SendRefused; ValueError for a mail
        with loose line ends, in which a server may see the end of it and the commands of another."""
        if not raw.count(b"\n") == raw.count(b"\r") == raw.count(b"\r\n"):
            raise ValueError("Every line of a mail ends in CRLF")
        for address in filter(None, (sender, recipient)):
            try:
                checked_address(address)  # of several in one text aiosmtplib would silently take the first
            except Invalid as error:
                raise SendRefused(error.detail) from None
        async with self._turns:
            client = self._rested()
            if client is not None:
                try:
                    return await self._send(client, raw, sender, recipient)
                except _Dropped:
                    pass  # while it rested, which says nothing about a new one
            return await self._send(await self._connected(), raw, sender, recipient)

    async def close(self) -> None:
        """Says goodbye on the connections that rest. Those in use end with their mail."""
        self._closed = True
        for resting in self._resting:
            await _quit(resting.client)
        self._resting.clear()

    def _rested(self) -> aiosmtplib.SMTP | None:
        while self._resting:
            resting = self._resting.pop()
            if resting.client.is_connected and time.monotonic() - resting.since_s < REST_S:
                return resting.client
            resting.client.close()
        return None

    async def _send(self, client: aiosmtplib.SMTP, raw: bytes, sender: str, recipient: str) -> Sent:
        """One mail on one connection, which rests afterwards or is closed."""
        try:
            try:
                said = await self._transaction(client, raw, sender, recipient)
            except SMTPResponseException as error:
                raise self._outcome(error) from None
            except SMTPTimeoutError:
                raise SendLater(f"{self._place} did not answer within {self._settings.timeout_s} s.") from None
            except (SMTPException, OSError, EOFError):
                raise _Dropped(f"{self._place} closed the connection.") from None
        except SendRefused:
            await self._rest(client, reset=True)
            raise
        except BaseException:
            # Also when we are cancelled: what the server answers now would be taken for the answer to the next mail.
            client.close()
            raise
        await self._rest(client, reset=False)
        return Sent(said)

    async def _transaction(self, client: aiosmtplib.SMTP, raw: bytes, sender: str, recipient: str) -> str:
        options, encoding = self._mail_options(client, raw, sender, recipient)
        await client.mail(sender, options=options, encoding=encoding)
        await client.rcpt(recipient, encoding=encoding)
        started = await client.execute_command(b"DATA")
        if started.code != 354:
            raise SMTPResponseException(started.code, started.message)
        try:
            answer = await transmit(client, raw, self._settings.timeout_s)
        except (SMTPServerDisconnected, SMTPTimeoutError, TimeoutError, OSError):
            raise SendLater(
                f"The connection to {self._place} was lost before it confirmed the mail, which it may have.",
                ambiguous=True,
            ) from None
        if answer.code != 250:
            raise SMTPResponseException(answer.code, answer.message)
        return _said(answer.message)

    def _mail_options(self, client: aiosmtplib.SMTP, raw: bytes, sender: str, recipient: str) -> tuple[list[str], str]:
        options = []
        if client.supports_extension("size"):
            limit = client.esmtp_extensions["size"].strip()
            if limit.isdecimal() and 0 < int(limit) < len(raw):
                raise SendRefused(f"The mail has {len(raw)} bytes, and {self._place} takes at most {limit}.")
            options.append(f"SIZE={len(raw)}")
        if sender.isascii() and recipient.isascii():
            return options, "ascii"
        if not client.supports_extension("smtputf8"):
            raise SendRefused(f"{self._place} cannot send to an address with letters beyond a to z (SMTPUTF8).")
        return [*options, "SMTPUTF8", "BODY=8BITMIME"], "utf-8"

    def _outcome(self, error: SMTPResponseException) -> SendLater | SendRefused:
        about = {SMTPRecipientRefused: " to the recipient", SMTPSenderRefused: " to the sender"}.get(type(error), "")
        said = f"{self._place} said{about}: {error.code} {_said(error.message)}"
        if error.code == 421:
            return _Dropped(said)
        return SendRefused(said) if 500 <= error.code < 600 and error.code not in ABOUT_US else SendLater(said)

    async def _rest(self, client: aiosmtplib.SMTP, *, reset: bool) -> None:
        try:
            if reset:
                await client.rset()
        except (SMTPException, OSError):
            client.close()
        if self._closed:
            await _quit(client)
        elif client.is_connected:
            self._resting.append(_Resting(client, time.monotonic()))

    async def _connected(self) -> aiosmtplib.SMTP:
        """A connection that may send. Raises SendLater."""
        settings = self._settings
        context = await self._tls_context()
        client = aiosmtplib.SMTP(
            hostname=settings.host,
            port=settings.port,
            timeout=settings.timeout_s,
            use_tls=settings.tls == "tls",
            start_tls=settings.tls == "starttls",
            tls_context=context,
            local_hostname=socket.gethostname(),
        )
        try:
            await client.connect()
            await client.ehlo()
            await self._sign_in(client)
        except SendLater:
            client.close()
            raise
        except SMTPAuthenticationError as error:
            client.close()
            if self._tokens is not None:
                self._tokens.forget()
            raise SendLater(
                f"{self._place} does not take the user name or password: {error.code} {_said(error.message)}"
            ) from None
        except (SMTPException, OSError, EOFError) as error:
            client.close()
            raise SendLater(self._why_not(error)) from None
        except BaseException:
            client.close()
            raise
        return client

    async def _tls_context(self) -> ssl.SSLContext | None:
        if self._settings.tls == "none":
            return None
        try:
            return await asyncio.to_thread(ssl.create_default_context, cafile=self._settings.ca_file)
        except (OSError, ssl.SSLError):
            raise SendLater(f"The file of certificates {self._settings.ca_file} cannot be read.") from None

    async def _sign_in(self, client: aiosmtplib.SMTP) -> None:
        settings = self._settings
        if settings.user is None:
            return
        if self._tokens is not None:
            try:
                token = await self._tokens.token()
            except TokenRefused as error:
                raise SendLater(str(error)) from None
            await client.auth_xoauth2(settings.user, token)
        elif settings.password is not None:
            await client.login(settings.user, settings.password)

    def _why_not(self, error: BaseException) -> str:
        causes = [error, error.__cause__, error.__context__]
        for cause in causes:
            if isinstance(cause, ssl.SSLCertVerificationError):
                return f"The certificate of {self._place} is not to be trusted: {_said(cause.verify_message)}."
        if isinstance(error, SMTPResponseException):
            return f"{self._place} said: {error.code} {_said(error.message)}"
        if isinstance(error, (SMTPTimeoutError, TimeoutError)):
            return f"{self._place} did not answer within {self._settings.timeout_s} s."
        if "STARTTLS" in str(error):
            return f'{self._place} offers no STARTTLS, and without it nothing is sent: see the setting "tls".'
        return f"{self._place} cannot be used: {_said(str(error))}."

    @property
    def _place(self) -> str:
        return f"{self._settings.host}:{self._settings.port}"


async def _quit(client: aiosmtplib.SMTP) -> None:
    try:
        await client.quit(timeout=1)
    except (SMTPException, OSError):
        client.close()


def _said(text: str) -> str:
    """What a server says, in one line of bounded length."""
    shown = "".join(char if char.isprintable() else " " for char in text[: 4 * SAID_CHARS])
    return " ".join(shown.split())[:SAID_CHARS]
