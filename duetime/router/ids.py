"""Identifiers. Names given by operators are slugs; ids given by Duetime carry a prefix and sort by time.

An id is ``<prefix>_<20 characters>``: 48 bits of milliseconds, then 48 random bits, in Crockford's base 32
(lower case, without i, l, o, u), so ids made later sort later and two daemons never collide in practice.
"""

import re
from typing import NewType

ConversationId = NewType("ConversationId", str)
ContactId = NewType("ContactId", str)
MessageId = NewType("MessageId", str)
AssociateId = NewType("AssociateId", str)
QueueId = NewType("QueueId", str)
TeamId = NewType("TeamId", str)
SkillId = NewType("SkillId", str)
EndpointId = NewType("EndpointId", str)
ClassId = NewType("ClassId", str)
PoolId = NewType("PoolId", str)
CalendarId = NewType("CalendarId", str)
SessionId = NewType("SessionId", str)

SLUG = r"^[a-z0-9][a-z0-9_-]{0,39}(?![\s\S])"
"""What an operator may call a queue, team, skill, endpoint, priority or associate. It ends where the text ends, which
``$`` does not say in Python and ``\\Z`` does not say in JSON Schema."""

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_MADE = re.compile(r"(cv|ct|ms|tk|se)_[0-9a-hjkmnp-tv-z]{20}")
_SHIFTS = range(90, -10, -10)
_PAIRS = [a + b for a in _ALPHABET for b in _ALPHABET]


def make_id(prefix: str, now_ms: int, random_bits: int) -> str:
    """The id with this prefix for a moment and 48 random bits."""
    return f"{prefix}_{make_digits(now_ms, random_bits)}"


def make_digits(now_ms: int, random_bits: int) -> str:
    """What stands behind the prefix; things that come into being together may share it."""
    value = (now_ms & 0xFFFF_FFFF_FFFF) << 48 | (random_bits & 0xFFFF_FFFF_FFFF)
    return "".join([_PAIRS[(value >> shift) & 0x3FF] for shift in _SHIFTS])


def is_id(prefix: str, text: str) -> bool:
    """Whether ``text`` has the form of an id with this prefix."""
    return text.startswith(prefix + "_") and _MADE.fullmatch(text) is not None
