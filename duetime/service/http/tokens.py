"""API tokens: made, listed and revoked by admins."""

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from duetime.config.fields import Slug
from duetime.queues.store import Store
from duetime.queues.tokens import TokenRecord
from duetime.router.errors import Invalid, NotFound
from duetime.router.ids import AssociateId
from duetime.service.access import Role, Scope, new_token
from duetime.service.http.fields import AtMs
from duetime.service.http.route import ADMINS, AnyRoute, Call, Input, Nothing, Route, no_such

YEAR_MS: Final = 365 * 86_400_000
LIFETIME_MAX_MS: Final = 10 * YEAR_MS


class TokenIn(Input, frozen=True, kw_only=True):
    role: Role
    associate: Slug | None = None
    """Whose token it is: needed for the role associate, possible for supervisor and admin."""
    scopes: frozenset[Scope] = frozenset()
    """For integrations, and at least one."""
    label: Annotated[str, Meta(max_length=100)] = ""
    expires_at: AtMs | None = None
    """Left out: in a year. Ten years at most."""


class TokenShown(msgspec.Struct, frozen=True, kw_only=True):
    """A token without its secret."""

    id: str
    role: Role
    associate: AssociateId | None
    scopes: list[Scope]
    label: str
    created_at: int
    expires_at: int | None


class TokenMade(TokenShown, frozen=True, kw_only=True):
    """A new token. Its text is shown this once."""

    token: str


async def list_tokens(call: Call[Nothing]) -> list[TokenShown]:
    return [_shown(record) for record in await call.parts.store.tokens.list()]


async def create_token(call: Call[TokenIn]) -> TokenMade:
    return await make_token(call.parts.store, call.input)


async def make_token(store: Store, wanted: TokenIn) -> TokenMade:
    """Makes a token and stores it. Raises Invalid, and NotFound for an associate who does not exist."""
    now = store.clock()
    expires_at = now + YEAR_MS if wanted.expires_at is None else wanted.expires_at
    _check(wanted, expires_at - now)
    associate = AssociateId(wanted.associate) if wanted.associate else None
    if associate is not None:
        await store.views.associate(associate)
    text, record = new_token(
        wanted.role,
        now=now,
        expires_at=expires_at,
        associate=associate,
        scopes=wanted.scopes,
        label=wanted.label,
    )
    await store.tokens.create(record)
    return TokenMade(token=text, **msgspec.structs.asdict(_shown(record)))


async def revoke_token(call: Call[Nothing]) -> Nothing:
    token_id = call.path["token"]
    if not await call.parts.store.tokens.revoke(token_id):
        raise no_such("token", token_id)
    return Nothing()


def _check(wanted: TokenIn, lifetime_ms: int) -> None:
    if wanted.role is Role.ASSOCIATE and wanted.associate is None:
        raise Invalid("A token with the role associate needs the associate's id.", at="associate")
    if wanted.role is Role.INTEGRATION and wanted.associate is not None:
        raise Invalid("A token for an integration stands for no associate.", at="associate")
    if wanted.role is Role.INTEGRATION and not wanted.scopes:
        raise Invalid("A token for an integration needs at least one scope.", at="scopes")
    if wanted.role is not Role.INTEGRATION and wanted.scopes:
        raise Invalid(f"Scopes are for integrations; the role {wanted.role} needs none.", at="scopes")
    if not 0 < lifetime_ms <= LIFETIME_MAX_MS:
        raise Invalid("expires_at is epoch milliseconds, in the future and at most ten years away.", at="expires_at")


def _shown(record: TokenRecord) -> TokenShown:
    return TokenShown(
        id=record.id,
        role=Role(record.role),
        associate=record.associate,
        scopes=sorted(scope for scope in Scope if scope.value in record.scopes),
        label=record.label,
        created_at=record.created_at,
        expires_at=record.expires_at,
    )


ROUTES: Final[tuple[AnyRoute, ...]] = (
    Route(
        method="GET",
        path="/v1/tokens",
        handler=list_tokens,
        takes=Nothing,
        gives=list[TokenShown],
        summary="Every token, without secrets.",
        roles=ADMINS,
    ),
    Route(
        method="POST",
        path="/v1/tokens",
        handler=create_token,
        takes=TokenIn,
        gives=TokenMade,
        status=201,
        summary="Make a token. The answer holds its text, which is never shown again.",
        roles=ADMINS,
        refuses=(NotFound,),
    ),
    Route(
        method="DELETE",
        path="/v1/tokens/{token}",
        handler=revoke_token,
        takes=Nothing,
        gives=Nothing,
        status=204,
        summary="Revoke a token. Its desks are disconnected.",
        roles=ADMINS,
        refuses=(NotFound,),
    ),
)
