"""What is refused to an associate at once, before it is on its way."""

from collections.abc import Mapping
from typing import Final

from duetime.channels.sms.segments import count, with_plain_punctuation
from duetime.config.sms_settings import SmsEndpoint
from duetime.queues.opt_outs import OptOuts
from duetime.queues.records import Conversation
from duetime.router.errors import OptedOut, TooLarge
from duetime.router.message import Channel

COUNTED_CHARS: Final = 5000
"""A text that is longer takes more parts than any number of ours sends, and counting it would take its time."""
SHORTER: Final = "Make it shorter, or send two."


class ReplyRules:
    def __init__(self, endpoints: Mapping[str, SmsEndpoint], opt_outs: OptOuts) -> None:
        self._endpoints = endpoints
        self._opt_outs = opt_outs

    async def check(self, found: Conversation, text: str) -> None:
        """Raises OptedOut, TooLarge."""
        to = found.destination
        if to.channel is not Channel.SMS:
            return
        told = await self._opt_outs.get(to.endpoint, to.address)
        if told is not None:
            raise OptedOut(
                f"{to.address} opted out of messages from this number (“{told.why}”). Reach them in another way;"
                " a supervisor can lift it if they ask for that.",
                since=told.at,
            )
        settings = self._endpoints.get(to.endpoint)
        long = too_long(settings, text) if settings else None
        if long is not None:
            raise TooLarge(long)


def too_long(settings: SmsEndpoint, text: str) -> str | None:
    """Why the text is too long for one message, as a sentence."""
    if len(text) > COUNTED_CHARS:
        return f"The text takes many more than the {settings.max_parts} SMS that are allowed. {SHORTER}"
    found = count(with_plain_punctuation(text) if settings.plain_punctuation else text)
    if found.parts <= settings.max_parts:
        return None
    sentence = f"The text takes {found.parts} SMS; {settings.max_parts} are allowed. {SHORTER}"
    if not found.forcing:
        return sentence
    return f"{sentence} Without {' '.join(found.forcing[:5])} more letters fit into each."
