"""What contacts wish: STOP ends our messages to them, START brings them back, HELP says who we are.

A STOP is no message for anybody to answer: it opens no conversation, and whoever has the open one reads it in a note.
The answers to these words go out at once and by themselves, past the outbox, which has nothing for those who opted out;
one that the provider does not take is not tried again, since what was asked for is done in any case.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import msgspec
import structlog

from duetime.channels.sms.words import Word
from duetime.queues.opt_outs import Told
from duetime.queues.store import Store
from duetime.router.ids import EndpointId
from duetime.router.message import Kind
from duetime.service.delivery import SendLater, SendRefused
from duetime.service.own_message import own_message
from duetime.service.sms.our_number import OurNumber

ANSWERS_MOST: Final = 1000
ANSWER_S: Final = 30.0

log = structlog.get_logger(__name__)


class Answer(msgspec.Struct, frozen=True):
    endpoint: EndpointId
    to: str
    text: str

    def __repr__(self) -> str:
        return f"Answer({self.endpoint})"


class Wishes:
    def __init__(self, store: Store, say: Callable[[Answer], Awaitable[None]]) -> None:
        """``say`` brings an answer to its recipient. It raises SendLater, SendRefused."""
        self._store = store
        self._say = say
        self._answers: asyncio.Queue[Answer] = asyncio.Queue(ANSWERS_MOST)

    async def grant(self, number: OurNumber, sender: str, word: Word, said: str, external_id: str) -> bool:
        """Does what the word asks for. False: it is a message like any other, such as YES from somebody who did not
        opt out, and HELP always, since a person may be able to help better."""
        match word:
            case Word.STOP:
                await self._stop(number, sender, said, external_id)
                return True
            case Word.START:
                return await self._start(number, sender, said, external_id)
            case Word.HELP:
                return False

    async def help(self, number: OurNumber, sender: str) -> None:
        """Says who we are, once an hour."""
        text = number.settings.help_text
        if text is not None and await self._store.opt_outs.take_help_turn(number.id, sender):
            self._answer(number, sender, text)

    async def run(self) -> None:
        """Gives the answers, one after the other."""
        while True:
            answer = await self._answers.get()
            try:
                async with asyncio.timeout(ANSWER_S):
                    await self._say(answer)
            except (SendLater, SendRefused, TimeoutError) as error:
                log.warning("an answer to a word was not sent", endpoint=answer.endpoint, reason=str(error))
            except Exception:
                log.exception("an answer to a word was not sent", endpoint=answer.endpoint)

    async def _stop(self, number: OurNumber, sender: str, said: str, external_id: str) -> None:
        now = self._store.clock()
        told = Told(at=now, by="contact", why=said)
        sentence = (
            f"They wrote “{said}”: nothing more is sent to {sender} from {number.settings.number} until they write"
            " START, or a supervisor lifts it."
        )
        note = own_message(now, sentence, Kind.NOTE)
        if await self._store.opt_outs.opt_out(now, number.id, sender, told, note, external_id):
            log.info("a contact opted out", endpoint=number.id)
            self._answer(number, sender, number.settings.stop_text)

    async def _start(self, number: OurNumber, sender: str, said: str, external_id: str) -> bool:
        now = self._store.clock()
        told = Told(at=now, by="contact", why=said)
        note = own_message(now, f"They wrote “{said}”: messages to {sender} are sent again.", Kind.NOTE)
        if not await self._store.opt_outs.opt_in(now, number.id, sender, told, note, external_id):
            return False
        log.info("a contact opted in", endpoint=number.id)
        self._answer(number, sender, number.settings.start_text)
        return True

    def _answer(self, number: OurNumber, to: str, text: str | None) -> None:
        if text is None:
            return
        try:
            self._answers.put_nowait(Answer(number.id, to, text))
        except asyncio.QueueFull:
            log.warning("an answer to a word was not sent", endpoint=number.id, reason="too many wait")
