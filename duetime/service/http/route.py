"""What a route is, and what its handler is called with.

A route says everything about itself: where it is, who may call it, what it takes and gives, how it refuses.
The handlers of aiohttp, the OpenAPI document, the page ``/docs`` and the access table are all made from that.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, Generic, Literal, TypeVar

import msgspec

from duetime.router.errors import Forbidden, NotFound, Refusal
from duetime.router.ids import AssociateId, ContactId, ConversationId, QueueId
from duetime.service.access import Actor, Role, Scope
from duetime.service.parts import Parts

Taken = TypeVar("Taken")
Given = TypeVar("Given")

EVERYONE: Final = frozenset(Role)
PEOPLE: Final = frozenset({Role.ASSOCIATE, Role.SUPERVISOR, Role.ADMIN})
SUPERVISORS: Final = frozenset({Role.SUPERVISOR, Role.ADMIN})
ADMINS: Final = frozenset({Role.ADMIN})


class Input(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a client sends: a misspelt name is an error, never ignored."""


class Nothing(Input, frozen=True, kw_only=True):
    """Takes no fields; or gives no content."""


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """A file: the body as it is, its type from ``Content-Type``, its name from ``X-File-Name``, percent-encoded."""

    content: bytes
    name: str
    content_type: str


class IfMatch(Enum):
    """Whether the header ``If-Match`` names the version that a change is meant for."""

    UNUSED = "unused"
    OPTIONAL = "optional"
    REQUIRED = "required"


class Call(msgspec.Struct, Generic[Taken], frozen=True, kw_only=True):
    """One request, checked: the actor may call the route, and what they sent has the right form."""

    parts: Parts
    actor: Actor
    input: Taken
    path: dict[str, str]
    """The variable parts of the path."""
    version: int | None
    """From ``If-Match``; None: whatever it is now."""
    idempotency_key: str | None

    @property
    def conversation(self) -> ConversationId:
        return ConversationId(self.path["conversation"])

    @property
    def message_number(self) -> int:
        """Raises NotFound for what is no number of a message."""
        text = self.path["number"]
        if not re.fullmatch("[1-9][0-9]{0,8}", text):
            raise NotFound(f"There is no message {text} in this conversation.")
        return int(text)

    @property
    def contact(self) -> ContactId:
        return ContactId(self.path["contact"])

    @property
    def associate(self) -> AssociateId:
        return AssociateId(self.path["associate"])

    @property
    def queue(self) -> QueueId:
        return QueueId(self.path["queue"])


@dataclass(frozen=True, kw_only=True)
class Route(Generic[Taken, Given]):
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    path: str
    handler: Callable[[Call[Taken]], Awaitable[Given]]
    takes: type[Taken]
    """The query parameters of a GET, the JSON body of anything else, or an `Upload`."""
    gives: type[Given]
    summary: str
    roles: frozenset[Role]
    scope: Scope | None = None
    """What an integration's token needs besides. None: integrations may not call it, or need nothing."""
    status: int = 200
    refuses: tuple[type[Refusal], ...] = ()
    """Its own refusals, beside those that every route has."""
    if_match: IfMatch = IfMatch.UNUSED
    etag: Callable[[Given], int] | None = None
    """The version of what it gives."""
    body_bytes: int | None = None
    """The largest body; None: as the settings say."""
    idempotency_key: bool = False
    """Whether it honours the header ``Idempotency-Key``."""
    group: str = field(init=False)
    """The first part of the path after the version: what the route is about."""

    def __post_init__(self) -> None:
        if not self.roles:
            raise ValueError(f"{self.method} {self.path} has no role: nobody could call it")
        if self.scope is not None and Role.INTEGRATION not in self.roles:
            raise ValueError(f"{self.method} {self.path} has a scope, but integrations may not call it")
        object.__setattr__(self, "group", self.path.split("/")[2])

    @property
    def name(self) -> str:
        return self.handler.__name__


AnyRoute = Route[Any, Any]


def check_access(route: AnyRoute, actor: Actor) -> None:
    """Raises Forbidden unless the actor's role and scopes allow the route."""
    if actor.role not in route.roles:
        needed = ", ".join(sorted(route.roles))
        raise Forbidden(f"This needs a token with one of these roles: {needed}. Yours has {actor.role}.")
    if actor.role is Role.INTEGRATION and route.scope is not None and route.scope not in actor.scopes:
        raise Forbidden(f"This needs a token with the scope {route.scope}.", scope=route.scope.value)


def no_such(kind: str, name: str) -> NotFound:
    """The refusal of an id that names nothing, or nothing that the caller may know of."""
    return NotFound(f"There is no {kind} {name}.", **{kind: name})
