"""Our addresses and how they do: mailboxes that are read, messages on their way out, and what was given up."""

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from duetime.queues.outbox import Delivery
from duetime.router.errors import Conflict, NotFound, OptedOut
from duetime.router.ids import ConversationId, EndpointId
from duetime.router.message import Channel
from duetime.service.access import Scope
from duetime.service.http.conversations import ONE
from duetime.service.http.fields import Limit
from duetime.service.http.route import EVERYONE, PEOPLE, SUPERVISORS, AnyRoute, Call, Input, Nothing, Route
from duetime.service.mail.mailbox import MailboxState
from duetime.service.parts import Parts


class EndpointNow(msgspec.Struct, frozen=True, kw_only=True):
    """An address of ours, as this daemon sees it."""

    endpoint: EndpointId
    channel: Channel
    name: str
    address: str | None
    """Where contacts write to; null where they need none."""
    sending: int
    """Conversations with a message on its way out."""
    failed: int
    """Messages that were given up, or came back."""
    mailboxes: list[MailboxState]
    problem: str | None = None
    """Why sending does not work at the moment, as far as this daemon tried."""


class NumberedDelivery(msgspec.Struct, frozen=True, kw_only=True):
    conversation: ConversationId
    number: int
    """The message's."""
    delivery: Delivery


class Failed(Input, frozen=True, kw_only=True):
    endpoint: Annotated[EndpointId, Meta(min_length=1, max_length=40)] | None = None
    """Left out: all of them."""
    limit: Limit = 100


async def endpoints_now(parts: Parts) -> list[EndpointNow]:
    settings, states = parts.settings, parts.mailboxes()
    found = [(name, Channel.API, endpoint.name, None) for name, endpoint in settings.api.endpoints.items()]
    found += [(name, Channel.CHAT, endpoint.name, None) for name, endpoint in settings.chat.endpoints.items()]
    mails = [(name, Channel.EMAIL, mail.name, mail.address) for name, mail in settings.email.endpoints.items()]
    listed = []
    numbers = [(name, Channel.SMS, sms.name, sms.number) for name, sms in settings.sms.endpoints.items()]
    problems = parts.sms.problems()
    for name, channel, title, address in [*found, *mails, *numbers]:
        endpoint = EndpointId(name)
        sending, failed = await parts.store.outbox.sizes(endpoint) if channel.is_delivered else (0, 0)
        listed.append(
            EndpointNow(
                endpoint=endpoint,
                channel=channel,
                name=title,
                address=address,
                sending=sending,
                failed=failed,
                mailboxes=[state for state in states if state.endpoint == endpoint],
                problem=problems.get(endpoint),
            )
        )
    return listed


async def list_endpoints(call: Call[Nothing]) -> list[EndpointNow]:
    return await endpoints_now(call.parts)


async def list_deliveries(call: Call[Nothing]) -> list[NumberedDelivery]:
    await call.parts.desk.view(call.actor, call.conversation)
    found = await call.parts.store.outbox.deliveries(call.conversation)
    return [
        NumberedDelivery(conversation=call.conversation, number=number, delivery=delivery)
        for number, delivery in sorted(found.items())
    ]


async def list_failed_deliveries(call: Call[Failed]) -> list[NumberedDelivery]:
    wanted = call.input.endpoint
    settings = call.parts.settings
    known = [EndpointId(name) for name in [*settings.email.endpoints, *settings.sms.endpoints]]
    if wanted is not None and wanted not in known:
        raise NotFound(f"There is no endpoint {wanted} that sends. There is: {', '.join(known) or 'none'}.")
    failed = [
        NumberedDelivery(conversation=conversation, number=number, delivery=delivery)
        for endpoint in (known if wanted is None else [wanted])
        for conversation, number, delivery in await call.parts.store.outbox.failed(endpoint, most=call.input.limit)
    ]
    return sorted(failed, key=lambda one: one.delivery.at, reverse=True)[: call.input.limit]


async def send_again(call: Call[Nothing]) -> Nothing:
    await call.parts.desk.send_again(call.actor, call.conversation, call.message_number)
    return Nothing()


ROUTES: Final[tuple[AnyRoute, ...]] = (
    Route(
        method="GET",
        path="/v1/endpoints",
        handler=list_endpoints,
        takes=Nothing,
        gives=list[EndpointNow],
        summary="Our addresses, with how reading and sending go.",
        roles=SUPERVISORS,
    ),
    Route(
        method="GET",
        path="/v1/deliveries/failed",
        handler=list_failed_deliveries,
        takes=Failed,
        gives=list[NumberedDelivery],
        summary="Messages that were given up or came back, the newest first.",
        roles=SUPERVISORS,
        refuses=(NotFound,),
    ),
    Route(
        method="GET",
        path=f"{ONE}/deliveries",
        handler=list_deliveries,
        takes=Nothing,
        gives=list[NumberedDelivery],
        summary="How far the messages of a conversation got, on channels where we bring them.",
        roles=EVERYONE,
        scope=Scope.CONVERSATIONS_READ,
        refuses=(NotFound,),
    ),
    Route(
        method="POST",
        path=f"{ONE}/messages/{{number}}/send-again",
        handler=send_again,
        takes=Nothing,
        gives=Nothing,
        status=204,
        summary="Send a message again that failed.",
        roles=PEOPLE,
        refuses=(NotFound, Conflict, OptedOut),
    ),
)
