"""Timers: one sorted set of what is due when. Any daemon claims what is due; what it does not carry out within the
lease, because it was killed, is due again."""

from enum import StrEnum

import msgspec

from duetime.queues.scripts import Scripts


class TimerKind(StrEnum):
    OFFER = "offer"
    """An offer expires."""
    STEP = "step"
    """A route goes on to its next step."""
    IDLE = "idle"
    """The contact has been silent since the answer: the conversation gives its capacity back."""
    WAKE = "wake"
    """A snoozed conversation comes back."""
    WRAP = "wrap"
    """The wrap-up is over."""
    REASSIGN = "reassign"
    """The associate has been gone too long."""
    COOL = "cool"
    """Somebody may be offered the conversation again."""
    TARGET = "target"
    """A target will be at risk, or breached."""
    ACT = "act"
    """What the queue does about a target is still to be done."""
    ACK = "ack"
    """A conversation that has opened is to be acknowledged."""
    REMIND = "remind"
    """The contact has been silent since the answer: they are reminded."""
    SILENCE = "silence"
    """They have been silent for so long that the conversation closes."""
    UNSEEN = "unseen"
    """No client of the contact has fetched an answer."""
    LEASE = "lease"
    """Nobody vouches for an associate's presence any more."""


class Timer(msgspec.Struct, frozen=True):
    kind: TimerKind
    subject: str
    claimed_at: int
    claimed_until: float
    """Epoch ms and a half."""


class Timers:
    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts

    async def claim(self, now_ms: int, *, most: int, lease_ms: int) -> tuple[list[Timer], int | None]:
        """What is due, and when the next one will be (epoch ms)."""
        _, due, following = await self._scripts.call("timers_claim", now_ms, most, lease_ms)
        timers = []
        for name in due:
            kind, _, subject = name.partition(":")
            timers.append(Timer(TimerKind(kind), subject, now_ms, now_ms + lease_ms + 0.5))
        return timers, int(float(following)) if following else None

    async def drop(self, now_ms: int, timer: Timer) -> None:
        """Forgets a claimed timer that had nothing to do, unless it was set anew meanwhile."""
        await self._scripts.call("timer_drop", now_ms, f"{timer.kind.value}:{timer.subject}", str(timer.claimed_until))
