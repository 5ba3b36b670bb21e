"""The way out of a number of ours: when it may be, whether it may be, and the call to the provider."""

import asyncio
import time
from datetime import UTC, datetime
from typing import Final

import aiohttp
import structlog

from duetime.channels.sms.provider import Later, OutboundSms, Refused, Request, Sent
from duetime.channels.sms.quiet import quiet_until
from duetime.channels.sms.segments import with_plain_punctuation
from duetime.config.sms_settings import read_quiet_hours
from duetime.queues.store import Store
from duetime.router.message import OutboundMessage
from duetime.service.delivery import SendLater, SendRefused
from duetime.service.links import Linked, LinkSigner
from duetime.service.sms.our_number import OurNumber
from duetime.service.sms.receipts import note_refusal, our_name
from duetime.service.sms.reply_rules import too_long
from duetime.service.sms.wishes import Answer

CONNECT_S: Final = 10
CALL_S: Final = 30
AHEAD_MS: Final = 60_000
"""So long a message waits here for its turn; further ahead it waits in the outbox."""
FILES_MOST: Final = 10
"""So many take the providers."""
ANSWER_BYTES: Final = 64 * 1024

log = structlog.get_logger(__name__)


class SmsCourier:
    gets_receipts = True

    def __init__(
        self,
        number: OurNumber,
        session: aiohttp.ClientSession,
        *,
        store: Store,
        links: LinkSigner,
        retry_for_s: int,
    ) -> None:
        self._number = number
        self._session = session
        self._store = store
        self._links = links
        self.retry_for_s = retry_for_s
        self.problem: str | None = None
        """Why the provider took nothing from us the last time, as a sentence."""

    async def send(self, message: OutboundMessage) -> str:
        """What the provider calls the message, or what we call it there. Raises SendLater, SendRefused."""
        self._check(message)
        await self._take_turn()
        told = await self._store.opt_outs.get(self._number.id, message.to)
        if told is not None:
            raise SendRefused(f"{message.to} opted out of messages from {self._number.settings.number} (“{told.why}”).")
        text = with_plain_punctuation(message.text) if self._number.settings.plain_punctuation else message.text
        return await self._call(message.to, text, our_name(message.conversation, message.number), self._media(message))

    async def say(self, answer: Answer) -> None:
        """An answer to a word such as STOP, also to those who opted out. Raises SendLater, SendRefused."""
        await self._take_turn()
        await self._call(answer.to, answer.text, f"word-{time.time_ns()}", ())

    def _check(self, message: OutboundMessage) -> None:
        settings, now = self._number.settings, self._store.clock()
        if not message.to.removeprefix("+").isdecimal():
            raise SendRefused(f"{message.to} is a name and no number, so nobody can write to it.")
        long = too_long(settings, message.text)
        if long is not None:
            raise SendRefused(long)
        if settings.quiet_hours is None or (message.heard_at or 0) + 1000 * settings.awake_s > now:
            return
        until = quiet_until(message.to, read_quiet_hours(settings.quiet_hours), now)
        if until is not None:
            when = datetime.fromtimestamp(until / 1000, UTC).strftime("%Y-%m-%d %H:%M")
            raise SendLater(f"It is a quiet hour there until {when} UTC.", held_until=until)

    async def _take_turn(self) -> None:
        now, interval_ms = self._store.clock(), max(1, 1000 // self._number.settings.messages_per_s)
        slot = await self._store.pace.take(now, self._number.id, interval_ms=interval_ms, ahead_ms=AHEAD_MS)
        if not slot.is_ours:
            raise SendLater("Many messages leave from this number just now.", held_until=slot.at)
        await asyncio.sleep(max(0, slot.at - now) / 1000)

    def _media(self, message: OutboundMessage) -> tuple[str, ...]:
        public_url = self._number.public_url
        if len(message.attachments) > FILES_MOST:
            raise SendRefused(f"One SMS takes at most {FILES_MOST} files. Send the others with another.")
        if message.attachments and public_url is None:
            raise SendRefused("Files need sms.public_url in the settings: the provider fetches them there.")
        now = self._store.clock()
        signed = (
            self._links.sign(Linked(key=file.key, name=file.name, content_type=file.content_type), now)
            for file in message.attachments
        )
        return tuple(f"{public_url}{path}" for path in signed)

    async def _call(self, to: str, text: str, name: str, media: tuple[str, ...]) -> str:
        number = self._number
        sms = OutboundSms(
            id=name,
            sender=number.settings.number,
            to=to,
            text=text,
            media=media,
            status_url=number.webhook_url("status"),
        )
        try:
            status, headers, body = await self._exchange(number.provider.request(sms))
        except SendLater as error:
            self.problem = error.reason
            raise
        match number.provider.read_answer(status, headers, body):
            case Sent(remote_id):
                self.problem = None
                return remote_id or name
            case Later(reason, after_s):
                self.problem = reason
                raise SendLater(reason, after_s=after_s or 0)
            case Refused(reason, opted_out):
                self.problem = None
                if opted_out:
                    await note_refusal(self._store, number, to, reason)
                raise SendRefused(reason)

    async def _exchange(self, request: Request) -> tuple[int, dict[str, str], bytes]:
        """Raises SendLater; ambiguous if the provider may have had the request."""
        try:
            async with self._session.request(
                request.method, request.url, data=request.body or None, headers=request.headers, allow_redirects=False
            ) as response:
                body = await _read(response)
                return response.status, {name.lower(): value for name, value in response.headers.items()}, body
        except (aiohttp.ConnectionTimeoutError, aiohttp.ClientConnectorError) as error:
            raise SendLater("The provider cannot be reached.") from error
        except (TimeoutError, aiohttp.ClientError) as error:
            raise SendLater("The provider was called and gave no answer.", ambiguous=True) from error


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """The beginning of the body: nothing that we need stands further behind."""
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) >= ANSWER_BYTES:
            break
    return bytes(body[:ANSWER_BYTES])
