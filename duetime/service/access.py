"""Who asks, and in which role: API tokens and the tickets that open websockets.

A token reads ``dt_<id>_<secret>``. The id finds its record, the secret (256 random bits) proves it; only its
SHA-256 is stored, and the comparison takes the same time for every wrong secret. A ticket stands for a token
for a few seconds and once, because browsers cannot send a header with a websocket and a token must never
stand in a URL.

What a role may do is said per route in `duetime.service.http.routes`; what it may do to one conversation, in
the desk.
"""

import hmac
import re
import secrets
from collections.abc import Callable, Iterable
from enum import StrEnum
from hashlib import sha256
from typing import Final

import msgspec

from duetime.queues.tokens import TokenRecord, Tokens
from duetime.router.errors import Unauthenticated
from duetime.router.events import Event, EventType
from duetime.router.ids import AssociateId, make_id

CACHE_MS: Final = 5000
"""How long a token that was found right is believed without asking Redis again."""

_TOKEN = re.compile(r"dt_([0-9a-hjkmnp-tv-z]{20})_([A-Za-z0-9_-]{43})")


class Role(StrEnum):
    ASSOCIATE = "associate"
    """Their own conversations, and those that wait for somebody like them."""
    SUPERVISOR = "supervisor"
    """Every conversation; presence, skills and capacity of every associate."""
    ADMIN = "admin"
    """Everything."""
    INTEGRATION = "integration"
    """A program: what its scopes say."""


class Scope(StrEnum):
    """What an integration's token may do. The other roles need none."""

    MESSAGES_WRITE = "messages:write"
    CONVERSATIONS_READ = "conversations:read"
    CONVERSATIONS_WRITE = "conversations:write"
    CONTACTS_READ = "contacts:read"
    CONTACTS_WRITE = "contacts:write"
    ASSOCIATES_READ = "associates:read"
    QUEUES_READ = "queues:read"
    METRICS_READ = "metrics:read"


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Who makes a request."""

    role: Role
    token_id: str
    associate: AssociateId | None = None
    """Which associate they are; None for an integration, and for a supervisor or admin who does not
    answer."""
    scopes: frozenset[Scope] = frozenset()
    expires_at: int | None = None
    """When their token ends, epoch ms."""

    @property
    def supervises(self) -> bool:
        """They may see and change what others hold."""
        return self.role in (Role.SUPERVISOR, Role.ADMIN)


class Authenticator:
    """Token text to `Actor`. Tokens that were found right are cached for `CACHE_MS`, and dropped at once when the
    journal tells that one was revoked: feed its events to `on_events`."""

    def __init__(self, tokens: Tokens, clock: Callable[[], int]) -> None:
        self._tokens = tokens
        self._clock = clock
        self._cached: dict[str, _Known] = {}
        """By the token's text. How long a look takes tells nothing of it: a dict compares seeded hashes first."""
        self._revocations = 0

    async def actor(self, token: str) -> Actor:
        """Whose token this is. Raises Unauthenticated; ServerLost when Redis is needed and away."""
        now, known = self._clock(), self._cached.get(token)
        if known is None or not 0 <= now - known.read_at < CACHE_MS:
            known = await self._load(token, now)
        return _unexpired(known.actor, now)

    async def holder(self, token_id: str) -> Actor:
        """The actor of this token as it is now, past the cache. Raises Unauthenticated if it was revoked or
        expired."""
        record = await self._tokens.get(token_id)
        if record is None:
            raise Unauthenticated("The token behind this was revoked.")
        return _unexpired(as_actor(record), self._clock())

    def on_events(self, events: Iterable[Event]) -> None:
        for event in events:
            if event.type == EventType.TOKEN_REVOKED:
                self._revocations += 1
                revoked = [text for text, known in self._cached.items() if known.actor.token_id == event.data["token"]]
                for text in revoked:
                    del self._cached[text]

    async def _load(self, token: str, now: int) -> "_Known":
        parts = _TOKEN.fullmatch(token)
        if parts is None:
            raise Unauthenticated("This is not an API token: those look like dt_..._... .")
        revocations = self._revocations
        record = await self._tokens.get(f"tk_{parts[1]}")
        if record is None or not hmac.compare_digest(hash_secret(parts[2]), record.secret_hash):
            self._cached.pop(token, None)
            raise Unauthenticated("There is no such token, or it was revoked.")
        known = _Known(as_actor(record), now)
        if revocations == self._revocations:
            # Otherwise the answer may be older than the revocation that came meanwhile, and would outlive it.
            self._cached[token] = known
        return known


class _Known(msgspec.Struct, frozen=True):
    """What is remembered of a token that was found right."""

    actor: Actor
    read_at: int


class TicketText(msgspec.Struct, frozen=True):
    """A ticket as its holder gets it."""

    ticket: str
    """Goes into the ``hello`` frame of ``/v1/desk``."""
    expires_in_s: int


class Tickets:
    """Single-use tickets for websockets, in the name of a token."""

    def __init__(self, tokens: Tokens, authenticator: Authenticator, ttl_s: int) -> None:
        self._tickets = tokens.tickets
        self._authenticator = authenticator
        self._ttl_s = ttl_s

    async def issue(self, actor: Actor) -> TicketText:
        ticket = secrets.token_urlsafe(32)
        await self._tickets.put(hash_secret(ticket), actor.token_id.encode(), self._ttl_s)
        return TicketText(ticket, self._ttl_s)

    async def redeem(self, ticket: str) -> Actor:
        """Who got this ticket; the ticket is used up. Raises Unauthenticated."""
        token_id = await self._tickets.take(hash_secret(ticket))
        if token_id is None:
            raise Unauthenticated("The ticket is unknown, used or too old. Get a new one from POST /v1/desk/tickets.")
        return await self._authenticator.holder(token_id.decode())


def new_token(
    role: Role,
    *,
    now: int,
    expires_at: int | None,
    associate: AssociateId | None = None,
    scopes: Iterable[Scope] = (),
    label: str = "",
) -> tuple[str, TokenRecord]:
    """A token's text, which is shown once, and the record to store. Times in epoch ms."""
    token_id = make_id("tk", now, secrets.randbits(48))
    secret = secrets.token_urlsafe(32)
    record = TokenRecord(
        id=token_id,
        secret_hash=hash_secret(secret),
        role=role.value,
        associate=associate,
        scopes=frozenset(scope.value for scope in scopes),
        label=label,
        created_at=now,
        expires_at=expires_at,
    )
    return f"dt_{token_id.removeprefix('tk_')}_{secret}", record


def hash_secret(secret: str) -> str:
    """SHA-256 in hex. Fast is enough: the secrets are 256 random bits, nothing that can be guessed."""
    return sha256(secret.encode(errors="surrogatepass")).hexdigest()


def as_actor(record: TokenRecord) -> Actor:
    """The actor of a token. A scope that this version does not know gives nothing. Raises Unauthenticated for
    an associate's token that does not say whose it is."""
    if record.role == Role.ASSOCIATE and record.associate is None:
        raise Unauthenticated("The token has the role associate and names none. Make a new one.")
    return Actor(
        role=Role(record.role),
        token_id=record.id,
        associate=record.associate,
        scopes=frozenset(scope for scope in Scope if scope.value in record.scopes),
        expires_at=record.expires_at,
    )


def _unexpired(actor: Actor, now: int) -> Actor:
    if actor.expires_at is not None and actor.expires_at <= now:
        raise Unauthenticated("The token has expired. Make a new one.")
    return actor
