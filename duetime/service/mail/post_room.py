"""The post room: what becomes of a raw mail, by whatever way it came.

It is read under limits in a process of its own, its files are stored, what it answers is proven, and then intake takes
it. When `PostRoom.take` returns, all of it is kept, and so is how far its folder is read; taking the same
mail again changes nothing.
"""

import asyncio
from contextlib import suppress
from functools import partial
from hashlib import sha256
from typing import Final

import structlog
from msgspec.structs import replace

from duetime.channels.email.inbound import to_inbound
from duetime.channels.email.mail import Machine, Mail
from duetime.config.email_settings import Email
from duetime.queues.connection import Busy, ServerLost
from duetime.queues.positions import Position
from duetime.queues.records import Conversation
from duetime.queues.store import Store
from duetime.router.errors import NotFound, NotReady, RefusedType, TooLarge, Unreadable
from duetime.router.ids import EndpointId, MessageId, make_digits
from duetime.router.message import (
    Attachment,
    Author,
    Channel,
    DeliveryState,
    InboundMessage,
    Join,
    Kind,
    Message,
    Sender,
)
from duetime.service.attachments import AttachmentStore
from duetime.service.erasure import file_keys
from duetime.service.file_names import clean_name, clean_type
from duetime.service.intake import Intake
from duetime.service.mail.origin import Origin, Origins
from duetime.service.mail.readers import NoReader, Readers
from duetime.service.mail.taking import Partial

RAW_FOLDER: Final = "raw"
"""Mails as they came, for as long as the settings say; in a folder of its own, so that it can be swept."""
REASON_CHARS: Final = 500
NAMED_MOST: Final = 20
"""So many files that were not kept are told of by name."""

log = structlog.get_logger(__name__)


class PostRoom:
    def __init__(
        self,
        *,
        email: Email,
        text_chars: int,
        store: Store,
        readers: Readers,
        files: AttachmentStore,
        origins: Origins,
        intake: Intake,
    ) -> None:
        """``text_chars``: the longest text of a message; a longer one is cut."""
        self._email = email
        self._text_chars = text_chars
        self._store = store
        self._readers = readers
        self._files = files
        self._origins = origins
        self._intake = intake

    async def take(self, endpoint: EndpointId, raw: bytes | Partial, position: Position | None) -> None:
        """Raises ServerLost, NotReady: the same mail may be handed over again."""
        try:
            await self._take(endpoint, raw, position)
        except Unreadable as error:
            await self._take_unreadable(endpoint, raw, str(error), position)
        except (ServerLost, NotReady):
            raise
        except Busy as error:
            raise NotReady("Too much is under way at once.") from error
        except Exception:
            # Whatever is wrong with us or with it, it is not fetched again and again.
            log.exception("a mail could not be taken", endpoint=endpoint)
            await self._take_unreadable(endpoint, raw, "a fault of ours, which the log has", position)

    async def _take(self, endpoint: EndpointId, raw: bytes | Partial, position: Position | None) -> None:
        mail = await self._read(raw)
        content = raw if isinstance(raw, bytes) else raw.head
        kept = await self._files.keep(f"{RAW_FOLDER}/{endpoint}", content) if self._email.keep_raw_days else None
        origin = await self._origins.of(mail, content)
        if origin.is_ours:
            log.info("a mail of ours came back", endpoint=endpoint)
        elif mail.machine is Machine.BOUNCE and origin.returned:
            await self._take_bounce(mail, origin)
        elif mail.machine is Machine.AUTO_REPLY and origin.conversation is not None:
            await self._take_auto_reply(endpoint, mail, origin.conversation)
        else:
            await self._take_message(endpoint, mail, await _digest(content), kept, origin, position)
            return
        if position is not None:
            await self._store.positions.advance(self._store.clock(), position)

    async def _read(self, raw: bytes | Partial) -> Mail:
        if isinstance(raw, Partial):
            raise Unreadable(raw.reason)
        try:
            return await self._readers.read(raw)
        except NoReader as error:
            raise NotReady("No process that reads mails could be started.") from error

    async def _take_message(
        self,
        endpoint: EndpointId,
        mail: Mail,
        digest: str,
        kept: str | None,
        origin: Origin,
        position: Position | None,
    ) -> None:
        """``kept``: where the raw mail lies."""
        inbound = to_inbound(mail, endpoint=endpoint, position=position.text if position else digest)
        shared, attributes = self._email.same_mail == "once", dict(inbound.attributes)
        folder = _folder(None if shared else endpoint, inbound.external_id)
        files, refused = await self._keep_files(mail, folder)
        html = await self._files.keep(folder, mail.html.encode()) if mail.html else None
        if origin.refers_to is not None:
            attributes["refers_to"] = origin.refers_to
        inbound = replace(
            inbound,
            sender=origin.sender(inbound.sender, mail),
            text=inbound.text[: self._text_chars],
            reply=mail.reply_text[: self._text_chars] if mail.reply_text != mail.text else None,
            reference=mail.message_id,
            html=html,
            raw=kept,
            attachments=files,
            remark=" ".join(filter(None, (inbound.remark, refused))) or None,
            conversation=origin.conversation.id if origin.conversation else None,
            is_participant=origin.conversation is not None,
            join=origin.join(mail),
            shared=shared,
            attributes=attributes,
        )
        await self._hand_over(inbound, mail.body_hash, position, acknowledge=origin.may_be_acknowledged(mail))

    async def _hand_over(
        self, inbound: InboundMessage, body_hash: str, position: Position | None, *, acknowledge: bool = False
    ) -> None:
        """Gives the message to intake. What its reference named may be gone meanwhile, or another contact's."""
        receive = partial(self._intake.receive, body_hash=body_hash, position=position, acknowledge=acknowledge)
        try:
            accepted = await receive(inbound)
        except NotFound:
            accepted = await receive(replace(inbound, conversation=None, is_participant=False, join=Join.ANY))
        if accepted.duplicate and not await self._store.views.find([accepted.conversation]):
            await self._files.delete(file_keys(inbound))  # it was erased, and has come back from its mailbox

    async def _take_unreadable(
        self, endpoint: EndpointId, raw: bytes | Partial, reason: str, position: Position | None
    ) -> None:
        """It is kept as it is, and somebody sees that it is there."""
        content = raw if isinstance(raw, bytes) else raw.head
        # Of one that the server does not give there is nothing; then where it lies tells it from the others.
        digest = await _digest(content or (position.text.encode() if position else b""))
        external_id, files = f"unreadable-{digest}", tuple[Attachment, ...]()
        if content:
            key = await self._files.keep(_folder(endpoint, external_id), content)
            files = (Attachment(key=key, name="mail.eml", content_type="message/rfc822", size_bytes=len(content)),)
        log.warning("a mail could not be read", endpoint=endpoint, reason=reason)
        inbound = InboundMessage(
            channel=Channel.EMAIL,
            endpoint=endpoint,
            external_id=external_id,
            sender=Sender(f"unreadable-{digest[:12]}", doubted=True),
            text=f"A mail came that could not be read: {reason.rstrip('.')}."
            + (" It is attached as it came." if isinstance(raw, bytes) else ""),
            subject="A mail that could not be read",
            attachments=files,
        )
        await self._hand_over(inbound, digest, position)

    async def _take_bounce(self, mail: Mail, origin: Origin) -> None:
        """Mails of ours came back: their delivery failed, and whoever has the conversation is told. Of one that is only
        late they are told, too."""
        who, said = mail.failed_address or "the address", " ".join(mail.text.split())
        reason = (f"It is late for {who}: {said}" if mail.delayed else f"It came back from {who}: {said}")[
            :REASON_CHARS
        ]
        for conversation, number in origin.returned:
            now, failed = self._store.clock(), DeliveryState.FAILED
            if not mail.delayed:
                with suppress(NotFound):  # it was never sent by this outbox
                    await self._store.outbox.report(now, conversation.id, number, failed, reason=reason)
            note = f"Message {number} {'has not arrived yet' if mail.delayed else 'did not arrive'}. {reason}"
            await self._add_note(conversation, note, Author.SYSTEM, f"bounce-{number}-{mail.body_hash[:32]}")

    async def _take_auto_reply(self, endpoint: EndpointId, mail: Mail, conversation: Conversation) -> None:
        """A machine answers: nobody waits for an answer to it, so it changes nothing but the history."""
        text = (mail.reply_text or mail.text)[: self._text_chars]
        client_id = f"auto-{endpoint}-{mail.message_id or mail.body_hash}"[:200]
        await self._add_note(conversation, f"An automatic reply: {text}"[: self._text_chars], Author.CONTACT, client_id)

    async def _add_note(self, conversation: Conversation, text: str, author: Author, client_id: str) -> None:
        now = self._store.clock()
        digits = make_digits(now, int(sha256(client_id.encode()).hexdigest()[:12], 16))
        note = Message(id=MessageId(f"ms_{digits}"), at=now, author=author, text=text, kind=Kind.NOTE)
        await self._store.conversations.send(now, conversation.id, None, note, client_id)

    async def _keep_files(self, mail: Mail, folder: str) -> tuple[tuple[Attachment, ...], str]:
        """The mail's files in the store, and a sentence about those that it does not take."""
        kept, refused = [], []
        for file in mail.attachments:
            shown = clean_name(file.name) if file.name else clean_type(file.content_type)
            try:
                one = await self._files.put(folder, file.content, file.name, file.content_type, file.content_id)
            except TooLarge:
                refused.append(f"{shown} is larger than {self._files.file_bytes:,} bytes")
            except RefusedType:
                refused.append(f"{shown} is of a type that is not taken")
            else:
                kept.append(one)
        if len(refused) > NAMED_MOST:
            refused[NAMED_MOST:] = [f"{len(refused) - NAMED_MOST} more"]
        return tuple(kept), f"Not kept: {', '.join(refused)}." if refused else ""


async def _digest(raw: bytes) -> str:
    """In a thread: of a large mail it takes longer than the loop may stand still."""
    return (await asyncio.to_thread(sha256, raw)).hexdigest()


def _folder(endpoint: EndpointId | None, external_id: str) -> str:
    """Where the files of a message lie: it shares them with no other. ``endpoint`` is None where the same mail to
    several addresses of ours is one message."""
    return f"mail/{endpoint}/{external_id}" if endpoint else f"mail/{external_id}"
