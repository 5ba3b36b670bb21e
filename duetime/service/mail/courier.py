"""The way out of a mail address of ours: composes the mail, signs it, and gives it to the server."""

import asyncio
from collections.abc import Callable

from msgspec.structs import replace

from duetime.channels.email.compose import Composed, Ours, compose
from duetime.channels.email.signing import UnusableKey, sign
from duetime.channels.email.tokens import ReplyTokens
from duetime.config.email_settings import EmailEndpoint
from duetime.router.errors import Invalid, NotFound
from duetime.router.message import Kind, OutboundMessage
from duetime.router.route import Queue
from duetime.router.routing import Routing
from duetime.router.template import TEXT, fill
from duetime.service.attachments import AttachmentStore
from duetime.service.delivery import SendLater, SendRefused
from duetime.service.mail.smtp import SmtpSender


class MailCourier:
    gets_receipts = False

    def __init__(
        self,
        endpoint: EmailEndpoint,
        sender: SmtpSender,
        *,
        routing: Callable[[], Routing],
        files: AttachmentStore,
        tokens: ReplyTokens,
        retry_for_s: int,
    ) -> None:
        self._endpoint = endpoint
        self._sender = sender
        self._routing = routing
        self._files = files
        self._tokens = tokens
        self.retry_for_s = retry_for_s

    async def send(self, message: OutboundMessage) -> str:
        """The Message-ID. Raises SendLater, SendRefused."""
        composed = await self._compose(message)
        await self._sender.send(composed.raw, composed.sender, composed.recipient)
        return composed.message_id

    async def _compose(self, message: OutboundMessage) -> Composed:
        queue, values = self._about(message)
        if queue is not None and queue.answer is not None:
            message = replace(message, text=fill(queue.answer, values | {TEXT: message.text}))
        ours = Ours(
            address=self._endpoint.address,
            name=self._endpoint.name,
            plus_addressing=self._endpoint.plus_addressing,
            signature=fill(queue.signature, values) if queue and queue.signature else None,
        )
        try:
            contents = {file.key: await self._files.get(file.key) for file in message.attachments}
            return await asyncio.to_thread(self._composed, message, ours, contents)
        except NotFound as error:
            raise SendRefused(f"An attachment is no longer there. {error}") from error
        except Invalid as error:
            raise SendRefused(str(error)) from error
        except UnusableKey as error:  # of the settings, so it will work once they are right
            raise SendLater(str(error)) from error

    def _composed(self, message: OutboundMessage, ours: Ours, contents: dict[str, bytes]) -> Composed:
        composed, dkim = compose(message, ours, self._tokens, contents), self._endpoint.dkim
        return replace(composed, raw=sign(composed.raw, dkim)) if dkim else composed

    def _about(self, message: OutboundMessage) -> tuple[Queue | None, dict[str, str]]:
        """The queue whose templates hold for it, and what stands for their places. Only what an associate wrote needs
        any."""
        queue = self._routing().queues.get(message.queue)
        if queue is None or message.kind is not Kind.MESSAGE:
            return None, {}
        who = self._routing().associates.get(message.associate) if message.associate else None
        return queue, {
            "associate": who.name if who else "",
            "queue": queue.name,
            "contact": message.to_name or "",
            "subject": message.subject or "",
        }
