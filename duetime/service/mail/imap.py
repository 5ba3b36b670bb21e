"""One connection to a mailbox: what is asked of an IMAP server, in types.

Whatever goes wrong is `MailboxLost` (a new connection may do) or `MailboxRefused` (somebody has to change something).
One task uses a connection at a time.
"""

import asyncio
import imaplib
import re
import ssl
import time
from collections.abc import Sequence
from datetime import date
from typing import Final, Self

import msgspec
from aioimaplib.aioimaplib import Response

from duetime.config.email_settings import Imap
from duetime.service.mail.folder_names import on_the_wire, quoted
from duetime.service.mail.imap_wire import MailboxLost, Wire, shown
from duetime.service.mail.oauth import AccessTokens, TokenRefused
from duetime.service.mail.slices import joined

AT_ONCE: Final = 100
"""So many mails are described in one answer."""
HEAD_BYTES: Final = 64 * 1024
"""What is fetched of a mail that is too large."""
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_NUMBERED: Final = re.compile(rb"\[(UIDVALIDITY|UIDNEXT) ([0-9]+)\]")
_UID: Final = re.compile(rb"\bUID ([0-9]+)")
_SIZE: Final = re.compile(rb"\bRFC822\.SIZE ([0-9]+)")


class FetchRefused(MailboxLost):
    """The server does not give a mail, at least not over this connection."""

    def __init__(self, said: str) -> None:
        super().__init__(f"The server refused to give a mail: {said}.")
        self.said = said


class MailboxRefused(Exception):
    """The server refuses, and will go on to until somebody changes something. The message is a sentence that says
    what."""


class Opened(msgspec.Struct, frozen=True):
    """A folder, as it is when it is opened."""

    generation: int
    """UIDVALIDITY: a UID means the same mail as long as this is the same."""
    next_uid: int
    """Smaller than that of any mail to come."""


class Listed(msgspec.Struct, frozen=True):
    """A mail in a folder."""

    uid: int
    size: int
    received_at: int
    """When the server got it, in epoch ms."""


class Imap4:
    def __init__(self, wire: Wire, settings: Imap) -> None:
        self._wire = wire
        self._settings = settings
        self._place = f"{settings.host}:{settings.port}"
        self._may_idle = True

    @classmethod
    async def connect(cls, settings: Imap, tokens: AccessTokens | None) -> Self:
        """Connects and logs in, by one of ``tokens`` where there are any. Raises MailboxLost, MailboxRefused."""
        try:
            token = await tokens.token() if tokens else None
        except TokenRefused as error:
            raise MailboxRefused(str(error)) from error
        connection = cls(await _connect(settings), settings)
        try:
            await connection._log_in(token)
        except BaseException as error:
            connection.close()
            if tokens and isinstance(error, MailboxRefused):
                tokens.forget()
            raise
        return connection

    async def _log_in(self, token: str | None) -> None:
        user, password = self._settings.user, self._settings.password or ""
        await self._wire.answer(self._wire.greeted.wait())
        try:
            logging_in = self._wire.xoauth2(user, token) if token else self._wire.login(quoted(user), password)
            response = await self._wire.answer(logging_in)
        except ValueError as error:
            raise MailboxRefused("The user or the password has characters that IMAP cannot carry.") from error
        if response.result != "OK":
            check = "imap.oauth" if token else "imap.password"
            raise MailboxRefused(
                f"{self._place} does not let {user} in: {_said(response)}. Check imap.user and {check}."
            )
        await self._wire.answer(self._wire.capability())  # there are more once logged in

    async def open(self, folder: str) -> Opened:
        """Opens a folder for the calls below. Raises MailboxRefused if there is none by this name."""
        response = await self._wire.answer(self._wire.select(on_the_wire(folder)))
        if response.result != "OK":
            raise MailboxRefused(f'The folder "{folder}" cannot be opened: {_said(response)}. Check imap.folders.')
        numbers = {match[1]: int(match[2]) for line in response.lines if (match := _NUMBERED.search(line))}
        try:
            return Opened(generation=numbers[b"UIDVALIDITY"], next_uid=numbers[b"UIDNEXT"])
        except KeyError as error:
            raise MailboxRefused(
                f'The server does not number the mails of "{folder}", so it cannot be read.'
            ) from error

    async def search(self, low: int, high: int | None = None, since: date | None = None) -> list[int]:
        """The UIDs from ``low`` to ``high`` (None: the last), in order, of mails that came on this day or later."""
        self._wire.told.clear()
        _expect(await self._wire.answer(self._wire.simple_command("NOOP")))  # else new mail may not show
        criteria = [f"UID {low}:{high or '*'}"]
        if since is not None:
            criteria.append(f"SINCE {since.day}-{_MONTHS[since.month - 1]}-{since.year}")
        response = _expect(await self._wire.answer(self._wire.search(*criteria, charset=None, by_uid=True)))
        found = {int(uid) for line in response.lines[:-1] for uid in line.split()}
        # "n:*" is also the last mail, where that is below n.
        return sorted(uid for uid in found if uid >= low)

    async def describe(self, uids: Sequence[int]) -> list[Listed]:
        """Those of at most `AT_ONCE` mails that are still there, in order."""
        wanted = set(uids)
        response = await self._fetch(",".join(map(str, uids)), "(UID RFC822.SIZE INTERNALDATE)")
        listed = {}
        for line in response.lines:
            uid, size, came = _UID.search(line), _SIZE.search(line), imaplib.Internaldate2tuple(bytes(line))
            if uid and size and came and int(uid[1]) in wanted:
                listed[int(uid[1])] = Listed(int(uid[1]), int(size[1]), int(time.mktime(came)) * 1000)
        return [listed[uid] for uid in sorted(listed)]

    async def fetch(self, uid: int, limit: int) -> bytes | None:
        """A mail as it came, or its first ``limit`` bytes; None when it is no longer there. It stays unread."""
        return await _content(await self._fetch(str(uid), f"(UID BODY.PEEK[]<0.{limit}>)"))

    async def fetch_head(self, uid: int) -> bytes | None:
        """Its header, at most `HEAD_BYTES` of it."""
        return await _content(await self._fetch(str(uid), f"(UID BODY.PEEK[HEADER]<0.{HEAD_BYTES}>)"))

    async def mark_read(self, uid: int) -> None:
        _expect(await self._store(uid, r"(\Seen)"))

    async def move(self, uid: int, folder: str) -> None:
        """Moves a mail, into a folder that is made if there is none. Raises MailboxRefused."""
        name = on_the_wire(folder)
        verb = "MOVE" if "MOVE" in self._wire.capabilities else "COPY"
        response = await self._wire.answer(self._wire.uid(verb, str(uid), name))
        if response.result == "NO":
            await self._wire.answer(self._wire.simple_command("CREATE", name))
            response = await self._wire.answer(self._wire.uid(verb, str(uid), name))
        if response.result != "OK":
            raise MailboxRefused(f'Mail cannot be moved to "{folder}": {_said(response)}. Check imap.move_to.')
        if verb == "COPY":
            _expect(await self._store(uid, r"(\Deleted)"))
            if "UIDPLUS" in self._wire.capabilities:  # without it, what other people have deleted would go as well
                _expect(await self._wire.answer(self._wire.uid("EXPUNGE", str(uid))))

    @property
    def can_idle(self) -> bool:
        return self._may_idle and "IDLE" in self._wire.capabilities

    async def idle(self, wait_s: float) -> None:
        """Returns when mail may have come since the last search, or after this time."""
        if self._wire.told.is_set():
            return
        self._wire.idle_queue = asyncio.Queue()  # nobody reads it: `told` says all that is wanted
        idling = asyncio.ensure_future(self._wire.idle())
        begun = asyncio.ensure_future(self._wire.wait_for_idle_response())
        try:
            await self._wire.answer(asyncio.wait({idling, begun}, return_when=asyncio.FIRST_COMPLETED))
            if idling.done():
                self._may_idle = False  # it says that it can, and refuses
                return
            await self._wire.quiet(wait_s)
            self._wire.idle_done()
            _expect(await self._wire.answer(idling))
        finally:
            idling.cancel()
            begun.cancel()

    async def wait(self, wait_s: float) -> None:
        """For servers without IDLE. Raises MailboxLost at once when the connection is lost."""
        if not self._wire.told.is_set():
            await self._wire.quiet(wait_s)

    def close(self) -> None:
        self._wire.close()

    async def _fetch(self, uids: str, what: str) -> Response:
        response = await self._wire.answer(self._wire.fetch(uids, what, by_uid=True))
        if response.result != "OK":
            raise FetchRefused(_said(response))
        return response

    async def _store(self, uid: int, flags: str) -> Response:
        return await self._wire.answer(self._wire.uid("STORE", str(uid), "+FLAGS.SILENT", flags))


async def _connect(settings: Imap) -> Wire:
    wire, place = Wire(settings.timeout_s), f"{settings.host}:{settings.port}"
    tls = await asyncio.to_thread(_tls, settings) if settings.tls else None
    try:
        async with asyncio.timeout(settings.timeout_s):
            await asyncio.get_running_loop().create_connection(lambda: wire, settings.host, settings.port, ssl=tls)
    except ssl.SSLCertVerificationError as error:
        raise MailboxRefused(
            f"The certificate of {place} is not accepted: {error.verify_message}."
            " Set imap.ca_file to the authority that signed it, or imap.host to the name that is in it."
        ) from error
    except TimeoutError as error:
        raise MailboxLost(f"{place} did not answer within {settings.timeout_s:g} s.") from error
    except OSError as error:
        raise MailboxLost(f"{place} cannot be reached: {error.strerror or error}.") from error
    return wire


def _tls(settings: Imap) -> ssl.SSLContext:
    """Reads files, so it is for a thread."""
    try:
        return ssl.create_default_context(cafile=settings.ca_file)
    except OSError as error:
        raise MailboxRefused(f"imap.ca_file {settings.ca_file} cannot be used: {error.strerror or error}.") from error


def _expect(response: Response) -> Response:
    if response.result != "OK":
        raise MailboxLost(f"The server refused a command: {_said(response)}.")
    return response


async def _content(response: Response) -> bytes | None:
    """The text of a mail is the one part of the answer that comes as a literal."""
    for line in response.lines:
        if isinstance(line, bytearray):
            return await joined(line)
    return b"" if any(b"BODY[" in line for line in response.lines) else None


def _said(response: Response) -> str:
    return shown(response.lines[-1]).rstrip(".") if response.lines else "no reason given"
