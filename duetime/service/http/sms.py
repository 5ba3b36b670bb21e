"""SMS for people: what a text would take, who opted out of which number, and lifting that."""

from collections.abc import Container
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from duetime.channels.sms.segments import Segments, count, with_plain_punctuation
from duetime.queues.opt_outs import OptOut, Told
from duetime.router.errors import Conflict, Invalid, NotFound
from duetime.router.ids import EndpointId
from duetime.router.message import Channel, Kind
from duetime.service.access import Scope
from duetime.service.http.conversations import ONE
from duetime.service.http.fields import Cursor, Limit, ShortText
from duetime.service.http.route import EVERYONE, SUPERVISORS, AnyRoute, Call, Input, Nothing, Route
from duetime.service.own_message import own_message
from duetime.service.sms.reply_rules import COUNTED_CHARS

Address = Annotated[str, Meta(min_length=1, max_length=40, description="As conversations show it.")]


class Counting(Input, frozen=True, kw_only=True):
    text: Annotated[str, Meta(max_length=COUNTED_CHARS)]


class OptOutsOf(Input, frozen=True, kw_only=True):
    endpoint: Annotated[EndpointId, Meta(min_length=1, max_length=40)]
    address: Address | None = None
    """Only this one."""
    cursor: Cursor | None = None
    limit: Limit = 100


class OptOutPage(msgspec.Struct, frozen=True):
    opt_outs: list[OptOut]
    cursor: str | None
    """Continues after this page; null at the end."""


class Lift(Input, frozen=True, kw_only=True):
    endpoint: Annotated[EndpointId, Meta(min_length=1, max_length=40)]
    address: Address
    reason: ShortText
    """Why they may be written to again, such as that they asked for it by mail."""


async def count_segments(call: Call[Counting]) -> Segments:
    found = await call.parts.desk.view(call.actor, call.conversation)
    number = call.parts.sms.numbers.get(found.destination.endpoint)
    if found.destination.channel is not Channel.SMS:
        raise Conflict("Only what goes out by SMS is counted in parts.")
    text = call.input.text
    return count(with_plain_punctuation(text) if number and number.settings.plain_punctuation else text)


async def list_opt_outs(call: Call[OptOutsOf]) -> OptOutPage:
    wanted, opt_outs = call.input, call.parts.store.opt_outs
    _check_endpoint(call.parts.sms.numbers, wanted.endpoint)
    if wanted.address is not None:
        told = await opt_outs.get(wanted.endpoint, wanted.address)
        found = [OptOut(endpoint=wanted.endpoint, address=wanted.address, told=told)] if told else []
        return OptOutPage(found, None)
    cursor = wanted.cursor or "0"
    if not cursor.isascii() or not cursor.isdecimal() or len(cursor) > 20:
        raise Invalid("The cursor is not one that a page of this list gave.", at="cursor")
    found, following = await opt_outs.list(wanted.endpoint, int(cursor), wanted.limit)
    return OptOutPage(found, None if following is None else str(following))


async def lift_opt_out(call: Call[Lift]) -> Nothing:
    wanted, store = call.input, call.parts.store
    _check_endpoint(call.parts.sms.numbers, wanted.endpoint)
    who, now = call.actor.associate or call.actor.role.value, store.clock()
    note = own_message(now, f"{who} lifted their opt-out: {wanted.reason}", Kind.NOTE)
    told = Told(at=now, by=who, why=wanted.reason)
    if not await store.opt_outs.opt_in(now, wanted.endpoint, wanted.address, told, note):
        raise NotFound(f"{wanted.address} did not opt out of messages from {wanted.endpoint}.")
    return Nothing()


def _check_endpoint(known: Container[EndpointId], endpoint: EndpointId) -> None:
    if endpoint not in known:
        raise NotFound(f"There is no endpoint {endpoint} that sends SMS.", endpoint=endpoint)


ROUTES: Final[tuple[AnyRoute, ...]] = (
    Route(
        method="POST",
        path=f"{ONE}/segments",
        handler=count_segments,
        takes=Counting,
        gives=Segments,
        summary="How many SMS a reply with this text would take. It sends nothing.",
        roles=EVERYONE,
        scope=Scope.CONVERSATIONS_READ,
        refuses=(NotFound, Conflict),
    ),
    Route(
        method="GET",
        path="/v1/opt-outs",
        handler=list_opt_outs,
        takes=OptOutsOf,
        gives=OptOutPage,
        summary="Who wants no more messages from a number of ours, in no order.",
        roles=SUPERVISORS,
        refuses=(NotFound,),
    ),
    Route(
        method="POST",
        path="/v1/opt-outs/lift",
        handler=lift_opt_out,
        takes=Lift,
        gives=Nothing,
        status=204,
        summary="Write to somebody again who opted out, because they asked for it in another way.",
        roles=SUPERVISORS,
        refuses=(NotFound,),
    ),
)
