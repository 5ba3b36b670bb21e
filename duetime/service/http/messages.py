"""Messages from integrations: the ``api`` channel's way in."""

from hashlib import sha256
from typing import Final

import msgspec

from duetime.channels.api import MessageIn, to_inbound
from duetime.queues.records import Accepted
from duetime.router.errors import Invalid, KeyReused, NotReady
from duetime.service.access import Role, Scope
from duetime.service.http.route import AnyRoute, Call, Route

_CANONICAL = msgspec.json.Encoder(order="deterministic")


async def receive_message(call: Call[MessageIn]) -> Accepted:
    parts, body = call.parts, call.input
    if parts.stopping.is_set():
        raise NotReady("This daemon is stopping. Send the same message again, with the same key.")
    if body.endpoint not in parts.settings.api.endpoints:
        known = ", ".join(parts.settings.api.endpoints)
        raise Invalid(f"There is no api endpoint {body.endpoint}. There is: {known}.", at="endpoint")
    message = to_inbound(body, call.idempotency_key, parts.store.clock())
    # Of the meaning, not of the bytes: a client that writes its JSON anew for the second try is the same
    # client.
    return await parts.intake.receive(message, body_hash=sha256(_CANONICAL.encode(body)).hexdigest())


ROUTES: Final[tuple[AnyRoute, ...]] = (
    Route(
        method="POST",
        path="/v1/messages",
        handler=receive_message,
        takes=MessageIn,
        gives=Accepted,
        status=202,
        summary="A contact's message comes in. When the answer comes, it is stored and routed.",
        roles=frozenset({Role.INTEGRATION, Role.ADMIN}),
        scope=Scope.MESSAGES_WRITE,
        refuses=(KeyReused,),
        idempotency_key=True,
    ),
)
