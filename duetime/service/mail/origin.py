"""Where a mail comes from: who really wrote it, as far as that is proven, and which of our mails it answers.

A token in our mails proves that its reader had the mail, and names the address that we sent it to. Whoever writes from
that address goes on with the conversation; from any other they may have been passed the mail, or taken it, so they
get a conversation of their own that says what it refers to. What a mail merely says of itself proves nothing.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec
from msgspec.structs import replace

from duetime.channels.email.mail import Machine, Mail
from duetime.channels.email.subject import is_other_topic
from duetime.channels.email.tokens import Claimed, ReplyTokens
from duetime.queues.records import Conversation
from duetime.queues.store import Store
from duetime.router.ids import ConversationId
from duetime.router.message import Join, Sender

_SCANNED_BYTES: Final = 500_000
_MESSAGE_ID: Final = re.compile(r"^message-id[ \t]*:\s{0,10}<([^<>\s]{1,998})>", re.IGNORECASE | re.MULTILINE)
_DELIVERED: Final = re.compile(
    r"^(?:delivered-to|x-original-to|envelope-to)[ \t]*:[ \t]{0,10}(\S[^\r\n]{1,998})", re.IGNORECASE | re.MULTILINE
)
"""Where servers on the way note the address of the envelope, which To need not name."""
_HEAD_BYTES: Final = 65_536
_CLAIMS_MOST: Final = 50


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    is_ours: bool = False
    """We sent it ourselves, and it came back to us."""
    is_from_us: bool = False
    """It says to come from an address of ours."""
    conversation: Conversation | None = None
    """The one that it goes on with; proven by a token that we gave to its sender."""
    refers_to: ConversationId | None = None
    """The one whose token it has, which we gave to somebody else."""
    is_forged: bool = False
    """It refers to a mail of ours by what is no token that we gave."""
    returned: tuple[tuple[Conversation, int], ...] = ()
    """Which of our mails it returns: their conversation, and their number there."""

    def sender(self, read: Sender, mail: Mail) -> Sender:
        """Who wrote it. A sender whom nothing proves is kept apart from the contact who has that address, with the
        conversations that began so."""
        if mail.from_addr is None:
            return replace(read, address=f"{read.address}-{mail.body_hash[:12]}", verified=False, doubted=True)
        if self.conversation is not None:
            return replace(read, doubted=self.conversation.doubted)
        return replace(read, doubted=not mail.authenticated)

    def join(self, mail: Mail) -> Join:
        if self.conversation is not None:
            return Join.OPEN if is_other_topic(mail.subject, self.conversation.subject) else Join.ANY
        return Join.NONE if self.is_forged else Join.ANY

    def may_be_acknowledged(self, mail: Mail) -> bool:
        return mail.answerable and mail.machine is Machine.NONE and mail.from_addr is not None and not self.is_from_us


class Origins:
    def __init__(self, store: Store, tokens: ReplyTokens, addresses: Iterable[str]) -> None:
        """``addresses``: all of ours."""
        self._store = store
        self._tokens = tokens
        self._ours = frozenset(address.casefold() for address in addresses)
        self._domains = frozenset(address.rpartition("@")[2] for address in self._ours)

    async def of(self, mail: Mail, raw: bytes) -> Origin:
        is_from_us = (mail.from_addr or "").casefold() in self._ours
        if mail.message_id and is_from_us and await self._proven([mail.message_id], mail.to):
            return Origin(is_ours=True, is_from_us=True)
        if mail.machine is Machine.BOUNCE:
            return Origin(is_from_us=is_from_us, returned=await self._returned(mail, raw))
        conversation, refers_to = None, None
        head = raw[:_HEAD_BYTES].partition(b"\r\n\r\n")[0].decode("latin-1")
        texts = (*mail.to, *mail.cc, *_DELIVERED.findall(head), *reversed(mail.references), *mail.in_reply_to)
        for claimed, found in await self._proven(texts, [mail.from_addr or ""]):
            if self._tokens.prove(claimed, mail.from_addr or ""):
                conversation = found
                break
            refers_to = refers_to or claimed.conversation
        if conversation is not None:
            return Origin(is_from_us=is_from_us, conversation=conversation)
        return Origin(is_from_us=is_from_us, refers_to=refers_to, is_forged=self._names_ours(mail))

    def _names_ours(self, mail: Mail) -> bool:
        """Whether it says to answer a mail from a domain of ours."""
        return any(
            name.rpartition("@")[2].casefold() in self._domains for name in (*mail.in_reply_to, *mail.references)
        )

    async def _returned(self, mail: Mail, raw: bytes) -> tuple[tuple[Conversation, int], ...]:
        # The header of the mail that came back says which it was; what only refers to a mail may name its whole thread.
        ids = _MESSAGE_ID.findall(raw[:_SCANNED_BYTES].decode("latin-1")) or mail.in_reply_to or mail.references[-1:]
        proven = await self._proven(ids, [mail.failed_address or ""])
        return tuple((found, claimed.number) for claimed, found in proven if claimed.number is not None)

    async def _proven(self, texts: Iterable[str], whom: Iterable[str]) -> list[tuple[Claimed, Conversation]]:
        """The tokens of ours among these, with their conversations, in their order: those that we gave to the contact,
        or to one of these addresses."""
        claims = list(dict.fromkeys(self._claims(texts)))[:_CLAIMS_MOST]
        if not claims:
            return []
        there = await self._store.views.find(list(dict.fromkeys(claimed.conversation for claimed in claims)))
        by_id = {conversation.id: conversation for conversation in there}
        return [
            (claimed, by_id[claimed.conversation])
            for claimed in claims
            if claimed.conversation in by_id and await self._is_ours(claimed, by_id[claimed.conversation], whom)
        ]

    async def _is_ours(self, claimed: Claimed, conversation: Conversation, whom: Iterable[str]) -> bool:
        for address in (conversation.address, conversation.destination.address, *whom):
            if self._tokens.prove(claimed, address):
                return True
        if claimed.number is None:
            return False
        # An answer of a chat that went on by mail went to neither.
        delivery = (await self._store.outbox.deliveries(conversation.id)).get(claimed.number)
        return delivery is not None and self._tokens.prove(claimed, delivery.address)

    def _claims(self, texts: Iterable[str]) -> Iterator[Claimed]:
        for text in texts:
            yield from self._tokens.read(text)
