"""How often a visitor may do something, and how often all those who come from one address may."""

from typing import Final

from duetime.config.settings import Limits
from duetime.service.limits import RateLimit

VISITORS_PER_ADDRESS: Final = 10
"""So many visitors may do things from one address as fast as one visitor may."""
FRAMES_PER_S: Final = 10
"""Frames of one connection, and HTTP requests of one session, of whatever kind."""
FILES_PER_MINUTE: Final = 20
FILE_MB_PER_DAY: Final = 200
TRANSCRIPTS_PER_HOUR: Final = 3
LEFT_MESSAGES_PER_HOUR: Final = 5
DAY_S, HOUR_S, MINUTE_S = 86_400, 3600, 60


class VisitorRate:
    """At most ``burst`` in ``within_s`` for one visitor, and `VISITORS_PER_ADDRESS` times that for an address."""

    def __init__(self, what: str, burst: float, within_s: float) -> None:
        self._of_visitor = RateLimit(what, per_s=burst / within_s, burst=burst)
        many = VISITORS_PER_ADDRESS * burst
        self._of_address = RateLimit(f"{what} from your address", per_s=many / within_s, burst=many)

    def take(self, visitor: str, address: str, cost: float = 1) -> None:
        """Raises TooMany."""
        self._of_visitor.take(visitor, cost)
        self._of_address.take(address, cost)


class ChatRates:
    """The rates of the chats of one daemon."""

    def __init__(self, limits: Limits) -> None:
        self.frames = RateLimit("frames", per_s=FRAMES_PER_S, burst=5 * FRAMES_PER_S)
        self.requests = RateLimit("requests", per_s=FRAMES_PER_S, burst=5 * FRAMES_PER_S)
        many = VISITORS_PER_ADDRESS * FRAMES_PER_S
        self.requests_from = RateLimit("requests from your address", per_s=many, burst=5 * many)
        self.messages = VisitorRate("messages", limits.chat_messages_per_minute, MINUTE_S)
        self.files = VisitorRate("files", FILES_PER_MINUTE, MINUTE_S)
        self.file_mb = VisitorRate("megabytes of files", FILE_MB_PER_DAY, DAY_S)
        self.transcripts = VisitorRate("transcripts", TRANSCRIPTS_PER_HOUR, HOUR_S)
        self.transcripts_to = RateLimit(
            "transcripts to this address", per_s=TRANSCRIPTS_PER_HOUR / HOUR_S, burst=TRANSCRIPTS_PER_HOUR
        )
        self.left_messages = VisitorRate("messages", LEFT_MESSAGES_PER_HOUR, HOUR_S)
