"""Why a conversation is where it is, what waits in vain, and what will be late."""

from typing import Annotated, Final

from msgspec import Meta

from duetime.router.errors import NotFound
from duetime.service.access import Role, Scope
from duetime.service.explanation import Explanation
from duetime.service.forecast import Forecast
from duetime.service.http.route import EVERYONE, SUPERVISORS, AnyRoute, Call, Input, Nothing, Route
from duetime.service.unroutable import Unroutable

Probability = Annotated[float, Meta(ge=0, le=1)]
NamedMost = Annotated[int, Meta(ge=0, le=500)]
WATCHERS: Final = SUPERVISORS | {Role.INTEGRATION}


class ForecastIn(Input, frozen=True, kw_only=True):
    likely: Probability = 0.5
    """Conversations that will be late with at least this probability are named."""
    limit: NamedMost = 100
    """So many are named at most."""


async def explain_conversation(call: Call[Nothing]) -> Explanation:
    conversation = await call.parts.desk.view(call.actor, call.conversation)
    return await call.parts.explainer.explain(conversation)


async def list_unroutable(call: Call[Nothing]) -> list[Unroutable]:
    return await call.parts.unroutables.all()


async def forecast(call: Call[ForecastIn]) -> Forecast:
    return await call.parts.forecaster.forecast(likely=call.input.likely, limit=call.input.limit)


ROUTES: Final[tuple[AnyRoute, ...]] = (
    Route(
        method="GET",
        path="/v1/conversations/{conversation}/explain",
        handler=explain_conversation,
        takes=Nothing,
        gives=Explanation,
        summary="Why it is with whom it is, or why it still waits, and what happens next: in sentences and as data.",
        roles=EVERYONE,
        scope=Scope.CONVERSATIONS_READ,
        refuses=(NotFound,),
    ),
    Route(
        method="GET",
        path="/v1/unroutable",
        handler=list_unroutable,
        takes=Nothing,
        gives=list[Unroutable],
        summary="What waits and cannot be taken: by nobody ever as things are, or by nobody who is there.",
        roles=WATCHERS,
        scope=Scope.CONVERSATIONS_READ,
    ),
    Route(
        method="GET",
        path="/v1/forecast",
        handler=forecast,
        takes=ForecastIn,
        gives=Forecast,
        summary="Which waiting conversations will be answered too late at the present rate.",
        roles=WATCHERS,
        scope=Scope.CONVERSATIONS_READ,
    ),
)
