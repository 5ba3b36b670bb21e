"""The reception: what becomes of a message that a provider brings.

Its parts are joined, its words obeyed, its files fetched, and then intake takes it. When `Reception.take` returns, all
of it is kept; the same message again changes nothing.
"""

from collections.abc import Mapping
from typing import Final

import msgspec
import structlog
from msgspec.structs import replace

from duetime.channels.sms.numbers import read_party
from duetime.channels.sms.provider import InboundSms, Part
from duetime.channels.sms.words import Word, read_word
from duetime.queues.connection import ServerLost
from duetime.queues.message_parts import Group, Kept
from duetime.queues.store import Store
from duetime.router.errors import KeyReused
from duetime.router.ids import EndpointId
from duetime.router.message import Channel, InboundMessage, Sender
from duetime.service.intake import Intake
from duetime.service.sms.media import MediaRoom
from duetime.service.sms.our_number import OurNumber
from duetime.service.sms.wishes import Wishes

MISSING: Final = "[…]"
"""Stands in a text for the parts that did not come."""
REFERENCE_CHARS: Final = 64
PARTS_MOST: Final = 255
"""What the header of a part can say."""

log = structlog.get_logger(__name__)


class Reception:
    def __init__(
        self,
        numbers: Mapping[EndpointId, OurNumber],
        *,
        store: Store,
        intake: Intake,
        media: MediaRoom,
        wishes: Wishes,
        text_chars: int,
    ) -> None:
        """``text_chars``: the longest text of a message; a longer one is cut."""
        self._numbers = numbers
        self._store = store
        self._intake = intake
        self._media = media
        self._wishes = wishes
        self._text_chars = text_chars

    async def take(self, number: OurNumber, sms: InboundSms) -> None:
        """Raises ServerLost, Busy, NotReady: the provider brings it again."""
        if await self._store.views.was_taken(number.id, sms.id):
            return  # its files need not be fetched again
        part = sms.part
        if part is None or not 1 <= part.number <= part.total <= PARTS_MOST or part.total == 1:
            await self._receive(number, sms)
            return
        kept = await self._keep_part(number, sms, part)
        if isinstance(kept, Group):
            await self._join(kept)
        elif kept is Kept.ALONE:
            await self._receive(number, sms, f"This is part {part.number} of {part.total}; the others came before.")

    async def join_late(self) -> None:
        """Takes in what there is of messages whose other parts did not come."""
        while groups := await self._store.message_parts.claim(self._store.clock()):
            for group in groups:
                try:
                    await self._join(group)
                except ServerLost:
                    raise
                except Exception:
                    # It comes again in a minute; others must not wait behind it.
                    log.exception("parts could not be joined", group_of=group.name.partition("/")[0])

    async def _keep_part(self, number: OurNumber, sms: InboundSms, part: Part) -> Group | Kept:
        group = f"{number.id}/{sms.sender[:REFERENCE_CHARS]}/{part.reference[:REFERENCE_CHARS]}/{part.total}"
        text = msgspec.json.encode(sms).decode()
        there = f"{number.id}:{sms.id}"
        now = self._store.clock()
        return await self._store.message_parts.keep(now, group, part.number, part.total, text, there)

    async def _join(self, group: Group) -> None:
        endpoint = EndpointId(group.name.partition("/")[0])
        number = self._numbers.get(endpoint)
        if number is None:
            return  # of an endpoint that this daemon's settings do not have; another daemon takes it in
        parts = {place: msgspec.json.decode(text, type=InboundSms) for place, text in group.parts.items()}
        first = next(iter(parts.values()))
        total = first.part.total if first.part else len(parts)
        texts = [parts[place].text if place in parts else MISSING for place in range(1, total + 1)]
        missing = [str(place) for place in range(1, total + 1) if place not in parts]
        media = tuple(file for part in parts.values() for file in part.media)
        whole = replace(first, text="".join(texts), media=media, part=None)
        await self._receive(number, whole, f"Of {total} parts did not come: {', '.join(missing)}." if missing else "")
        ids = [f"{endpoint}:{part.id}" for part in parts.values()]
        await self._store.message_parts.drop(self._store.clock(), group.name, ids)

    async def _receive(self, number: OurNumber, sms: InboundSms, remark: str = "") -> None:
        sender = read_party(sms.sender, number.settings.default_region)
        word = None if sms.media else sms.word or read_word(sms.text)
        if word and not sender.is_number:
            word = None
        if word and await self._wishes.grant(number, sender.address, word, sms.text.strip(), sms.id):
            return
        files, refused = await self._media.keep(number, sms) if sms.media else ((), "")
        remarks = [one for one in (remark, refused) if one]
        if len(sms.text) > self._text_chars:
            remarks.append(f"Its text was cut after {self._text_chars:,} characters.")
        try:
            await self._intake.receive(
                InboundMessage(
                    channel=Channel.SMS,
                    endpoint=number.id,
                    external_id=sms.id,
                    sender=Sender(sender.address, verified=sender.is_number),
                    text=sms.text[: self._text_chars],
                    attachments=files,
                    remark=" ".join(remarks) or None,
                )
            )
        except KeyReused:
            # The first one is kept, and to be asked again and again about this one would help nobody.
            log.warning("a provider gave an id to two messages", endpoint=number.id)
        if word is Word.HELP:
            await self._wishes.help(number, sender.address)
