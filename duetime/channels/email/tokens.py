"""Reply tokens: how a mail says which conversation it answers, whatever its sender's program does to the rest.

A token names a conversation and carries an HMAC over the conversation and the participant it was written to. So it
is worth nothing to anybody else, who may have it from a forwarded mail, and there is no form without the proof. It
stands in the Message-ID of our mails and in the address to which they ask for replies::

    <dt.2q3m...9t4.7.mfzw...q3a@example.com>       conversation, number of the message, proof
    support+2q3m...9t4mfzw...q3a@example.com       conversation, proof

Everything is in lower case and compared so: some programs change the case of what they copy.
"""

import hmac
import re
from base64 import b32encode
from collections.abc import Iterable
from hashlib import sha256
from typing import Final

import msgspec

from duetime.router.ids import ConversationId

SIGNATURE_CHARS: Final = 20
"""Base 32: 100 bits."""
LOCAL_PART_CHARS: Final = 64
"""The longest part before the ``@`` (RFC 5321)."""

_DIGITS: Final = r"([0-9a-hjkmnp-tv-z]{20})"
_SIGNATURE: Final = rf"([a-z2-7]{{{SIGNATURE_CHARS}}})"
_TOKEN: Final = re.compile(
    rf"(?<![a-z0-9])dt\.{_DIGITS}\.([0-9]{{1,9}})\.{_SIGNATURE}(?![a-z0-9])|\+{_DIGITS}{_SIGNATURE}(?![a-z0-9])",
    re.ASCII,
)


class Claimed(msgspec.Struct, frozen=True):
    """What a token says; true only for a participant for whom it is proven."""

    conversation: ConversationId
    number: int | None
    """Of the message that carried it, if it stood in a Message-ID."""
    signature: str


class ReplyTokens:
    """``secret`` signs; what one of the ``older`` ones signed is still proven, so that it can be changed."""

    def __init__(self, secret: bytes, older: tuple[bytes, ...] = ()) -> None:
        self._secret = secret
        self._secrets = (secret, *older)

    def message_id(self, conversation: ConversationId, number: int, participant: str, domain: str) -> str:
        """The Message-ID of our message to this participant, without angle brackets. Always the same one, so that a
        mail which is sent again can be recognised."""
        signature = _signature(self._secret, conversation, participant)
        return f"dt.{_digits(conversation)}.{number}.{signature}@{domain}"

    def reply_address(self, address: str, conversation: ConversationId, participant: str) -> str:
        """Our address with a token in it; without one where it would grow too long to be delivered."""
        local, _, domain = address.rpartition("@")
        tagged = f"{local}+{_digits(conversation)}{_signature(self._secret, conversation, participant)}"
        return f"{tagged}@{domain}" if len(tagged) <= LOCAL_PART_CHARS else address

    def read(self, text: str) -> list[Claimed]:
        """Every token in a text, such as a header with ids or an address, in its order."""
        found = []
        for match in _TOKEN.finditer(text.lower()):
            digits, number, signature = (match[1], int(match[2]), match[3]) if match[1] else (match[4], None, match[5])
            found.append(Claimed(ConversationId(f"cv_{digits}"), number, signature))
        return found

    def prove(self, claimed: Claimed, participant: str) -> bool:
        """Whether we gave this token to the participant. Takes the same time for every wrong one."""
        expected = [_signature(secret, claimed.conversation, participant) for secret in self._secrets]
        return sum(hmac.compare_digest(one, claimed.signature) for one in expected) > 0

    def proven(self, texts: Iterable[str], participant: str) -> Claimed | None:
        """The first token in these texts that is proven for the participant."""
        return next((one for text in texts for one in self.read(text) if self.prove(one, participant)), None)


def _digits(conversation: ConversationId) -> str:
    return conversation.removeprefix("cv_")


def _signature(secret: bytes, conversation: ConversationId, participant: str) -> str:
    said = f"{conversation} {participant.strip().casefold()}".encode(errors="replace")
    return b32encode(hmac.digest(secret, said, sha256))[:SIGNATURE_CHARS].decode().lower()
